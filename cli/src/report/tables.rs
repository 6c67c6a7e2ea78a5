//! Queues, agents, repositories and errors: tables with bars in them.

use std::collections::BTreeMap;

use maud::{Markup, html};
use orchestra_store::services::agents::AgentLoad;
use orchestra_store::services::analytics::Outcomes;
use orchestra_store::services::tasks::QueueState;
use orchestra_store::types::Timestamp;

use super::Facts;
use super::scale::stacked;
use super::text::{NOTHING, count, data, duration};
use crate::output::percent;

/// How many rows a table has at the most.
const ROWS: usize = 25;

pub(super) fn queues(facts: &Facts) -> Markup {
    let mut queues: Vec<&QueueState> = facts.queues.iter().collect();
    queues.sort_by_key(|queue| std::cmp::Reverse(queue.pending + queue.running));
    let greatest = queues
        .first()
        .map_or(1, |queue| queue.pending + queue.running);
    let now = facts.report.generated_at;
    let table = Table::new([
        "Queue",
        "Repository",
        "#Waiting",
        "#Running",
        "*Depth",
        "#Oldest waits",
    ]);
    let rows = table.of(&queues, "No task waits or runs.", |queue| {
        html! {
            th scope="row" {
                @match &queue.queue_name {
                    Some(name) => (data(name)),
                    None => (NOTHING),
                }
                @if !queue.pauses.is_empty() { " " span.badge { "paused" } }
            }
            td.wide { (data(&queue.repository_path)) }
            td.number { (count(queue.pending)) }
            td.number { (count(queue.running)) }
            td.meter {
                (bar(&[(queue.running, "running"), (queue.pending, "waiting")], greatest))
            }
            td.number { (waited(queue.oldest_available_at, now)) }
        }
    });
    html! {
        @if !queues.is_empty() {
            div.legend {
                span.entry { i class="key running" {} "Running" }
                span.entry { i class="key waiting" {} "Waiting" }
                span.unit { "tasks" }
            }
        }
        (rows)
    }
}

fn waited(since: Option<Timestamp>, now: Timestamp) -> String {
    let waited = since.filter(|since| *since <= now).map(|since| now - since);
    waited.map_or_else(|| NOTHING.to_owned(), |span| duration(span.whole_millis()))
}

pub(super) fn agents(facts: &Facts) -> Markup {
    let outcomes = by_id(&facts.report.agents);
    let mut agents: Vec<&AgentLoad> = facts.agents.iter().collect();
    agents.sort_by(|a, b| {
        b.load
            .total_cmp(&a.load)
            .then_with(|| a.agent_name.cmp(&b.agent_name))
    });
    let table = Table::new([
        "Agent",
        "State",
        "#Holds",
        "*Load",
        "#In this period",
        "#Success",
        "*",
    ]);
    table.of(&agents, "There are no agents.", |agent| {
        let outcome = outcomes.get(agent.agent_id.as_str()).copied();
        html! {
            th scope="row" { (data(&agent.agent_name)) }
            td { (agent.status) }
            td.number { (agent.current_tasks) "/" (agent.max_concurrent_tasks) }
            td.meter {
                (bar(&[(agent.current_tasks, "running")], agent.max_concurrent_tasks.into()))
            }
            (success(outcome))
        }
    })
}

pub(super) fn repositories(facts: &Facts) -> Markup {
    let outcomes = by_id(&facts.report.repositories);
    let mut repositories: Vec<_> = facts
        .repositories
        .iter()
        .map(|repository| (repository, outcomes.get(repository.id.as_str()).copied()))
        .collect();
    repositories.sort_by_key(|(repository, outcome)| {
        let total = outcome.map_or(0, |outcome| outcome.total);
        (
            std::cmp::Reverse(total),
            std::cmp::Reverse(repository.total_tasks),
        )
    });
    let table = Table::new([
        "Repository",
        "#Tasks ever",
        "#In this period",
        "#Success",
        "*",
    ]);
    table.of(
        &repositories,
        "There are no repositories.",
        |(repository, outcome)| {
            html! {
                th scope="row" { (data(&repository.path)) }
                td.number { (count(repository.total_tasks)) }
                (success(*outcome))
            }
        },
    )
}

