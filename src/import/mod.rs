//! Taking over what predecessors left: `orchestrator-state.json` in all its forms,
//! `agent-config.json`, and the database of a host on Entity Framework Core.
//!
//! Which form a file has is decided by its content. A UTF-8 byte order mark is fine. The host has
//! to have closed its database: two copies of SQLite in one process take each other's locks away.
//!
//! # What is done, in this order
//!
//! 1. The file is read through and checked: agents and repositories are kept, and each task is
//!    looked at and let go.
//! 2. Where the database has agents, tasks or repositories, it is copied to
//!    `DATABASE.before-import-yyyymmdd-hhmmss.db`.
//! 3. In one transaction, which others wait for, everything is written (tasks in a second pass
//!    over the file), and what the database then has is held against what the first pass
//!    counted, by repository and state.
//! 4. The file is renamed to `NAME.imported-yyyymmdd-hhmmss`.
//!
//! A file of any size is imported in the memory that its agents and repositories and its largest
//! task need, and up to 60 bytes for each task, by which a second task of the same id is known.
//!
//! # What becomes of a record
//!
//! One whose id (or, for a repository, path) the database has already stays as it is there,
//! whatever the file says: importing a file again changes nothing. One that can't be taken, such
//! as a task whose command has more than 2000 characters, is left out with a finding that tells
//! its place and the reason, and the others are imported all the same, unless
//! [`ImportOptions::strict`] asks for all or nothing.
//!
//! - Agents: `Status` is translated, Working being Busy. A file doesn't tell which of two
//!   [numberings](StatusNumbering) it has: the counts that each repository carries decide; where
//!   they don't, a 4 does; where there is none, it is taken for four values, with a warning.
//!   `TasksCompleted` becomes `TotalTasksCompleted`, and the failed tasks of the file
//!   `TotalTasksFailed`; `CurrentTaskId` stands in for an absent
//!   `CurrentTask`; `CreatedAt` is the earliest and `UpdatedAt` the latest time that the file
//!   has of the agent. Of a configuration, enabled agents are idle and the others offline;
//!   `PingIntervalSeconds` becomes `HealthCheckInterval`.
//! - Tasks: no task is pinned to its agent, and none is leased. An agent that neither the file
//!   nor the database knows becomes none, with a warning. Those that ended count in the
//!   statistics of their repository.
//! - Repositories come from `Repositories` and from the paths of agents and tasks. Their ids
//!   follow from their paths.
//!
//! # What becomes of a host's database
//!
//! Agents, tasks, repositories, preferences, templates, workflow definitions, metrics,
//! orchestration logs and chats are taken, row by row, in the memory of one row; tables of others
//! (Hangfire's) are left alone. Steps 2 to 4 are as above; the report of a dry run tells first
//! what would be taken. Each row that was written is read again and compared.
//!
//! - GUIDs, which Entity Framework writes in upper case, become lower case, as .NET prints them;
//!   other ids stay as they are. A repository keeps its id unless its path is known here already.
//! - Times get their seven digits; time spans may be ticks of 100 ns or texts.
//! - `Repositories.AllowedOperationsJson` counts before the comma-separated `AllowedOperations`.
//!   Counters that are behind the imported tasks are raised to them, with a warning.
//! - `TaskTemplates.CommandTemplate` becomes the one step of a definition, `ParametersJson` its
//!   parameters; version 3 of a workflow becomes `3.0.0`.
//! - `PerformanceMetrics` are those of their agent; a `Description` goes into `Properties`.
//! - `ChatMessages.Author` becomes `CreatedBy`; `Metadata` stays.
//! - A reference to a row that isn't there becomes none, with a warning, as does a parent that is
//!   among a task's own descendants. A preference whose repository or agent isn't there, and a
//!   message without its session, are left out.

mod agent_record;
mod census;
mod host_database;
mod legacy;
mod outcome;
mod plan;
mod progress;
mod record;
mod repeated;
mod report;
mod repository_record;
mod source;
mod state_file;
mod status_numbering;
mod task_record;
mod writer;

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use uuid::Uuid;

