//! Import of the data of predecessors: `orchestrator-state.json` in all its forms, `agent-config.json`, and the
//! database of a host on Entity Framework Core.
//!
//! The content of a file decides which form it has. A UTF-8 byte order mark is allowed. The host must have closed its
//! database: two copies of SQLite in one process release each other's locks.
//!
//! # Steps
//!
//! 1. The file is read and checked. Agents and repositories stay in memory, tasks don't.
//! 2. In one transaction, which other writes wait for, everything is written (tasks in a second pass over the file),
//!    and the rows in the database are compared with the counts of the first pass, by repository and state.
//! 3. If the database had agents, tasks or repositories, and anything was written, it is copied as it was before to
//!    `DATABASE.before-import-yyyymmdd-hhmmss.db`. Then the transaction is committed.
//! 4. The file is renamed to `NAME.imported-yyyymmdd-hhmmss`, if it is still the one that was read; otherwise the report
//!    has a warning.
//!
//! A file of up to 64 GiB is imported in the memory that its agents and repositories and its largest task need, and up to
//! 60 bytes for each task, which reveal a second task with the same id.
//!
//! # Records
//!
//! A row whose id (or, for a repository, path) the database already has stays as it is there, so that a second import of a
//! file changes nothing. The report tells rows that have what the file says from those that differ;
//! [`ImportOptions::update`] writes newer records over these, but for tasks that this database runs: that are leased, belong
//! to a workflow execution, or depend on others or have others that depend on them. A file of which nothing can be
//! imported, and which has nothing that the database has already, fails. A record that can't be imported, such as a task whose command has more than 2000
//! characters, is left out with a finding that names its place and the reason, and the others are imported, unless
//! [`ImportOptions::strict`] asks for all or nothing.
//!
//! - Agents: `Status` is translated; Working becomes Busy. A file doesn't say which of two
//!   [numberings](StatusNumbering) it uses: the counts of the repositories decide; if they don't, a 4 does; without
//!   one, four values are assumed, with a warning. `TasksCompleted` becomes `TotalTasksCompleted`, and the failed tasks
//!   of the file `TotalTasksFailed`; `CurrentTaskId` replaces an absent `CurrentTask`; `CreatedAt` is the earliest and
//!   `UpdatedAt` the latest time that the file has for the agent. In a configuration, enabled agents are idle and the
//!   others offline; `PingIntervalSeconds` becomes `HealthCheckInterval`.
//! - Tasks: no task is pinned to its agent, and none is leased. One that is assigned or running is pending again, and a
//!   busy agent idle, unless [`ImportOptions::keep_running`] is set. An agent that neither the file nor the database has
//!   becomes none, with a warning. Ended tasks count in the statistics of their repository.
//! - Repositories come from `Repositories` and from the paths of agents and tasks. Their ids are derived from their
//!   paths.
//!
//! # Databases of hosts
//!
//! Agents, tasks, repositories, preferences, templates, workflow definitions, metrics, orchestration logs and chats are
//! imported row by row, in the memory of one row; other tables (Hangfire's) are ignored. Steps 2 to 4 are as above; a
//! dry run reports what would be imported. Each written row is read back and compared.
//!
//! - GUIDs, which Entity Framework writes in upper case, become lower case, as .NET prints them; other ids stay as they
//!   are. A repository keeps its id unless the database already has its path.
//! - Times get seven digits; time spans may be ticks of 100 ns or texts.
//! - `Repositories.AllowedOperationsJson` takes precedence over the comma-separated `AllowedOperations`. Counters below
//!   the number of imported tasks are raised to it, with a warning.
//! - `TaskTemplates.CommandTemplate` becomes the one step of a definition, `ParametersJson` its parameters; version 3
//!   of a workflow becomes `3.0.0`.
//! - `PerformanceMetrics` belong to their agent; a `Description` goes into `Properties`.
//! - `ChatMessages.Author` becomes `CreatedBy`; `Metadata` stays.
//! - A reference to a missing row becomes none, with a warning, as does a parent that is among a task's own
//!   descendants. A preference whose repository or agent is missing, and a message whose session is missing, are left
//!   out.

mod adoption;
mod agent_record;
mod first_pass;
mod host_database;
mod legacy;
mod outcome;
mod progress;
mod read_file;
mod record;
mod repeated;
mod report;
mod repository_record;
mod row_counts;
mod second_pass;
mod state_file;
mod state_stream;
mod status_numbering;
mod task_record;
mod task_update;

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use uuid::Uuid;

pub use report::{ImportFinding, ImportProgress, ImportReport, LegacyForm, RecordCounts};
pub use status_numbering::StatusNumbering;

