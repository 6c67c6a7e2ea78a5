//! Lengths of time.

use std::fmt;
use std::ops::{Add, Sub};
use std::str::FromStr;
use std::time::Duration;

use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sqlite::{Sqlite, SqliteValue};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::InvalidValue;
use super::digits::{as_text, count_digits, put_digits};
use super::scanner::Scanner;
use super::sql_types::Interval;

/// A length of time in ticks of 100 ns, with a sign: what .NET's `TimeSpan` can say, about ±29 000 years.
///
/// In the database and in JSON it is .NET's constant (`c`) format `[-][d.]hh:mm:ss[.fffffff]`: days and fraction
/// only where they aren't zero, the fraction then with seven digits. This text doesn't sort as the length does.
///
/// # Reading
///
/// As .NET's `TimeSpan.Parse` reads that format: `[-]` and `d`, `[d.]hh:mm` or `[d.]hh:mm:ss[.f]` with 1 to 7 digits
/// of fraction, one or two digits of each of hours (to 23), minutes and seconds (to 59), and white space around.
///
/// ```
/// use orchestra_store::types::TimeSpan;
///
/// let span: TimeSpan = "1.02:30".parse()?;
/// assert_eq!(span.to_string(), "1.02:30:00");
/// assert_eq!(span.whole_millis(), 95_400_000);
/// # Ok::<(), orchestra_store::types::InvalidValue>(())
/// ```
///
/// # Arithmetic
///
/// `+` and `-` stop at [`TimeSpan::MIN`] and [`TimeSpan::MAX`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, AsExpression, FromSqlRow)]
#[diesel(sql_type = Interval)]
pub struct TimeSpan(i64);

impl TimeSpan {
    /// Ticks of 100 ns in a millisecond.
    pub const TICKS_PER_MILLISECOND: i64 = 10_000;
    /// Ticks of 100 ns in a second.
    pub const TICKS_PER_SECOND: i64 = 1_000 * Self::TICKS_PER_MILLISECOND;
    /// Ticks of 100 ns in a minute.
    pub const TICKS_PER_MINUTE: i64 = 60 * Self::TICKS_PER_SECOND;
    /// Ticks of 100 ns in an hour.
    pub const TICKS_PER_HOUR: i64 = 60 * Self::TICKS_PER_MINUTE;
    /// Ticks of 100 ns in a day of 24 hours.
    pub const TICKS_PER_DAY: i64 = 24 * Self::TICKS_PER_HOUR;

    /// No time at all: `00:00:00`.
    pub const ZERO: Self = Self(0);
    /// `-10675199.02:48:05.4775808`
    pub const MIN: Self = Self(i64::MIN);
    /// `10675199.02:48:05.4775807`
    pub const MAX: Self = Self(i64::MAX);

    /// A length of `ticks` of 100 ns.
    pub const fn from_ticks(ticks: i64) -> Self {
        Self(ticks)
    }

    /// A length of `millis` milliseconds, saturating.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis.saturating_mul(Self::TICKS_PER_MILLISECOND))
    }

    /// The length in ticks of 100 ns.
    pub const fn ticks(self) -> i64 {
        self.0
    }

    /// The length in milliseconds, with their fraction.
    pub fn total_millis(self) -> f64 {
        self.0 as f64 / Self::TICKS_PER_MILLISECOND as f64
    }

    /// The length in whole milliseconds, rounded towards zero.
    pub const fn whole_millis(self) -> i64 {
        self.0 / Self::TICKS_PER_MILLISECOND
    }

    /// The same length as the standard library has it, or `None` if it is negative.
    pub fn to_duration(self) -> Option<Duration> {
        let ticks = u64::try_from(self.0).ok()?;
        let per_second = Self::TICKS_PER_SECOND.unsigned_abs();
        let nanos = (ticks % per_second) as u32 * 100;
        Some(Duration::new(ticks / per_second, nanos))
    }

    /// The sum, unless it is out of range.
    pub const fn checked_add(self, other: Self) -> Option<Self> {
        match self.0.checked_add(other.0) {
            Some(ticks) => Some(Self(ticks)),
            None => None,
        }
    }

    /// The difference, unless it is out of range.
    pub const fn checked_sub(self, other: Self) -> Option<Self> {
        match self.0.checked_sub(other.0) {
            Some(ticks) => Some(Self(ticks)),
            None => None,
        }
    }
}

