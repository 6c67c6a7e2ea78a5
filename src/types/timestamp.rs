//! Moments in time.

use std::fmt;
use std::ops::{Add, Sub};
use std::str::FromStr;
use std::time::{Duration, SystemTime};

use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sqlite::{Sqlite, SqliteValue};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::calendar::{date_from_days, days_from_date};
use super::digits::{as_text, put_digits};
use super::scanner::Scanner;
use super::sql_types::UtcTime;
use super::{InvalidValue, TimeSpan};

const OUT_OF_RANGE: &str = "outside the years 0001 to 9999";

/// A moment in UTC, to 100 ns, from the year 0001 to 9999: what .NET's `DateTime` can say.
///
/// In the database it is the text `YYYY-MM-DD HH:MM:SS.fffffff`, always with seven digits, so that it sorts as text
/// as it does as time. In JSON it is ISO 8601: `YYYY-MM-DDTHH:MM:SS.fffffffZ`.
///
/// # Reading
///
/// Besides its own text it is read from
/// - fractions of 1 to 9 digits, or none (digits past the seventh are dropped), and `HH:MM` without seconds;
/// - `T` or `t` instead of the space, and a date alone, which is its midnight;
/// - an offset at the end: `Z`, `z`, `+hh:mm`, `-hh:mm`, `+hhmm` or `-hhmm`, to 14 hours; without one it is UTC.
///
/// The second 60, the hour 24, and whatever the offset moves out of the years 0001 to 9999 are refused.
///
/// ```
/// use orchestra_store::types::Timestamp;
///
/// let time: Timestamp = "2026-03-01T16:30:00.5+04:00".parse()?;
/// assert_eq!(time.to_string(), "2026-03-01 12:30:00.5000000");
/// assert_eq!(time.to_iso8601(), "2026-03-01T12:30:00.5000000Z");
/// # Ok::<(), orchestra_store::types::InvalidValue>(())
/// ```
///
/// # Arithmetic
///
/// `+` and `-` with a [`TimeSpan`] or [`Duration`] stop at [`Timestamp::MIN`] and [`Timestamp::MAX`];
/// [`checked_add`](Self::checked_add) and [`checked_sub`](Self::checked_sub) say so instead. The difference of two
/// moments is always exact.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, AsExpression, FromSqlRow)]
#[diesel(sql_type = UtcTime)]
pub struct Timestamp(i64);

impl Timestamp {
    /// `0001-01-01 00:00:00.0000000`
    pub const MIN: Self = Self(-621_355_968_000_000_000);
    /// `9999-12-31 23:59:59.9999999`
    pub const MAX: Self = Self(2_534_023_007_999_999_999);
    /// `1970-01-01 00:00:00.0000000`
    pub const UNIX_EPOCH: Self = Self(0);

    /// The moment `ticks` of 100 ns after 1970, if it is in the years 0001 to 9999.
    pub fn from_ticks(ticks: i64) -> Result<Self, InvalidValue> {
        Self::in_range(ticks).ok_or_else(|| {
            InvalidValue::new(
                "Timestamp",
                format!("{ticks} ticks of 100 ns after 1970 are {OUT_OF_RANGE}"),
            )
        })
    }

    /// The moment `millis` milliseconds after 1970, if it is in the years 0001 to 9999.
    pub fn from_unix_millis(millis: i64) -> Result<Self, InvalidValue> {
        millis
            .checked_mul(TimeSpan::TICKS_PER_MILLISECOND)
            .and_then(Self::in_range)
            .ok_or_else(|| {
                InvalidValue::new(
                    "Timestamp",
                    format!("{millis} milliseconds after 1970 are {OUT_OF_RANGE}"),
                )
            })
    }

    /// Ticks of 100 ns since 1970, negative before.
    pub const fn ticks(self) -> i64 {
        self.0
    }

    /// Whole milliseconds since 1970, negative before, rounded down.
    pub const fn unix_millis(self) -> i64 {
        self.0.div_euclid(TimeSpan::TICKS_PER_MILLISECOND)
    }

    /// The moment `span` later, unless that is outside the years 0001 to 9999.
    pub fn checked_add(self, span: impl Into<TimeSpan>) -> Option<Self> {
        let ticks = self.0.checked_add(span.into().ticks())?;
        Self::in_range(ticks)
    }