use self::host_database::HostDatabase;
use self::legacy::Legacy;
use self::progress::ImportProgressReporter;
use self::read_file::ReadFile;
use self::report::{Findings, Written};
use self::state_file::StateFile;
use crate::error::Result;
use crate::maintenance::{Severity, backup, files, rehearse, unobserved};
use crate::rows::{Reader, UnitOfWork};
use crate::sqlite::{file_names, plain_file};
use crate::store::Store;
use crate::tables::{agents, code_repositories, tasks};
use crate::types::Timestamp;

/// Namespace of the ids that are derived from the paths of repositories.
const NAMESPACE: Uuid = Uuid::from_u128(0x6f72_6368_6573_4a7a_8b1d_2d0c_3f51_9e64);

/// Options of an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImportOptions {
    /// True to do everything in a transaction that is rolled back, and report what an import would do. Nothing is
    /// written, copied or renamed. Default: false.
    pub dry_run: bool,
    /// True to import nothing if any record can't be imported. Default: false.
    pub strict: bool,
    /// True to rename the file after the import. Default: true.
    pub archive: bool,
    /// True to write records over rows that differ from them, if the record was changed later by its `UpdatedAt`, or by
    /// the times that the file has. Default: false, such rows stay as they are.
    pub update: bool,
    /// True to leave tasks that are assigned or running as they are, and their agents busy, since the agents go on with
    /// them. Otherwise nobody would: such tasks are pending again, for any agent, and the agents idle. Default: false.
    pub keep_running: bool,
}

impl Default for ImportOptions {
    fn default() -> Self {
        Self {
            dry_run: false,
            strict: false,
            archive: true,
            update: false,
            keep_running: false,
        }
    }
}

/// Imports a file of a predecessor, and reports the fate of its records. [The module](self) documents the steps and the
/// rules.
///
/// `progress` is called before the first record is written, after each hundredth and after the last. It is called
/// inside the transaction, and must not write to the store. Where it returns [`ControlFlow::Break`], nothing is
/// imported and the error is [`ErrorCode::Cancelled`](crate::ErrorCode::Cancelled).
///
/// ```
/// use orchestra_store::import::{ImportOptions, import_file};
/// use orchestra_store::models::TaskId;
/// use orchestra_store::services::tasks;
/// use orchestra_store::{Store, StoreConfig};
/// use std::ops::ControlFlow;
///
/// # let directory = tempfile::tempdir()?;
/// # let store = Store::open(StoreConfig::new(directory.path().join("orchestra.db")))?;
/// # let path = directory.path().join("orchestrator-state.json");
/// std::fs::write(&path, r#"{"Agents": {}, "TaskQueue": [{"Id": "t1", "Command": "make", "Priority": 1, "Status": 0,
///     "RepositoryPath": "/srv/app", "CreatedAt": "2025-10-01T08:00:00Z"}]}"#)?;
/// let mut progress = |_| ControlFlow::Continue(());
/// let report = import_file(&store, &path, &ImportOptions::default(), &mut progress)?;
/// assert_eq!(report.tasks.imported, 1);
/// let task = store.read(|reader| tasks::get(reader, &TaskId::new("t1")?))?;
/// assert_eq!(task.command, "make");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// [`ErrorCode::ImportFailed`](crate::ErrorCode::ImportFailed) if the file has no record that can be imported (a dry run
/// reports that instead), if it is neither JSON nor a database, not UTF-8,
/// nested too deeply or of no known form, if it is written to meanwhile, or if [`ImportOptions::strict`] is set and a
/// record can't be imported: the message names the file and the place. [`ErrorCode::Io`](crate::ErrorCode::Io) or
/// [`ErrorCode::PermissionDenied`](crate::ErrorCode::PermissionDenied) if it can't be read. The database is then as it
/// was.
pub fn import_file(
    store: &Store,
    path: &Path,
    options: &ImportOptions,
    progress: &mut dyn FnMut(ImportProgress) -> ControlFlow<()>,
) -> Result<ImportReport> {
    let span = tracing::info_span!("import", file = %path.display());
    let _entered = span.enter();
    if plain_file::is_database(path)? {
        return import(store, HostDatabase::open(path, options)?, options, progress);
    }
    import(store, StateFile::open(path, options)?, options, progress)
}