/// Days that `i64` ticks can hold.
const MAX_DAYS: i64 = i64::MAX / TimeSpan::TICKS_PER_DAY;

const OUT_OF_RANGE: &str =
    "it isn't between -10675199.02:48:05.4775808 and 10675199.02:48:05.4775807";

fn parse(text: &str) -> Result<TimeSpan, &'static str> {
    let mut scan = Scanner::new(text.trim_ascii());
    let is_negative = scan.take(b"-").is_some();
    let first = scan.number(1, 18).ok_or(NOT_A_TIME_SPAN)?;
    let (days, ticks) = match scan.take(b".:") {
        None => (first, 0),
        Some(b'.') => {
            let hours = scan.number(1, 2).ok_or(NOT_A_TIME_SPAN)?;
            scan.take(b":").ok_or(NOT_A_TIME_SPAN)?;
            (first, parse_from_minutes(&mut scan, hours)?)
        }
        Some(_) => (0, parse_from_minutes(&mut scan, first)?),
    };
    if !scan.is_done() {
        return Err(NOT_A_TIME_SPAN);
    }
    if days > MAX_DAYS {
        return Err(OUT_OF_RANGE);
    }
    // One wider than the result: the magnitude of the minimum doesn't fit it.
    let magnitude = i128::from(days) * i128::from(TimeSpan::TICKS_PER_DAY) + i128::from(ticks);
    let signed = if is_negative { -magnitude } else { magnitude };
    i64::try_from(signed)
        .map(TimeSpan)
        .map_err(|_| OUT_OF_RANGE)
}

const NOT_A_TIME_SPAN: &str = "it isn't of the form [-][d.]hh:mm[:ss[.fffffff]]";

/// The ticks of `hours` and of the minutes, seconds and fraction that follow.
fn parse_from_minutes(scan: &mut Scanner<'_>, hours: i64) -> Result<i64, &'static str> {
    let minutes = scan.number(1, 2).ok_or(NOT_A_TIME_SPAN)?;
    let mut seconds = 0;
    let mut fraction = 0;
    if scan.take(b":").is_some() {
        seconds = scan.number(1, 2).ok_or(NOT_A_TIME_SPAN)?;
        if scan.take(b".").is_some() {
            fraction = scan.fraction(7).ok_or(NOT_A_TIME_SPAN)?;
        }
    }
    if hours > 23 || minutes > 59 || seconds > 59 {
        return Err("its hours are more than 23, or its minutes or seconds more than 59");
    }
    Ok(hours * TimeSpan::TICKS_PER_HOUR
        + minutes * TimeSpan::TICKS_PER_MINUTE
        + seconds * TimeSpan::TICKS_PER_SECOND
        + fraction)
}

impl FromStr for TimeSpan {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        parse(text).map_err(|reason| InvalidValue::from_text("TimeSpan", text, reason))
    }
}

/// The text of a time span.
struct Text {
    /// As many as the least time span takes, with its sign, days and fraction.
    bytes: [u8; 26],
    length: usize,
}

