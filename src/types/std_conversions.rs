//! Conversions between the times of this library and those of the standard library.

use std::time::{Duration, SystemTime};

use super::{InvalidValue, TimeSpan, Timestamp, time_span, timestamp};

/// Drops what is less than 100 ns, and stops at the ends of the years 0001 to 9999, which a system's clock can leave.
impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Self {
        match time.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(after) => Self::UNIX_EPOCH + after,
            Err(before) => Self::UNIX_EPOCH - before.duration(),
        }
    }
}

/// Refuses what the system's clock can't show, such as the year 1 on Windows.
///
/// ```
/// use std::time::{Duration, SystemTime};
///
/// use orchestra_store::types::Timestamp;
///
/// let time: Timestamp = "1970-01-01 00:01:00".parse()?;
/// let minute = SystemTime::UNIX_EPOCH + Duration::from_secs(60);
/// assert_eq!(SystemTime::try_from(time)?, minute);
/// assert_eq!(Timestamp::from(minute), time);
/// # Ok::<(), orchestra_store::types::InvalidValue>(())
/// ```
impl TryFrom<Timestamp> for SystemTime {
    type Error = InvalidValue;

    fn try_from(time: Timestamp) -> Result<Self, InvalidValue> {
        let converted = match (time - Timestamp::UNIX_EPOCH).to_duration() {
            Some(after) => Self::UNIX_EPOCH.checked_add(after),
            None => (Timestamp::UNIX_EPOCH - time)
                .to_duration()
                .and_then(|before| Self::UNIX_EPOCH.checked_sub(before)),
        };
        let must = "must be in the range of the system's clock";
        converted.ok_or_else(|| InvalidValue::got(timestamp::NOUN, must, time))
    }
}

/// Drops what is less than 100 ns, and stops at [`TimeSpan::MAX`].
impl From<Duration> for TimeSpan {
    fn from(duration: Duration) -> Self {
        Self::from_ticks(i64::try_from(duration.as_nanos() / 100).unwrap_or(i64::MAX))
    }
}

/// Refuses a negative length.
///
/// ```
/// use std::time::Duration;
///
/// use orchestra_store::types::TimeSpan;
///
/// let span: TimeSpan = "00:00:01.5".parse()?;
/// assert_eq!(Duration::try_from(span)?, Duration::from_millis(1_500));
/// assert_eq!(TimeSpan::from(Duration::from_millis(1_500)), span);
/// # Ok::<(), orchestra_store::types::InvalidValue>(())
/// ```
impl TryFrom<TimeSpan> for Duration {
    type Error = InvalidValue;

    fn try_from(span: TimeSpan) -> Result<Self, InvalidValue> {
        span.to_duration()
            .ok_or_else(|| InvalidValue::got(time_span::NOUN, "must not be negative", span))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::time_span::tests::parse;
    use super::timestamp::tests::any_timestamp;
    use super::*;

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
    fn a_negative_length_is_no_duration() {
        let error = Duration::try_from(parse("-00:00:01")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "time span must not be negative, got -00:00:01"
        );
    }

    proptest! {
        #[test]
        fn durations_come_back(ticks in 0..=i64::MAX) {
            let span = TimeSpan::from_ticks(ticks);
            prop_assert_eq!(TimeSpan::from(span.to_duration().unwrap()), span);
        }

        #[cfg(unix)]
        #[test]
        fn moments_come_back_from_the_system_clock(time in any_timestamp()) {
            prop_assert_eq!(Timestamp::from(SystemTime::try_from(time).unwrap()), time);
        }
    }
}