fn import(
    store: &Store,
    mut legacy: impl Legacy,
    options: &ImportOptions,
    progress: &mut dyn FnMut(ImportProgress) -> ControlFlow<()>,
) -> Result<ImportReport> {
    let findings = legacy.take_findings();
    if options.strict {
        refuse_rejected(legacy.path(), &findings.0)?;
    }
    let mut progress = ImportProgressReporter::new(legacy.records(), progress);
    progress.report()?;
    let (written, backup) = write(store, &mut legacy, &findings, options, &mut progress)?;
    let mut report = report(&legacy, findings, written, options);
    let files = legacy.files();
    drop(legacy);
    report.backup = backup;
    if options.archive && !options.dry_run {
        archive(store, &files, &mut report);
    }
    tracing::info!(
        agents = report.agents.imported,
        tasks = report.tasks.imported,
        repositories = report.repositories.imported,
        findings = report.findings.len(),
        "file imported"
    );
    Ok(report)
}

fn refuse_rejected(path: &Path, findings: &[ImportFinding]) -> Result<()> {
    let mut rejections = findings.iter().filter(|f| f.severity == Severity::Error);
    let Some(first) = rejections.next() else {
        return Ok(());
    };
    let reason = format!(
        "records that can't be imported: {}, the first {}: {}; nothing was imported, \
         correct them or leave `strict` off",
        1 + rejections.count(),
        first.place,
        first.reason
    );
    Err(legacy::failed(path, reason))
}

/// Fails if the file has no record that the database has now.
fn refuse_nothing(path: &Path, written: &Written, first: &[ImportFinding]) -> Result<()> {
    if !written.took_nothing() {
        return Ok(());
    }
    let findings = first.iter().chain(&written.findings.0);
    let mut rejections = findings.filter(|f| f.severity == Severity::Error);
    let reason = match rejections.next() {
        None => "must have a record, got none; nothing was imported".to_owned(),
        Some(first) => format!(
            "must have a record that can be imported, got {} that can't, the first {}: {}; nothing was imported, \
             a dry run tells of all",
            1 + rejections.count(),
            first.place,
            first.reason
        ),
    };
    Err(legacy::failed(path, reason))
}

/// Copies the database as it was before the open transaction.
fn back_up(store: &Store, now: Timestamp) -> Result<Option<PathBuf>> {
    let target = file_names::stamped(store.path(), "before-import", now, ".db");
    backup::create(store, &target, false, &mut unobserved)?;
    Ok(Some(target))
}

fn has_rows(reader: &mut Reader<'_>) -> Result<bool> {
    let conn = reader.conn();
    Ok(agents::any(conn)? || tasks::any(conn)? || code_repositories::any(conn)?)
}

/// Writes the records, and returns the path of the copy of the database before them, if it has rows that they could
/// spoil.
fn write(
    store: &Store,
    legacy: &mut impl Legacy,
    findings: &Findings,
    options: &ImportOptions,
    progress: &mut ImportProgressReporter<'_>,
) -> Result<(Written, Option<PathBuf>)> {
    let work = |uow: &mut UnitOfWork<'_>| {
        let had_rows = has_rows(uow)?;
        let written = legacy.write(uow, progress)?;
        if options.strict {
            refuse_rejected(legacy.path(), &written.findings.0)?;
        }
        if options.dry_run {
            return Ok((written, None));
        }
        refuse_nothing(legacy.path(), &written, &findings.0)?;
        let backup = if had_rows && written.has_changes() {
            back_up(store, uow.now())?
        } else {
            None
        };
        Ok((written, backup))
    };
    if options.dry_run {
        rehearse(store, work)
    } else {
        store.write_alone(work)
    }
}

fn report(
    legacy: &impl Legacy,
    findings: Findings,
    written: Written,
    options: &ImportOptions,
) -> ImportReport {
    let mut findings = findings.0;
    findings.extend(written.findings.0);
    ImportReport {
        source: legacy.path().to_owned(),
        form: legacy.form(),
        status_numbering: legacy.status_numbering(),
        dry_run: options.dry_run,
        agents: written.agents,
        tasks: written.tasks,
        repositories: written.repositories,
        others: written.others,
        requeued: written.requeued,
        findings,
        backup: None,
        archived_to: None,
    }
}

/// Renames the file, if it is still the one that was read. A failure is only a warning, since the import is committed
/// by then.
fn archive(store: &Store, files: &[ReadFile], report: &mut ImportReport) {
    if !files.iter().all(ReadFile::is_unchanged) {
        let reason = "imported, but is no longer the file that was read, and keeps its name; \
                      import it again if it has more";
        return report.warn_of_source(reason.to_owned());
    }
    let archived = store.read(|reader| Ok(reader.now())).and_then(|now| {
        let target = file_names::stamped(&report.source, "imported", now, "");
        files::rename_database(&report.source, &target)?;
        Ok(target)
    });
    match archived {
        Ok(target) => report.archived_to = Some(target),
        Err(error) => report.warn_of_source(format!(
            "imported, but can't be renamed ({}); move it away by hand",
            error.message()
        )),
    }
}
