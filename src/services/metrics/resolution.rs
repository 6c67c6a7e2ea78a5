//! Resolution of a series of values.

use serde::{Deserialize, Serialize};

use crate::types::{TimeSpan, Timestamp};

const DAY: i64 = TimeSpan::TICKS_PER_DAY;

/// Resolution of a series: single values, or rollups by hour, day or week.
///
/// The periods are in UTC and exclude their end. Weeks begin on Monday, as in ISO 8601.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Resolution {
    /// Single values.
    Instant,
    /// Rollups by hour.
    Hourly,
    /// Rollups by day.
    Daily,
    /// Rollups by week.
    Weekly,
}

impl Resolution {
    /// Resolutions for which rollups are kept.
    pub(super) const ROLLUPS: [Self; 3] = [Self::Hourly, Self::Daily, Self::Weekly];

    /// Returns the name that the column `PeriodType` holds.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Instant => "Instant",
            Self::Hourly => "Hourly",
            Self::Daily => "Daily",
            Self::Weekly => "Weekly",
        }
    }

    /// Returns the period that contains a moment, as its start and its end, which is excluded. The last period of the
    /// year 9999 ends with that year.
    pub(super) fn period_of(self, moment: Timestamp) -> (Timestamp, Timestamp) {
        let ticks = moment.ticks();
        // 1970 began on a Thursday, three days into its week.
        let (length, offset) = match self {
            Self::Instant => (1, 0),
            Self::Hourly => (TimeSpan::TICKS_PER_HOUR, 0),
            Self::Daily => (DAY, 0),
            Self::Weekly => (7 * DAY, 3 * DAY),
        };
        let start = (ticks + offset).div_euclid(length) * length - offset;
        let at = |ticks, edge| Timestamp::from_ticks(ticks).unwrap_or(edge);
        (
            at(start, Timestamp::MIN),
            at(start + length, Timestamp::MAX),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_on_a_boundary_belongs_to_the_period_that_begins() {
        let period = |resolution: Resolution, text: &str| {
            let (from, to) = resolution.period_of(text.parse().unwrap());
            format!("{} {}", &from.to_string()[..16], &to.to_string()[..16])
        };
        let hour = |text| period(Resolution::Hourly, text);
        assert_eq!(
            hour("2026-01-01 10:00"),
            "2026-01-01 10:00 2026-01-01 11:00"
        );
        assert_eq!(
            hour("2026-01-01 09:59:59.9999999"),
            "2026-01-01 09:00 2026-01-01 10:00"
        );
        let day = period(Resolution::Daily, "1969-12-31 23:00");
        assert_eq!(day, "1969-12-31 00:00 1970-01-01 00:00");
    }

    #[test]
    fn a_week_begins_on_monday() {
        let starts = |text: &str| {
            let (from, _) = Resolution::Weekly.period_of(text.parse().unwrap());
            from.to_string()[..10].to_owned()
        };
        // 2026-01-01 is a Thursday, in the first week of 2026.
        assert_eq!(starts("2026-01-01"), "2025-12-29");
        assert_eq!(starts("2026-01-04 23:59"), "2025-12-29");
        assert_eq!(starts("2026-01-05"), "2026-01-05");
        assert_eq!(starts("1970-01-01"), "1969-12-29");
    }

    #[test]
    fn the_first_and_last_periods_stay_within_the_supported_years() {
        for resolution in Resolution::ROLLUPS {
            let (from, to) = resolution.period_of(Timestamp::MAX);
            assert!(from < to, "{resolution:?}");
            let (from, to) = resolution.period_of(Timestamp::MIN);
            assert!(from < to, "{resolution:?}");
        }
    }
}
