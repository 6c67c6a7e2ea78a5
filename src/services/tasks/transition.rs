//! Transitions between the states of a task.

use crate::error::{Error, Result};
use crate::rows::Entity as _;
use crate::tables::Task;
use crate::types::TaskStatus::{self, Assigned, Cancelled, Completed, Failed, InProgress, Pending};

/// Returns true if a task may move from one state to the other.
fn is_allowed(from: TaskStatus, to: TaskStatus) -> bool {
    matches!(
        (from, to),
        (Pending, Assigned | InProgress | Cancelled)
            | (Assigned, Pending | InProgress | Cancelled)
            | (InProgress, Pending | Completed | Failed | Cancelled)
            | (Failed | Cancelled, Pending)
    )
}

/// Returns true if a task in this state has ended without completing.
pub(crate) fn is_failure(status: TaskStatus) -> bool {
    matches!(status, Failed | Cancelled)
}

/// Checks that a task may move to a state. A task with unmet dependencies, or of a paused workflow, can't run.
pub(super) fn check(task: &Task, to: TaskStatus) -> Result<()> {
    let refused = || Error::invalid_transition(Task::NAME, &task.id, task.status, to);
    if !is_allowed(task.status, to) {
        return Err(refused());
    }
    if to == InProgress && task.unmet_dependencies > 0 {
        let unmet = task.unmet_dependencies;
        let doing = format!("starting a task that waits for {unmet} of its dependencies");
        return Err(refused().while_doing(doing));
    }
    if to == InProgress && task.is_held && task.status == Pending {
        return Err(refused().while_doing("starting a task of a paused workflow"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_is_an_end_but_for_the_retry_of_what_did_not_complete() {
        for to in TaskStatus::ALL {
            assert!(!is_allowed(Completed, *to), "{to}");
            assert_eq!(is_allowed(Cancelled, *to), *to == Pending, "{to}");
            assert_eq!(is_allowed(Failed, *to), *to == Pending, "{to}");
        }
    }

    #[test]
    fn nothing_ends_well_without_having_run() {
        assert!(!is_allowed(Pending, Completed) && !is_allowed(Assigned, Completed));
        assert!(!is_allowed(Pending, Failed) && !is_allowed(Assigned, Failed));
    }
}
