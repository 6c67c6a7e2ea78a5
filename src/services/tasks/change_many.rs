//! Changes of all tasks that meet a condition: in batches, each in a transaction of its own, so that a change of a
//! hundred thousand tasks keeps nobody waiting, and goes on after an interruption.

use diesel::SqliteExpressionMethods as _;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{cancel, reassign, retry};
use crate::error::{Error, ErrorCode, Result};
use crate::rows::audit::{self, NewAuditLog};
use crate::rows::query::{Direction, Selection, Specification};
use crate::rows::{Entity as _, Reader, UnitOfWork, data};
use crate::schema::tasks::dsl;
use crate::tables::{AgentId, Task, TaskId};
use crate::types::{Json, TaskPriority, TaskStatus};
use crate::validate;

/// A change of one or many tasks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "Verb", rename_all_fields = "PascalCase", deny_unknown_fields)]
pub enum TaskChange {
    /// [Cancels](cancel()) those that haven't ended, or asks their workers to stop.
    Cancel {
        /// Reason, for people.
        #[serde(default)]
        reason: Option<String>,
    },
    /// [Retries](retry()) those that failed.
    Retry,
    /// Takes those that are assigned or running from whoever has them, so that they are pending again. Their workers get
    /// [`ErrorCode::Conflict`] with their next step.
    Release,
    /// [Reassigns](reassign()) those that haven't ended.
    Reassign {
        /// Agent that alone may run them; `None`: any.
        #[serde(default)]
        agent_id: Option<AgentId>,
    },
    /// Gives those that haven't ended another priority.
    SetPriority {
        /// Their priority from now on.
        priority: TaskPriority,
    },
}

/// Outcome of a batch.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ChangedTasks {
    /// Number of tasks that changed.
    pub changed: usize,
    /// Tasks that couldn't be changed.
    pub refused: Vec<RefusedTask>,
    /// Last task of the batch, behind which the next one begins; `None`: there are no more.
    pub next: Option<TaskId>,
}

/// Task that couldn't be changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct RefusedTask {
    /// Id of the task.
    pub id: TaskId,
    /// Reason.
    pub message: String,
}

impl TaskChange {
    /// Returns the action that the audit log has for a batch.
    fn action(&self) -> &'static str {
        match self {
            Self::Cancel { .. } => "CancelMany",
            Self::Retry => "RetryMany",
            Self::Release => "ReleaseMany",
            Self::Reassign { .. } => "ReassignMany",
            Self::SetPriority { .. } => "SetPriorityMany",
        }
    }

    /// Narrows a specification to the tasks that the change is about, by id.
    fn of(&self, which: &Specification<Task>) -> Specification<Task> {
        let open = dsl::completed_at.is_null();
        let those = Specification::new().order_by(dsl::id, Direction::Ascending);
        let those = match self {
            Self::Cancel { .. } => those.filter(open.and(dsl::cancel_requested_at.is_null())),
            Self::Retry => those.matching(Task::in_state(TaskStatus::Failed)),
            Self::Release => those.filter(dsl::status.eq_any(TaskStatus::ASSIGNED)),
            Self::Reassign { agent_id: None } => those.filter(open.and(dsl::is_pinned)),
            Self::Reassign { agent_id: Some(id) } => {
                let has_it = dsl::is_pinned.and(dsl::agent_id.is(id.clone()));
                those.filter(open.and(diesel::dsl::not(has_it)))
            }
            Self::SetPriority { priority } => those.filter(open.and(dsl::priority.ne(*priority))),
        };
        those.and(which.clone())
    }

    fn apply(&self, uow: &mut UnitOfWork<'_>, mut task: Task) -> Result<()> {
        match self {
            Self::Cancel { reason } => cancel(uow, &task.id, reason.as_deref()).map(drop),
            Self::Retry => retry(uow, &task.id).map(drop),
            Self::Release => {
                let pinned_to = task.agent_id.filter(|_| task.is_pinned);
                reassign(uow, &task.id, pinned_to.as_ref()).map(drop)
            }
            Self::Reassign { agent_id } => reassign(uow, &task.id, agent_id.as_ref()).map(drop),
            Self::SetPriority { priority } => {
                task.priority = *priority;
                uow.update(&mut task).map(drop)
            }
        }
    }
}

/// Counts the tasks that [`change_many`] would try to change.
pub fn count_changeable(
    reader: &mut Reader<'_>,
    change: &TaskChange,
    which: &Specification<Task>,
) -> Result<i64> {
    data::count(reader, &change.of(which))
}

