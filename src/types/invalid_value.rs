//! The one error of this module.

use crate::error::Error;

/// A text or number that isn't a value of the type it was meant for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{what}`: {reason}")]
pub struct InvalidValue {
    /// What was to be made: the name of a type, or of a column where the caller knows it.
    pub what: &'static str,
    /// Why it can't be made, with the offending text (shortened) or number.
    pub reason: String,
}

impl InvalidValue {
    /// Says that `what` can't be made, and why.
    pub fn new(what: &'static str, reason: impl Into<String>) -> Self {
        Self {
            what,
            reason: reason.into(),
        }
    }

    /// Says that `what` can't be read from `text`, of which at most 40 characters are shown.
    pub(crate) fn from_text(what: &'static str, text: &str, reason: &str) -> Self {
        Self::new(what, format!("{}: {reason}", quoted(text)))
    }
}

impl From<InvalidValue> for Error {
    fn from(value: InvalidValue) -> Self {
        Self::invalid(value.what, value.reason)
    }
}

/// `text` in quotes, control characters escaped, cut after 40 characters.
pub(super) fn quoted(text: &str) -> String {
    match text.char_indices().nth(40) {
        Some((end, _)) => format!("{:?}…", &text[..end]),
        None => format!("{text:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_thing_and_the_reason() {
        let error = InvalidValue::from_text("Timestamp", "soon", "not a date");
        assert_eq!(error.to_string(), "`Timestamp`: \"soon\": not a date");
    }

    #[test]
    fn shows_no_more_than_40_characters() {
        let forty = "é".repeat(40);
        assert_eq!(quoted(&forty), format!("\"{forty}\""));
        assert_eq!(quoted(&"é".repeat(41)), format!("\"{forty}\"…"));
    }
}
