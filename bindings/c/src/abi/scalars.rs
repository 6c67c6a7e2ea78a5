//! Conversions of numbers that C passes in.

use std::time::Duration;

use kernel::services::analytics::Period;
use kernel::types::{InvalidValue, TimeSpan, Timestamp};
use kernel::{Error, Result};

/// Returns the value of an enum that has this number.
pub(crate) fn choice<T>(name: &str, number: i32) -> Result<T>
where
    T: TryFrom<i32, Error = InvalidValue>,
{
    T::try_from(number).map_err(|e| Error::invalid(name, e.reason))
}

/// Converts milliseconds since 1970, UTC, to a moment.
pub(crate) fn moment(name: &str, unix_ms: i64) -> Result<Timestamp> {
    Timestamp::from_unix_millis(unix_ms).map_err(|e| Error::invalid(name, e.reason))
}

/// Returns the period between two such moments, which have the same parameter names in all functions.
pub(crate) fn period(from_unix_ms: i64, to_unix_ms: i64) -> Result<Period> {
    Period::new(
        moment("from_unix_ms", from_unix_ms)?,
        moment("to_unix_ms", to_unix_ms)?,
    )
}

/// Returns the number, or `None` for 0, which stands for the default.
pub(crate) fn nonzero(number: u32) -> Option<u32> {
    (number != 0).then_some(number)
}

/// Converts milliseconds to a duration, or `None` for 0, which stands for the default.
pub(crate) fn millis(ms: u32) -> Option<Duration> {
    nonzero(ms).map(|ms| Duration::from_millis(ms.into()))
}

/// Converts milliseconds to a span of time, which the kernel checks, or `None` for 0.
pub(crate) fn span(ms: i64) -> Option<TimeSpan> {
    (ms != 0).then_some(TimeSpan::from_millis(ms))
}

#[cfg(test)]
mod tests {
    use kernel::types::AgentStatus;

    use super::*;

    fn refusal<T: std::fmt::Debug>(outcome: Result<T>) -> Option<String> {
        outcome.unwrap_err().details().column.clone()
    }

    #[test]
    fn a_number_that_stands_for_nothing_is_refused_under_its_name() {
        assert_eq!(
            choice::<AgentStatus>("status", 2).unwrap(),
            AgentStatus::Busy
        );
        let column = refusal(choice::<AgentStatus>("status", 5));
        assert_eq!(column.as_deref(), Some("status"));
        let column = refusal(moment("to_unix_ms", i64::MAX));
        assert_eq!(column.as_deref(), Some("to_unix_ms"));
        assert_eq!(refusal(period(2, 1)).as_deref(), Some("period"));
    }

    #[test]
    fn no_length_is_the_default() {
        assert_eq!(span(0), None);
        assert_eq!(span(-5), Some(TimeSpan::from_millis(-5)));
    }
}