fn by_id<T>(outcomes: &[Outcomes<T>]) -> BTreeMap<&str, Tally> {
    let tally = |outcomes: &Outcomes<T>| Tally {
        total: outcomes.total,
        completed: outcomes.completed,
        failed: outcomes.failed,
    };
    outcomes.iter().map(|o| (o.id.as_str(), tally(o))).collect()
}

/// How the tasks of the period ended.
#[derive(Debug, Clone, Copy)]
struct Tally {
    total: i64,
    completed: i64,
    failed: i64,
}

/// Three cells: how many tasks, how many of those that ended succeeded, and the same as a bar.
fn success(tally: Option<Tally>) -> Markup {
    let ended = tally.map_or(0, |tally| tally.completed + tally.failed);
    html! {
        td.number { (count(tally.map_or(0, |tally| tally.total))) }
        @match tally.filter(|_| ended > 0) {
            Some(tally) => {
                td.number { (percent(tally.completed as f64 / ended as f64)) }
                td.meter {
                    (bar(&[(tally.completed, "completed"), (tally.failed, "failed")], ended))
                }
            }
            None => { td.number { (NOTHING) } td.meter {} }
        }
    }
}

pub(super) fn task_errors(facts: &Facts) -> Markup {
    let errors = &facts.report.tasks.top_errors;
    let greatest = errors.iter().map(|error| error.count).max().unwrap_or(1);
    let table = Table::new(["Error", "#Tasks", "*"]);
    table.of(errors, "No task of this period failed.", |error| {
        html! {
            td.message { (data(&error.error_message)) }
            td.number { (count(error.count)) }
            td.meter { (bar(&[(error.count, "failed")], greatest)) }
        }
    })
}

pub(super) fn logged_errors(facts: &Facts) -> Markup {
    let errors = &facts.report.errors;
    let greatest = errors.iter().map(|error| error.count).max().unwrap_or(1);
    let table = Table::new(["Code", "#Entries", "*"]);
    table.of(errors, "Nothing was logged in this period.", |error| {
        html! {
            td.message {
                @match &error.error_code {
                    Some(code) => (data(code)),
                    None => (NOTHING),
                }
            }
            td.number { (count(error.count)) }
            td.meter { (bar(&[(error.count, "failed")], greatest)) }
        }
    })
}

/// A bar of parts with their classes, the whole of which stands for this number.
pub(super) fn bar(parts: &[(i64, &str)], whole: i64) -> Markup {
    let place = |number: i64| (number as f64 * 100.0 / whole.max(1) as f64).clamp(0.0, 100.0);
    let parts = stacked(parts.iter().map(|(number, class)| (*class, *number)));
    html! {
        svg.bar viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true" {
            rect.track width="100" height="10" {}
            @for (class, begin, length) in parts {
                @let (from, to) = (place(begin), place(begin.saturating_add(length)));
                rect class=(class) x=(format!("{from:.3}")) height="10"
                    width=(format!("{:.3}", to - from)) {}
            }
        }
    }
}

/// The headings of a table. One that begins with `#` is that of numbers, with `*` that of bars.
struct Table<const N: usize>([&'static str; N]);

impl<const N: usize> Table<N> {
    fn new(headings: [&'static str; N]) -> Self {
        Self(headings)
    }

    fn of<T>(&self, rows: &[T], none: &str, cells: impl Fn(&T) -> Markup) -> Markup {
        if rows.is_empty() {
            return html! { p.none { (none) } };
        }
        let left_out = rows.len().saturating_sub(ROWS);
        html! {
            div.scroll {
                table {
                    thead { tr { @for heading in self.0 { (th(heading)) } } }
                    tbody { @for row in rows.iter().take(ROWS) { tr { (cells(row)) } } }
                }
            }
            @if left_out > 0 { p.none { "And " (count(left_out as i64)) " more." } }
        }
    }
}

fn th(heading: &str) -> Markup {
    let (class, title) = match heading.split_at_checked(1) {
        Some(("#", title)) => (Some("number"), title),
        Some(("*", title)) => (Some("meter"), title),
        _ => (None, heading),
    };
    html! { th scope="col" class=[class] { (title) } }
}
