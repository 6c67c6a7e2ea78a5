//! A queue at work: what the predecessor left, workers that fail and one that dies, and in the
//! end the proof that every task ended exactly once.

mod backlog;
mod crew;
mod effort;
#[path = "../../../tests/fixtures/legacy/large_state.rs"]
mod large_state;
mod page;
mod report;
mod shift;
mod site;
mod supervisor;
mod verdict;
mod worker;

use std::path::{Path, PathBuf};
use std::time::Instant;

use orchestra_store::maintenance::integrity;
use orchestra_store::{ErrorCode, Result};

use crate::output::Output;
use crate::progress;

pub(crate) use page::page;
pub(crate) use report::DemoReport;
use report::{Queue, Throughput};
use shift::Shift;
use verdict::Baseline;

/// What is to be shown.
#[derive(Debug)]
pub(crate) struct Plan {
    /// Where; none for a new directory.
    pub(crate) directory: Option<PathBuf>,
    /// How many tasks to enqueue.
    pub(crate) tasks: u32,
    /// How many workers run them.
    pub(crate) workers: u32,
}

/// Runs the demonstration.
pub(crate) fn run(plan: &Plan, output: Output) -> Result<DemoReport> {
    let directory = site::prepare(plan.directory.as_deref())?;
    let shown = show(plan, &directory, output);
    if let (Err(e), None) = (&shown, &plan.directory)
        && e.code() == ErrorCode::Cancelled
    {
        site::remove(&directory)?;
    }
    shown.map_err(|e| e.while_doing(directory.display()))
}

fn show(plan: &Plan, directory: &Path, output: Output) -> Result<DemoReport> {
    let store = site::open(directory)?;
    let import = site::import_predecessor(&store, directory)?;
    let baseline = store.read(Baseline::read)?;
    let crew = crew::register(&store, plan.workers)?;
    let began = store.read(|reader| Ok(reader.now()))?;
    let backlog = backlog::enqueue(&store, plan.tasks)?;
    let before = store.read(report::by_status)?;

    let shift = Shift::new(report::unfinished(&before));
    let bar = progress::bar(output, "tasks", shift.expected());
    let clock = Instant::now();
    let outcome = shift::work(&store, &shift, &crew, &bar);
    bar.finish_and_clear();
    let outcome = outcome?;
    crew::report_dead(&store, &outcome.workers)?;
    let throughput = Throughput::new(&outcome, clock.elapsed());

    let integrity = store.read(integrity::check)?;
    let problems = store
        .read(|reader| verdict::problems(reader, &baseline, &backlog, &outcome, &integrity))?;
    let report = store.read(|reader| {
        Ok(DemoReport {
            database: store.path().to_owned(),
            import,
            enqueued: backlog.enqueued,
            repeated_requests: backlog.repeated,
            queue: Queue {
                before,
                after: report::by_status(reader)?,
            },
            workers: report::workers(reader, &outcome)?,
            analytics: report::analytics_since(reader, began)?,
            throughput,
            rescue: outcome.rescue,
            integrity,
            every_task_ended_once: problems.is_empty(),
            problems,
        })
    })?;
    store.close()?;
    Ok(report)
}
