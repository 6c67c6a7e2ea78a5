//! Recovery of executions whose state doesn't match the states of their tasks.

use super::advance::sync;
use super::control::hold;
use super::get;
use super::stage_rows;
use super::transition::is_end;
use crate::error::Result;
use crate::rows::{UnitOfWork, room_left};
use crate::tables::workflow_executions::ExecutionPosition;
use crate::tables::{WorkflowExecution, WorkflowExecutionId, workflow_executions as rows};
use crate::types::WorkflowExecutionStatus as Status;

/// Number of executions read at a time.
const BATCH: u32 = 1000;

/// Updates every execution that hasn't ended to the states of its tasks, and returns those that changed.
///
/// Tasks and executions change in one transaction, so that a crash leaves nothing to recover. Rows that were imported,
/// restored or changed by other means may need it. A completed stage is not run again.
///
/// Reads all open executions in one transaction; [`Store::maintain`](crate::Store::maintain) does the same in small
/// steps.
pub fn recover(uow: &mut UnitOfWork<'_>) -> Result<Vec<WorkflowExecution>> {
    let mut recovery = recover_some(uow, None, BATCH)?;
    while let Some(place) = &recovery.next {
        let further = recover_some(uow, Some(place), BATCH)?;
        recovery.changed.extend(further.changed);
        recovery.next = further.next;
    }
    Ok(recovery.changed)
}

/// Outcome of one step of the recovery.
#[derive(Debug)]
pub(crate) struct RecoveredExecutions {
    /// Executions that changed.
    pub(crate) changed: Vec<WorkflowExecution>,
    /// Position to continue from; none at the end.
    pub(crate) next: Option<ExecutionPosition>,
}

/// [Recovers](recover) the executions behind a position, at most `limit` of them.
pub(crate) fn recover_some(
    uow: &mut UnitOfWork<'_>,
    place: Option<&ExecutionPosition>,
    limit: u32,
) -> Result<RecoveredExecutions> {
    let mut changed = Vec::new();
    let mut room = limit;
    let is_passed = |status: &&Status| place.is_some_and(|place| place.status != **status);
    for &status in Status::OPEN.iter().skip_while(is_passed) {
        let behind = place.filter(|place| place.status == status);
        let mut found = rows::planned(uow.conn(), status, behind, room)?;
        for place in &found {
            changed.extend(recover_one(uow, &place.id)?);
        }
        room = room_left(room, found.len());
        if room == 0 {
            let next = found.pop();
            return Ok(RecoveredExecutions { changed, next });
        }
    }
    Ok(RecoveredExecutions {
        changed,
        next: None,
    })
}

/// [Recovers](recover) one execution, and returns it if it changed. One that a host ended loses its stages.
pub(crate) fn recover_one(
    uow: &mut UnitOfWork<'_>,
    id: &WorkflowExecutionId,
) -> Result<Option<WorkflowExecution>> {
    let mut execution = get(uow, id)?;
    if is_end(execution.status) {
        stage_rows::end(uow, id)?;
        return Ok(None);
    }
    let before = execution.row_version;
    sync(uow, &mut execution)?;
    hold(uow, &execution)?;
    Ok((execution.row_version != before).then_some(execution))
}
