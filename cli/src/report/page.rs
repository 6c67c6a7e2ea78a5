//! The page: what stands where.

use maud::{DOCTYPE, Markup, PreEscaped, html};
use orchestra_store::types::TaskStatus;

use super::text::{NOTHING, count, data, duration, minute};
use super::{Facts, durations, space, tables, throughput};
use crate::output::{bytes, percent};
use crate::visible::{Form, visible};

const STYLE: &str = include_str!("style.css");
/// Nothing is loaded and nothing runs, whatever a text of the database says.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

pub(super) fn page(facts: &Facts) -> Markup {
    let tasks = &facts.report.tasks;
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="color-scheme" content="light dark";
                meta name="generator" content=(concat!("orchestra ", env!("CARGO_PKG_VERSION")));
                title { "Orchestra: " (visible(&facts.database, Form::Text)) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    h1 { "Orchestra" }
                    p { (data(&facts.database)) }
                    p { (minute(tasks.period.from)) " to " (minute(tasks.period.to)) " UTC" }
                }
                main {
                    (tiles(facts))
                    (section("ended", "Tasks that ended", &throughput::chart(&tasks.throughput)))
                    (section("times", "How long tasks take", &durations::chart(tasks)))
                    (section("queues", "Queues now", &tables::queues(facts)))
                    (section("agents", "Agents", &tables::agents(facts)))
                    (section("repositories", "Repositories", &tables::repositories(facts)))
                    (section("errors", "Why tasks failed", &tables::task_errors(facts)))
                    (section("log", "Error log", &tables::logged_errors(facts)))
                    (section("files", "Files", &space::chart(&facts.space)))
                }
                footer {
                    "Written " (minute(facts.report.generated_at)) " UTC by orchestra "
                    (env!("CARGO_PKG_VERSION")) ". Queues, loads and files are of that moment; "
                    "durations, successes and errors are of tasks that were made in the period."
                }
            }
        }
    }
}

fn section(id: &str, title: &str, content: &Markup) -> Markup {
    let heading = format!("{id}-heading");
    html! {
        section id=(id) aria-labelledby=(heading) {
            h2 id=(heading) { (title) }
            (content)
        }
    }
}

fn tiles(facts: &Facts) -> Markup {
    let tasks = &facts.report.tasks;
    let (completed, failed) = (
        tasks.count(TaskStatus::Completed),
        tasks.count(TaskStatus::Failed),
    );
    let success = match completed + failed {
        0 => NOTHING.to_owned(),
        _ => percent(tasks.success_rate),
    };
    let median = match tasks.duration.count {
        0 => NOTHING.to_owned(),
        _ => duration(tasks.duration.p50),
    };
    let waiting: i64 = facts.queues.iter().map(|queue| queue.pending).sum();
    let running: i64 = facts.queues.iter().map(|queue| queue.running).sum();
    let of_all = |status, number| format!("{} {status}", count(number));
    html! {
        div.tiles {
            (tile("Tasks made", &count(tasks.total), &format!("run again {}×", count(tasks.retries))))
            (tile("Success", &success, &format!("{}, {}", of_all("completed", completed), of_all("failed", failed))))
            (tile("Median run", &median, &format!("99 %: {}", duration(tasks.duration.p99))))
            (tile("Waiting now", &count(waiting), &format!("{} running", count(running))))
            (tile("Database", &bytes(facts.space.database), &format!("log {}", bytes(facts.space.wal))))
        }
    }
}

fn tile(name: &str, value: &str, more: &str) -> Markup {
    html! { div { span { (name) } b { (value) } small { (more) } } }
}
