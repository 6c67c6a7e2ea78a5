//! A period of time, and the hours or days in it.

use serde::Serialize;

use crate::error::{Error, Result};
use crate::rows::Reader;
use crate::types::{TimeSpan, Timestamp};

/// The longest period up to which figures are told by the hour.
const HOURLY_UP_TO: i64 = 2 * TimeSpan::TICKS_PER_DAY;
/// The longest period: ten years, since every day of it is listed.
const LONGEST: i64 = 3660 * TimeSpan::TICKS_PER_DAY;

/// The period that statistics of one agent or repository are about where a call doesn't say.
pub(crate) const DEFAULT_PERIOD: TimeSpan = TimeSpan::from_ticks(30 * TimeSpan::TICKS_PER_DAY);

/// A period of time, its end not included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Period {
    /// The first moment in it.
    pub from: Timestamp,
    /// The first moment behind it.
    pub to: Timestamp,
}

impl Period {
    /// Returns the period from one moment up to another; it has to be positive and ten years at the most.
    pub fn new(from: Timestamp, to: Timestamp) -> Result<Self> {
        let length = (to - from).ticks();
        if length <= 0 {
            return Err(Error::invalid(
                "period",
                "ends before it begins, or is empty",
            ));
        }
        if length > LONGEST {
            return Err(Error::invalid(
                "period",
                "longer than ten years (3660 days)",
            ));
        }
        Ok(Self { from, to })
    }

    /// Returns the period of this length that ends now.
    pub fn until_now(reader: &Reader<'_>, length: TimeSpan) -> Result<Self> {
        let now = reader.now();
        Self::new(now - length, now)
    }

    /// Returns the period of the same length that ends where this one begins; shorter where that would be
    /// before the year 1.
    ///
    /// Fails with [`ErrorCode::InvalidArgument`](crate::ErrorCode::InvalidArgument) where nothing
    /// is before it.
    pub fn before(self) -> Result<Self> {
        Self::new(self.from - (self.to - self.from), self.from)
    }

    /// Returns `true` where a moment is in the period.
    pub fn contains(self, moment: Timestamp) -> bool {
        (self.from..self.to).contains(&moment)
    }

    /// Returns the hours of it, or the days where it is longer than two days; the first and the last may
    /// reach beyond it.
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

/// The hours or days of a period, UTC.
#[derive(Debug, Clone, Copy)]
pub(super) struct Buckets {
    length: i64,
    first: i64,
    last: i64,
}

impl Buckets {
    /// Returns when each begins, in order.
    pub(super) fn starts(self) -> impl Iterator<Item = Timestamp> {
        let start = move |number: i64| Timestamp::from_ticks(number * self.length);
        (self.first..=self.last).map(move |number| start(number).unwrap_or(Timestamp::MIN))
    }

    /// Returns the place among them of a moment of the period.
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
    fn a_period_that_ends_before_it_begins_or_never_is_refused() {
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
