//! Repairs that follow from the data alone, of the rows of all users.

use serde::Serialize;
use serde_json::json;

use super::integrity::{self, IntegrityReport};
use super::times_ahead;
use crate::error::Result;
use crate::rows::audit::{self, NewAuditLog};
use crate::rows::{Entity, UnitOfWork};
use crate::services::counters::{self, WrongCounters};
use crate::services::{agents, tasks, workflows};
use crate::sqlite::{dialect, orphans};
use crate::store::Store;
use crate::tables::{
    Agent, Task, TaskDependency, WorkflowExecution, integrity as rows, reference_cycles,
};
use crate::types::Json;

/// Number of tasks that one call rescues.
const RESCUED_AT_ONCE: u32 = 500;

/// One repair.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Repair {
    /// Table that was repaired.
    pub table: String,
    /// Id of the row, if the repair is about one.
    pub row: Option<String>,
    /// Description of the repair, for people.
    pub what: String,
}

/// Repairs, and the findings of the validator afterwards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct RepairReport {
    /// Repairs that were made.
    pub repairs: Vec<Repair>,
    /// Findings that are left.
    pub left: IntegrityReport,
}

/// Rebuilds indexes that don't fit their tables, resolves foreign keys that point to nothing as the schema says for a
/// deletion, moves times that are ahead of the clock to the present, rescues tasks whose leases have ended, sets counters
/// to the number of tasks, past ones included, and busy agents without a task to idle, cuts cycles of parents and of
/// dependencies, counts the tasks of workflow stages, and corrects the number of tasks that each task waits for. Values are never made up: the rest is for people.
///
/// All but the indexes is one transaction. Each repair has an entry `Repair` in the audit log, beside the entry of the
/// changed row.
///
/// ```
/// use diesel::prelude::*;
/// use orchestra_store::maintenance::repair::repair;
/// use orchestra_store::schema::repositories;
/// use orchestra_store::services::tasks::{self, NewTask};
/// use orchestra_store::{Store, StoreConfig};
///
/// # let directory = tempfile::tempdir()?;
/// # let store = Store::open(StoreConfig::new(directory.path().join("orchestra.db")))?;
/// store.write(|uow| tasks::enqueue(uow, &NewTask::new("make", "/srv/app")))?;
/// let forget = diesel::update(repositories::table).set(repositories::total_tasks.eq(0));
/// store.write(|uow| Ok(forget.execute(uow.connection())?))?;
///
/// let report = repair(&store)?;
/// assert_eq!(report.repairs[0].what, "set TotalTasks to 1");
/// assert!(report.left.is_ok());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn repair(store: &Store) -> Result<RepairReport> {
    let mut repairs = Vec::new();
    let damaged = !store.read(integrity::sqlite_findings)?.is_empty();
    if damaged {
        store.with_writer(|writer| Ok(dialect::reindex(writer)?))?;
        repairs.push(Repair {
            table: "all tables".to_owned(),
            row: None,
            what: "made their indexes anew".to_owned(),
        });
    }
    store.write(|uow| {
        repairs.extend(orphaned_rows(uow)?);
        repairs.extend(times_ahead::correct(uow)?);
        repairs.extend(ended_leases(uow)?);
        repairs.extend(repository_counters(uow)?);
        repairs.extend(agent_counters(uow)?);
        repairs.extend(busy_agents(uow)?);
        repairs.extend(parents(uow)?);
        repairs.extend(waiting(uow)?);
        repairs.extend(stages(uow)?);
        repairs.extend(dependencies(uow)?);
        repairs.iter().try_for_each(|repair| record(uow, repair))
    })?;
    let left = store.read(integrity::check)?;
    tracing::warn!(
        repairs = repairs.len(),
        findings = left.findings.len(),
        "repaired"
    );
    Ok(RepairReport { repairs, left })
}

fn record(uow: &mut UnitOfWork<'_>, repair: &Repair) -> Result<()> {
    let mut log = NewAuditLog::new("Repair", &repair.table);
    log.entity_id.clone_from(&repair.row);
    log.properties = Some(Json(json!({"What": repair.what})));
    audit::record(uow, &log).map(drop)
}

fn orphaned_rows(uow: &mut UnitOfWork<'_>) -> Result<Vec<Repair>> {
    let resolved = orphans::resolve(uow.connection())?.into_iter();
    Ok(resolved
        .map(|orphan| {
            let done = if orphan.is_deleted {
                "removed, since it"
            } else {
                "detached, since it"
            };
            Repair {
                what: format!(
                    "{done} referred to a row of {} that isn't there",
                    orphan.parent
                ),
                table: orphan.table,
                row: Some(orphan.id),
            }
        })
        .collect())
}

