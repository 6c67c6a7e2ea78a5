//! Lengths of time.

mod encoding;
mod reading;
mod scanner;
mod written;

use std::ops::{Add, Sub};
use std::time::Duration;

use diesel::deserialize::FromSqlRow;
use diesel::expression::AsExpression;

use super::sql_types::Interval;

/// The word for a length of time in messages.
pub(super) const NOUN: &str = "time span";

/// The range, as a message says it.
pub(super) const MUST_BE_IN_RANGE: &str =
    "must be between -10675199.02:48:05.4775808 and 10675199.02:48:05.4775807";

/// A length of time in ticks of 100 ns, with a sign, about ±29 000 years: the range and the precision of .NET's
/// `TimeSpan`.
///
/// In the database and in JSON it is .NET's constant (`c`) format `[-][d.]hh:mm:ss[.fffffff]`: days and fraction
/// only where they aren't zero, the fraction then with seven digits. This text doesn't sort as the length does.
///
/// # Reading
///
/// It is read as .NET's `TimeSpan.Parse` reads that format: `[-]` and `d`, `[d.]hh:mm` or `[d.]hh:mm:ss[.f]` with 1 to
/// 7 digits of fraction, one or two digits of each of hours (to 23), minutes and seconds (to 59), and white space
/// around.
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
/// `+` and `-` stop at [`TimeSpan::MIN`] and [`TimeSpan::MAX`]; [`checked_add`](Self::checked_add) and
/// [`checked_sub`](Self::checked_sub) return `None` instead.
///
/// # Conversions
///
/// A length converts to and from [`Duration`] and, with the default feature `chrono`, to and from chrono's
/// `TimeDelta`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, AsExpression, FromSqlRow)]
#[diesel(sql_type = Interval)]
pub struct TimeSpan(i64);

impl TimeSpan {
    /// The ticks of 100 ns in a millisecond.
    pub const TICKS_PER_MILLISECOND: i64 = 10_000;
    /// The ticks of 100 ns in a second.
    pub const TICKS_PER_SECOND: i64 = 1_000 * Self::TICKS_PER_MILLISECOND;
    /// The ticks of 100 ns in a minute.
    pub const TICKS_PER_MINUTE: i64 = 60 * Self::TICKS_PER_SECOND;
    /// The ticks of 100 ns in an hour.
    pub const TICKS_PER_HOUR: i64 = 60 * Self::TICKS_PER_MINUTE;
    /// The ticks of 100 ns in a day of 24 hours.
    pub const TICKS_PER_DAY: i64 = 24 * Self::TICKS_PER_HOUR;

    /// No time at all, `00:00:00`
    pub const ZERO: Self = Self(0);
    /// `-10675199.02:48:05.4775808`
    pub const MIN: Self = Self(i64::MIN);
    /// `10675199.02:48:05.4775807`
    pub const MAX: Self = Self(i64::MAX);

    /// Returns a length of `ticks` of 100 ns.
    pub const fn from_ticks(ticks: i64) -> Self {
        Self(ticks)
    }

    /// Returns a length of `millis` milliseconds, or the nearest end of the range.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis.saturating_mul(Self::TICKS_PER_MILLISECOND))
    }

    /// Returns the length in ticks of 100 ns.
    pub const fn ticks(self) -> i64 {
        self.0
    }

    /// Returns the length in milliseconds, with their fraction.
    pub fn total_millis(self) -> f64 {
        self.0 as f64 / Self::TICKS_PER_MILLISECOND as f64
    }

    /// Returns the length in whole milliseconds, rounded towards zero.
    pub const fn whole_millis(self) -> i64 {
        self.0 / Self::TICKS_PER_MILLISECOND
    }

    /// Returns the length as a [`Duration`], or `None` if it is negative.
    pub fn to_duration(self) -> Option<Duration> {
        let ticks = u64::try_from(self.0).ok()?;
        let per_second = Self::TICKS_PER_SECOND.unsigned_abs();
        let nanos = (ticks % per_second) as u32 * 100;
        Some(Duration::new(ticks / per_second, nanos))
    }

    /// Returns the sum, unless it is out of range.
    pub const fn checked_add(self, other: Self) -> Option<Self> {
        match self.0.checked_add(other.0) {
            Some(ticks) => Some(Self(ticks)),
            None => None,
        }
    }

    /// Returns the difference, unless it is out of range.
    pub const fn checked_sub(self, other: Self) -> Option<Self> {
        match self.0.checked_sub(other.0) {
            Some(ticks) => Some(Self(ticks)),
            None => None,
        }
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub(super) mod tests {
    use super::*;

    pub(in crate::types) fn parse(text: &str) -> TimeSpan {
        text.parse().unwrap()
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
}
