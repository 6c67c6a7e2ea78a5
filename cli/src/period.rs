//! Lengths of time as people type them: `90s`, `15m`, `24h`, `7d`, `2w`.

use std::str::FromStr;
use std::time::Duration;

use orchestra_store::types::TimeSpan;

/// A length of time: a whole number and its unit, `s`, `m`, `h`, `d` or `w`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Length(pub(crate) TimeSpan);

impl FromStr for Length {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let unit_at = text.find(|c: char| !c.is_ascii_digit());
        let (number, unit) = text.split_at(unit_at.unwrap_or(text.len()));
        let ticks = match unit {
            "s" => TimeSpan::TICKS_PER_SECOND,
            "m" => TimeSpan::TICKS_PER_MINUTE,
            "h" => TimeSpan::TICKS_PER_HOUR,
            "d" => TimeSpan::TICKS_PER_DAY,
            "w" => 7 * TimeSpan::TICKS_PER_DAY,
            _ => return Err("not a number with a unit, such as 90s, 15m, 24h, 7d or 2w".into()),
        };
        let number: i64 = number.parse().map_err(|e| format!("{number:?}: {e}"))?;
        let total = number.checked_mul(ticks).ok_or("too long")?;
        Ok(Self(TimeSpan::from_ticks(total)))
    }
}

/// Reads a length of time for clap.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let length: Length = text.parse()?;
    length.0.to_duration().ok_or_else(|| "negative".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_is_a_number_and_a_unit() {
        let length = |text: &str| text.parse::<Length>().map(|l| l.0.to_string());
        assert_eq!(length("24h").unwrap(), "1.00:00:00");
        assert_eq!(length("90s").unwrap(), "00:01:30");
        assert_eq!(length("2w").unwrap(), "14.00:00:00");
        for wrong in [
            "",
            "24",
            "h",
            "-1h",
            "1.5h",
            "1 h",
            "1x",
            "99999999999d",
            "9".repeat(30).as_str(),
        ] {
            assert!(length(wrong).is_err(), "{wrong}");
        }
    }
}
