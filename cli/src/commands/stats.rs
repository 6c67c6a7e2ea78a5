//! `orchestra stats`: sums up the tasks of a period.

use clap::Args;
use orchestra_store::models::{AgentId, RepositoryId};
use orchestra_store::services::analytics::{
    self, Distribution, Period, TaskAnalytics, TaskScope, Throughput,
};
use orchestra_store::services::{agents, code_repositories};
use orchestra_store::{Error, Reader, Result};

use super::agents::to_the_second;
use super::status::counts;
use crate::exit_code::Exit;
use crate::output::{self, Page};
use crate::period::Length;
use crate::session::Session;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// How far to look back: a number with s, m, h, d or w
    #[arg(long, value_name = "LENGTH", default_value = "24h")]
    period: Length,
    /// Only tasks of this agent
    #[arg(long, value_name = "ID")]
    agent: Option<AgentId>,
    /// Only tasks of this repository
    #[arg(long, value_name = "PATH")]
    repository: Option<String>,
}

pub(super) fn run(arguments: &Arguments, session: &Session) -> Result<Exit> {
    let analytics = session.open()?.read(|reader| {
        let period = Period::until_now(reader, arguments.period.0)?;
        let scope = scope(reader, arguments)?;
        analytics::task_analytics(reader, period, &scope)
    })?;
    session.output.print(&analytics, page)?;
    Ok(Exit::Ok)
}

/// Refuses an agent and a repository that aren't there: all zeros would hide a typing error.
fn scope(reader: &mut Reader<'_>, arguments: &Arguments) -> Result<TaskScope> {
    if let Some(id) = &arguments.agent {
        agents::get(reader, id)?;
    }
    let path = arguments.repository.as_deref();
    Ok(TaskScope {
        agent_id: arguments.agent.clone(),
        repository_id: path.map(|path| repository_at(reader, path)).transpose()?,
    })
}

fn repository_at(reader: &mut Reader<'_>, path: &str) -> Result<RepositoryId> {
    let repository = code_repositories::get_by_path(reader, path)?;
    let repository = repository.ok_or_else(|| Error::not_found("Repositories", path))?;
    Ok(repository.id)
}

fn page(analytics: &TaskAnalytics) -> Page {
    let period = analytics.period;
    let ended: Vec<_> = analytics
        .throughput
        .iter()
        .filter(|t| ended(t) > 0)
        .collect();
    Page::new()
        .line(format!(
            "{} tasks were made from {} to {} (UTC); success rate {}, {} retries",
            analytics.total,
            to_the_second(period.from),
            to_the_second(period.to),
            output::percent(analytics.success_rate),
            analytics.retries
        ))
        .heading("By status")
        .table(["Status", "#Tasks"], counts(&analytics.by_status))
        .heading("By priority")
        .table(["Priority", "#Tasks"], counts(&analytics.by_priority))
        .heading("Times in milliseconds")
        .table(DISTRIBUTION_HEADINGS, distributions(analytics))
        .when(!ended.is_empty(), |page| {
            let headings = ["From (UTC)", "#Completed", "#Failed", "#Cancelled"];
            page.heading("What ended")
                .table(headings, ended.into_iter().map(bucket))
        })
        .when(!analytics.top_errors.is_empty(), |page| {
            let errors = analytics.top_errors.iter();
            let rows = errors.map(|e| [e.count.to_string(), e.error_message.clone()]);
            page.heading("Most frequent errors")
                .table(["#Tasks", "Error"], rows)
        })
}

/// The headings above [`distributions`].
pub(crate) const DISTRIBUTION_HEADINGS: [&str; 7] =
    ["", "#Tasks", "#Min", "#Mean", "#p50", "#p95", "#Max"];

/// The rows of a table of durations and waits.
pub(crate) fn distributions(analytics: &TaskAnalytics) -> [[String; 7]; 2] {
    [
        distribution("Duration", &analytics.duration),
        distribution("Queue wait", &analytics.queue_wait),
    ]
}

fn distribution(what: &str, of: &Distribution) -> [String; 7] {
    [
        what.to_owned(),
        of.count.to_string(),
        of.min.to_string(),
        format!("{:.1}", of.average),
        of.p50.to_string(),
        of.p95.to_string(),
        of.max.to_string(),
    ]
}

fn ended(bucket: &Throughput) -> i64 {
    bucket.completed + bucket.failed + bucket.cancelled
}

fn bucket(bucket: &Throughput) -> [String; 4] {
    [
        to_the_second(bucket.start),
        bucket.completed.to_string(),
        bucket.failed.to_string(),
        bucket.cancelled.to_string(),
    ]
}
