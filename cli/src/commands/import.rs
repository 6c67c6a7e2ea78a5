//! `orchestra import`: takes over what predecessors left.

use std::path::PathBuf;

use clap::Args;
use orchestra_store::import::{self, ImportFinding, ImportOptions, ImportReport, RecordCounts};
use orchestra_store::{Error, ErrorCode, Result, Store, StoreConfig};

use crate::exit_code::Exit;
use crate::interrupt;
use crate::output::{Output, Page};
use crate::progress;
use crate::session::Session;

/// How many findings are printed for people.
const FINDINGS_SHOWN: usize = 20;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// An orchestrator-state.json or agent-config.json in any of its forms, or a host's database
    file: PathBuf,
    /// Only tell what would be imported
    #[arg(long)]
    dry_run: bool,
    /// Import nothing if there is a record that can't be taken
    #[arg(long)]
    strict: bool,
    /// Leave the file under its name; otherwise it is renamed when it is imported
    #[arg(long)]
    keep: bool,
    /// Write records over rows that differ from them, if the record is the newer one
    #[arg(long)]
    update: bool,
    /// Leave tasks that are running as they are; otherwise they are put back into the queue
    #[arg(long)]
    keep_running: bool,
}

pub(super) fn run(arguments: &Arguments, session: &Session) -> Result<Exit> {
    if !arguments.file.try_exists().unwrap_or(true) {
        let message = format!("{}: there is no such file", arguments.file.display());
        return Err(Error::new(ErrorCode::NotFound, message));
    }
    let options = ImportOptions {
        dry_run: arguments.dry_run,
        strict: arguments.strict,
        archive: !arguments.keep,
        update: arguments.update,
        keep_running: arguments.keep_running,
    };
    let report = if arguments.dry_run && !session.has_database() {
        try_out(arguments, options, session.output)?
    } else {
        import(
            &session.open_or_create()?,
            arguments,
            options,
            session.output,
        )?
    };
    session
        .output
        .print(&report, |report| page(Page::new(), report))?;
    Ok(if report.took_nothing() {
        Exit::Failed
    } else {
        Exit::Ok
    })
}

/// A dry run where there is no database: in one that is gone afterwards.
fn try_out(arguments: &Arguments, options: ImportOptions, output: Output) -> Result<ImportReport> {
    let directory = tempfile::tempdir().map_err(Error::from)?;
    let store = Store::open(StoreConfig::new(directory.path().join("dry-run.db")))?;
    let store = store.cancellable(interrupt::token());
    let report = import(&store, arguments, options, output)?;
    store.close()?;
    Ok(report)
}

fn import(
    store: &Store,
    arguments: &Arguments,
    options: ImportOptions,
    output: Output,
) -> Result<ImportReport> {
    let bar = progress::bar(output, "importing", 0);
    let mut show = |progress: import::ImportProgress| {
        bar.set_length(progress.total);
        bar.set_position(progress.done);
        interrupt::go_on()
    };
    let report = import::import_file(store, &arguments.file, &options, &mut show);
    bar.finish_and_clear();
    report
}

/// Adds the report to a page.
pub(crate) fn page(page: Page, report: &ImportReport) -> Page {
    let source = report.source.display();
    let form = report.form;
    let numbering = match &report.status_numbering {
        Some(numbering) => format!(", agent states numbered as {numbering:?}"),
        None => String::new(),
    };
    let headings = [
        "",
        "#Read",
        "#Imported",
        "#Updated",
        "#Unchanged",
        "#Differing",
        "#Rejected",
    ];
    let rows = [
        ("Agents", report.agents),
        ("Tasks", report.tasks),
        ("Repositories", report.repositories),
    ];
    let others = report
        .others
        .iter()
        .map(|(&table, &counts)| (table, counts));
    let rows = rows.into_iter().chain(others);
    let rows: Vec<_> = rows.map(|(what, counts)| row(what, counts)).collect();
    let path = |path: &Option<PathBuf>| path.as_ref().map(|path| path.display().to_string());
    page.line(format!("{source} ({form:?}{numbering})"))
        .table(headings, rows)
        .record([
            ("Database before", path(&report.backup)),
            ("File is now", path(&report.archived_to)),
        ])
        .when(report.requeued > 0, |page| {
            let requeued = report.requeued;
            page.line(format!(
                "{requeued} tasks were running and are pending again"
            ))
        })
        .when(!report.findings.is_empty(), |page| {
            findings(page, &report.findings)
        })
        .when(report.dry_run, |page| {
            page.line("A dry run: nothing was written.")
        })
}

fn row(what: &str, counts: RecordCounts) -> [String; 7] {
    let RecordCounts {
        read,
        imported,
        updated,
        unchanged,
        differing,
        rejected,
    } = counts;
    [
        what.to_owned(),
        read.to_string(),
        imported.to_string(),
        updated.to_string(),
        unchanged.to_string(),
        differing.to_string(),
        rejected.to_string(),
    ]
}

fn findings(page: Page, findings: &[ImportFinding]) -> Page {
    let more = findings.len().saturating_sub(FINDINGS_SHOWN);
    page.each(findings.iter().take(FINDINGS_SHOWN), |page, finding| {
        let text = format!("{}: {}", finding.place, finding.reason);
        page.finding(finding.severity, &text)
    })
    .when(more > 0, |page| {
        page.line(format!("… and {more} more: --json tells all"))
    })
}