pub use report::{ImportFinding, ImportProgress, ImportReport, LegacyForm, RecordCounts};
pub use status_numbering::StatusNumbering;

use self::host_database::HostDatabase;
use self::legacy::Legacy;
use self::progress::ImportProgressReporter;
use self::report::{Findings, Written};
use self::state_file::StateFile;
use crate::error::{Error, ErrorCode, Result};
use crate::maintenance::{Severity, files};
use crate::rows::Reader;
use crate::store::Store;
use crate::tables::{agents, code_repositories, tasks};

/// What the ids of imported repositories are derived within.
const NAMESPACE: Uuid = Uuid::from_u128(0x6f72_6368_6573_4a7a_8b1d_2d0c_3f51_9e64);

/// How to import.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImportOptions {
    /// Do everything in a transaction that is rolled back, and report what an import would do.
    /// Nothing is written, copied or renamed. Default: no.
    pub dry_run: bool,
    /// Import nothing where any record can't be taken. Default: no.
    pub strict: bool,
    /// Rename the file when it is imported. Default: yes.
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

/// Imports a file of a predecessor. What is done, and what becomes of each record, is told
/// [above](self).
///
/// `progress` is called before the first record is written, after each hundredth and after the
/// last, inside the transaction: it must not write to the store. Where it returns
/// [`ControlFlow::Break`], nothing is imported and the error is [`ErrorCode::Cancelled`].
///
/// # Errors
///
/// [`ErrorCode::ImportFailed`] where the file is neither JSON nor a database, not UTF-8, nested too
/// deeply or of no known form, where it is written to meanwhile, or where [`ImportOptions::strict`] meets a
/// record that can't be taken: the message has the file and the place. [`ErrorCode::Io`] or
/// [`ErrorCode::PermissionDenied`] where it can't be read. The database is then as it was.
pub fn import_file(
    store: &Store,
    path: &Path,
    options: &ImportOptions,
    progress: &mut dyn FnMut(ImportProgress) -> ControlFlow<()>,
) -> Result<ImportReport> {
    let span = tracing::info_span!("import", file = %path.display());
    let _entered = span.enter();
    if files::is_database(path)? {
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
    drop(legacy);
    report.backup = backup;
    if options.archive && !options.dry_run {
        archive(store, &mut report);
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
        "records that can't be taken: {}, the first {}: {}; nothing was imported",
        1 + rejections.count(),
        first.place,
        first.reason
    );
    Err(legacy::failed(path, reason))
}

/// Copies the database, where it has anything that an import could spoil.
fn back_up(store: &Store) -> Result<Option<PathBuf>> {
    let (has_rows, now) = store.read(|reader| Ok((has_rows(reader)?, reader.now())))?;
    if !has_rows {
        return Ok(None);
    }
    let suffix = format!(".before-import-{}", files::stamp(now));
    let target = files::unused(store.path(), &suffix, ".db");
    crate::maintenance::backup::create(store, &target, false, &mut crate::maintenance::unobserved)?;
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
    let mut rehearsed = None;
    let outcome = store.write_alone(|uow| {
        let written = legacy.write(uow, progress)?;
        if options.strict {
            refuse_rejected(legacy.path(), &written.findings.0)?;
        }
        if options.dry_run {
            rehearsed = Some(written);
            return Err(Error::new(ErrorCode::Cancelled, "a dry run is rolled back"));
        }
        Ok(written)
    });
    match rehearsed {
        Some(written) => Ok(written),
        None => outcome,
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

/// Renames the file. The import is committed by then: that it can't be renamed is no error.
fn archive(store: &Store, report: &mut ImportReport) {
    let archived = store.read(|reader| Ok(reader.now())).and_then(|now| {
        let suffix = format!(".imported-{}", files::stamp(now));
        let target = files::unused(&report.source, &suffix, "");
        files::rename_database(&report.source, &target)?;
        Ok(target)
    });
    match archived {
        Ok(target) => report.archived_to = Some(target),
        Err(error) => report.findings.push(ImportFinding {
            severity: Severity::Warning,
            place: report.source.display().to_string(),
            reason: format!("imported, but can't be renamed: {}", error.message()),
        }),
    }
}
