//! Reading of every text that [`TimeSpan`] documents.

use std::str::FromStr;

use super::scanner::Scanner;
use super::{MUST_BE_IN_RANGE, NOUN, TimeSpan};
use crate::types::InvalidValue;

/// The days that `i64` ticks can hold.
const MAX_DAYS: i64 = i64::MAX / TimeSpan::TICKS_PER_DAY;

const MUST_HAVE_THE_FORM: &str = "must have the form [-][d.]hh:mm[:ss[.fffffff]]";

const MUST_EXIST: &str = "must have at most 23 hours, 59 minutes and 59 seconds";

impl FromStr for TimeSpan {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        parse(text).map_err(|must| InvalidValue::got_text(NOUN, must, text))
    }
}

/// Reads a length of time, or returns what `text` would have to be.
fn parse(text: &str) -> Result<TimeSpan, &'static str> {
    let mut scan = Scanner::new(text.trim_ascii());
    let is_negative = scan.take(b"-").is_some();
    let first = scan.number(1, 18).ok_or(MUST_HAVE_THE_FORM)?;
    let (days, ticks) = match scan.take(b".:") {
        None => (first, 0),
        Some(b'.') => {
            let hours = scan.number(1, 2).ok_or(MUST_HAVE_THE_FORM)?;
            scan.take(b":").ok_or(MUST_HAVE_THE_FORM)?;
            (first, parse_from_minutes(&mut scan, hours)?)
        }
        Some(_) => (0, parse_from_minutes(&mut scan, first)?),
    };
    if !scan.is_done() {
        return Err(MUST_HAVE_THE_FORM);
    }
    if days > MAX_DAYS {
        return Err(MUST_BE_IN_RANGE);
    }
    // One wider than the result: the magnitude of the minimum doesn't fit it.
    let magnitude = i128::from(days) * i128::from(TimeSpan::TICKS_PER_DAY) + i128::from(ticks);
    let signed = if is_negative { -magnitude } else { magnitude };
    i64::try_from(signed)
        .map(TimeSpan)
        .map_err(|_| MUST_BE_IN_RANGE)
}

/// Returns the ticks of `hours` and of the minutes, seconds and fraction that follow.
fn parse_from_minutes(scan: &mut Scanner<'_>, hours: i64) -> Result<i64, &'static str> {
    let minutes = scan.number(1, 2).ok_or(MUST_HAVE_THE_FORM)?;
    let mut seconds = 0;
    let mut fraction = 0;
    if scan.take(b":").is_some() {
        seconds = scan.number(1, 2).ok_or(MUST_HAVE_THE_FORM)?;
        if scan.take(b".").is_some() {
            fraction = scan.fraction().ok_or(MUST_HAVE_THE_FORM)?;
        }
    }
    if hours > 23 || minutes > 59 || seconds > 59 {
        return Err(MUST_EXIST);
    }
    Ok(hours * TimeSpan::TICKS_PER_HOUR
        + minutes * TimeSpan::TICKS_PER_MINUTE
        + seconds * TimeSpan::TICKS_PER_SECOND
        + fraction)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::super::tests::parse;
    use super::*;

    #[test]
    fn reads_what_dotnet_reads() {
        for (text, same) in [
            ("6", "6.00:00:00"),
            ("-6", "-6.00:00:00"),
            ("0", "00:00:00"),
            ("-0", "00:00:00"),
            ("6:12", "06:12:00"),
            ("1.6:12", "1.06:12:00"),
            ("1:2:3", "01:02:03"),
            ("0:0:0.5", "00:00:00.5000000"),
            ("00:00:00.0000001", "00:00:00.0000001"),
            ("000001.00:00", "1.00:00:00"),
            (" \t-00:01:00\n", "-00:01:00"),
            ("10675199", "10675199.00:00:00"),
        ] {
            assert_eq!(parse(text).to_string(), same, "{text}");
        }
    }

    #[test]
    fn refuses_everything_else() {
        for (text, reason) in [
            ("", "must have the form"),
            ("-", "must have the form"),
            ("+1", "must have the form"),
            ("--1", "must have the form"),
            ("- 1", "must have the form"),
            ("PT1H", "must have the form"),
            ("1h", "must have the form"),
            ("1.", "must have the form"),
            ("1.5", "must have the form"),
            ("1:", "must have the form"),
            ("1:2:", "must have the form"),
            (":1", "must have the form"),
            ("00:00:00.", "must have the form"),
            ("00:00:00.12345678", "must have the form"),
            ("00:00:00:00", "must have the form"),
            ("00:00:000", "must have the form"),
            ("1.00:00:00 x", "must have the form"),
            ("24:00:00", "at most 23 hours"),
            ("1.24:00", "at most 23 hours"),
            ("00:60:00", "59 minutes and 59 seconds"),
            ("00:00:60", "59 minutes and 59 seconds"),
            ("10675200", "must be between"),
            ("999999999999999999", "must be between"),
            ("10675199.02:48:05.4775808", "must be between"),
            ("-10675199.02:48:05.4775809", "must be between"),
        ] {
            let error = text.parse::<TimeSpan>().unwrap_err();
            assert_eq!(error.what, "time span");
            assert!(error.reason.contains(reason), "{text}: {error}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in prop_oneof![".*", "[-0-9.: ]{0,30}"]) {
            if let Ok(span) = text.parse::<TimeSpan>() {
                prop_assert_eq!(parse(&span.to_string()), span);
            }
        }
    }
}
