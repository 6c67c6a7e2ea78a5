//! The calendar of a [`Timestamp`], which is chrono's from the year 1 to 9999.

use chrono::{NaiveDate, NaiveDateTime, Timelike};

use super::{MUST_BE_IN_RANGE, Timestamp};
use crate::types::TimeSpan;

/// Returns the days from 1970-01-01 to a date, or `None` if the calendar doesn't have it.
pub(super) fn day_of_date(year: u32, month: u32, day: u32) -> Option<i64> {
    let year = i32::try_from(year)
        .ok()
        .filter(|year| (1..=9999).contains(year))?;
    let date = NaiveDate::from_ymd_opt(year, month, day)?;
    Some(date.to_epoch_days().into())
}

/// Returns the date that is `day` days after 1970-01-01, which must be in the years 1 to 9999.
pub(super) fn date_of_day(day: i64) -> NaiveDate {
    NaiveDate::from_epoch_days(day as i32).unwrap_or_default()
}

/// Returns the moment that a clock in UTC shows, without what is less than 100 ns, or what it would have to be.
pub(in crate::types) fn from_utc(time: NaiveDateTime) -> Result<Timestamp, &'static str> {
    // So chrono has the second 60.
    if time.nanosecond() >= 1_000_000_000 {
        return Err("must not be in a leap second");
    }
    let time = time.and_utc();
    time.timestamp()
        .checked_mul(TimeSpan::TICKS_PER_SECOND)
        .and_then(|ticks| ticks.checked_add(i64::from(time.timestamp_subsec_nanos() / 100)))
        .and_then(Timestamp::in_range)
        .ok_or(MUST_BE_IN_RANGE)
}

#[cfg(test)]
mod tests {
    use chrono::Datelike;

    use super::*;

    #[test]
    fn every_day_of_the_calendar_comes_back_in_order() {
        let mut days = -719_162;
        for year in 1..=9999 {
            for month in 1..=12 {
                for day in 1..=31 {
                    if let Some(found) = day_of_date(year, month, day) {
                        assert_eq!(found, days, "{year}-{month}-{day}");
                        let date = date_of_day(days);
                        assert_eq!(
                            (date.year().unsigned_abs(), date.month(), date.day()),
                            (year, month, day)
                        );
                        days += 1;
                    }
                }
            }
        }
        assert_eq!(days, 2_932_897, "the first day of the year 10000");
    }

    #[test]
    fn dates_that_do_not_exist_are_refused() {
        for (year, month, day) in [
            (0, 1, 1),
            (10_000, 1, 1),
            (2024, 0, 1),
            (2024, 13, 1),
            (2024, 4, 31),
            (2024, 1, 0),
            (2023, 2, 29),
            (1900, 2, 29),
        ] {
            assert_eq!(day_of_date(year, month, day), None, "{year}-{month}-{day}");
        }
        assert!(day_of_date(2000, 2, 29).is_some());
    }

    #[test]
    fn moments_outside_the_range_are_refused() {
        for end in [NaiveDateTime::MIN, NaiveDateTime::MAX] {
            assert_eq!(from_utc(end), Err(MUST_BE_IN_RANGE));
        }
    }
}
