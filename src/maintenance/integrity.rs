//! The validator: SQLite's own checks, and the rules that no constraint can state. It checks the rows of all users.

use libsqlite3_sys::SQLITE_ERROR;
use serde::Serialize;

use super::{Severity, times_ahead};
use crate::cancel;
use crate::error::{Error, ErrorCode, Result};
use crate::rows::{Entity as _, Reader};
use crate::services::counters::{self, CounterDifference, WrongCounters};
use crate::services::{agents, workflows};
use crate::sqlite::dialect;
use crate::sqlite::soundness::{self, DifferenceKind};
use crate::store::registry;
use crate::tables::{
    Agent, CodeRepository, Task, WorkflowExecution, integrity as rows, leases, reference_cycles,
};

/// A broken rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Finding {
    /// Severity of the finding.
    pub severity: Severity,
    /// Rule that is broken.
    pub rule: &'static str,
    /// Table of the finding, if it is about one.
    pub table: Option<String>,
    /// Id of the row, if it is about one.
    pub row: Option<String>,
    /// Description for people, with the next step.
    pub message: String,
}

impl Finding {
    fn error(rule: &'static str, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            rule,
            table: None,
            row: None,
            message: message.into(),
        }
    }

    fn warning(rule: &'static str, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(rule, message)
        }
    }

    fn of_table(mut self, table: &str) -> Self {
        self.table = Some(table.to_owned());
        self
    }

    fn of_row(mut self, table: &str, id: impl ToString) -> Self {
        self.row = Some(id.to_string());
        self.of_table(table)
    }
}

/// Findings of the validator.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct IntegrityReport {
    /// All broken rules; empty for a sound database.
    pub findings: Vec<Finding>,
}

impl IntegrityReport {
    /// Returns true if there is no error; warnings are allowed.
    pub fn is_ok(&self) -> bool {
        self.findings.iter().all(|f| f.severity < Severity::Error)
    }
}