    /// The moment `span` earlier, unless that is outside the years 0001 to 9999.
    pub fn checked_sub(self, span: impl Into<TimeSpan>) -> Option<Self> {
        let ticks = self.0.checked_sub(span.into().ticks())?;
        Self::in_range(ticks)
    }

    /// How long after `earlier` this is; zero if it isn't after it.
    ///
    /// For a difference with its sign, subtract.
    pub fn saturating_since(self, earlier: Self) -> TimeSpan {
        (self - earlier).max(TimeSpan::ZERO)
    }

    /// ISO 8601: `YYYY-MM-DDTHH:MM:SS.fffffffZ`.
    pub fn to_iso8601(self) -> String {
        as_text(&self.text(b'T')).to_owned()
    }

    fn to_storage(self) -> String {
        as_text(&self.text(b' ')[..27]).to_owned()
    }

    fn in_range(ticks: i64) -> Option<Self> {
        let time = Self(ticks);
        (Self::MIN..=Self::MAX).contains(&time).then_some(time)
    }

    fn clamped(ticks: i64) -> Self {
        Self(ticks).clamp(Self::MIN, Self::MAX)
    }

    /// The text with `separator` between date and time, and a `Z` at the end, which the storage form leaves out.
    fn text(self, separator: u8) -> [u8; 28] {
        let (year, month, day) = date_from_days(self.0.div_euclid(TimeSpan::TICKS_PER_DAY));
        let tick = self.0.rem_euclid(TimeSpan::TICKS_PER_DAY);
        // Both fit: a day has 86 400 seconds, and a second ten million ticks.
        let second = (tick / TimeSpan::TICKS_PER_SECOND) as u32;
        let fraction = (tick % TimeSpan::TICKS_PER_SECOND) as u32;

        let mut text = *b"0000-00-00 00:00:00.0000000Z";
        put_digits(&mut text[0..4], year as u32);
        put_digits(&mut text[5..7], month as u32);
        put_digits(&mut text[8..10], day as u32);
        text[10] = separator;
        put_digits(&mut text[11..13], second / 3600);
        put_digits(&mut text[14..16], second / 60 % 60);
        put_digits(&mut text[17..19], second % 60);
        put_digits(&mut text[20..27], fraction);
        text
    }
}

/// Reads the text that this module writes, which is nearly all that is ever read; the rest is for
/// [`parse_tolerant`].
fn parse_storage(text: &str) -> Option<Timestamp> {
    let text: &[u8; 27] = text.as_bytes().try_into().ok()?;
    let [
        ..,
        b'-',
        _,
        _,
        b'-',
        _,
        _,
        b' ',
        _,
        _,
        b':',
        _,
        _,
        b':',
        _,
        _,
        b'.',
        _,
        _,
        _,
        _,
        _,
        _,
        _,
    ] = text
    else {
        return None;
    };
    let day = days_from_date(
        digits(&text[0..4])?,
        digits(&text[5..7])?,
        digits(&text[8..10])?,
    )?;
    let second = second_of_day(
        digits(&text[11..13])?,
        digits(&text[14..16])?,
        digits(&text[17..19])?,
    )?;
    Some(from_parts(day, second, digits(&text[20..27])?))
}

fn digits(text: &[u8]) -> Option<i64> {
    text.iter().try_fold(0, |value, byte| {
        byte.is_ascii_digit()
            .then(|| value * 10 + i64::from(byte - b'0'))
    })
}

fn second_of_day(hour: i64, minute: i64, second: i64) -> Option<i64> {
    let is_valid = hour < 24 && minute < 60 && second < 60;
    is_valid.then_some((hour * 60 + minute) * 60 + second)
}

fn from_parts(day: i64, second: i64, fraction: i64) -> Timestamp {
    Timestamp(day * TimeSpan::TICKS_PER_DAY + second * TimeSpan::TICKS_PER_SECOND + fraction)
}

