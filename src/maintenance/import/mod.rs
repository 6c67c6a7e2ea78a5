//! Taking over what the file-based predecessor left: `orchestrator-state.json` in all its forms
//! and `agent-config.json`.
//!
//! Which form a file has is decided by its content. A UTF-8 byte order mark is fine.
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

mod agent_record;
mod census;
mod plan;
mod progress;
mod record;
mod report;
mod repository_record;
mod source;
mod status_numbering;
mod task_record;
mod writer;

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use uuid::Uuid;

pub use report::{ImportFinding, ImportProgress, ImportReport, LegacyForm, RecordCounts};
pub use status_numbering::StatusNumbering;

use self::plan::Plan;
use self::progress::Progress;
use self::source::Source;
use self::writer::Written;
use super::{Severity, files};
use crate::db::Reader;
use crate::error::{Error, ErrorCode, Result};
use crate::repositories::{agents, code_repositories, tasks};
use crate::store::Store;

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

/// Imports a file of the predecessor. What is done, and what becomes of each record, is told
/// [above](self).
///
/// `progress` is called before the first record is written, after each hundredth and after the
/// last, inside the transaction: it must not write to the store. Where it returns
/// [`ControlFlow::Break`], nothing is imported and the error is [`ErrorCode::Cancelled`].
///
/// # Errors
///
/// [`ErrorCode::ImportFailed`] where the file is not JSON, not UTF-8, nested too deeply or of no
/// known form, where it is written to meanwhile, or where [`ImportOptions::strict`] meets a
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
    let mut source = Source::open(path)?;
    let plan = Plan::read(&mut source)?;
    if options.strict {
        refuse_rejected(&source, &plan.findings.0)?;
    }
    let mut progress = Progress::new(plan.records(), progress);
    progress.report()?;
    let backup = if options.dry_run {
        None
    } else {
        back_up(store)?
    };
    let written = write(store, &mut source, &plan, options, &mut progress)?;
    let mut report = report(&source, plan, written, options);
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

fn refuse_rejected(source: &Source, findings: &[ImportFinding]) -> Result<()> {
    let mut rejections = findings.iter().filter(|f| f.severity == Severity::Error);
    let Some(first) = rejections.next() else {
        return Ok(());
    };
    Err(source.failed(format!(
        "records that can't be taken: {}, the first {}: {}; nothing was imported",
        1 + rejections.count(),
        first.place,
        first.reason
    )))
}

/// Copies the database, where it has anything that an import could spoil.
fn back_up(store: &Store) -> Result<Option<PathBuf>> {
    let (has_rows, now) = store.read(|reader| Ok((has_rows(reader)?, reader.now())))?;
    if !has_rows {
        return Ok(None);
    }
    let suffix = format!(".before-import-{}", files::stamp(now));
    let target = files::unused(store.path(), &suffix, ".db");
    super::backup::create(store, &target, false, &mut super::unobserved)?;
    Ok(Some(target))
}

fn has_rows(reader: &mut Reader<'_>) -> Result<bool> {
    let conn = reader.connection();
    Ok(agents::any(conn)? || tasks::any(conn)? || code_repositories::any(conn)?)
}

fn write(
    store: &Store,
    source: &mut Source,
    plan: &Plan,
    options: &ImportOptions,
    progress: &mut Progress<'_>,
) -> Result<Written> {
    let mut rehearsed = None;
    let outcome = store.write(|uow| {
        let written = writer::write(uow, source, plan, progress)?;
        if options.strict {
            refuse_rejected(source, &written.findings.0)?;
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

fn report(source: &Source, plan: Plan, written: Written, options: &ImportOptions) -> ImportReport {
    let mut findings = plan.findings.0;
    findings.extend(written.findings.0);
    ImportReport {
        source: source.path().to_owned(),
        form: plan.form,
        status_numbering: plan.status_numbering,
        dry_run: options.dry_run,
        agents: written.agents,
        tasks: written.tasks,
        repositories: written.repositories,
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
        std::fs::rename(&report.source, &target)?;
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
