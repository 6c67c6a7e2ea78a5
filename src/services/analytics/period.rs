//! Periods of time, and the hours or days in them.

use serde::Serialize;

use crate::error::{Error, Result};
use crate::rows::Reader;
use crate::types::{TimeSpan, Timestamp};

/// Longest period whose figures are listed by hour.
const HOURLY_UP_TO: i64 = 2 * TimeSpan::TICKS_PER_DAY;
/// Longest period, ten years: limited because every day is listed.
const LONGEST: i64 = 3660 * TimeSpan::TICKS_PER_DAY;

/// Default period for the statistics of one agent or repository.
pub(crate) const DEFAULT_PERIOD: TimeSpan = TimeSpan::from_ticks(30 * TimeSpan::TICKS_PER_DAY);

/// A period of time, which excludes its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Period {
    /// First moment in the period.
    pub from: Timestamp,
    /// First moment after the period.
    pub to: Timestamp,
}

impl Period {
    /// Creates the period from one moment up to another. Fails if it is empty, negative or longer than ten years.
    pub fn new(from: Timestamp, to: Timestamp) -> Result<Self> {
        let length = (to - from).ticks();
        if length <= 0 {
            let length = TimeSpan::from_ticks(length);
            let reason = format!("must end after it begins, got a length of {length}");
            return Err(Error::invalid("period", reason));
        }
        if length > LONGEST {
            let days = length / TimeSpan::TICKS_PER_DAY;
            let reason = format!("must be at most ten years (3660 days) long, got {days} days");
            return Err(Error::invalid("period", reason));
        }
        Ok(Self { from, to })
    }

    /// Creates the period of this length that ends now.
    pub fn until_now(reader: &Reader<'_>, length: TimeSpan) -> Result<Self> {
        let now = reader.now();
        Self::new(now - length, now)
    }

    /// Returns the period of equal length that ends where this one begins. It never begins before the year 1, and is
    /// shorter if it would.
    ///
    /// Fails with [`ErrorCode::InvalidArgument`](crate::ErrorCode::InvalidArgument) if this period begins with the
    /// year 1.
    pub fn before(self) -> Result<Self> {
        Self::new(self.from - (self.to - self.from), self.from)
    }

    /// Returns true if a moment is in the period.
    pub fn contains(self, moment: Timestamp) -> bool {
        (self.from..self.to).contains(&moment)
    }

    /// Returns the hours of the period, or its days if it is longer than two days. The first and the last may extend
    /// beyond it.
    pub(super) fn buckets(self) -> Buckets {
        let by_hour = (self.to - self.from).ticks() <= HOURLY_UP_TO;
        let length = if by_hour {
            TimeSpan::TICKS_PER_HOUR
        } else {
            TimeSpan::TICKS_PER_DAY
        };
        Buckets {
            length,
            first: self.from.ticks().div_euclid(length),
            last: (self.to.ticks() - 1).div_euclid(length),
        }
    }
}

/// Hours or days of a period, in UTC.
#[derive(Debug, Clone, Copy)]
pub(super) struct Buckets {
    length: i64,
    first: i64,
    last: i64,
}

impl Buckets {
    /// Returns the start of each bucket, in order.
    pub(super) fn starts(self) -> impl Iterator<Item = Timestamp> {
        let start = move |number: i64| Timestamp::from_ticks(number * self.length);
        (self.first..=self.last).map(move |number| start(number).unwrap_or(Timestamp::MIN))
    }

    /// Returns the index of the bucket that contains a moment; none before the first.
    pub(super) fn index_of(self, moment: Timestamp) -> Option<usize> {
        usize::try_from(moment.ticks().div_euclid(self.length) - self.first).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn an_empty_negative_or_too_long_period_is_refused() {
        let now = at("2026-01-01");
        assert!(Period::new(now, now).is_err());
        assert!(Period::new(now, now - TimeSpan::from_ticks(1)).is_err());
        assert!(Period::new(now, now + TimeSpan::from_ticks(LONGEST + 1)).is_err());
        assert!(Period::new(now, now + TimeSpan::from_ticks(LONGEST)).is_ok());
    }

    #[test]
    fn the_period_before_ends_where_this_one_begins() {
        let period = Period::new(at("2026-01-03"), at("2026-01-04 12:00")).unwrap();
        let before = period.before().unwrap();
        assert_eq!(before.from, at("2026-01-01 12:00"));
        assert_eq!(before.to, at("2026-01-03"));
        let first = Period::new(Timestamp::MIN, at("0001-01-02")).unwrap();
        assert!(first.before().is_err());
    }

    #[test]
    fn every_hour_and_every_day_has_its_bucket() {
        let buckets = |from, to| Period::new(at(from), at(to)).unwrap().buckets();
        let hours = buckets("2026-01-01 10:30", "2026-01-01 13:00");
        let starts: Vec<Timestamp> = hours.starts().collect();
        let expected = ["2026-01-01 10:00", "2026-01-01 11:00", "2026-01-01 12:00"];
        assert_eq!(starts, expected.map(at));
        assert_eq!(hours.index_of(at("2026-01-01 12:59")), Some(2));
        assert_eq!(hours.index_of(at("2026-01-01 09:59")), None);

        let days = buckets("2026-01-01 10:30", "2026-01-04");
        assert_eq!(days.starts().count(), 3);
    }
}
