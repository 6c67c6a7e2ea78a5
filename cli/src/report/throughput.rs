//! How many tasks ended in each hour or day, as columns of stacked parts.

use maud::{Markup, html};
use orchestra_store::services::analytics::Throughput;
use orchestra_store::types::TimeSpan;

use super::scale::{Counts, stacked};
use super::text::{count, date, day, time_of_day};

/// How many names fit below the columns.
const NAMES: usize = 12;
/// The part of its place that a column takes.
const WIDTH: f64 = 0.72;

/// A number of a bucket.
type Number = fn(&Throughput) -> i64;

/// The parts of a column from below: their names, which are their classes too, and their numbers.
const PARTS: [(&str, Number); 3] = [
    ("Completed", |bucket| bucket.completed),
    ("Failed", |bucket| bucket.failed),
    ("Cancelled", |bucket| bucket.cancelled),
];

pub(super) fn chart(buckets: &[Throughput]) -> Markup {
    let is_daily = is_daily(buckets);
    let unit = if is_daily { "day" } else { "hour" };
    if buckets.iter().all(|bucket| ended(bucket) == 0) {
        return html! { p.none { "No task ended in this period." } };
    }
    let axis = Counts::up_to(buckets.iter().map(ended).max().unwrap_or(0));
    html! {
        figure {
            figcaption { (legend(buckets)) span.unit { "tasks per " (unit) ", UTC" } }
            div.columns {
                div.scale aria-hidden="true" {
                    @for tick in axis.ticks() {
                        span style=(format!("bottom:{:.3}%", axis.place(tick))) { (count(tick)) }
                    }
                }
                (drawing(buckets, axis, unit))
                div.names aria-hidden="true" { (names(buckets, is_daily)) }
            }
            (figures(buckets, is_daily))
        }
    }
}

fn ended(bucket: &Throughput) -> i64 {
    PARTS.iter().map(|(_, number)| number(bucket)).sum()
}

fn is_daily(buckets: &[Throughput]) -> bool {
    match buckets {
        [first, second, ..] => (second.start - first.start).ticks() >= TimeSpan::TICKS_PER_DAY,
        _ => false,
    }
}

fn legend(buckets: &[Throughput]) -> Markup {
    html! {
        @for (name, number) in PARTS {
            span.entry {
                i class=(format!("key {}", name.to_lowercase())) {}
                (name) " " b { (count(buckets.iter().map(number).sum())) }
            }
        }
    }
}

/// One unit wide for each column and 100 high; the page stretches it.
fn drawing(buckets: &[Throughput], axis: Counts, unit: &str) -> Markup {
    let columns = buckets.len();
    html! {
        svg role="img" aria-labelledby="ended-title" preserveAspectRatio="none"
            viewBox=(format!("0 0 {columns} 100")) {
            title #ended-title { "Tasks that ended in each " (unit) ", by outcome" }
            @for tick in axis.ticks() {
                @let y = 100.0 - axis.place(tick);
                line.grid x1="0" x2=(columns) y1=(y) y2=(y) {}
            }
            @for (index, bucket) in buckets.iter().enumerate().filter(|(_, b)| ended(b) > 0) {
                (column(index, bucket, axis))
            }
        }
    }
}

fn column(index: usize, bucket: &Throughput, axis: Counts) -> Markup {
    let x = format!("{:.3}", index as f64 + (1.0 - WIDTH) / 2.0);
    let parts = stacked(PARTS.map(|(name, number)| (name, number(bucket))));
    html! {
        g {
            title {
                (date(bucket.start)) " " (time_of_day(bucket.start)) ": "
                (bucket.completed) " completed, " (bucket.failed) " failed, "
                (bucket.cancelled) " cancelled"
            }
            @for (name, below, number) in parts {
                @if number > 0 {
                    rect class=(name.to_lowercase()) x=(x) width=(WIDTH)
                        y=(format!("{:.3}", 100.0 - axis.place(below + number)))
                        height=(format!("{:.3}", axis.place(number))) {}
                }
            }
        }
    }
}

/// The names below the columns; every second gives way where the page is narrow.
fn names(buckets: &[Throughput], is_daily: bool) -> Markup {
    let every = buckets.len().div_ceil(NAMES).max(1);
    let named = buckets.iter().enumerate().step_by(every);
    html! {
        @for (place, (index, bucket)) in named.enumerate() {
            @let left = (index as f64 + 0.5) * 100.0 / buckets.len() as f64;
            span.minor[place % 2 == 1] style=(format!("left:{left:.3}%")) {
                (if is_daily { day(bucket.start) } else { time_of_day(bucket.start) })
            }
        }
    }
}

/// The same as a table, for who can't see the columns or wants the numbers.
fn figures(buckets: &[Throughput], is_daily: bool) -> Markup {
    html! {
        details {
            summary { "Figures" }
            table {
                thead {
                    tr {
                        th scope="col" { (if is_daily { "Day" } else { "Hour" }) }
                        @for (name, _) in PARTS { th.number scope="col" { (name) } }
                    }
                }
                tbody {
                    @for bucket in buckets.iter().filter(|bucket| ended(bucket) > 0) {
                        tr {
                            th scope="row" {
                                (date(bucket.start))
                                @if !is_daily { " " (time_of_day(bucket.start)) }
                            }
                            @for (_, number) in PARTS { td.number { (count(number(bucket))) } }
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bucket(start: &str, completed: i64, failed: i64) -> Throughput {
        Throughput {
            start: start.parse().unwrap(),
            completed,
            failed,
            cancelled: 0,
        }
    }

    fn attributes(svg: &str, name: &str) -> Vec<f64> {
        let values = svg.split("<rect ").skip(1).map(|rect| {
            let value = rect.split(&format!(" {name}=\"")).nth(1).unwrap();
            value.split('"').next().unwrap().parse().unwrap()
        });
        values.collect()
    }

    #[test]
    fn parts_stand_on_each_other_and_reach_the_top_together() {
        let svg = chart(&[bucket("2026-01-01 10:00", 3, 1)]).into_string();
        let (y, height) = (attributes(&svg, "y"), attributes(&svg, "height"));
        assert_eq!(y[0] + height[0], 100.0);
        assert_eq!(y[1] + height[1], y[0]);
        assert_eq!(y[1], 0.0);
        assert!(svg.contains("2026-01-01 10:00: 3 completed, 1 failed, 0 cancelled"));
    }

    #[test]
    fn days_are_named_by_their_date() {
        let days = [bucket("2026-01-01", 1, 0), bucket("2026-01-02", 0, 0)];
        let svg = chart(&days).into_string();
        assert!(
            svg.contains("tasks per day") && svg.contains(">01-02<"),
            "{svg}"
        );
    }

    #[test]
    fn nothing_that_ended_is_said_in_words() {
        let empty = chart(&[bucket("2026-01-01", 0, 0)]).into_string();
        assert!(!empty.contains("<svg") && empty.contains("No task ended"));
    }
}