impl Text {
    fn of(span: TimeSpan) -> Self {
        let mut text = Self {
            bytes: [0; 26],
            length: 0,
        };
        let ticks = span.0.unsigned_abs();
        let per_second = TimeSpan::TICKS_PER_SECOND.unsigned_abs();
        // All fit: there are at most eleven million days.
        let days = (ticks / TimeSpan::TICKS_PER_DAY.unsigned_abs()) as u32;
        let second = (ticks / per_second % 86_400) as u32;
        let fraction = (ticks % per_second) as u32;
        if span.0 < 0 {
            text.put(b'-');
        }
        if days > 0 {
            text.put_digits(count_digits(days), days);
            text.put(b'.');
        }
        text.put_digits(2, second / 3600);
        text.put(b':');
        text.put_digits(2, second / 60 % 60);
        text.put(b':');
        text.put_digits(2, second % 60);
        if fraction > 0 {
            text.put(b'.');
            text.put_digits(7, fraction);
        }
        text
    }

    fn put(&mut self, byte: u8) {
        self.bytes[self.length] = byte;
        self.length += 1;
    }

    fn put_digits(&mut self, count: usize, value: u32) {
        put_digits(&mut self.bytes[self.length..][..count], value);
        self.length += count;
    }

    fn as_str(&self) -> &str {
        as_text(&self.bytes[..self.length])
    }
}

/// .NET's `c` format.
impl fmt::Display for TimeSpan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(Text::of(*self).as_str())
    }
}

impl fmt::Debug for TimeSpan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TimeSpan({self})")
    }
}

/// Saturating; what is less than 100 ns is dropped.
impl From<Duration> for TimeSpan {
    fn from(duration: Duration) -> Self {
        Self(i64::try_from(duration.as_nanos() / 100).unwrap_or(i64::MAX))
    }
}

impl Add for TimeSpan {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sub for TimeSpan {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Serialize for TimeSpan {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(Text::of(*self).as_str())
    }
}

impl<'de> Deserialize<'de> for TimeSpan {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl de::Visitor<'_> for Visitor {
            type Value = TimeSpan;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a time span [-][d.]hh:mm:ss[.fffffff]")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<TimeSpan, E> {
                text.parse().map_err(E::custom)
            }
        }

        deserializer.deserialize_str(Visitor)
    }
}

impl ToSql<Interval, Sqlite> for TimeSpan {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(Text::of(*self).as_str().to_owned());
        Ok(IsNull::No)
    }
}

