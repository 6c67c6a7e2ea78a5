//! What an import tells of itself.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Serialize;

use super::status_numbering::StatusNumbering;
use crate::maintenance::Severity;

/// Which of the predecessors' files it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub enum LegacyForm {
    /// `orchestrator-state.json` with agents and tasks alone.
    StateV1,
    /// `orchestrator-state.json` with repositories too.
    StateV2,
    /// `orchestrator-state.json` whose agents also tell of their activity (`CurrentTaskId`,
    /// `LastActiveTime`, `TasksCompleted`).
    StateV3,
    /// `agent-config.json`.
    AgentConfig,
    /// The SQLite database of a host on Entity Framework Core.
    HostDatabase,
}

/// How far an import is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ImportProgress {
    /// Records that are done.
    pub done: u64,
    /// Records of the whole file: agents, tasks and repositories.
    pub total: u64,
}

/// What became of the records of one kind: `read` is the sum of the others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct RecordCounts {
    /// Records that the file has.
    pub read: u64,
    /// Those that were new to the database.
    pub imported: u64,
    /// Those whose id (or path) the database had already, which were left as they are there.
    pub unchanged: u64,
    /// Those that could not be taken; each has a finding.
    pub rejected: u64,
}

/// Something that the person who imports should know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ImportFinding {
    /// [`Severity::Error`] where a record was rejected.
    pub severity: Severity,
    /// Where in the file, such as `TaskQueue[402].Command` or `Agents["search_002"].Status`.
    pub place: String,
    /// What is the matter.
    pub reason: String,
}

/// What an import did, or, after a dry run, would do.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ImportReport {
    /// The file.
    pub source: PathBuf,
    /// Which of the predecessor's files it is.
    pub form: LegacyForm,
    /// How the file numbers the states of agents; none where it doesn't.
    pub status_numbering: Option<StatusNumbering>,
    /// Whether nothing was written.
    pub dry_run: bool,
    /// Agents, each counted once however often the file names it.
    pub agents: RecordCounts,
    /// Tasks.
    pub tasks: RecordCounts,
    /// Repositories, with those that only agents and tasks name.
    pub repositories: RecordCounts,
    /// Rows of other tables, by table; only the database of a host has any.
    pub others: BTreeMap<&'static str, RecordCounts>,
    /// What the person who imports should know.
    pub findings: Vec<ImportFinding>,
    /// The copy of the database as it was before; none where it was empty.
    pub backup: Option<PathBuf>,
    /// What the file is called now.
    pub archived_to: Option<PathBuf>,
}

/// What was written, and what was not.
#[derive(Debug, Default)]
pub(super) struct Written {
    pub(super) agents: RecordCounts,
    pub(super) tasks: RecordCounts,
    pub(super) repositories: RecordCounts,
    pub(super) others: BTreeMap<&'static str, RecordCounts>,
    /// What is found only while writing.
    pub(super) findings: Findings,
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
