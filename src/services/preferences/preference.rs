//! Reading the value of a preference as text, boolean, number, list or JSON.

use std::fmt;

use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use super::sealing::VALUE;
use crate::error::{Error, ErrorCode, Result};
use crate::rows::Entity as _;
use crate::tables::UserPreference;

/// A preference whose value can be read. A value that was sealed is overwritten in memory when this is dropped, and
/// `Debug` doesn't print it.
#[derive(Clone, PartialEq)]
pub struct Preference {
    pub(super) row: UserPreference,
    pub(super) value: Zeroizing<String>,
}

impl Preference {
    /// Returns the row as it is stored: a sealed value stays sealed.
    pub fn row(&self) -> &UserPreference {
        &self.row
    }

    /// Returns the value as text.
    pub fn text(&self) -> &str {
        &self.value
    }

    /// Parses the value as `true` or `false`, in upper or lower case.
    pub fn bool(&self) -> Result<bool> {
        let is = |text| self.value.trim().eq_ignore_ascii_case(text);
        match (is("true"), is("false")) {
            (true, _) => Ok(true),
            (_, true) => Ok(false),
            _ => Err(self.unlike("`true` or `false`")),
        }
    }

    /// Parses the value as an integer of 64 bits.
    pub fn i64(&self) -> Result<i64> {
        let number = self.value.trim().parse();
        number.map_err(|_| self.unlike("an integer of 64 bits"))
    }

    /// Parses the value as a finite number.
    pub fn f64(&self) -> Result<f64> {
        let number = self
            .value
            .trim()
            .parse()
            .ok()
            .filter(|n: &f64| n.is_finite());
        number.ok_or_else(|| self.unlike("a finite number"))
    }

    /// Deserializes the value from JSON.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T> {
        // Only the position: serde_json's message can contain the value, which may be confidential.
        serde_json::from_str(&self.value).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            self.unlike(format!(
                "JSON of the expected type, got an error at line {line} column {column}"
            ))
        })
    }

    /// Parses the value as a JSON array of strings.
    pub fn list(&self) -> Result<Vec<String>> {
        serde_json::from_str(&self.value).map_err(|_| self.unlike("a JSON array of strings"))
    }

    /// Creates the error of a value of another type. It doesn't contain the value, which may be confidential.
    fn unlike(&self, expected: impl fmt::Display) -> Error {
        let message = format!("the preference '{}' must be {expected}", self.row.key);
        Error::new(ErrorCode::InvalidArgument, message).with_details(|d| {
            d.entity = Some(UserPreference::NAME);
            d.id = Some(self.row.id.to_string());
            d.column = Some(VALUE.to_owned());
        })
    }
}

impl fmt::Debug for Preference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Preference").field(&self.row).finish()
    }
}
