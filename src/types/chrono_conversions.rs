//! Conversions between the times of this library and those of chrono.

use chrono::{DateTime, FixedOffset, NaiveDateTime, TimeDelta, TimeZone, Utc};

use super::timestamp::calendar::from_utc;
use super::{InvalidValue, TimeSpan, Timestamp, time_span, timestamp};

/// Returns the same moment, exactly.
///
/// ```
/// use chrono::{DateTime, Utc};
/// use orchestra_store::types::Timestamp;
///
/// let time: Timestamp = "2026-03-01 12:30".parse()?;
/// let utc = DateTime::<Utc>::from(time);
/// assert_eq!(utc.to_rfc3339(), "2026-03-01T12:30:00+00:00");
/// assert_eq!(Timestamp::try_from(utc)?, time);
/// # Ok::<(), orchestra_store::types::InvalidValue>(())
/// ```
impl From<Timestamp> for DateTime<Utc> {
    fn from(time: Timestamp) -> Self {
        // chrono's range is wider, so that this can't overflow.
        Self::UNIX_EPOCH + TimeDelta::from(time - Timestamp::UNIX_EPOCH)
    }
}

/// Returns the same moment, exactly, with the offset zero.
impl From<Timestamp> for DateTime<FixedOffset> {
    fn from(time: Timestamp) -> Self {
        DateTime::<Utc>::from(time).into()
    }
}

/// Returns what a clock in UTC shows at that moment.
///
/// ```
/// use chrono::NaiveDateTime;
/// use orchestra_store::types::Timestamp;
///
/// let time: Timestamp = "2026-03-01 12:30".parse()?;
/// let naive = NaiveDateTime::from(time);
/// assert_eq!(naive.to_string(), "2026-03-01 12:30:00");
/// assert_eq!(Timestamp::try_from(naive)?, time);
/// # Ok::<(), orchestra_store::types::InvalidValue>(())
/// ```
impl From<Timestamp> for NaiveDateTime {
    fn from(time: Timestamp) -> Self {
        DateTime::<Utc>::from(time).naive_utc()
    }
}

/// Returns the same moment, whatever the time zone, and drops what is less than 100 ns. Refuses leap seconds, and
/// what is outside the years 0001 to 9999.
///
/// ```
/// use chrono::DateTime;
/// use orchestra_store::types::Timestamp;
///
/// let local = DateTime::parse_from_rfc3339("2026-03-01T16:30:00+04:00").unwrap();
/// let time = Timestamp::try_from(local)?;
/// assert_eq!(time.to_string(), "2026-03-01 12:30:00.0000000");
/// # Ok::<(), orchestra_store::types::InvalidValue>(())
/// ```
impl<Tz: TimeZone> TryFrom<DateTime<Tz>> for Timestamp {
    type Error = InvalidValue;

    fn try_from(time: DateTime<Tz>) -> Result<Self, InvalidValue> {
        time.naive_utc().try_into()
    }
}

/// Returns the moment at which a clock in UTC shows this, and drops what is less than 100 ns. Refuses leap seconds,
/// and what is outside the years 0001 to 9999.
impl TryFrom<NaiveDateTime> for Timestamp {
    type Error = InvalidValue;

    fn try_from(time: NaiveDateTime) -> Result<Self, InvalidValue> {
        from_utc(time).map_err(|must| InvalidValue::got(timestamp::NOUN, must, time))
    }
}

/// Returns the same length, exactly.
///
/// ```
/// use chrono::TimeDelta;
/// use orchestra_store::types::TimeSpan;
///
/// let span: TimeSpan = "-00:01:30".parse()?;
/// assert_eq!(TimeDelta::from(span), TimeDelta::seconds(-90));
/// assert_eq!(TimeSpan::try_from(TimeDelta::seconds(-90))?, span);
/// # Ok::<(), orchestra_store::types::InvalidValue>(())
/// ```
impl From<TimeSpan> for TimeDelta {
    fn from(span: TimeSpan) -> Self {
        Self::microseconds(span.ticks() / 10) + Self::nanoseconds(span.ticks() % 10 * 100)
    }
}

/// Returns the same length, and drops what is less than 100 ns. Refuses what is outside the range of [`TimeSpan`].
impl TryFrom<TimeDelta> for TimeSpan {
    type Error = InvalidValue;