/// Reads every form that [`Timestamp`] names.
fn parse_tolerant(text: &str) -> Result<Timestamp, &'static str> {
    let mut scan = Scanner::new(text);
    let day = parse_date(&mut scan)?;
    if scan.is_done() {
        return Ok(from_parts(day, 0, 0));
    }
    if scan.take(b" Tt").is_none() {
        return Err("after the date there must be a space or `T` and the time");
    }
    let (second, fraction) = parse_time_of_day(&mut scan)?;
    let offset = parse_offset(&mut scan)?;
    if !scan.is_done() {
        return Err("the time is followed by something that isn't an offset");
    }
    from_parts(day, second, fraction)
        .checked_sub(offset)
        .ok_or(OUT_OF_RANGE)
}

fn parse_date(scan: &mut Scanner<'_>) -> Result<i64, &'static str> {
    let date = (|| {
        let year = scan.number(4, 4)?;
        scan.take(b"-")?;
        let month = scan.number(2, 2)?;
        scan.take(b"-")?;
        let day = scan.number(2, 2)?;
        Some((year, month, day))
    })();
    let (year, month, day) = date.ok_or("it doesn't start with a date YYYY-MM-DD")?;
    days_from_date(year, month, day).ok_or("there is no such date in the years 0001 to 9999")
}

/// Seconds since midnight, and the fraction of a second in ticks.
fn parse_time_of_day(scan: &mut Scanner<'_>) -> Result<(i64, i64), &'static str> {
    let hour_and_minute = (|| {
        let hour = scan.number(2, 2)?;
        scan.take(b":")?;
        Some((hour, scan.number(2, 2)?))
    })();
    let (hour, minute) = hour_and_minute.ok_or("the time isn't HH:MM or HH:MM:SS")?;
    let mut second = 0;
    let mut fraction = 0;
    if scan.take(b":").is_some() {
        second = scan.number(2, 2).ok_or("the seconds aren't two digits")?;
        if scan.take(b".").is_some() {
            fraction = scan
                .fraction(9)
                .ok_or("the fraction of a second isn't 1 to 9 digits")?;
        }
    }
    let second = second_of_day(hour, minute, second)
        .ok_or("the time isn't between 00:00:00 and 23:59:59")?;
    Ok((second, fraction))
}

/// How far the text's clock is ahead of UTC; zero where it doesn't say.
fn parse_offset(scan: &mut Scanner<'_>) -> Result<TimeSpan, &'static str> {
    let sign = match scan.take(b"Zz+-") {
        Some(b'+') => 1,
        Some(b'-') => -1,
        _ => return Ok(TimeSpan::ZERO),
    };
    let hour_and_minute = (|| {
        let hour = scan.number(2, 2)?;
        scan.take(b":");
        Some((hour, scan.number(2, 2)?))
    })();
    let (hour, minute) = hour_and_minute.ok_or("the offset isn't hh:mm or hhmm")?;
    let minutes = hour * 60 + minute;
    if minute > 59 || minutes > 14 * 60 {
        return Err("the offset is more than 14:00, or its minutes more than 59");
    }
    Ok(TimeSpan::from_ticks(
        sign * minutes * TimeSpan::TICKS_PER_MINUTE,
    ))
}

impl FromStr for Timestamp {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        match parse_storage(text) {
            Some(time) => Ok(time),
            None => parse_tolerant(text)
                .map_err(|reason| InvalidValue::from_text("Timestamp", text, reason)),
        }
    }
}

/// The text that the database holds: `YYYY-MM-DD HH:MM:SS.fffffff`.
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

/// Saturating: the system's clock can say more than the years 0001 to 9999. What is less than 100 ns is dropped.
impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Self {
        match time.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(after) => Self::UNIX_EPOCH + after,
            Err(before) => Self::UNIX_EPOCH - before.duration(),
        }
    }
}

impl Add<TimeSpan> for Timestamp {
    type Output = Self;

    fn add(self, span: TimeSpan) -> Self {
        Self::clamped(self.0.saturating_add(span.ticks()))
    }
}

impl Sub<TimeSpan> for Timestamp {
    type Output = Self;

    fn sub(self, span: TimeSpan) -> Self {
        Self::clamped(self.0.saturating_sub(span.ticks()))
    }
}

impl Add<Duration> for Timestamp {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        self + TimeSpan::from(duration)
    }
}

impl Sub<Duration> for Timestamp {
    type Output = Self;

    fn sub(self, duration: Duration) -> Self {
        self - TimeSpan::from(duration)
    }
}

impl Sub for Timestamp {
    type Output = TimeSpan;