/// Changes the tasks of a specification, by id, at most `limit`: those that the change is about, behind the task `after`
/// if one is named. Repeat it with the `next` of the outcome, each time in a transaction of its own, until there is none.
///
/// A task that can't be changed is reported, and keeps no other from being changed. A batch that changes any task has an
/// entry in the audit log, with the change, the number, and the first and last task, besides those of the tasks. After an
/// interruption, it can begin anew: what is changed already is no longer among the tasks.
///
/// ```
/// use diesel::prelude::*;
/// use orchestra_store::query::Specification;
/// use orchestra_store::schema::tasks as columns;
/// use orchestra_store::services::tasks::{self, TaskChange, NewTask};
/// # use orchestra_store::{Store, StoreConfig};
/// # let directory = tempfile::tempdir()?;
/// # let store = Store::open(StoreConfig::new(directory.path().join("orchestra.db")))?;
/// store.write(|uow| tasks::enqueue(uow, &NewTask::new("make", "/srv/app")))?;
/// let of_app = Specification::new().filter(columns::repository_path.eq("/srv/app"));
/// let cancel = TaskChange::Cancel { reason: Some("the app is retired".to_owned()) };
/// assert_eq!(store.read(|reader| tasks::count_changeable(reader, &cancel, &of_app))?, 1);
/// let mut after = None;
/// loop {
///     let batch = store.write(|uow| tasks::change_many(uow, &cancel, &of_app, after.as_ref(), 500))?;
///     after = batch.next;
///     if after.is_none() {
///         break;
///     }
/// }
/// assert_eq!(store.read(|reader| tasks::count_changeable(reader, &cancel, &of_app))?, 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn change_many(
    uow: &mut UnitOfWork<'_>,
    change: &TaskChange,
    which: &Specification<Task>,
    after: Option<&TaskId>,
    limit: u32,
) -> Result<ChangedTasks> {
    validate::limit(limit)?;
    let tasks = next_tasks(uow, &change.of(which), after, limit)?;
    let ids: Vec<TaskId> = tasks.iter().map(|task| task.id.clone()).collect();
    let mut outcome = ChangedTasks::default();
    for task in tasks {
        let id = task.id.clone();
        match uow.savepoint(|uow| change.apply(uow, task)) {
            Ok(()) => outcome.changed += 1,
            Err(error) if is_of_the_task(&error) => outcome.refused.push(RefusedTask {
                id,
                message: error.to_string(),
            }),
            Err(error) => return Err(error),
        }
    }
    let is_last = ids.len() < usize::try_from(limit).unwrap_or(usize::MAX);
    outcome.next = ids.last().filter(|_| !is_last).cloned();
    record(uow, change, &ids, &outcome)?;
    Ok(outcome)
}

fn next_tasks(
    uow: &mut UnitOfWork<'_>,
    which: &Specification<Task>,
    after: Option<&TaskId>,
    limit: u32,
) -> Result<Vec<Task>> {
    let which = match after {
        Some(id) => which.clone().filter(dsl::id.gt(id.clone())),
        None => which.clone(),
    };
    let condition = which.condition_for(uow.user());
    let conditions: Vec<_> = condition.iter().collect();
    let selection = Selection {
        conditions: &conditions,
        orders: &Specification::<Task>::new().total_order()?,
        limit: Some(limit.into()),
        offset: None,
    };
    Ok(Task::load(uow.conn(), &selection)?)
}

/// Returns true for an error that says something of one task, and nothing of the database or of the argument.
fn is_of_the_task(error: &Error) -> bool {
    matches!(
        error.code(),
        ErrorCode::Conflict | ErrorCode::InvalidTransition | ErrorCode::ReadOnly
    )
}

fn record(
    uow: &mut UnitOfWork<'_>,
    change: &TaskChange,
    ids: &[TaskId],
    outcome: &ChangedTasks,
) -> Result<()> {
    if outcome.changed == 0 {
        return Ok(());
    }
    let properties = json!({
        "Change": change,
        "Changed": outcome.changed,
        "Refused": outcome.refused.len(),
        "First": ids.first(),
        "Last": ids.last(),
    });
    let mut entry = NewAuditLog::new(change.action(), Task::NAME);
    entry.properties = Some(Json(properties));
    audit::record(uow, &entry).map(drop)
}