/// A rule: a function that returns where it is broken.
type Rule = fn(&mut Reader<'_>) -> Result<Vec<Finding>>;

const RULES: [Rule; 14] = [
    sqlite_check,
    schema,
    foreign_keys,
    values,
    leases,
    clocks,
    repository_counters,
    agent_counters,
    busy_agents,
    capacity,
    parents,
    waiting,
    stages,
    dependencies,
];

/// Checks the whole database: pages and indexes, the schema, foreign keys, that each value can be read, leases that
/// ended and were not rescued, times ahead of the clock, counters that are too low or too high, busy agents without a
/// task, chains of parents and dependencies that must not lead back to themselves, the numbers of workflow stages, and the number of tasks that each task waits for.
///
/// Reads everything; others read and write meanwhile. SQLite has no checksums: a flipped bit inside a value mostly
/// goes unnoticed.
///
/// ```
/// use diesel::prelude::*;
/// use orchestra_store::maintenance::integrity;
/// use orchestra_store::schema::repositories;
/// use orchestra_store::services::tasks::{self, NewTask};
/// use orchestra_store::{Store, StoreConfig};
///
/// # let directory = tempfile::tempdir()?;
/// # let store = Store::open(StoreConfig::new(directory.path().join("orchestra.db")))?;
/// store.write(|uow| tasks::enqueue(uow, &NewTask::new("make", "/srv/app")))?;
/// assert!(store.read(integrity::check)?.is_ok());
///
/// let forget = diesel::update(repositories::table).set(repositories::total_tasks.eq(0));
/// store.write(|uow| Ok(forget.execute(uow.connection())?))?;
/// let report = store.read(integrity::check)?;
/// assert!(!report.is_ok());
/// assert_eq!(report.findings[0].rule, "repository counters agree with the tasks");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn check(reader: &mut Reader<'_>) -> Result<IntegrityReport> {
    let mut findings = Vec::new();
    for rule in RULES {
        let checked = rule(reader);
        // A rule may take the end of its own queries for damage.
        cancel::check()?;
        match checked {
            Ok(found) => findings.extend(found),
            // One rule that can't be checked keeps no other from being checked.
            Err(error) if is_of_the_file(&error) => {
                findings.push(Finding::error("the database can be read", error.message()));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(IntegrityReport { findings })
}

/// Returns true if the file caused the error. The queries fit the schema, so that one that SQLite rejects met another
/// schema.
fn is_of_the_file(error: &Error) -> bool {
    let is_rejected = error.details().sqlite_code == Some(SQLITE_ERROR);
    error.code() == ErrorCode::Corrupt || is_rejected
}

fn sqlite_check(reader: &mut Reader<'_>) -> Result<Vec<Finding>> {
    let lines = dialect::integrity_check(reader.connection())?.into_iter();
    Ok(lines
        .map(|line| Finding::error("sqlite integrity_check", line))
        .collect())
}

/// Holds the schema against the migrations. An added table or index is a warning: a host may want one of its own. A
/// trigger or view is an error, since its SQL may change what the library's statements do.
fn schema(reader: &mut Reader<'_>) -> Result<Vec<Finding>> {
    const RULE: &str = "the schema is what the migrations make";
    let differences = soundness::schema_differences(reader.connection())?;
    Ok(differences
        .into_iter()
        .map(|difference| match difference.kind {
            DifferenceKind::Changed => Finding::error(RULE, difference.message),
            DifferenceKind::Extra => Finding::warning(RULE, difference.message),
            DifferenceKind::ExtraCode => {
                let message = format!("{}; drop it", difference.message);
                Finding::error(RULE, message)
            }
        })
        .collect())
}

/// Reads all rows of all entities, and reports the first of each table that can't be read.
fn values(reader: &mut Reader<'_>) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for entity in registry::entities() {
        if let Some((last, error)) = entity.first_unreadable(reader) {
            let message = match last {
                Some(id) => format!("the row after {id}: {}", error.message()),
                None => format!("the first row: {}", error.message()),
            };
            findings.push(Finding::error("values can be read", message).of_table(entity.name()));
        }
    }
    Ok(findings)
}

/// Finds leases that ended at least a lease ago. A warning, since a rescue may be about to happen.
fn leases(reader: &mut Reader<'_>) -> Result<Vec<Finding>> {
    let patience = reader.queue_policy().lease;
    let before = reader.now() - patience;
    let forgotten = leases::expired(reader.connection(), before, u32::MAX)?;
    let message =
        "the lease must be renewed or rescued, but it has ended; run the upkeep or a repair";
    Ok(forgotten
        .iter()
        .map(|task| {
            Finding::warning("leases are renewed or rescued", message).of_row(Task::NAME, &task.id)
        })
        .collect())
}

/// Finds times that lie further ahead than they can. A warning, since the clock of this process may be the wrong one.
fn clocks(reader: &mut Reader<'_>) -> Result<Vec<Finding>> {
    let found = times_ahead::find(reader)?;
    Ok(found
        .into_iter()
        .map(|ahead| {
            let (column, time) = (ahead.column, ahead.time);
            let message = format!(
                "{column} must be at most the present, got {time}: this clock is wrong, or another was; \
                 set the clock, or run a repair"
            );
            let finding = Finding::warning("no time is ahead of the clock", message);
            match ahead.row {
                Some(id) => finding.of_row(ahead.table, id),
                None => finding.of_table(ahead.table),
            }
        })
        .collect())
}

fn foreign_keys(reader: &mut Reader<'_>) -> Result<Vec<Finding>> {
    let violations = dialect::foreign_key_check(reader.connection())?;
    Ok(violations
        .into_iter()
        .map(|violation| {
            let parent = violation.parent;
            let message =
                format!("must refer to a row of {parent}, but that row is missing; run a repair");
            let finding =
                Finding::error("foreign keys point to rows", message).of_table(&violation.table);
            Finding {
                row: violation.row_id.map(|id| format!("rowid {id}")),
                ..finding
            }
        })
        .collect())
}

/// Finds counters of repositories that don't count their tasks, past ones included.
fn repository_counters(reader: &mut Reader<'_>) -> Result<Vec<Finding>> {
    let wrong = counters::miscounted_repositories(reader)?;
    let rule = "repository counters agree with the tasks";
    Ok(differences(&wrong)
        .map(|(row, message)| {
            // An average or a score that is wrong beside right counters misleads nobody but people.
            let is_derived = ["AverageTaskDuration", "ReliabilityScore"]
                .iter()
                .any(|column| message.starts_with(column));
            let finding = if is_derived {
                Finding::warning(rule, message)
            } else {
                Finding::error(rule, message)
            };
            finding.of_row(CodeRepository::NAME, &row.id)
        })
        .collect())
}

/// Finds counters of agents that don't count their runs, past ones included. A warning, since nothing goes by them but
/// the choice of agents.
fn agent_counters(reader: &mut Reader<'_>) -> Result<Vec<Finding>> {
    let wrong = counters::miscounted_agents(reader)?;
    let rule = "agent counters agree with the tasks";
    Ok(differences(&wrong)
        .map(|(row, message)| Finding::warning(rule, message).of_row(Agent::NAME, &row.id))
        .collect())
}

/// Returns the counters that are wrong, each with its row and a message.
fn differences<E>(wrong: &[WrongCounters<E>]) -> impl Iterator<Item = (&E, String)> {
    wrong.iter().flat_map(|row| {
        row.differences.iter().map(move |difference| {
            let CounterDifference {
                column,
                kept,
                counted,
            } = difference;
            let message = format!("{column} must be {counted}, got {kept}; run a repair");
            (&row.counted, message)
        })
    })
}

/// Finds agents that are busy without a task. A warning, since such an agent can claim tasks all the same.
fn busy_agents(reader: &mut Reader<'_>) -> Result<Vec<Finding>> {
    let message = "must hold a task or say what it works on while it is busy; run a repair";
    Ok(agents::busy_without_task(reader)?
        .into_iter()
        .map(|id| Finding::warning("busy agents have a task", message).of_row(Agent::NAME, id))
        .collect())
}

/// Finds agents that hold too many tasks. A warning, since a host may lower `MaxConcurrentTasks`.
fn capacity(reader: &mut Reader<'_>) -> Result<Vec<Finding>> {
    let over = rows::agents_over_capacity(reader.connection())?;
    Ok(over
        .into_iter()
        .map(|(id, capacity, held)| {
            let message = format!(
                "must hold at most {capacity} tasks, got {held}; raise MaxConcurrentTasks or wait until tasks end"
            );
            Finding::warning("agents hold no more than their capacity", message)
                .of_row(Agent::NAME, id)
        })
        .collect())
}

fn parents(reader: &mut Reader<'_>) -> Result<Vec<Finding>> {
    let circular = reference_cycles::rows_among_their_parents(reader.connection())?;
    let message = "must not be among its own parents; change one of them";
    Ok(circular
        .into_iter()
        .map(|(table, id)| Finding::error("chains of parents end", message).of_row(table, id))
        .collect())
}

fn waiting(reader: &mut Reader<'_>) -> Result<Vec<Finding>> {
    let circular = reference_cycles::tasks_that_wait_for_themselves(reader.connection())?;
    let message = "must not depend on a task that depends on it; remove one of the dependencies";
    Ok(circular
        .into_iter()
        .map(|id| Finding::error("no task waits for itself", message).of_row(Task::NAME, id))
        .collect())
}

/// Finds stages whose numbers are not those of their tasks: the next end of a task would take a wrong step.
fn stages(reader: &mut Reader<'_>) -> Result<Vec<Finding>> {
    let wrong = workflows::miscounted(reader)?;
    Ok(wrong
        .into_iter()
        .map(|miscounted| {
            let message = match miscounted.stage {
                Some(stage) => format!(
                    "the numbers of stage '{stage}' must be those of its tasks; run a repair"
                ),
                None => "must have its stages until it ends, and none after that; run a repair"
                    .to_owned(),
            };
            Finding::error("stages count their tasks", message)
                .of_row(WorkflowExecution::NAME, miscounted.execution)
        })
        .collect())
}

/// Finds pending tasks with a wrong number of unmet dependencies. One that is too high keeps a task from ever being
/// claimed; one that is too low has it run too early.
fn dependencies(reader: &mut Reader<'_>) -> Result<Vec<Finding>> {
    let wrong = rows::tasks_with_wrong_unmet(reader.connection())?;
    Ok(wrong
        .into_iter()
        .map(|task| {
            let (unmet, kept) = (task.unmet, task.kept);
            let message = format!("UnmetDependencies must be {unmet}, got {kept}; run a repair");
            Finding::error("tasks count what they wait for", message).of_row(Task::NAME, task.id)
        })
        .collect())
}