    fn sub(self, other: Self) -> TimeSpan {
        TimeSpan::from_ticks(self.0 - other.0)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(as_text(&self.text(b'T')))
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl de::Visitor<'_> for Visitor {
            type Value = Timestamp;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a time in ISO 8601")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Timestamp, E> {
                text.parse().map_err(E::custom)
            }
        }

        deserializer.deserialize_str(Visitor)
    }
}

impl ToSql<UtcTime, Sqlite> for Timestamp {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.to_storage());
        Ok(IsNull::No)
    }
}

impl FromSql<UtcTime, Sqlite> for Timestamp {
    fn from_sql(mut value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
        Ok(value.read_text().parse()?)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use chrono::{DateTime, NaiveDateTime};
    use proptest::prelude::*;

    use super::*;

    /// Moments of the whole range, its ends, and moments close together.
    fn any_timestamp() -> impl Strategy<Value = Timestamp> {
        let (min, max) = (Timestamp::MIN.ticks(), Timestamp::MAX.ticks());
        let year_2025 = 17_356_896_000_000_000_i64;
        prop_oneof![
            min..=max,
            min..=min + 20_000_000,
            max - 20_000_000..=max,
            -20_000_000..=20_000_000_i64,
            year_2025..=year_2025 + 1_000,
            (-62_135_596_800..=253_402_300_799_i64).prop_map(|second| second * 10_000_000),
        ]
        .prop_map(|ticks| Timestamp::from_ticks(ticks).unwrap())
    }

    fn chrono_of(time: Timestamp) -> NaiveDateTime {
        let second = time.ticks().div_euclid(10_000_000);
        let nanos = time.ticks().rem_euclid(10_000_000) * 100;
        DateTime::from_timestamp(second, nanos as u32)
            .unwrap()
            .naive_utc()
    }

    fn parse(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn the_ends_of_the_range() {
        for (time, text) in [
            (Timestamp::MIN, "0001-01-01 00:00:00.0000000"),
            (Timestamp::UNIX_EPOCH, "1970-01-01 00:00:00.0000000"),
            (Timestamp::MAX, "9999-12-31 23:59:59.9999999"),
        ] {
            assert_eq!(time.to_string(), text);
            assert_eq!(parse(text), time);
        }
        assert!(Timestamp::from_ticks(Timestamp::MIN.ticks() - 1).is_err());
        let error = Timestamp::from_ticks(Timestamp::MAX.ticks() + 1).unwrap_err();
        assert!(error.to_string().contains("2534023008000000000"), "{error}");
    }

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
            ("", "doesn't start with a date"),
            ("now", "doesn't start with a date"),
            ("26-03-01", "doesn't start with a date"),
            ("2026-3-1", "doesn't start with a date"),
            (" 2026-03-01", "doesn't start with a date"),
            ("2026-02-29", "no such date"),
            ("0000-01-01", "no such date"),
            ("2026-03-01 ", "HH:MM"),
            ("2026-03-01Z", "space or `T`"),
            ("2026-03-01_12:30:05", "space or `T`"),
            ("2026-03-01 1:30:05", "HH:MM"),
            ("2026-03-01 12", "HH:MM"),
            ("2026-03-01 12:30:5", "two digits"),
            ("2026-03-01 12:30:05.", "1 to 9 digits"),
            ("2026-03-01 12:30:05.1234567890", "isn't an offset"),
            ("2026-03-01 12:30:05,5", "isn't an offset"),
            ("2026-03-01 12:30.5", "isn't an offset"),
            ("2026-03-01 24:00:00", "between 00:00:00 and 23:59:59"),
            ("2026-03-01 12:60:00", "between 00:00:00 and 23:59:59"),
            ("2016-12-31 23:59:60", "between 00:00:00 and 23:59:59"),
            (
                "2016-12-31 23:59:60.0000000",
                "between 00:00:00 and 23:59:59",
            ),
            ("2026-03-01 12:30:05 UTC", "isn't an offset"),
            ("2026-03-01 12:30:05ZZ", "isn't an offset"),
            ("2026-03-01 12:30:05+4", "hh:mm"),
            ("2026-03-01 12:30:05+04", "hh:mm"),
            ("2026-03-01 12:30:05+04:60", "more than 14:00"),
            ("2026-03-01 12:30:05+14:01", "more than 14:00"),
            ("0001-01-01 00:00:00+00:01", "outside the years"),
            ("9999-12-31 23:59:59-00:01", "outside the years"),
            ("２０26-03-01", "doesn't start with a date"),
        ] {
            let error = text.parse::<Timestamp>().unwrap_err();
            assert_eq!(error.what, "Timestamp");
            assert!(error.reason.contains(reason), "{text}: {error}");
            assert!(error.reason.contains(&format!("{text:?}")), "{error}");
        }
    }

