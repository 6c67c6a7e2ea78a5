//! Reading of all forms of a time that [`Timestamp`] documents.
//!
//! Each form is a text of RFC 3339 with parts left out. chrono reads RFC 3339 strictly: it takes no sign, no white
//! space and no missing digit. Missing parts are filled in before chrono reads a text, and texts that chrono
//! accepts beyond the documented forms are refused.

use chrono::format::ParseErrorKind;
use chrono::{DateTime, Datelike};

use super::calendar::from_utc;
use super::{MUST_BE_IN_RANGE, Timestamp};
use crate::types::short_text::ShortText;

const MUST_HAVE_THE_FORM: &str = "must have the form YYYY-MM-DD[ HH:MM[:SS[.fffffff]][Z|+hh:mm]]";

const MUST_EXIST: &str = "must have a date, a time of day and an offset that exist";

const MAX_OFFSET_SECONDS: i32 = 14 * 60 * 60;

/// The length of the longest text, `YYYY-MM-DDTHH:MM:SS.fffffffff+hh:mm`.
const MAX_LENGTH: usize = 35;

/// Reads a time; the error names the requirement that `text` doesn't meet.
pub(super) fn parse_tolerant(text: &str) -> Result<Timestamp, &'static str> {
    let text = completed(text).ok_or(MUST_HAVE_THE_FORM)?;
    let time = DateTime::parse_from_rfc3339(text.as_str()).map_err(|error| match error.kind() {
        ParseErrorKind::OutOfRange => MUST_EXIST,
        _ => MUST_HAVE_THE_FORM,
    })?;
    if time.year() < 1 {
        return Err(MUST_BE_IN_RANGE);
    }
    if time.offset().local_minus_utc().abs() > MAX_OFFSET_SECONDS {
        return Err("must have an offset of at most 14:00");
    }
    from_utc(time.naive_utc())
}

/// Fills in the time of day, the seconds, the offset and its colon where they are left out.
///
/// Returns `None` where a part is too long for any time.
fn completed(text: &str) -> Option<ShortText<MAX_LENGTH>> {
    if !text.is_ascii() {
        return None;
    }
    let (date, rest) = text.split_at_checked("YYYY-MM-DD".len())?;
    let rest = if rest.is_empty() { "T00:00Z" } else { rest };
    let (time, offset) = rest.split_at(rest.find(['Z', 'z', '+', '-']).unwrap_or(rest.len()));
    if time.len() > "THH:MM:SS.fffffffff".len() || offset.len() > "+hh:mm".len() {
        return None;
    }
    let mut full = ShortText::new();
    full.push_str(date);
    full.push_str(time);
    if time.len() == "THH:MM".len() {
        full.push_str(":00");
    }
    match offset.len() {
        0 => full.push(b'Z'),
        5 => {
            full.push_str(&offset[..3]);
            full.push(b':');
            full.push_str(&offset[3..]);
        }
        _ => full.push_str(offset),
    }
    Some(full)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::super::tests::{any_timestamp, parse};
    use super::*;
    use crate::types::TimeSpan;

    #[test]
    fn every_tolerated_form() {
        let noon = parse("2026-03-01 12:30:05.0000000");
        for text in [
            "2026-03-01 12:30:05",
            "2026-03-01T12:30:05",
            "2026-03-01t12:30:05z",
            "2026-03-01T12:30:05Z",
            "2026-03-01 12:30:05.0",
            "2026-03-01 12:30:05.000000099",
            "2026-03-01T16:30:05+04:00",
            "2026-03-01T16:30:05+0400",
            "2026-03-01 16:30:05.0000000+04:00",
            "2026-03-01T12:30:05-00:00",
            "2026-03-01T02:00:05-10:30",
            "2026-03-02T02:30:05+14:00",
        ] {
            assert_eq!(parse(text), noon, "{text}");
        }
        let same = |text, storage| assert_eq!(parse(text).to_string(), storage);
        same("2026-03-01", "2026-03-01 00:00:00.0000000");
        same("2026-03-01 12:30", "2026-03-01 12:30:00.0000000");
        same("2026-03-01T12:30+01:00", "2026-03-01 11:30:00.0000000");
        same("2026-03-01 12:30:05.1", "2026-03-01 12:30:05.1000000");
        same("2026-03-01 12:30:05.0000001", "2026-03-01 12:30:05.0000001");
        same(
            "2026-03-01 12:30:05.12345678",
            "2026-03-01 12:30:05.1234567",
        );
        same("2026-01-01T00:30:00+01:00", "2025-12-31 23:30:00.0000000");
        same(
            "1969-12-31 23:59:59.99999999",
            "1969-12-31 23:59:59.9999999",
        );
    }

    #[test]
    fn everything_else_is_refused_with_its_reason() {
        for (text, reason) in [
            ("", "must have the form"),
            ("now", "must have the form"),
            ("26-03-01", "must have the form"),
            ("2026-3-1", "must have the form"),
            (" 2026-03-01", "must have the form"),
            ("2026-02-29", "that exist"),
            ("0000-01-01", "in the years 0001 to 9999"),
            ("2026-03-01 ", "must have the form"),
            ("2026-03-01Z", "must have the form"),
            ("2026-03-01_12:30:05", "must have the form"),
            ("2026-03-01 1:30:05", "must have the form"),
            ("2026-03-01 12", "must have the form"),
            ("2026-03-01 12:30:5", "must have the form"),
            ("2026-03-01 12:30:05.", "must have the form"),
            ("2026-03-01 12:30:05.1234567890", "must have the form"),
            ("2026-03-01 12:30:05,5", "must have the form"),
            ("2026-03-01 12:30.5", "must have the form"),
            ("2026-03-01 24:00:00", "that exist"),
            ("2026-03-01 12:60:00", "that exist"),
            ("2016-12-31 23:59:60", "leap second"),
            ("2016-12-31 23:59:60.0000000", "leap second"),
            ("2026-03-01 12:30:05 UTC", "must have the form"),
            ("2026-03-01 12:30:05ZZ", "must have the form"),
            ("2026-03-01 12:30:05+4", "must have the form"),
            ("2026-03-01 12:30:05+04", "must have the form"),
            ("2026-03-01 12:30:05+04:60", "offset that exist"),
            ("2026-03-01 12:30:05+14:01", "at most 14:00"),
            ("0001-01-01 00:00:00+00:01", "in the years 0001 to 9999"),
            ("9999-12-31 23:59:59-00:01", "in the years 0001 to 9999"),
            ("２０26-03-01", "must have the form"),
        ] {
            let error = text.parse::<Timestamp>().unwrap_err();
            assert_eq!(error.what, "time");
            assert!(error.reason.contains(reason), "{text}: {error}");
            assert!(error.reason.contains(&format!("{text:?}")), "{error}");
        }
    }

    proptest! {
        #[test]
        fn trimmed_fractions_and_offsets_come_back(time in any_timestamp(), minutes in -840..=840_i64) {
            let trimmed = time.to_string();
            let trimmed = trimmed.trim_end_matches('0').trim_end_matches('.');
            let trimmed = if trimmed.len() < 19 { &time.to_string()[..19] } else { trimmed };
            prop_assert_eq!(parse(trimmed), time);

            if let Some(local) = time.checked_add(TimeSpan::from_millis(minutes * 60_000)) {
                let sign = if minutes < 0 { '-' } else { '+' };
                let (hour, minute) = (minutes.abs() / 60, minutes.abs() % 60);
                prop_assert_eq!(parse(&format!("{local}{sign}{hour:02}:{minute:02}")), time);
            }
        }
    }
}
