//! Every text of a time or a time span that is accepted, every one that is refused, and the value of each.
//!
//! The two tables were generated with the first parser of this library: each text with its canonical form, or with
//! `null` where it is refused. A text that is accepted must stay accepted with its value, since databases may hold it.

use std::fmt::{Debug, Display};
use std::str::FromStr;

use chrono::NaiveDate;
use orchestra_store::types::{TimeSpan, Timestamp};
use proptest::prelude::*;
use serde::de::DeserializeOwned;

const TIMES: &str = include_str!("times.json");
const TIME_SPANS: &str = include_str!("time_spans.json");

/// Reads each text of a table, plain and as JSON, and compares with its canonical form.
fn assert_table<T>(table: &str)
where
    T: FromStr + Display + Debug + PartialEq + DeserializeOwned,
{
    let rows: Vec<(String, Option<String>)> = serde_json::from_str(table).unwrap();
    assert!(rows.len() > 350, "{} rows", rows.len());
    for (text, canonical) in rows {
        let read = text.parse::<T>().ok();
        assert_eq!(
            read.as_ref().map(T::to_string),
            canonical,
            "{text:?} means {canonical:?}"
        );
        let json = serde_json::Value::from(text);
        assert_eq!(serde_json::from_value(json.clone()).ok(), read, "{json}");
    }
}

#[test]
fn times_of_the_table() {
    assert_table::<Timestamp>(TIMES);
}

#[test]
fn time_spans_of_the_table() {
    assert_table::<TimeSpan>(TIME_SPANS);
}

/// The value of up to `most` digits as ten-millionths, those past the seventh dropped.
fn fraction_ticks(digits: &str) -> i64 {
    format!("{digits:0<7}")[..7].parse().unwrap()
}

/// A time of day as numbers that may be out of range.
#[derive(Debug, Clone)]
struct Clock {
    hour: u32,
    minute: u32,
    second: Option<(u32, Option<String>)>,
}

impl Clock {
    fn ticks(&self) -> Option<i64> {
        let (second, fraction) = match &self.second {
            None => (0, 0),
            Some((second, None)) => (*second, 0),
            Some((second, Some(digits))) => (*second, fraction_ticks(digits)),
        };
        let is_valid = self.hour < 24 && self.minute < 60 && second < 60;
        let second_of_day = i64::from((self.hour * 60 + self.minute) * 60 + second);
        is_valid.then_some(second_of_day * TimeSpan::TICKS_PER_SECOND + fraction)
    }
}

/// A time of day whose numbers are mostly within their ranges, with at most `digits` digits of fraction.
fn clock(digits: usize) -> impl Strategy<Value = Clock> {
    let fraction = proptest::string::string_regex(&format!("[0-9]{{1,{digits}}}")).unwrap();
    let second = (
        prop_oneof![9 => 0..60_u32, 1 => 58..=61_u32],
        prop::option::of(fraction),
    );
    (
        prop_oneof![9 => 0..24_u32, 1 => 22..=25_u32],
        prop_oneof![9 => 0..60_u32, 1 => 58..=61_u32],
        prop::option::of(second),
    )
        .prop_map(|(hour, minute, second)| Clock {
            hour,
            minute,
            second,
        })
}

/// The offset's text and its minutes, if it is allowed.
fn offset() -> impl Strategy<Value = (String, Option<i64>)> {
    let numeric = (
        prop::sample::select(vec![("+", 1), ("-", -1)]),
        0..=15_i64,
        prop_oneof![9 => 0..60_i64, 1 => 58..=61_i64],
        prop::sample::select(vec!["", ":"]),
    );
    prop_oneof![
        2 => prop::sample::select(vec!["", "Z", "z"])
            .prop_map(|text| (text.to_owned(), Some(0))),
        3 => numeric.prop_map(|((sign, direction), hour, minute, colon)| {
            let minutes = hour * 60 + minute;
            let is_allowed = minute < 60 && minutes <= 14 * 60;
            (
                format!("{sign}{hour:02}{colon}{minute:02}"),
                is_allowed.then_some(direction * minutes),
            )
        }),
    ]
}