fn ended_leases(uow: &mut UnitOfWork<'_>) -> Result<Vec<Repair>> {
    let mut repairs = Vec::new();
    loop {
        let rescued = tasks::rescue_expired(uow, RESCUED_AT_ONCE)?;
        let outcomes = [
            (rescued.requeued, "put back into the queue"),
            (rescued.failed, "failed"),
            (rescued.cancelled, "cancelled"),
        ];
        let before = repairs.len();
        for (ids, outcome) in outcomes {
            repairs.extend(ids.into_iter().map(|id| Repair {
                table: Task::NAME.to_owned(),
                row: Some(id.to_string()),
                what: format!("{outcome}, since its lease had ended"),
            }));
        }
        if repairs.len() == before {
            return Ok(repairs);
        }
    }
}

fn repository_counters(uow: &mut UnitOfWork<'_>) -> Result<Vec<Repair>> {
    let wrong = counters::miscounted_repositories(uow)?;
    recount(uow, wrong)
}

fn agent_counters(uow: &mut UnitOfWork<'_>) -> Result<Vec<Repair>> {
    let wrong = counters::miscounted_agents(uow)?;
    recount(uow, wrong)
}

fn recount<E: Entity>(
    uow: &mut UnitOfWork<'_>,
    wrong: Vec<WrongCounters<E>>,
) -> Result<Vec<Repair>> {
    let mut repairs = Vec::new();
    for mut row in wrong {
        uow.rewrite(&mut row.counted)?;
        repairs.extend(row.differences.iter().map(|difference| Repair {
            table: E::NAME.to_owned(),
            row: Some(row.counted.id().to_string()),
            what: format!("set {} to {}", difference.column, difference.counted),
        }));
    }
    Ok(repairs)
}

fn busy_agents(uow: &mut UnitOfWork<'_>) -> Result<Vec<Repair>> {
    let mut repairs = Vec::new();
    for id in agents::busy_without_task(uow)? {
        agents::set_idle(uow, &id)?;
        repairs.push(Repair {
            table: Agent::NAME.to_owned(),
            row: Some(id.to_string()),
            what: "made idle, since it held no task".to_owned(),
        });
    }
    Ok(repairs)
}

/// Cuts each cycle of parents at one of its rows.
fn parents(uow: &mut UnitOfWork<'_>) -> Result<Vec<Repair>> {
    let mut repairs = Vec::new();
    while let Some((table, row)) = reference_cycles::rows_among_their_parents(uow.connection())?
        .into_iter()
        .next()
    {
        let base = uow.number_base();
        reference_cycles::detach(uow.connection(), table, &row, base)?;
        uow.note_write(table, &row);
        repairs.push(Repair {
            table: table.to_owned(),
            row: Some(row),
            what: "detached from its parent, since it was among its own parents".to_owned(),
        });
    }
    Ok(repairs)
}

/// Removes a dependency of each cycle of them.
fn waiting(uow: &mut UnitOfWork<'_>) -> Result<Vec<Repair>> {
    let mut repairs = Vec::new();
    while let Some((id, task)) = reference_cycles::dependency_in_a_cycle(uow.connection())? {
        uow.hard_delete::<TaskDependency>(&id)?;
        repairs.push(Repair {
            table: Task::NAME.to_owned(),
            row: Some(task),
            what: "no longer depends on a task that depends on it".to_owned(),
        });
    }
    Ok(repairs)
}

fn stages(uow: &mut UnitOfWork<'_>) -> Result<Vec<Repair>> {
    let mut wrong = workflows::miscounted(uow)?;
    wrong.dedup_by(|a, b| a.execution == b.execution);
    let mut repairs = Vec::new();
    for miscounted in wrong {
        workflows::recover_one(uow, &miscounted.execution)?;
        repairs.push(Repair {
            table: WorkflowExecution::NAME.to_owned(),
            row: Some(miscounted.execution.to_string()),
            what: "counted the tasks of its stages".to_owned(),
        });
    }
    Ok(repairs)
}

fn dependencies(uow: &mut UnitOfWork<'_>) -> Result<Vec<Repair>> {
    let mut repairs = Vec::new();
    for wrong in rows::tasks_with_wrong_unmet(uow.connection())? {
        if let Some(mut task) = uow.find::<Task>(&wrong.id)? {
            tasks::set_unmet(&mut task, wrong.unmet, uow.now());
            uow.rewrite(&mut task)?;
            repairs.push(Repair {
                table: Task::NAME.to_owned(),
                row: Some(wrong.id.to_string()),
                what: format!("set UnmetDependencies to {}", wrong.unmet),
            });
        }
    }
    Ok(repairs)
}
