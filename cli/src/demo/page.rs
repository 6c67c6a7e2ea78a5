//! The report for people.

use std::collections::BTreeMap;

use orchestra_store::maintenance::Severity;
use orchestra_store::maintenance::integrity::IntegrityReport;
use orchestra_store::types::TaskStatus;

use super::report::{ByStatus, DemoReport, Queue, WorkerReport};
use crate::commands::{check, import, stats};
use crate::output::{Page, percent};

/// How many problems are printed for people.
const PROBLEMS_SHOWN: usize = 20;

/// The report for people.
pub(crate) fn page(report: &DemoReport) -> Page {
    let page = import::page(
        Page::new().heading("Taken over from the predecessor"),
        &report.import,
    );
    let page = page
        .heading("The queue")
        .line(format!(
            "{} tasks were enqueued; {} requests were made twice and got the task that was there.",
            report.enqueued, report.repeated_requests
        ))
        .table(["Status", "#Before", "#After"], queue(&report.queue))
        .heading("The workers")
        .table(WORKER_HEADINGS, report.workers.iter().map(worker))
        .line(rescue(report))
        .heading("The times of the enqueued tasks, in milliseconds")
        .table(
            stats::DISTRIBUTION_HEADINGS,
            stats::distributions(&report.analytics),
        )
        .line(throughput(report))
        .heading("The database");
    let page = page.each(
        rules(&report.integrity),
        |page, ((severity, rule), count)| page.finding(severity, &format!("{count} times: {rule}")),
    );
    let page = check::verdict(page, &report.integrity);
    next_steps(verdict(page, report), report)
}

fn queue(queue: &Queue) -> impl Iterator<Item = [String; 3]> {
    TaskStatus::ALL.iter().map(|status| {
        let count = |counts: &ByStatus| counts.get(status).copied().unwrap_or(0).to_string();
        [
            status.to_string(),
            count(&queue.before),
            count(&queue.after),
        ]
    })
}

const WORKER_HEADINGS: [&str; 9] = [
    "Agent",
    "Repository",
    "Status",
    "#Mean load",
    "#Completed",
    "#Failed",
    "#Success",
    "#Mean ms",
    "#Repeated runs",
];

fn worker(worker: &WorkerReport) -> [String; 9] {
    [
        worker.agent_id.to_string(),
        worker.repository_path.clone(),
        match worker.died_holding {
            Some(_) => format!("{}, killed", worker.status),
            None => worker.status.to_string(),
        },
        percent(worker.mean_load),
        worker.total_tasks_completed.to_string(),
        worker.total_tasks_failed.to_string(),
        percent(worker.success_rate),
        format!("{:.1}", worker.average_execution_time),
        worker.failed_runs.to_string(),
    ]
}

fn rescue(report: &DemoReport) -> String {
    let rescued = report.rescue.requeued.len() + report.rescue.failed.len();
    let dead = report
        .workers
        .iter()
        .find_map(|w| Some((&w.agent_id, w.died_holding?)));
    match dead {
        Some((id, held)) => format!(
            "{id} was killed half-way and held {held} tasks; \
             {rescued} tasks were rescued when their leases ended."
        ),
        None => format!("Nobody was killed: it was over too soon. {rescued} tasks were rescued."),
    }
}

fn throughput(report: &DemoReport) -> String {
    let throughput = &report.throughput;
    format!(
        "{} tasks ended in {:.1} s: {:.0} a second, each step in a commit that survives a power \
         loss; {} runs were repeated.",
        throughput.tasks,
        throughput.elapsed_ms as f64 / 1000.0,
        throughput.tasks_per_second,
        report.analytics.retries
    )
}

/// How often each rule is broken.
fn rules(report: &IntegrityReport) -> BTreeMap<(Severity, &str), usize> {
    let mut rules = BTreeMap::new();
    for finding in &report.findings {
        *rules.entry((finding.severity, finding.rule)).or_default() += 1;
    }
    rules
}

fn verdict(page: Page, report: &DemoReport) -> Page {
    if report.every_task_ended_once {
        let total: i64 = report.queue.after.values().sum();
        return page.good(format!(
            "Every task ended exactly once: {total} of {total}."
        ));
    }
    let page = page.bad("Not every task ended exactly once:");
    let more = report.problems.len().saturating_sub(PROBLEMS_SHOWN);
    let shown = report.problems.iter().take(PROBLEMS_SHOWN);
    page.each(shown, |page, problem| page.line(format!("  {problem}")))
        .when(more > 0, |page| page.line(format!("  … and {more} more")))
}

fn next_steps(page: Page, report: &DemoReport) -> Page {
    let program = std::env::args()
        .next()
        .unwrap_or_else(|| "orchestra".to_owned());
    let database = report.database.display();
    page.heading("Look around")
        .line(format!("The database is {database}. Next, for example:"))
        .line(format!(
            "  {program} --db \"{database}\" tasks list --status Failed"
        ))
        .line(format!("  {program} --db \"{database}\" check"))
}