    fn try_from(delta: TimeDelta) -> Result<Self, InvalidValue> {
        let seconds = i128::from(delta.num_seconds()) * i128::from(Self::TICKS_PER_SECOND);
        i64::try_from(seconds + i128::from(delta.subsec_nanos() / 100))
            .map(Self::from_ticks)
            .map_err(|_| InvalidValue::got(time_span::NOUN, time_span::MUST_BE_IN_RANGE, delta))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use chrono::NaiveDate;
    use proptest::prelude::*;

    use super::timestamp::tests::any_timestamp;
    use super::*;

    #[test]
    fn moments_outside_the_range_are_refused() {
        for (time, got) in [
            (DateTime::<Utc>::MIN_UTC, "-262143-01-01"),
            (DateTime::<Utc>::MAX_UTC, "+262142-12-31"),
            (
                DateTime::<Utc>::from(Timestamp::MAX) + TimeDelta::nanoseconds(100),
                "+10000-01-01 00:00:00",
            ),
            (
                DateTime::<Utc>::from(Timestamp::MIN) - TimeDelta::nanoseconds(1),
                "0000-12-31 23:59:59.999999999",
            ),
        ] {
            let error = Timestamp::try_from(time).unwrap_err().to_string();
            let must = "time must be in the years 0001 to 9999, got ";
            assert!(error.starts_with(&format!("{must}{got}")), "{error}");
        }
    }

    #[test]
    fn leap_seconds_are_refused_as_in_texts() {
        let date = NaiveDate::from_ymd_opt(2016, 12, 31).unwrap();
        let leap = date.and_hms_nano_opt(23, 59, 59, 1_500_000_000).unwrap();
        assert_eq!(
            Timestamp::try_from(leap).unwrap_err().to_string(),
            "time must not be in a leap second, got 2016-12-31 23:59:60.500"
        );
    }

    #[test]
    fn what_is_less_than_a_tick_is_dropped() {
        let epoch = DateTime::<Utc>::UNIX_EPOCH;
        let ticks = |nanos| {
            let time = epoch + TimeDelta::nanoseconds(nanos);
            Timestamp::try_from(time).unwrap().ticks()
        };
        assert_eq!([ticks(199), ticks(-1), ticks(-100)], [1, -1, -1]);
        let ticks = |nanos| {
            TimeSpan::try_from(TimeDelta::nanoseconds(nanos))
                .unwrap()
                .ticks()
        };
        assert_eq!([ticks(199), ticks(-99), ticks(-199)], [1, 0, -1]);
    }

    #[test]
    fn lengths_outside_the_range_are_refused() {
        for delta in [
            TimeDelta::MAX,
            TimeDelta::MIN,
            TimeDelta::from(TimeSpan::MAX) + TimeDelta::nanoseconds(100),
            TimeDelta::from(TimeSpan::MIN) - TimeDelta::nanoseconds(100),
        ] {
            let error = TimeSpan::try_from(delta).unwrap_err().to_string();
            assert!(error.starts_with("time span must be between"), "{error}");
        }
    }

    proptest! {
        #[test]
        fn moments_come_back(time in any_timestamp()) {
            prop_assert_eq!(Timestamp::try_from(DateTime::<Utc>::from(time)), Ok(time));
            prop_assert_eq!(Timestamp::try_from(DateTime::<FixedOffset>::from(time)), Ok(time));
            prop_assert_eq!(Timestamp::try_from(NaiveDateTime::from(time)), Ok(time));
        }

        #[test]
        fn the_offset_does_not_move_the_moment(time in any_timestamp(), minutes in -840..=840_i32) {
            let zone = FixedOffset::east_opt(minutes * 60).unwrap();
            let local = DateTime::<Utc>::from(time).with_timezone(&zone);
            prop_assert_eq!(Timestamp::try_from(local), Ok(time));
        }

        #[test]
        fn lengths_come_back(ticks in prop_oneof![any::<i64>(), -1_000..=1_000_i64]) {
            let span = TimeSpan::from_ticks(ticks);
            prop_assert_eq!(TimeSpan::try_from(TimeDelta::from(span)), Ok(span));
        }
    }
}
