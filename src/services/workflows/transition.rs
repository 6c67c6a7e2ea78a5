//! Which steps from state to state an execution has.

use crate::error::{Error, Result};
use crate::tables::WorkflowExecution;
use crate::types::WorkflowExecutionStatus as Status;
use crate::types::WorkflowExecutionStatus::{
    Cancelled, Completed, Failed, Paused, Pending, Running,
};

/// Returns `true` where an execution may go from one state to the other.
fn is_allowed(from: Status, to: Status) -> bool {
    matches!(
        (from, to),
        (Pending, Running)
            | (Pending | Running, Paused)
            // What ran when it was paused may be what it ends with.
            | (Pending | Running | Paused, Completed | Failed | Cancelled)
            | (Paused | Failed | Cancelled, Running)
    )
}

/// Takes a step, or refuses one that isn't there.
pub(super) fn step(execution: &mut WorkflowExecution, to: Status) -> Result<()> {
    if !is_allowed(execution.status, to) {
        return Err(refused(execution, to));
    }
    execution.status = to;
    Ok(())
}

/// Refuses an execution that is in none of these states.
pub(super) fn require(execution: &WorkflowExecution, from: &[Status], to: Status) -> Result<()> {
    if from.contains(&execution.status) {
        return Ok(());
    }
    Err(refused(execution, to))
}

fn refused(execution: &WorkflowExecution, to: Status) -> Error {
    Error::invalid_transition("WorkflowExecutions", &execution.id, execution.status, to)
}

/// Returns `true` where an execution in this state has ended.
pub(super) fn is_end(status: Status) -> bool {
    matches!(status, Completed | Failed | Cancelled)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_completed_execution_stays_so_and_the_others_end_only_to_run_again() {
        for &to in Status::ALL {
            assert!(!is_allowed(Completed, to), "{to}");
            assert!(!is_allowed(to, Pending), "{to}");
            for from in [Failed, Cancelled] {
                assert_eq!(is_allowed(from, to), to == Running, "{from} to {to}");
            }
        }
    }

    #[test]
    fn only_what_has_not_ended_can_be_paused_or_cancelled() {
        for &from in Status::ALL {
            assert_eq!(
                is_allowed(from, Paused),
                matches!(from, Pending | Running),
                "{from}"
            );
            assert_eq!(is_allowed(from, Cancelled), !is_end(from), "{from}");
        }
    }
}
