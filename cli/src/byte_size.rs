//! Sizes as people type them: `500MiB`, `2GiB`, `10GB`.

use std::str::FromStr;

/// A number of bytes: a whole number and its unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ByteSize(pub(crate) u64);

/// The units, with their bytes.
const UNITS: [(&str, u64); 9] = [
    ("B", 1),
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("TiB", 1 << 40),
    ("KB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("TB", 1_000_000_000_000),
];

impl FromStr for ByteSize {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let unit_at = text.find(|c: char| !c.is_ascii_digit());
        let (number, unit) = text.split_at(unit_at.unwrap_or(text.len()));
        let Some((_, bytes)) = UNITS.iter().find(|(name, _)| *name == unit) else {
            return Err("not a number with a unit, such as 500MiB, 2GiB or 10GB".into());
        };
        let number: u64 = number.parse().map_err(|e| format!("{number:?}: {e}"))?;
        match number.checked_mul(*bytes) {
            Some(0) => Err("must be more than nothing".into()),
            Some(size) => Ok(Self(size)),
            None => Err("too large".into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_a_number_and_a_unit() {
        let size = |text: &str| text.parse::<ByteSize>().map(|size| size.0);
        for (unit, bytes) in UNITS {
            assert_eq!(size(&format!("3{unit}")), Ok(3 * bytes));
        }
        assert_eq!(size("2GiB"), Ok(2_147_483_648));
        for wrong in [
            "",
            "2",
            "GiB",
            "-1GiB",
            "1.5GiB",
            "1 GiB",
            "1gib",
            "1G",
            "0GiB",
            "99999999999TiB",
            "9".repeat(30).as_str(),
        ] {
            assert!(size(wrong).is_err(), "{wrong}");
        }
    }
}
