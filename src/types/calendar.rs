//! Days of the proleptic Gregorian calendar, years 1 to 9999.
//!
//! The algorithms are Howard Hinnant's "chrono-Compatible Low-Level Date Algorithms" (public domain,
//! <https://howardhinnant.github.io/date_algorithms.html>), without the branches for years before 0. They count
//! years from the first of March, so that a leap day comes last, and in eras of 400 years, which repeat exactly.

const DAYS_PER_ERA: i64 = 146_097;

/// Days from 0000-03-01, where the first era starts, to 1970-01-01.
const ERA_TO_UNIX: i64 = 719_468;

/// Days from 1970-01-01 to a date; `None` if the calendar doesn't have it.
pub(super) fn days_from_date(year: i64, month: i64, day: i64) -> Option<i64> {
    if !(1..=9999).contains(&year) || !(1..=days_in_month(year, month)).contains(&day) {
        return None;
    }
    let march_year = year - i64::from(month <= 2);
    let (era, year_of_era) = (march_year / 400, march_year % 400);
    let month_from_march = (month + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some(era * DAYS_PER_ERA + day_of_era - ERA_TO_UNIX)
}

/// Year, month and day of the date that is `days` after 1970-01-01, which must be in the years 1 to 9999.
pub(super) fn date_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + ERA_TO_UNIX;
    let (era, day_of_era) = (days / DAYS_PER_ERA, days % DAYS_PER_ERA);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = (month_from_march + 2) % 12 + 1;
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    (year, month, day)
}

/// 0 for a month that doesn't exist.
fn days_in_month(year: i64, month: i64) -> i64 {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 => 28 + i64::from(is_leap),
        4 | 6 | 9 | 11 => 30,
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_of_the_calendar_comes_back_in_order() {
        let mut days = -719_162;
        for year in 1..=9999 {
            for month in 1..=12 {
                for day in 1..=31 {
                    if let Some(found) = days_from_date(year, month, day) {
                        assert_eq!(found, days, "{year}-{month}-{day}");
                        assert_eq!(date_from_days(days), (year, month, day));
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
            assert_eq!(
                days_from_date(year, month, day),
                None,
                "{year}-{month}-{day}"
            );
        }
        assert!(days_from_date(2000, 2, 29).is_some());
    }
}
