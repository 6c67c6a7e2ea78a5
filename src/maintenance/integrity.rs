//! The validator: SQLite's own checks, and the rules that no constraint can state. It checks the rows of all users.

use libsqlite3_sys::SQLITE_ERROR;
use serde::Serialize;

use super::{Severity, times_ahead};
use crate::cancel;
use crate::command_line::CommandLine;
use crate::error::{Error, ErrorCode, Result};
use crate::rows::{Entity as _, Reader};
use crate::services::counters::{self, CounterDifference, WrongCounters};
use crate::services::{agents, workflows};
use crate::sqlite::dialect;
use crate::sqlite::soundness::{self, DifferenceKind};
use crate::store::registry;
use crate::tables::{
    Agent, CodeRepository, Task, WorkflowExecution, chat_search, integrity as rows, leases,
    reference_cycles,
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
    /// Description for people.
    pub message: String,
    /// Command that ends it.
    pub command: CommandLine,
}

/// Place where a rule is broken.
struct Found {
    severity: Severity,
    table: Option<String>,
    row: Option<String>,
    message: String,
    /// Command that ends it, if it isn't that of the rule.
    command: Option<CommandLine>,
}

impl Found {
    fn error(message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            table: None,
            row: None,
            message: message.into(),
            command: None,
        }
    }

    fn warning(message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(message)
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

    fn ended_by(mut self, command: CommandLine) -> Self {
        self.command = Some(command);
        self
    }

    fn of_rule(self, rule: &Rule) -> Finding {
        Finding {
            severity: self.severity,
            rule: rule.name,
            table: self.table,
            row: self.row,
            message: self.message,
            command: self
                .command
                .unwrap_or_else(|| CommandLine::new(rule.command)),
        }
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

/// A rule, the function that finds where it is broken, and the command that ends that.
struct Rule {
    name: &'static str,
    command: &'static str,
    find: fn(&mut Reader<'_>) -> Result<Vec<Found>>,
}

/// Most tasks that an agent may hold.
const MOST_AT_ONCE: i64 = 10;
/// Mends what can be computed.
const REPAIR: &str = "check --repair";
/// Takes over what is readable into a database with the schema of the migrations.
const RECOVER: &str = "recover --yes --even-if-sound";

macro_rules! rules {
    ($($name:literal by $find:ident, ended by $command:expr;)*) => {
        const RULES: &[Rule] = &[$(Rule { name: $name, command: $command, find: $find },)*];
    };
}

rules! {
    "sqlite integrity_check" by sqlite_check, ended by RECOVER;
    "the schema is what the migrations make" by schema, ended by RECOVER;
    "foreign keys point to rows" by foreign_keys, ended by REPAIR;
    "values can be read" by values, ended by RECOVER;
    "leases are renewed or rescued" by leases, ended by REPAIR;
    "no time is ahead of the clock" by clocks, ended by REPAIR;
    "repository counters agree with the tasks" by repository_counters, ended by REPAIR;
    "agent counters agree with the tasks" by agent_counters, ended by REPAIR;
    "busy agents have a task" by busy_agents, ended by REPAIR;
    "agents hold no more than their capacity" by capacity, ended by REPAIR;
    "chains of parents end" by parents, ended by REPAIR;
    "no task waits for itself" by waiting, ended by REPAIR;
    "stages count their tasks" by stages, ended by REPAIR;
    "tasks count what they wait for" by dependencies, ended by REPAIR;
}

/// Rule that each other one breaks whose tables can't be read.
const READABLE: Rule = Rule {
    name: "the database can be read",
    command: RECOVER,
    find: |_| Ok(Vec::new()),
};

/// Returns the names of all rules, in the order in which they are checked.
pub fn rules() -> impl Iterator<Item = &'static str> {
    RULES.iter().chain([&READABLE]).map(|rule| rule.name)
}

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
        let checked = (rule.find)(reader);
        // A rule may take the end of its own queries for damage.
        cancel::check()?;
        match checked {
            Ok(found) => findings.extend(found.into_iter().map(|f| f.of_rule(rule))),
            // One rule that can't be checked keeps no other from being checked.
            Err(error) if is_of_the_file(&error) => {
                findings.push(Found::error(error.message()).of_rule(&READABLE));
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

/// Returns the findings of SQLite's own check.
pub(super) fn sqlite_findings(reader: &mut Reader<'_>) -> Result<Vec<String>> {
    // Where the index can't be read, the check says so itself.
    chat_search::refresh(reader.connection()).ok();
    Ok(dialect::integrity_check(reader.connection())?)
}

fn sqlite_check(reader: &mut Reader<'_>) -> Result<Vec<Found>> {
    let lines = sqlite_findings(reader)?.into_iter();
    Ok(lines
        .map(|line| {
            // An index is made anew from its table.
            let is_of_index = line.contains("index");
            let found = Found::error(line);
            if is_of_index {
                found.ended_by(CommandLine::new(REPAIR))
            } else {
                found
            }
        })
        .collect())
}

/// Holds the schema against the migrations. An added table or index is a warning: a host may want one of its own. A
/// trigger or view is an error, since its SQL may change what the library's statements do.
fn schema(reader: &mut Reader<'_>) -> Result<Vec<Found>> {
    let differences = soundness::schema_differences(reader.connection())?;
    Ok(differences
        .into_iter()
        .map(|difference| match difference.kind {
            DifferenceKind::Changed => Found::error(difference.message),
            DifferenceKind::Extra => Found::warning(difference.message),
            DifferenceKind::ExtraCode => {
                let message = format!("{}; drop it", difference.message);
                Found::error(message)
            }
        })
        .collect())
}

/// Reads all rows of all entities, and reports the first of each table that can't be read.
fn values(reader: &mut Reader<'_>) -> Result<Vec<Found>> {
    let mut findings = Vec::new();
    for entity in registry::entities() {
        if let Some((last, error)) = entity.first_unreadable(reader) {
            let message = match last {
                Some(id) => format!("the row after {id}: {}", error.message()),
                None => format!("the first row: {}", error.message()),
            };
            findings.push(Found::error(message).of_table(entity.name()));
        }
    }
    Ok(findings)
}

/// Finds leases that ended at least a lease ago. A warning, since a rescue may be about to happen.
fn leases(reader: &mut Reader<'_>) -> Result<Vec<Found>> {
    let patience = reader.queue_policy().lease;
    let before = reader.now() - patience;
    let forgotten = leases::expired(reader.connection(), before, u32::MAX)?;
    let message = "the lease must be renewed or rescued, but it has ended";
    Ok(forgotten
        .iter()
        .map(|task| Found::warning(message).of_row(Task::NAME, &task.id))
        .collect())
}

/// Finds times that lie further ahead than they can. A warning, since the clock of this process may be the wrong one.
fn clocks(reader: &mut Reader<'_>) -> Result<Vec<Found>> {
    let found = times_ahead::find(reader)?;
    Ok(found
        .into_iter()
        .map(|ahead| {
            let (column, time) = (ahead.column, ahead.time);
            let message = format!(
                "{column} must be at most the present, got {time}: this clock is wrong, or another was; \
                 set the clock first if it is this one"
            );
            let finding = Found::warning(message);
            match ahead.row {
                Some(id) => finding.of_row(ahead.table, id),
                None => finding.of_table(ahead.table),
            }
        })
        .collect())
}

fn foreign_keys(reader: &mut Reader<'_>) -> Result<Vec<Found>> {
    let violations = dialect::foreign_key_check(reader.connection())?;
    Ok(violations
        .into_iter()
        .map(|violation| {
            let parent = violation.parent;
            let message = format!("must refer to a row of {parent}, but that row is missing");
            let finding = Found::error(message).of_table(&violation.table);
            Found {
                row: violation.row_id.map(|id| format!("rowid {id}")),
                ..finding
            }
        })
        .collect())
}

/// Finds counters of repositories that don't count their tasks, past ones included. An average or a score that is wrong
/// beside right counters is a warning.
fn repository_counters(reader: &mut Reader<'_>) -> Result<Vec<Found>> {
    let wrong = counters::miscounted_repositories(reader)?;
    Ok(differences(&wrong)
        .map(|(row, difference)| {
            let message = message_of(difference);
            let found = match difference.column {
                "AverageTaskDuration" | "ReliabilityScore" => Found::warning(message),
                _ => Found::error(message),
            };
            found.of_row(CodeRepository::NAME, &row.id)
        })
        .collect())
}

/// Finds counters of agents that don't count their runs, past ones included. A warning, since nothing goes by them but
/// the choice of agents.
fn agent_counters(reader: &mut Reader<'_>) -> Result<Vec<Found>> {
    let wrong = counters::miscounted_agents(reader)?;
    Ok(differences(&wrong)
        .map(|(row, difference)| {
            Found::warning(message_of(difference)).of_row(Agent::NAME, &row.id)
        })
        .collect())
}

/// Returns the counters that are wrong, each with its row.
fn differences<E>(wrong: &[WrongCounters<E>]) -> impl Iterator<Item = (&E, &CounterDifference)> {
    wrong.iter().flat_map(|row| {
        let differences = row.differences.iter();
        differences.map(move |difference| (&row.counted, difference))
    })
}

fn message_of(difference: &CounterDifference) -> String {
    let CounterDifference {
        column,
        kept,
        counted,
    } = difference;
    format!("{column} must be {counted}, got {kept}")
}

/// Finds agents that are busy without a task. A warning, since such an agent can claim tasks all the same.
fn busy_agents(reader: &mut Reader<'_>) -> Result<Vec<Found>> {
    let message = "must hold a task or say what it works on while it is busy";
    Ok(agents::busy_without_task(reader)?
        .into_iter()
        .map(|id| Found::warning(message).of_row(Agent::NAME, id))
        .collect())
}

/// Finds agents that hold too many tasks. A warning, since a host may lower `MaxConcurrentTasks`.
fn capacity(reader: &mut Reader<'_>) -> Result<Vec<Found>> {
    let over = rows::agents_over_capacity(reader.connection())?;
    Ok(over
        .into_iter()
        .map(|(id, capacity, held)| {
            let message = format!("must hold at most {capacity} tasks, got {held}");
            let command = CommandLine::new("agents set")
                .option("--max-tasks", held.min(MOST_AT_ONCE))
                .argument(&id);
            Found::warning(message)
                .of_row(Agent::NAME, id)
                .ended_by(command)
        })
        .collect())
}

fn parents(reader: &mut Reader<'_>) -> Result<Vec<Found>> {
    let circular = reference_cycles::rows_among_their_parents(reader.connection())?;
    let message = "must not be among its own parents";
    Ok(circular
        .into_iter()
        .map(|(table, id)| Found::error(message).of_row(table, id))
        .collect())
}

fn waiting(reader: &mut Reader<'_>) -> Result<Vec<Found>> {
    let circular = reference_cycles::tasks_that_wait_for_themselves(reader.connection())?;
    let message = "must not depend on a task that depends on it";
    Ok(circular
        .into_iter()
        .map(|id| Found::error(message).of_row(Task::NAME, id))
        .collect())
}

/// Finds stages whose numbers are not those of their tasks: the next end of a task would take a wrong step.
fn stages(reader: &mut Reader<'_>) -> Result<Vec<Found>> {
    let wrong = workflows::miscounted(reader)?;
    Ok(wrong
        .into_iter()
        .map(|miscounted| {
            let message = match miscounted.stage {
                Some(stage) => {
                    format!("the numbers of stage '{stage}' must be those of its tasks")
                }
                None => "must have its stages until it ends, and none after that".to_owned(),
            };
            Found::error(message).of_row(WorkflowExecution::NAME, miscounted.execution)
        })
        .collect())
}

/// Finds pending tasks with a wrong number of unmet dependencies. One that is too high keeps a task from ever being
/// claimed; one that is too low has it run too early.
fn dependencies(reader: &mut Reader<'_>) -> Result<Vec<Found>> {
    let wrong = rows::tasks_with_wrong_unmet(reader.connection())?;
    Ok(wrong
        .into_iter()
        .map(|task| {
            let (unmet, kept) = (task.unmet, task.kept);
            let message = format!("UnmetDependencies must be {unmet}, got {kept}");
            Found::error(message).of_row(Task::NAME, task.id)
        })
        .collect())
}
