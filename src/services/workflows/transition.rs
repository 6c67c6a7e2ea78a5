//! Transitions between the states of an execution.

use crate::error::{Error, Result};
use crate::tables::WorkflowExecution;
use crate::types::WorkflowExecutionStatus as Status;
use crate::types::WorkflowExecutionStatus::{
    Cancelled, Completed, Failed, Paused, Pending, Running,
};

/// Returns true if an execution may change from one state to the other.
fn is_allowed(from: Status, to: Status) -> bool {
    matches!(
        (from, to),
        (Pending, Running)
            | (Pending | Running, Paused)
            // A task that was running at the pause may end the execution.
            | (Pending | Running | Paused, Completed | Failed | Cancelled)
            | (Paused | Failed | Cancelled, Running)
    )
}

/// Changes the state, or fails with [`ErrorCode::InvalidTransition`](crate::ErrorCode::InvalidTransition).
pub(super) fn step(execution: &mut WorkflowExecution, to: Status) -> Result<()> {
    if !is_allowed(execution.status, to) {
        return Err(refused(execution, to));
    }
    execution.status = to;
    Ok(())
}

/// Fails with [`ErrorCode::InvalidTransition`](crate::ErrorCode::InvalidTransition) unless the execution is in one of
/// the states `from`.
pub(super) fn require(execution: &WorkflowExecution, from: &[Status], to: Status) -> Result<()> {
    if from.contains(&execution.status) {
        return Ok(());
    }
    Err(refused(execution, to))
}

fn refused(execution: &WorkflowExecution, to: Status) -> Error {
    Error::invalid_transition("WorkflowExecutions", &execution.id, execution.status, to)
}

/// Returns true if an execution in this state has ended.
pub(super) fn is_end(status: Status) -> bool {
    matches!(status, Completed | Failed | Cancelled)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_completed_execution_never_changes_and_other_ended_ones_can_only_run_again() {
        for &to in Status::ALL {
            assert!(!is_allowed(Completed, to), "{to}");
            assert!(!is_allowed(to, Pending), "{to}");
            for from in [Failed, Cancelled] {
                assert_eq!(is_allowed(from, to), to == Running, "{from} to {to}");
            }
        }
    }

    #[test]
    fn only_open_executions_can_be_paused_or_cancelled() {
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
