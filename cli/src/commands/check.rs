//! `orchestra check`: the validator's report.

use clap::Args;
use orchestra_store::Result;
use orchestra_store::maintenance::integrity::{self, Finding, IntegrityReport};
use orchestra_store::maintenance::repair::RepairReport;
use orchestra_store::maintenance::{Severity, repair};

use crate::exit_code::Exit;
use crate::output::Page;
use crate::session::Session;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Mend what can be computed: indexes, counters, leases that ended, references to nothing and to oneself
    #[arg(long)]
    repair: bool,
}

pub(super) fn run(arguments: &Arguments, session: &Session) -> Result<Exit> {
    let store = session.open()?;
    let report = if arguments.repair {
        let repaired = repair::repair(&store)?;
        session.output.print(&repaired, repaired_page)?;
        repaired.left
    } else {
        let report = store.read(integrity::check)?;
        session
            .output
            .print(&report, |report| page(Page::new(), report))?;
        report
    };
    Ok(if report.is_ok() {
        Exit::Ok
    } else {
        Exit::Failed
    })
}

fn repaired_page(report: &RepairReport) -> Page {
    let repairs = Page::new().each(&report.repairs, |page, repair| {
        let row = repair.row.as_deref().unwrap_or_default();
        let place = [&repair.table, row].join(" ");
        page.line(format!("{}: {}", place.trim_end(), repair.what))
    });
    page(repairs, &report.left)
}

fn page(page: Page, report: &IntegrityReport) -> Page {
    let page = page.each(&report.findings, |page, finding| {
        page.finding(finding.severity, &text(finding))
    });
    verdict(page, report)
}

/// Adds whether the database is sound to a page.
pub(crate) fn verdict(page: Page, report: &IntegrityReport) -> Page {
    let count = |severity| {
        let findings = report.findings.iter();
        findings.filter(|f| f.severity == severity).count()
    };
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    let verdict = format!("{errors} errors, {warnings} warnings");
    if report.is_ok() {
        page.good(format!("The database is sound: {verdict}."))
    } else {
        page.bad(format!("The database is not sound: {verdict}."))
    }
}

fn text(finding: &Finding) -> String {
    let place = [finding.table.as_deref(), finding.row.as_deref()];
    let place = place.into_iter().flatten().collect::<Vec<_>>().join(" ");
    let (rule, message, command) = (finding.rule, &finding.message, &finding.command);
    let text = format!("{message} ({rule}); run `{command}`");
    if place.is_empty() {
        text
    } else {
        format!("{place}: {text}")
    }
}
