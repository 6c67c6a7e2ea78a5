//! Which steps from state to state there are, and what each writes.

use crate::error::{Error, Result};
use crate::tables::Task;
use crate::types::TaskStatus::{self, Assigned, Cancelled, Completed, Failed, InProgress, Pending};

/// Returns `true` where a task may go from one state to the other.
fn is_allowed(from: TaskStatus, to: TaskStatus) -> bool {
    matches!(
        (from, to),
        (Pending, Assigned | InProgress | Cancelled)
            | (Assigned, Pending | InProgress | Cancelled)
            | (InProgress, Pending | Completed | Failed | Cancelled)
            | (Failed, Pending)
    )
}

/// Refuses a step that isn't there, and to run a task that waits for others.
pub(super) fn check(task: &Task, to: TaskStatus) -> Result<()> {
    let refused = || Error::invalid_transition("Tasks", &task.id, task.status, to);
    if !is_allowed(task.status, to) {
        return Err(refused());
    }
    if to == InProgress && task.unmet_dependencies > 0 {
        let waits = format!("it waits for {} other tasks", task.unmet_dependencies);
        return Err(refused().while_doing(waits));
    }
    if to == InProgress && task.is_held && task.status == Pending {
        return Err(refused().while_doing("its workflow is paused"));
    }
    Ok(())
}

/// Takes the lease away.
pub(super) fn end_lease(task: &mut Task) {
    task.lease_owner = None;
    task.lease_token = None;
    task.lease_expires_at = None;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_is_an_end_but_for_the_retry_of_a_failure() {
        for to in TaskStatus::ALL {
            assert!(!is_allowed(Completed, *to), "{to}");
            assert!(!is_allowed(Cancelled, *to), "{to}");
            assert_eq!(is_allowed(Failed, *to), *to == Pending, "{to}");
        }
    }

    #[test]
    fn nothing_ends_well_without_having_run() {
        assert!(!is_allowed(Pending, Completed) && !is_allowed(Assigned, Completed));
        assert!(!is_allowed(Pending, Failed) && !is_allowed(Assigned, Failed));
    }
}
