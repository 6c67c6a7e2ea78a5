//! The validator: SQLite's own checks, and the rules that no constraint can state.

use libsqlite3_sys::SQLITE_ERROR;
use serde::Serialize;

use super::Severity;
use crate::error::{Error, ErrorCode, Result};
use crate::rows::Reader;
use crate::sqlite::{dialect, soundness};
use crate::store::registry;
use crate::tables::{AgentId, RepositoryId, circles, integrity as rows, tasks as task_rows};

/// Something that isn't as it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Finding {
    /// How grave it is.
    pub severity: Severity,
    /// The rule that is broken.
    pub rule: &'static str,
    /// The table, where it is about one.
    pub table: Option<String>,
    /// The id of the row, where it is about one.
    pub row: Option<String>,
    /// What is wrong, for people.
    pub message: String,
}

/// What the validator found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct IntegrityReport {
    /// All that isn't as it should be; empty when all is well.
    pub findings: Vec<Finding>,
}

impl IntegrityReport {
    /// Whether there is no error; warnings are allowed.
    pub fn is_ok(&self) -> bool {
        self.findings.iter().all(|f| f.severity < Severity::Error)
    }
}

/// A rule, and what breaks it.
type Rule = fn(&mut Reader<'_>) -> Result<Vec<Finding>>;

const RULES: [Rule; 11] = [
    sqlite_check,
    schema,
    foreign_keys,
    values,
    leases,
    repository_counters,
    agent_counters,
    capacity,
    parents,
    waiting,
    dependencies,
];

/// Checks the whole database: its pages and indexes, its schema, its foreign keys, whether each
/// value can be read, leases that nobody looks after, the counters that have to agree with the
/// tasks, the chains of parents and of dependencies, which must not lead back to themselves, and how
/// many others each task waits for.
///
/// Reads everything; others go on meanwhile. SQLite has no checksums: a flipped bit inside a
/// value mostly goes unnoticed.
pub fn check(reader: &mut Reader<'_>) -> Result<IntegrityReport> {
    let mut findings = Vec::new();
    for rule in RULES {
        match rule(reader) {
            Ok(found) => findings.extend(found),
            // The other rules may still have something to tell.
            Err(error) if is_of_the_file(&error) => findings.push(unreadable(&error)),
            Err(error) => return Err(error),
        }
    }
    Ok(IntegrityReport { findings })
}

/// The rules fit the schema: one that SQLite can't make sense of meets another schema than it has to.
fn is_of_the_file(error: &Error) -> bool {
    let is_misunderstood = error.details().sqlite_code == Some(SQLITE_ERROR);
    error.code() == ErrorCode::Corrupt || is_misunderstood
}

fn unreadable(error: &Error) -> Finding {
    Finding {
        severity: Severity::Error,
        rule: "the database can be read",
        table: None,
        row: None,
        message: error.message().to_owned(),
    }
}

fn sqlite_check(reader: &mut Reader<'_>) -> Result<Vec<Finding>> {
    let lines = dialect::integrity_check(reader.connection())?;
    Ok(lines
        .into_iter()
        .map(|message| Finding {
            severity: Severity::Error,
            rule: "sqlite integrity_check",
            table: None,
            row: None,
            message,
        })
        .collect())
}

/// What was added is a warning: somebody may want an index of their own.
fn schema(reader: &mut Reader<'_>) -> Result<Vec<Finding>> {
    let differences = soundness::schema_differences(reader.connection())?;
    Ok(differences
        .into_iter()
        .map(|difference| Finding {
            severity: if difference.is_extra {
                Severity::Warning
            } else {
                Severity::Error
            },
            rule: "the schema is what the migrations make",
            table: None,
            row: None,
            message: difference.message,
        })
        .collect())
}

/// All rows of all entities are read; the first of a table that can't be is told.
fn values(reader: &mut Reader<'_>) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for entity in registry::entities() {
        if let Some((last, error)) = entity.first_unreadable(reader) {
            findings.push(Finding {
                severity: Severity::Error,
                rule: "values can be read",
                table: Some(entity.name().to_owned()),
                row: None,
                message: match last {
                    Some(id) => format!("the row behind {id}: {}", error.message()),
                    None => format!("the first row: {}", error.message()),
                },
            });
        }
    }
    Ok(findings)
}

