//! The two texts that a [`Timestamp`] is written as: one for the database and one for JSON.
//!
//! Nearly every text that is read is one of them, several for each row, so that both ways are written by hand for
//! their fixed form.

use std::fmt;
use std::str::FromStr;

use chrono::Datelike;

use super::super::digits::{as_text, put_digits};
use super::calendar::{date_of_day, day_of_date};
use super::tolerant::parse_tolerant;
use super::{NOUN, Timestamp};
use crate::types::{InvalidValue, TimeSpan};

impl Timestamp {
    /// Returns the text of ISO 8601, `YYYY-MM-DDTHH:MM:SS.fffffffZ`.
    pub fn to_iso8601(self) -> String {
        as_text(&self.text(b'T')).to_owned()
    }

    /// Returns the text that the database holds.
    pub(super) fn to_storage(self) -> String {
        as_text(&self.text(b' ')[..27]).to_owned()
    }

    /// Returns the text with `separator` between date and time, and a `Z` at the end, which the storage form leaves
    /// out.
    pub(super) fn text(self, separator: u8) -> [u8; 28] {
        let date = date_of_day(self.0.div_euclid(TimeSpan::TICKS_PER_DAY));
        let tick = self.0.rem_euclid(TimeSpan::TICKS_PER_DAY);
        // Both fit: a day has 86 400 seconds, and a second ten million ticks.
        let second = (tick / TimeSpan::TICKS_PER_SECOND) as u32;
        let fraction = (tick % TimeSpan::TICKS_PER_SECOND) as u32;

        let mut text = *b"0000-00-00 00:00:00.0000000Z";
        put_digits(&mut text[0..4], date.year().unsigned_abs());
        put_digits(&mut text[5..7], date.month());
        put_digits(&mut text[8..10], date.day());
        text[10] = separator;
        put_digits(&mut text[11..13], second / 3600);
        put_digits(&mut text[14..16], second / 60 % 60);
        put_digits(&mut text[17..19], second % 60);
        put_digits(&mut text[20..27], fraction);
        text
    }
}

const STORAGE_FORM: &[u8; 27] = b"0000-00-00 00:00:00.0000000";
const ISO_FORM: &[u8; 27] = b"0000-00-00T00:00:00.0000000";

/// Reads one of the two texts, or returns `None` for any other, which may still be a time.
fn parse_written(text: &str) -> Option<Timestamp> {
    let (text, form): (&[u8; 27], _) = match text.as_bytes() {
        [local @ .., b'Z'] => (local.try_into().ok()?, ISO_FORM),
        local => (local.try_into().ok()?, STORAGE_FORM),
    };
    let text = values(text, form)?;
    let day = day_of_date(
        number(&text[0..4]),
        number(&text[5..7]),
        number(&text[8..10]),
    )?;
    let (hour, minute, second) = (
        number(&text[11..13]),
        number(&text[14..16]),
        number(&text[17..19]),
    );
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let second_of_day = (hour * 60 + minute) * 60 + second;
    Some(Timestamp(
        day * TimeSpan::TICKS_PER_DAY
            + i64::from(second_of_day) * TimeSpan::TICKS_PER_SECOND
            + i64::from(number(&text[20..27])),
    ))
}

/// Returns the value of each digit, and zero for each mark, or `None` if the text doesn't have the form.
fn values(text: &[u8; 27], form: &[u8; 27]) -> Option<[u8; 27]> {
    // A digit differs from `0` by its value and everything else by more; a mark must not differ.
    let values: [u8; 27] = std::array::from_fn(|at| text[at] ^ form[at]);
    // Without a way out of the loop, so that it takes few instructions for all bytes.
    let fits = values.iter().zip(form).fold(true, |fits, (value, form)| {
        fits & (*value <= if *form == b'0' { 9 } else { 0 })
    });
    fits.then_some(values)
}

/// Returns the number that these digits are.
fn number(digits: &[u8]) -> u32 {
    digits
        .iter()
        .fold(0, |number, digit| number * 10 + u32::from(*digit))
}

impl FromStr for Timestamp {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        match parse_written(text) {
            Some(time) => Ok(time),
            None => parse_tolerant(text).map_err(|must| InvalidValue::got_text(NOUN, must, text)),
        }
    }
}

/// Writes the text that the database holds, `YYYY-MM-DD HH:MM:SS.fffffff`.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(as_text(&self.text(b' ')[..27]))
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Timestamp({self})")
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use chrono::{DateTime, NaiveDateTime};
    use proptest::prelude::*;

    use super::super::tests::{any_timestamp, parse};
    use super::super::tolerant::parse_tolerant;
    use super::*;

    fn chrono_of(time: Timestamp) -> NaiveDateTime {
        let second = time.ticks().div_euclid(10_000_000);
        let nanos = time.ticks().rem_euclid(10_000_000) * 100;
        DateTime::from_timestamp(second, nanos as u32)
            .unwrap()
            .naive_utc()
    }

    #[test]
    fn display_pads_and_debug_reads_well() {
        assert_eq!(
            format!("{:>29}", Timestamp::MIN),
            "  0001-01-01 00:00:00.0000000"
        );
        assert_eq!(
            format!("{:?}", Timestamp::MIN),
            "Timestamp(0001-01-01 00:00:00.0000000)"
        );
    }

    proptest! {
        #[test]
        fn text_and_json_come_back(time in any_timestamp()) {
            for text in [time.to_string(), time.to_iso8601()] {
                prop_assert_eq!(parse_written(&text), Some(time));
                prop_assert_eq!(parse_tolerant(&text), Ok(time));
            }
            let json = serde_json::to_string(&time).unwrap();
            prop_assert_eq!(serde_json::from_str::<Timestamp>(&json).unwrap(), time);
        }

        #[test]
        fn text_sorts_as_time(a in any_timestamp(), b in any_timestamp()) {
            prop_assert_eq!(a.to_string().cmp(&b.to_string()), a.cmp(&b));
            prop_assert_eq!(a.to_iso8601().cmp(&b.to_iso8601()), a.cmp(&b));
        }

        #[test]
        fn chrono_agrees(time in any_timestamp()) {
            let chrono = chrono_of(time);
            let text = time.to_string();
            let (seconds, fraction) = text.split_at(19);
            prop_assert_eq!(seconds, chrono.format("%Y-%m-%d %H:%M:%S").to_string());
            prop_assert_eq!(fraction, &chrono.format("%.9f").to_string()[..8]);
            prop_assert_eq!(parse(&chrono.to_string()), time);
        }

        #[test]
        fn no_text_panics(text in ".*", time in any_timestamp(), at in 0..28_usize, byte in 0..128_u8) {
            let _ = text.parse::<Timestamp>();
            let mut near = time.to_iso8601().into_bytes();
            near[at] = byte;
            let near = String::from_utf8(near).unwrap();
            if let Ok(read) = near.parse::<Timestamp>() {
                prop_assert_eq!(parse(&read.to_string()), read);
            }
        }
    }
}
