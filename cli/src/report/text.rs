//! How numbers, times and what comes from the database are written.

use maud::{Markup, html};
use orchestra_store::types::Timestamp;

use crate::visible::{Form, visible};

/// Where a text of the database is cut.
const LONGEST: usize = 400;
/// What stands where there is nothing to tell.
pub(super) const NOTHING: &str = "–";

/// A text of the database: what would steer is shown as on a terminal, what it says is kept apart from the page, also the direction in which
/// it is written, and a very long one is cut.
pub(super) fn data(text: &str) -> Markup {
    let text = visible(text, Form::Text);
    let mut characters = text.chars();
    let mut short: String = characters.by_ref().take(LONGEST).collect();
    if characters.next().is_some() {
        short.pop();
        short.push('…');
    }
    html! { bdi { (short) } }
}

/// A number with a narrow space between each three digits.
pub(super) fn count(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::from(if number < 0 { "-" } else { "" });
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

/// Milliseconds in the unit that fits.
pub(super) fn duration(millis: i64) -> String {
    let seconds = millis as f64 / 1000.0;
    match millis {
        ..1000 => format!("{millis}\u{a0}ms"),
        1000..60_000 => format!("{seconds:.1}\u{a0}s"),
        60_000..3_600_000 => format!("{:.1}\u{a0}min", seconds / 60.0),
        3_600_000..172_800_000 => format!("{:.1}\u{a0}h", seconds / 3600.0),
        _ => format!("{:.1}\u{a0}d", seconds / 86_400.0),
    }
}

/// `2026-01-02 03:04`
pub(super) fn minute(time: Timestamp) -> String {
    part(time, 0..16)
}

/// `2026-01-02`
pub(super) fn date(time: Timestamp) -> String {
    part(time, 0..10)
}

/// `01-02`
pub(super) fn day(time: Timestamp) -> String {
    part(time, 5..10)
}

/// `03:04`
pub(super) fn time_of_day(time: Timestamp) -> String {
    part(time, 11..16)
}

fn part(time: Timestamp, range: std::ops::Range<usize>) -> String {
    time.to_string().get(range).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_the_unit_that_fits() {
        let plain = |millis| duration(millis).replace('\u{a0}', " ");
        assert_eq!(plain(999), "999 ms");
        assert_eq!(plain(1500), "1.5 s");
        assert_eq!(plain(90_000), "1.5 min");
        assert_eq!(plain(5_400_000), "1.5 h");
        assert_eq!(plain(216_000_000), "2.5 d");
    }

    #[test]
    fn digits_are_in_groups_of_three() {
        let plain = |number| count(number).replace('\u{202f}', " ");
        assert_eq!(plain(0), "0");
        assert_eq!(plain(999), "999");
        assert_eq!(plain(1_234_567), "1 234 567");
        assert_eq!(plain(-1000), "-1 000");
    }

    #[test]
    fn a_text_is_data_and_nothing_else() {
        let text = |text: &str| data(text).into_string();
        assert_eq!(
            text("<script>\u{0}&\u{1b}"),
            "<bdi>&lt;script&gt;\\u{0}&amp;\\u{1b}</bdi>"
        );
        assert!(text(&"ж".repeat(LONGEST + 1)).ends_with("ж…</bdi>"));
    }
}
