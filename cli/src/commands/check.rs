//! `orchestra check`: the validator's report.

use orchestra_store::Result;
use orchestra_store::maintenance::Severity;
use orchestra_store::maintenance::integrity::{self, Finding, IntegrityReport};

use crate::exit_code::Exit;
use crate::output::Page;
use crate::session::Session;

pub(super) fn run(session: &Session) -> Result<Exit> {
    let report = session.open()?.read(integrity::check)?;
    session.output.print(&report, page)?;
    Ok(if report.is_ok() {
        Exit::Ok
    } else {
        Exit::Failed
    })
}

fn page(report: &IntegrityReport) -> Page {
    let page = Page::new().each(&report.findings, |page, finding| {
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
    let (rule, message) = (finding.rule, &finding.message);
    if place.is_empty() {
        format!("{message} ({rule})")
    } else {
        format!("{place}: {message} ({rule})")
    }
}