    #[test]
    fn arithmetic_stops_at_the_ends() {
        let second = Duration::from_secs(1);
        assert_eq!(Timestamp::MAX + second, Timestamp::MAX);
        assert_eq!(Timestamp::MIN - second, Timestamp::MIN);
        assert_eq!(Timestamp::MIN + Duration::MAX, Timestamp::MAX);
        assert_eq!(Timestamp::MAX - Duration::MAX, Timestamp::MIN);
        assert_eq!(Timestamp::MAX + TimeSpan::MIN, Timestamp::MIN);
        assert_eq!(Timestamp::MAX.checked_add(second), None);
        assert_eq!(Timestamp::MIN.checked_sub(second), None);
        assert_eq!(
            Timestamp::UNIX_EPOCH.checked_add(second),
            Some(parse("1970-01-01 00:00:01"))
        );
    }

    #[test]
    fn differences_have_a_sign_unless_saturating() {
        let (early, late) = (parse("2026-03-01 12:00"), parse("2026-03-01 12:01"));
        assert_eq!((late - early).to_string(), "00:01:00");
        assert_eq!((early - late).to_string(), "-00:01:00");
        assert_eq!(late.saturating_since(early), late - early);
        assert_eq!(early.saturating_since(late), TimeSpan::ZERO);
        assert_eq!(
            Timestamp::MIN + (Timestamp::MAX - Timestamp::MIN),
            Timestamp::MAX
        );
    }

    #[test]
    fn milliseconds_round_down() {
        assert_eq!(parse("1970-01-01 00:00:00.0019999").unix_millis(), 1);
        assert_eq!(parse("1969-12-31 23:59:59.9999999").unix_millis(), -1);
        assert_eq!(
            Timestamp::from_unix_millis(-1).unwrap().to_string(),
            "1969-12-31 23:59:59.9990000"
        );
        assert!(Timestamp::from_unix_millis(i64::MAX).is_err());
        assert!(Timestamp::from_unix_millis(253_402_300_800_000).is_err());
    }

    #[test]
    fn system_time_converts_on_both_sides_of_1970() {
        let second = Duration::from_secs(1);
        let from = |time: SystemTime| Timestamp::from(time).to_string();
        assert_eq!(
            from(SystemTime::UNIX_EPOCH + second),
            "1970-01-01 00:00:01.0000000"
        );
        assert_eq!(
            from(SystemTime::UNIX_EPOCH - second),
            "1969-12-31 23:59:59.0000000"
        );
    }

    #[test]
    fn json_is_iso_8601_and_nothing_but_text() {
        let time = parse("2026-03-01 12:30:05.1");
        let json = r#""2026-03-01T12:30:05.1000000Z""#;
        assert_eq!(serde_json::to_string(&time).unwrap(), json);
        assert_eq!(serde_json::from_str::<Timestamp>(json).unwrap(), time);
        assert!(serde_json::from_str::<Timestamp>("5").is_err());
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
            prop_assert_eq!(parse_storage(&time.to_string()), Some(time));
            prop_assert_eq!(parse_tolerant(&time.to_string()), Ok(time));
            prop_assert_eq!(parse(&time.to_iso8601()), time);
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

        #[test]
        fn milliseconds_come_back(time in any_timestamp()) {
            let whole = Timestamp::from_unix_millis(time.unix_millis()).unwrap();
            prop_assert!(whole <= time);
            prop_assert!((time - whole).ticks() < 10_000);
        }

        #[test]
        fn adding_a_difference_reaches_the_other(a in any_timestamp(), b in any_timestamp()) {
            prop_assert_eq!(a + (b - a), b);
            prop_assert_eq!(b - (b - a), a);
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
