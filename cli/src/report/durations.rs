//! How long tasks take and wait: the percentiles on an axis of times, and as numbers.

use maud::{Markup, html};
use orchestra_store::services::analytics::{Distribution, TaskAnalytics};

use super::scale::Times;
use super::text::{count, duration};

/// A time of a distribution.
type Time = fn(&Distribution) -> i64;

/// The marks of a line: their classes, names and times.
const MARKS: [(&str, &str, Time); 3] = [
    ("p50", "Median", |times| times.p50),
    ("p95", "95 %", |times| times.p95),
    ("p99", "99 %", |times| times.p99),
];

pub(super) fn chart(tasks: &TaskAnalytics) -> Markup {
    let lines = [("Running", tasks.duration), ("Waiting", tasks.queue_wait)];
    let lines: Vec<_> = lines
        .into_iter()
        .filter(|(_, times)| times.count > 0)
        .collect();
    let least = lines.iter().map(|(_, times)| times.min).min();
    let greatest = lines.iter().map(|(_, times)| times.max).max();
    let (Some(least), Some(greatest)) = (least, greatest) else {
        return html! { p.none { "No task of this period has run." } };
    };
    let axis = Times::between(least, greatest);
    html! {
        figure {
            figcaption {
                @for (class, name, _) in MARKS {
                    span.entry { i class=(format!("key mark {class}")) {} (name) }
                }
                span.entry { i.key.span {} "shortest to longest" }
                span.unit { "time, logarithmic" }
            }
            div.ranges {
                @for (name, times) in &lines {
                    span.name { (name) }
                    (line(name, times, axis))
                }
                span {}
                div.names aria-hidden="true" {
                    @for (index, (time, name)) in axis.ticks().enumerate() {
                        span.minor[index % 2 == 1] style=(format!("left:{:.3}%", axis.place(time))) {
                            (name)
                        }
                    }
                }
            }
        }
        (figures(&lines))
    }
}

fn line(name: &str, times: &Distribution, axis: Times) -> Markup {
    let x = |millis| format!("{:.3}", axis.place(millis));
    let label = MARKS.map(|(_, name, time)| format!("{name} {}", duration(time(times))));
    html! {
        svg role="img" viewBox="0 0 100 20" preserveAspectRatio="none" {
            title { (name) ": " (label.join(", ")) ", longest " (duration(times.max)) }
            @for (time, _) in axis.ticks() {
                line.grid x1=(x(time)) x2=(x(time)) y1="0" y2="20" {}
            }
            line.range x1=(x(times.min)) x2=(x(times.max)) y1="10" y2="10" {}
            line.middle x1=(x(times.p50)) x2=(x(times.p95)) y1="10" y2="10" {}
            // A line of no length with round ends is a dot, however the page stretches it.
            @for (class, _, time) in MARKS.iter().rev() {
                line class=(format!("mark {class}")) x1=(x(time(times))) x2=(x(time(times)))
                    y1="10" y2="10" {}
            }
        }
    }
}

fn figures(lines: &[(&str, Distribution)]) -> Markup {
    html! {
        div.scroll {
            table {
                thead {
                    tr {
                        th {}
                        th.number scope="col" { "Tasks" }
                        th.number scope="col" { "Shortest" }
                        @for (_, name, _) in MARKS { th.number scope="col" { (name) } }
                        th.number scope="col" { "Longest" }
                        th.number scope="col" { "Mean" }
                    }
                }
                tbody {
                    @for (name, times) in lines {
                        tr {
                            th scope="row" { (name) }
                            td.number { (count(times.count)) }
                            td.number { (duration(times.min)) }
                            @for (_, _, time) in MARKS { td.number { (duration(time(times))) } }
                            td.number { (duration(times.max)) }
                            td.number { (duration(times.average.round() as i64)) }
                        }
                    }
                }
            }
        }
    }
}