fn days_since_1970(year: i32, month: u32, day: u32) -> Option<i64> {
    let date = NaiveDate::from_ymd_opt(year, month, day)?;
    (1..=9999)
        .contains(&year)
        .then(|| i64::from(date.to_epoch_days()))
}

prop_compose! {
    /// A text of a time, and its ticks if it is one.
    fn time_text()(
        year in prop_oneof![1..=9999, 1970..=2040, 0..=2, 9998..=10_000],
        month in prop_oneof![9 => 1..=12_u32, 1 => 0..=13_u32],
        day in prop_oneof![9 => 1..=28_u32, 2 => 0..=32_u32],
        separator in prop::sample::select(vec![" ", "T", "t"]),
        rest in prop::option::weighted(0.9, (clock(9), offset())),
    ) -> (String, Option<i64>) {
        let date = format!("{year:04}-{month:02}-{day:02}");
        let midnight = days_since_1970(year, month, day).map(|days| days * TimeSpan::TICKS_PER_DAY);
        let Some((clock, (offset, minutes))) = rest else {
            return (date, midnight);
        };
        let Clock { hour, minute, second } = &clock;
        let mut text = format!("{date}{separator}{hour:02}:{minute:02}");
        if let Some((second, fraction)) = second {
            text += &format!(":{second:02}");
            text += &fraction.as_ref().map_or(String::new(), |digits| format!(".{digits}"));
        }
        let ticks = midnight
            .zip(clock.ticks())
            .zip(minutes)
            .map(|((midnight, ticks), minutes)| midnight + ticks - minutes * TimeSpan::TICKS_PER_MINUTE)
            .filter(|ticks| (Timestamp::MIN.ticks()..=Timestamp::MAX.ticks()).contains(ticks));
        (text + &offset, ticks)
    }
}

/// Days with leading zeros or none, and the number itself.
fn days() -> impl Strategy<Value = (String, i128)> {
    let number = prop_oneof![
        0..=400_i64,
        10_675_190..=10_675_210_i64,
        0..=999_999_999_999_i64
    ];
    (number, 0..=5_usize)
        .prop_map(|(days, zeros)| (format!("{}{days}", "0".repeat(zeros)), days.into()))
}

prop_compose! {
    /// A text of a time span, and its ticks if it is one.
    fn time_span_text()(
        sign in prop::sample::select(vec![("", 1), ("-", -1)]),
        days in prop::option::of(days()),
        clock in prop::option::weighted(0.9, clock(7)),
        narrow in any::<bool>(),
        around in prop::sample::select(vec!["", " ", "\t", "\r\n", "\u{c}"]),
    ) -> (String, Option<i64>) {
        let (text, magnitude) = match (days, clock) {
            (None, None) => ("0".to_owned(), Some(0)),
            (Some((text, days)), None) => (text, Some(days * i128::from(TimeSpan::TICKS_PER_DAY))),
            (days, Some(clock)) => {
                let width = if narrow { 1 } else { 2 };
                let Clock { hour, minute, second } = &clock;
                let (mut text, days) = days.map_or((String::new(), 0), |(text, days)| (text + ".", days));
                text += &format!("{hour:0width$}:{minute:0width$}");
                if let Some((second, fraction)) = second {
                    text += &format!(":{second:0width$}");
                    text += &fraction.as_ref().map_or(String::new(), |digits| format!(".{digits}"));
                }
                let ticks = clock
                    .ticks()
                    .map(|ticks| days * i128::from(TimeSpan::TICKS_PER_DAY) + i128::from(ticks));
                (text, ticks)
            }
        };
        let ticks = magnitude.and_then(|ticks| i64::try_from(ticks * sign.1).ok());
        (format!("{around}{}{text}{around}", sign.0), ticks)
    }
}

proptest! {
    #[test]
    fn times_of_the_grammar((text, ticks) in time_text()) {
        prop_assert_eq!(text.parse::<Timestamp>().ok().map(Timestamp::ticks), ticks, "{}", text);
    }

    #[test]
    fn time_spans_of_the_grammar((text, ticks) in time_span_text()) {
        prop_assert_eq!(text.parse::<TimeSpan>().ok().map(TimeSpan::ticks), ticks, "{}", text);
    }
}
