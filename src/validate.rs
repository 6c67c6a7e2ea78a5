//! Checks of what callers give, with the column's name in the error.

use std::ops::RangeInclusive;

use crate::error::{Error, Result};

/// The characters that an id may have.
pub(crate) const NAME: RangeInclusive<usize> = 1..=255;
/// The characters that a path may have.
pub(crate) const PATH: RangeInclusive<usize> = 1..=500;

/// A text of this many characters, without NUL.
pub(crate) fn text(column: &str, value: &str, length: RangeInclusive<usize>) -> Result<()> {
    no_nul(column, value)?;
    let characters = value.chars().count();
    if length.contains(&characters) {
        return Ok(());
    }
    let (least, most) = (length.start(), length.end());
    let reason = if characters == 0 {
        format!("empty, but needs {least} to {most} characters")
    } else {
        format!("{characters} characters long, but {least} to {most} are allowed")
    };
    Err(Error::invalid(column, reason))
}

/// The same for a text that may be absent.
pub(crate) fn optional_text(
    column: &str,
    value: Option<&str>,
    length: RangeInclusive<usize>,
) -> Result<()> {
    value.map_or(Ok(()), |value| text(column, value, length))
}

/// A text of any length, without NUL: C callers would see it cut short.
pub(crate) fn no_nul(column: &str, value: &str) -> Result<()> {
    if value.contains('\0') {
        return Err(Error::invalid(column, "contains NUL"));
    }
    Ok(())
}

/// A number within these bounds.
pub(crate) fn number<T: PartialOrd + std::fmt::Display>(
    column: &str,
    value: T,
    bounds: RangeInclusive<T>,
) -> Result<()> {
    if bounds.contains(&value) {
        return Ok(());
    }
    let (least, most) = (bounds.start(), bounds.end());
    Err(Error::invalid(
        column,
        format!("{value}, but {least} to {most} is allowed"),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_counts_characters_not_bytes() {
        assert!(text("Command", &"ж".repeat(2000), 1..=2000).is_ok());
        let error = text("Command", &"ж".repeat(2001), 1..=2000).unwrap_err();
        assert_eq!(error.details().column.as_deref(), Some("Command"));
        assert!(error.message().contains("2001"), "{error}");
    }

    #[test]
    fn nul_and_emptiness_are_refused() {
        assert!(text("Name", "a\0b", NAME).is_err());
        assert!(text("Name", "", NAME).is_err());
        assert!(optional_text("Name", None, NAME).is_ok());
    }
}
