//! The text that a [`TimeSpan`] is written as.

use std::fmt;

use super::TimeSpan;
use crate::types::digits::count_digits;
use crate::types::short_text::ShortText;

/// As long as the text of the least time span, with its sign, days and fraction.
const MAX_LENGTH: usize = 26;

impl TimeSpan {
    /// Returns the text of .NET's `c` format.
    pub(super) fn text(self) -> ShortText<MAX_LENGTH> {
        let mut text = ShortText::new();
        let ticks = self.0.unsigned_abs();
        let per_second = Self::TICKS_PER_SECOND.unsigned_abs();
        // All fit: there are at most eleven million days.
        let days = (ticks / Self::TICKS_PER_DAY.unsigned_abs()) as u32;
        let second = (ticks / per_second % 86_400) as u32;
        let fraction = (ticks % per_second) as u32;
        if self.0 < 0 {
            text.push(b'-');
        }
        if days > 0 {
            text.push_digits(count_digits(days), days);
            text.push(b'.');
        }
        text.push_digits(2, second / 3600);
        text.push(b':');
        text.push_digits(2, second / 60 % 60);
        text.push(b':');
        text.push_digits(2, second % 60);
        if fraction > 0 {
            text.push(b'.');
            text.push_digits(7, fraction);
        }
        text
    }
}

/// Writes .NET's `c` format.
impl fmt::Display for TimeSpan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.text().as_str())
    }
}

impl fmt::Debug for TimeSpan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TimeSpan({self})")
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::super::tests::parse;
    use super::*;

    /// Examples of .NET's documentation of the `c` format, and the ends of the range.
    #[test]
    fn writes_what_dotnet_writes() {
        let second = TimeSpan::TICKS_PER_SECOND;
        let day = TimeSpan::TICKS_PER_DAY;
        for (ticks, text) in [
            (0, "00:00:00"),
            (1, "00:00:00.0000001"),
            (-1, "-00:00:00.0000001"),
            (second, "00:00:01"),
            (60 * second, "00:01:00"),
            (2_670_000_000, "00:04:27"),
            (999 * TimeSpan::TICKS_PER_MILLISECOND, "00:00:00.9990000"),
            (day - 1, "23:59:59.9999999"),
            (day, "1.00:00:00"),
            (-day, "-1.00:00:00"),
            (
                7 * TimeSpan::TICKS_PER_HOUR + 45 * 60 * second + 16 * second,
                "07:45:16",
            ),
            (day + 12 * TimeSpan::TICKS_PER_HOUR, "1.12:00:00"),
            (18 * day + 17_534_000_000, "18.00:29:13.4000000"),
            (i64::MAX, "10675199.02:48:05.4775807"),
            (i64::MIN, "-10675199.02:48:05.4775808"),
        ] {
            assert_eq!(TimeSpan::from_ticks(ticks).to_string(), text);
            assert_eq!(parse(text).ticks(), ticks, "{text}");
        }
    }

    #[test]
    fn display_pads() {
        assert_eq!(format!("{:>10}", TimeSpan::ZERO), "  00:00:00");
    }

    proptest! {
        #[test]
        fn text_and_json_come_back(ticks in prop_oneof![any::<i64>(), -100_000_000..100_000_000_i64]) {
            let span = TimeSpan::from_ticks(ticks);
            prop_assert_eq!(parse(&span.to_string()), span);
            let json = serde_json::to_string(&span).unwrap();
            prop_assert_eq!(serde_json::from_str::<TimeSpan>(&json).unwrap(), span);
        }
    }
}
