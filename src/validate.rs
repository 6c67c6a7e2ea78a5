//! Checks of arguments, whose errors name the column.

use std::ops::RangeInclusive;

use crate::error::{Error, Result};

/// Maximum number of rows of an answer, and of a call that writes several: 10 000.
pub const MAX_ROWS: usize = 10_000;

/// Fails unless an answer may have this many rows.
pub(crate) fn limit(limit: u32) -> Result<()> {
    match usize::try_from(limit).is_ok_and(|limit| limit <= MAX_ROWS) {
        true => Ok(()),
        false => {
            let reason = format!("must be at most {MAX_ROWS}, got {limit}; ask again for the rest");
            Err(Error::limit_exceeded("limit", reason))
        }
    }
}

/// Fails unless one call may write this many rows.
pub(crate) fn batch(what: &str, rows: usize) -> Result<()> {
    if rows <= MAX_ROWS {
        return Ok(());
    }
    let reason = format!("must be at most {MAX_ROWS} in one call, got {rows}; make several calls");
    Err(Error::limit_exceeded(what, reason))
}

/// Length of an id, in characters.
pub(crate) const NAME: RangeInclusive<usize> = 1..=255;
/// Length of a path, in characters.
pub(crate) const PATH: RangeInclusive<usize> = 1..=500;

/// Fails unless the text has this many characters and no NUL.
pub(crate) fn text(column: &str, value: &str, length: RangeInclusive<usize>) -> Result<()> {
    no_nul(column, value)?;
    let characters = value.chars().count();
    if length.contains(&characters) {
        return Ok(());
    }
    let (least, most) = (length.start(), length.end());
    let reason = format!("must be {least} to {most} characters long, got {characters}");
    Err(Error::invalid(column, reason))
}

/// Checks a text as [`text`] does if there is one.
pub(crate) fn optional_text(
    column: &str,
    value: Option<&str>,
    length: RangeInclusive<usize>,
) -> Result<()> {
    value.map_or(Ok(()), |value| text(column, value, length))
}

/// Fails if the text contains NUL: C callers would see it cut short.
pub(crate) fn no_nul(column: &str, value: &str) -> Result<()> {
    if value.contains('\0') {
        return Err(Error::invalid(column, "must not contain NUL"));
    }
    Ok(())
}

/// Fails unless the number is within these bounds.
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
        format!("must be between {least} and {most}, got {value}"),
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
