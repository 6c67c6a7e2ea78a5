//! Import of the data of predecessors: `orchestrator-state.json` in all its forms, `agent-config.json`, and the
//! database of a host on Entity Framework Core.
//!
//! The content of a file decides which form it has. A UTF-8 byte order mark is allowed. The host must have closed its
//! database: two copies of SQLite in one process release each other's locks.
//!
//! # Steps
//!
//! 1. The file is read and checked. Agents and repositories stay in memory, tasks don't.
//! 2. If the database has agents, tasks or repositories, it is copied to `DATABASE.before-import-yyyymmdd-hhmmss.db`.
//! 3. In one transaction, which other writes wait for, everything is written (tasks in a second pass over the file),
//!    and the rows in the database are compared with the counts of the first pass, by repository and state.
//! 4. The file is renamed to `NAME.imported-yyyymmdd-hhmmss`, if it is still the one that was read; otherwise the report
//!    has a warning.
//!
//! A file of up to 64 GiB is imported in the memory that its agents and repositories and its largest task need, and up to
//! 60 bytes for each task, which reveal a second task with the same id.
//!
//! # Records
//!
//! A record whose id (or, for a repository, path) the database already has stays as it is there, so that a second
//! import of a file changes nothing. A record that can't be imported, such as a task whose command has more than 2000
//! characters, is left out with a finding that names its place and the reason, and the others are imported, unless
//! [`ImportOptions::strict`] asks for all or nothing.
//!
//! - Agents: `Status` is translated; Working becomes Busy. A file doesn't say which of two
//!   [numberings](StatusNumbering) it uses: the counts of the repositories decide; if they don't, a 4 does; without
//!   one, four values are assumed, with a warning. `TasksCompleted` becomes `TotalTasksCompleted`, and the failed tasks
//!   of the file `TotalTasksFailed`; `CurrentTaskId` replaces an absent `CurrentTask`; `CreatedAt` is the earliest and
//!   `UpdatedAt` the latest time that the file has for the agent. In a configuration, enabled agents are idle and the
//!   others offline; `PingIntervalSeconds` becomes `HealthCheckInterval`.
//! - Tasks: no task is pinned to its agent, and none is leased. An agent that neither the file nor the database has
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
}

impl Default for ImportOptions {
    fn default() -> Self {
        Self {
            dry_run: false,
            strict: false,
            archive: true,
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
/// [`ErrorCode::ImportFailed`](crate::ErrorCode::ImportFailed) if the file is neither JSON nor a database, not UTF-8,
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
        return import(store, HostDatabase::open(path)?, options, progress);
    }
    import(store, StateFile::open(path)?, options, progress)
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
    let backup = if options.dry_run {
        None
    } else {
        back_up(store)?
    };
    let written = write(store, &mut legacy, options, &mut progress)?;
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

/// Copies the database, if it has any rows that an import could spoil.
fn back_up(store: &Store) -> Result<Option<PathBuf>> {
    let (has_rows, now) = store.read(|reader| Ok((has_rows(reader)?, reader.now())))?;
    if !has_rows {
        return Ok(None);
    }
    let target = file_names::stamped(store.path(), "before-import", now, ".db");
    backup::create(store, &target, false, &mut unobserved)?;
    Ok(Some(target))
}

fn has_rows(reader: &mut Reader<'_>) -> Result<bool> {
    let conn = reader.connection();
    Ok(agents::any(conn)? || tasks::any(conn)? || code_repositories::any(conn)?)
}

fn write(
    store: &Store,
    legacy: &mut impl Legacy,
    options: &ImportOptions,
    progress: &mut ImportProgressReporter<'_>,
) -> Result<Written> {
    let work = |uow: &mut UnitOfWork<'_>| {
        let written = legacy.write(uow, progress)?;
        if options.strict {
            refuse_rejected(legacy.path(), &written.findings.0)?;
        }
        Ok(written)
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