impl FromSql<Interval, Sqlite> for TimeSpan {
    fn from_sql(mut value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
        Ok(value.read_text().parse()?)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(text: &str) -> TimeSpan {
        text.parse().unwrap()
    }

    /// Examples of .NET's documentation of the `c` format, and the ends of the range.
    #[test]
    fn writes_what_dotnet_writes() {
        let second = TimeSpan::TICKS_PER_SECOND;
        let day = TimeSpan::TICKS_PER_DAY;
        for (ticks, text) in [
            (0, "00:00:00"),
            (1, "00:00:00.0000001"),
            (-1, "-00:00:00.0000001"),
            (second, "00:00:01"),
            (60 * second, "00:01:00"),
            (2_670_000_000, "00:04:27"),
            (999 * TimeSpan::TICKS_PER_MILLISECOND, "00:00:00.9990000"),
            (day - 1, "23:59:59.9999999"),
            (day, "1.00:00:00"),
            (-day, "-1.00:00:00"),
            (
                7 * TimeSpan::TICKS_PER_HOUR + 45 * 60 * second + 16 * second,
                "07:45:16",
            ),
            (day + 12 * TimeSpan::TICKS_PER_HOUR, "1.12:00:00"),
            (18 * day + 17_534_000_000, "18.00:29:13.4000000"),
            (i64::MAX, "10675199.02:48:05.4775807"),
            (i64::MIN, "-10675199.02:48:05.4775808"),
        ] {
            assert_eq!(TimeSpan::from_ticks(ticks).to_string(), text);
            assert_eq!(parse(text).ticks(), ticks, "{text}");
        }
    }

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
            ("", "form"),
            ("-", "form"),
            ("+1", "form"),
            ("--1", "form"),
            ("- 1", "form"),
            ("PT1H", "form"),
            ("1h", "form"),
            ("1.", "form"),
            ("1.5", "form"),
            ("1:", "form"),
            ("1:2:", "form"),
            (":1", "form"),
            ("00:00:00.", "form"),
            ("00:00:00.12345678", "form"),
            ("00:00:00:00", "form"),
            ("00:00:000", "form"),
            ("1.00:00:00 x", "form"),
            ("24:00:00", "more than 23"),
            ("1.24:00", "more than 23"),
            ("00:60:00", "more than 59"),
            ("00:00:60", "more than 59"),
            ("10675200", "between"),
            ("999999999999999999", "between"),
            ("10675199.02:48:05.4775808", "between"),
            ("-10675199.02:48:05.4775809", "between"),
        ] {
            let error = text.parse::<TimeSpan>().unwrap_err();
            assert_eq!(error.what, "TimeSpan");
            assert!(error.reason.contains(reason), "{text}: {error}");
        }
    }

    #[test]
    fn durations_saturate_and_negatives_are_none() {
        assert_eq!(TimeSpan::from(Duration::MAX), TimeSpan::MAX);
        assert_eq!(TimeSpan::from(Duration::from_nanos(199)).ticks(), 1);
        assert_eq!(TimeSpan::from_ticks(-1).to_duration(), None);
        assert_eq!(TimeSpan::ZERO.to_duration(), Some(Duration::ZERO));
        assert_eq!(
            parse("00:00:01.5").to_duration(),
            Some(Duration::from_millis(1500))
        );
    }

    #[test]
    fn milliseconds() {
        assert_eq!(TimeSpan::from_millis(60_000), parse("00:01:00"));
        assert_eq!(TimeSpan::from_millis(i64::MAX), TimeSpan::MAX);
        assert_eq!(TimeSpan::from_millis(i64::MIN), TimeSpan::MIN);
        assert_eq!(parse("00:00:00.0019999").whole_millis(), 1);
        assert_eq!(parse("-00:00:00.0019999").whole_millis(), -1);
        assert_eq!(parse("00:00:00.0015000").total_millis(), 1.5);
    }

    #[test]
    fn arithmetic_stops_at_the_ends() {
        let tick = TimeSpan::from_ticks(1);
        assert_eq!(TimeSpan::MAX + tick, TimeSpan::MAX);
        assert_eq!(TimeSpan::MIN - tick, TimeSpan::MIN);
        assert_eq!(TimeSpan::MAX.checked_add(tick), None);
        assert_eq!(TimeSpan::MIN.checked_sub(tick), None);
        assert_eq!(tick + tick - tick, tick);
        assert_eq!(tick.checked_add(tick), Some(TimeSpan::from_ticks(2)));
        assert_eq!(tick.checked_sub(tick), Some(TimeSpan::ZERO));
    }

    #[test]
    fn display_pads() {
        assert_eq!(format!("{:>10}", TimeSpan::ZERO), "  00:00:00");
    }

    proptest! {
        #[test]
        fn text_and_json_come_back(ticks in prop_oneof![any::<i64>(), -100_000_000..100_000_000_i64]) {
            let span = TimeSpan::from_ticks(ticks);
            prop_assert_eq!(parse(&span.to_string()), span);
            let json = serde_json::to_string(&span).unwrap();
            prop_assert_eq!(serde_json::from_str::<TimeSpan>(&json).unwrap(), span);
        }

        #[test]
        fn durations_come_back(ticks in 0..=i64::MAX) {
            let span = TimeSpan::from_ticks(ticks);
            prop_assert_eq!(TimeSpan::from(span.to_duration().unwrap()), span);
        }

        #[test]
        fn no_text_panics(text in prop_oneof![".*", "[-0-9.: ]{0,30}"]) {
            if let Ok(span) = text.parse::<TimeSpan>() {
                prop_assert_eq!(parse(&span.to_string()), span);
            }
        }
    }
}
