//! The one error of this module.

use std::fmt;

use crate::error::Error;

/// A text or number that isn't a value of the type that it was read as.
///
/// ```
/// use orchestra_store::types::TaskPriority;
///
/// let error = "Urgent".parse::<TaskPriority>().unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "task priority must be one of Low, Normal, High, Critical, got \"Urgent\""
/// );
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} {reason}")]
pub struct InvalidValue {
    /// The thing that was to be read, such as `task priority`; the name of a column where the caller knows it.
    pub what: &'static str,
    /// The rest of the sentence, `must …, got …`, with the offending text (shortened) or number.
    pub reason: String,
}

impl InvalidValue {
    /// Returns an error that says why `what` can't be read; `reason` is the rest of a sentence that begins with it.
    pub fn new(what: &'static str, reason: impl Into<String>) -> Self {
        Self {
            what,
            reason: reason.into(),
        }
    }

    /// Returns the error "`what` `must`, got `got`", where `must` begins with that word.
    pub(super) fn got(what: &'static str, must: &str, got: impl fmt::Display) -> Self {
        Self::new(what, format!("{must}, got {got}"))
    }

    /// Returns the error for a text, of which it shows at most 40 characters.
    pub(super) fn got_text(what: &'static str, must: &str, text: &str) -> Self {
        Self::got(what, must, quoted(text))
    }

    /// Returns the error for a text that isn't the JSON it must be, with the reader's reason.
    pub(super) fn got_json(
        what: &'static str,
        must: &str,
        text: &str,
        error: &serde_json::Error,
    ) -> Self {
        Self::got(what, must, format_args!("{} ({error})", quoted(text)))
    }
}

impl From<InvalidValue> for Error {
    fn from(value: InvalidValue) -> Self {
        Self::invalid(value.what, value.reason)
    }
}

/// Returns `text` in quotes, control characters escaped, cut after 40 characters.
fn quoted(text: &str) -> String {
    match text.char_indices().nth(40) {
        Some((end, _)) => format!("{:?}…", &text[..end]),
        None => format!("{text:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_thing_the_rule_and_the_text() {
        let error = InvalidValue::got_text("time", "must be a date", "soon");
        assert_eq!(error.to_string(), "time must be a date, got \"soon\"");
    }

    #[test]
    fn shows_no_more_than_40_characters() {
        let forty = "é".repeat(40);
        assert_eq!(quoted(&forty), format!("\"{forty}\""));
        assert_eq!(quoted(&"é".repeat(41)), format!("\"{forty}\"…"));
    }
}
