//! Moments in time.

pub(super) mod calendar;
mod encoding;
mod tolerant;
mod written;

use std::ops::{Add, Sub};
use std::time::Duration;

use diesel::deserialize::FromSqlRow;
use diesel::expression::AsExpression;

use super::sql_types::UtcTime;
use super::{InvalidValue, TimeSpan};

/// The word for a moment in messages.
pub(super) const NOUN: &str = "time";

const MUST_BE_IN_RANGE: &str = "must be in the years 0001 to 9999";

/// A moment in UTC, to 100 ns, from the year 0001 to 9999: the range and the precision of .NET's `DateTime`.
///
/// In the database it is the text `YYYY-MM-DD HH:MM:SS.fffffff`, always with seven digits, so that it sorts as text
/// as it does as time. In JSON it is ISO 8601: `YYYY-MM-DDTHH:MM:SS.fffffffZ`.
///
/// # Reading
///
/// Besides these texts, a moment is read from
/// - fractions of 1 to 9 digits, or none (digits past the seventh are dropped), and `HH:MM` without seconds;
/// - `T` or `t` instead of the space, and a date alone, which is its midnight;
/// - an offset at the end: `Z`, `z`, `+hh:mm`, `-hh:mm`, `+hhmm` or `-hhmm`, to 14 hours; without one it is UTC.
///
/// The second 60, the hour 24, and a text whose offset moves it out of the years 0001 to 9999 are refused.
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
/// [`checked_add`](Self::checked_add) and [`checked_sub`](Self::checked_sub) return `None` instead. The difference of
/// two moments is always exact.
///
/// ```
/// use orchestra_store::types::{TimeSpan, Timestamp};
///
/// let noon: Timestamp = "2026-03-01 12:00".parse()?;
/// let later = noon + TimeSpan::from_millis(1_500);
/// assert_eq!((later - noon).to_string(), "00:00:01.5000000");
/// assert_eq!(Timestamp::MAX.checked_add(TimeSpan::from_millis(1)), None);
/// # Ok::<(), orchestra_store::types::InvalidValue>(())
/// ```
///
/// # Conversions
///
/// A moment converts to and from [`SystemTime`](std::time::SystemTime) and, with the default feature `chrono`, to
/// and from chrono's `DateTime` and `NaiveDateTime`.
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

    /// Returns the moment `ticks` of 100 ns after 1970, if it is in the years 0001 to 9999.
    pub fn from_ticks(ticks: i64) -> Result<Self, InvalidValue> {
        Self::in_range(ticks).ok_or_else(|| out_of_range(ticks, "ticks of 100 ns"))
    }

    /// Returns the moment `millis` milliseconds after 1970, if it is in the years 0001 to 9999.
    pub fn from_unix_millis(millis: i64) -> Result<Self, InvalidValue> {
        millis
            .checked_mul(TimeSpan::TICKS_PER_MILLISECOND)
            .and_then(Self::in_range)
            .ok_or_else(|| out_of_range(millis, "milliseconds"))
    }

    /// Returns the ticks of 100 ns since 1970, negative before.
    pub const fn ticks(self) -> i64 {
        self.0
    }

    /// Returns the whole milliseconds since 1970, negative before, rounded down.
    pub const fn unix_millis(self) -> i64 {
        self.0.div_euclid(TimeSpan::TICKS_PER_MILLISECOND)
    }

    /// Returns the moment `span` later, unless that is outside the years 0001 to 9999.
    pub fn checked_add(self, span: impl Into<TimeSpan>) -> Option<Self> {
        let ticks = self.0.checked_add(span.into().ticks())?;
        Self::in_range(ticks)
    }

    /// Returns the moment `span` earlier, unless that is outside the years 0001 to 9999.
    pub fn checked_sub(self, span: impl Into<TimeSpan>) -> Option<Self> {
        let ticks = self.0.checked_sub(span.into().ticks())?;
        Self::in_range(ticks)
    }

    /// Returns the time that has passed since `earlier`, or zero if this moment isn't after it.
    ///
    /// For a difference with its sign, subtract.
    pub fn saturating_since(self, earlier: Self) -> TimeSpan {
        (self - earlier).max(TimeSpan::ZERO)
    }

    fn in_range(ticks: i64) -> Option<Self> {
        let time = Self(ticks);
        (Self::MIN..=Self::MAX).contains(&time).then_some(time)
    }

    fn clamped(ticks: i64) -> Self {
        Self(ticks).clamp(Self::MIN, Self::MAX)
    }
}

fn out_of_range(count: i64, unit: &str) -> InvalidValue {
    InvalidValue::got(
        NOUN,
        MUST_BE_IN_RANGE,
        format_args!("{count} {unit} after 1970"),
    )
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Moments of the whole range, its ends, and moments close together.
    pub(in crate::types) fn any_timestamp() -> impl Strategy<Value = Timestamp> {
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

    pub(in crate::types) fn parse(text: &str) -> Timestamp {
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

    proptest! {
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
    }
}