/// A task whose lease ended long ago waits for somebody to rescue it: a warning, since that may be
/// about to happen.
fn leases(reader: &mut Reader<'_>) -> Result<Vec<Finding>> {
    let patience = reader.queue_policy().lease;
    let before = reader.now() - patience;
    let forgotten = task_rows::expired(reader.connection(), before, i64::MAX)?;
    Ok(forgotten
        .into_iter()
        .map(|task| Finding {
            severity: Severity::Warning,
            rule: "leases are renewed or rescued",
            table: Some("Tasks".to_owned()),
            row: Some(task.id.to_string()),
            message: "its lease has ended, and nobody has rescued it".to_owned(),
        })
        .collect())
}

fn foreign_keys(reader: &mut Reader<'_>) -> Result<Vec<Finding>> {
    let violations = dialect::foreign_key_check(reader.connection())?;
    Ok(violations
        .into_iter()
        .map(|violation| Finding {
            severity: Severity::Error,
            rule: "foreign keys point to rows",
            message: format!("refers to a row of {} that isn't there", violation.parent),
            table: Some(violation.table),
            row: violation.row_id.map(|id| format!("rowid {id}")),
        })
        .collect())
}

/// A repository counts what was ever enqueued for it, so its counters may exceed the tasks that
/// are left, but never fall behind them.
fn repository_counters(reader: &mut Reader<'_>) -> Result<Vec<Finding>> {
    let behind = rows::repositories_behind_their_tasks(reader.connection())?;
    let finding = |counter: rows::Behind<RepositoryId>| Finding {
        severity: Severity::Error,
        rule: "repository counters agree with the tasks",
        table: Some("Repositories".to_owned()),
        message: counter.to_string(),
        row: Some(counter.id.to_string()),
    };
    Ok(behind.into_iter().map(finding).collect())
}

/// The same for agents; a warning, since an import takes over what the predecessor had counted.
fn agent_counters(reader: &mut Reader<'_>) -> Result<Vec<Finding>> {
    let behind = rows::agents_behind_their_tasks(reader.connection())?;
    let finding = |counter: rows::Behind<AgentId>| Finding {
        severity: Severity::Warning,
        rule: "agent counters agree with the tasks",
        table: Some("Agents".to_owned()),
        message: counter.to_string(),
        row: Some(counter.id.to_string()),
    };
    Ok(behind.into_iter().map(finding).collect())
}

/// Nobody holds more than it may; a warning, since a host may lower what an agent may hold.
fn capacity(reader: &mut Reader<'_>) -> Result<Vec<Finding>> {
    let over = rows::agents_over_capacity(reader.connection())?;
    Ok(over
        .into_iter()
        .map(|(id, capacity, held)| Finding {
            severity: Severity::Warning,
            rule: "agents hold no more than their capacity",
            table: Some("Agents".to_owned()),
            row: Some(id.to_string()),
            message: format!("holds {held} tasks, but MaxConcurrentTasks is {capacity}"),
        })
        .collect())
}

fn parents(reader: &mut Reader<'_>) -> Result<Vec<Finding>> {
    let circular = circles::rows_among_their_parents(reader.connection())?;
    Ok(circular
        .into_iter()
        .map(|(table, id)| Finding {
            severity: Severity::Error,
            rule: "chains of parents end",
            table: Some(table.to_owned()),
            row: Some(id),
            message: "is among its own parents".to_owned(),
        })
        .collect())
}

fn waiting(reader: &mut Reader<'_>) -> Result<Vec<Finding>> {
    let circular = circles::tasks_that_wait_for_themselves(reader.connection())?;
    Ok(circular
        .into_iter()
        .map(|id| Finding {
            severity: Severity::Error,
            rule: "no task waits for itself",
            table: Some("Tasks".to_owned()),
            row: Some(id),
            message: "depends on a task that depends on it".to_owned(),
        })
        .collect())
}

/// One that counts too many would never be claimed, one that counts too few would run too early. Only
/// of pending tasks is the number kept.
fn dependencies(reader: &mut Reader<'_>) -> Result<Vec<Finding>> {
    let wrong = rows::tasks_with_wrong_unmet(reader.connection())?;
    Ok(wrong
        .into_iter()
        .map(|task| Finding {
            severity: Severity::Error,
            rule: "tasks count what they wait for",
            table: Some("Tasks".to_owned()),
            row: Some(task.id.to_string()),
            message: format!(
                "UnmetDependencies is {}, but it waits for {} tasks",
                task.kept, task.unmet
            ),
        })
        .collect())
}
