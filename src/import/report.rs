//! Report of an import.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Serialize;

use super::status_numbering::StatusNumbering;
use crate::maintenance::Severity;

/// Form of a predecessor's file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub enum LegacyForm {
    /// `orchestrator-state.json` with agents and tasks only.
    StateV1,
    /// `orchestrator-state.json` with repositories as well.
    StateV2,
    /// `orchestrator-state.json` whose agents have fields on their activity (`CurrentTaskId`, `LastActiveTime`,
    /// `TasksCompleted`).
    StateV3,
    /// `agent-config.json`.
    AgentConfig,
    /// The SQLite database of a host on Entity Framework Core.
    HostDatabase,
}

/// Progress of an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ImportProgress {
    /// Number of records done.
    pub done: u64,
    /// Number of records of the whole file: agents, tasks and repositories.
    pub total: u64,
}

/// Numbers of records of one kind; `read` is the sum of the others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct RecordCounts {
    /// Number of records in the file.
    pub read: u64,
    /// Number of records that were new to the database.
    pub imported: u64,
    /// Number of records whose row the database already had, with what the file says.
    pub unchanged: u64,
    /// Number of records whose row the database already had, with something else than the file says; these rows stay as
    /// they are.
    pub differing: u64,
    /// Number of records that were newer than the rows of the database, and were written over them.
    pub updated: u64,
    /// Number of records that could not be imported; each has a finding.
    pub rejected: u64,
}

/// A finding about one record, or about the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ImportFinding {
    /// Severity; [`Severity::Error`] means that a record was rejected.
    pub severity: Severity,
    /// Place in the file, such as `TaskQueue[402].Command` or `Agents["search_002"].Status`.
    pub place: String,
    /// Reason of the finding, for people.
    pub reason: String,
}

/// Report of an import, or of a dry run.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ImportReport {
    /// Path of the file.
    pub source: PathBuf,
    /// Form of the file.
    pub form: LegacyForm,
    /// Numbering of the states of agents; none if the file doesn't number them.
    pub status_numbering: Option<StatusNumbering>,
    /// True if nothing was written.
    pub dry_run: bool,
    /// Numbers of agents, each counted once however often the file names it.
    pub agents: RecordCounts,
    /// Numbers of tasks.
    pub tasks: RecordCounts,
    /// Numbers of repositories, including those that only agents and tasks name.
    pub repositories: RecordCounts,
    /// Numbers of rows of other tables, by table; only the database of a host has any.
    pub others: BTreeMap<&'static str, RecordCounts>,
    /// Number of imported tasks that were assigned or running, and are pending again.
    pub requeued: u64,
    /// Findings, in the order in which they were made.
    pub findings: Vec<ImportFinding>,
    /// Path of the copy of the database before the import; none if it was empty.
    pub backup: Option<PathBuf>,
    /// Path of the renamed file.
    pub archived_to: Option<PathBuf>,
}

impl ImportReport {
    /// Returns true if the database has no record of the file: each was rejected, or there is none.
    pub fn took_nothing(&self) -> bool {
        let counts = [&self.agents, &self.tasks, &self.repositories];
        let mut counts = counts.into_iter().chain(self.others.values());
        counts.all(|counts| counts.read == counts.rejected)
    }

    /// Adds a warning about the file as a whole.
    pub(super) fn warn_of_source(&mut self, reason: String) {
        self.findings.push(ImportFinding {
            severity: Severity::Warning,
            place: self.source.display().to_string(),
            reason,
        });
    }
}

/// Numbers of written and rejected records.
#[derive(Debug, Default)]
pub(super) struct Written {
    pub(super) agents: RecordCounts,
    pub(super) tasks: RecordCounts,
    pub(super) repositories: RecordCounts,
    pub(super) others: BTreeMap<&'static str, RecordCounts>,
    /// Number of imported tasks that were assigned or running, and are pending again.
    pub(super) requeued: u64,
    /// Findings made while writing.
    pub(super) findings: Findings,
}

impl Written {
    /// Returns true if the import changes the database.
    pub(super) fn has_changes(&self) -> bool {
        let counts = [&self.agents, &self.tasks, &self.repositories];
        let mut counts = counts.into_iter().chain(self.others.values());
        counts.any(|counts| counts.imported + counts.updated > 0)
    }

    /// Returns true if each record was rejected, or there is none.
    pub(super) fn took_nothing(&self) -> bool {
        let counts = [&self.agents, &self.tasks, &self.repositories];
        let mut counts = counts.into_iter().chain(self.others.values());
        counts.all(|counts| counts.read == counts.rejected)
    }
}

/// The findings of an import, in the order in which they were made.
#[derive(Debug, Default)]
pub(super) struct Findings(pub(super) Vec<ImportFinding>);

impl Findings {
    pub(super) fn warn(&mut self, place: impl Into<String>, reason: impl Into<String>) {
        self.add(Severity::Warning, place, reason);
    }

    pub(super) fn reject(&mut self, place: impl Into<String>, reason: impl Into<String>) {
        self.add(Severity::Error, place, reason);
    }

    fn add(&mut self, severity: Severity, place: impl Into<String>, reason: impl Into<String>) {
        self.0.push(ImportFinding {
            severity,
            place: place.into(),
            reason: reason.into(),
        });
    }
}
