//! Reading values as what they are.

use std::fmt;

use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use super::sealing::VALUE;
use crate::error::{Error, ErrorCode, Result};
use crate::rows::Entity as _;
use crate::tables::UserPreference;

/// A preference whose value can be read. A value that was sealed is overwritten in memory when
/// this is dropped, and is not printed.
#[derive(Clone, PartialEq)]
pub struct Preference {
    pub(super) row: UserPreference,
    pub(super) value: Zeroizing<String>,
}

impl Preference {
    /// Returns the row as it is in the database, with the value sealed if it is.
    pub fn row(&self) -> &UserPreference {
        &self.row
    }

    /// Returns the value.
    pub fn text(&self) -> &str {
        &self.value
    }

    /// Returns the value, where it is `true` or `false`, in any case.
    pub fn bool(&self) -> Result<bool> {
        let is = |text| self.value.trim().eq_ignore_ascii_case(text);
        match (is("true"), is("false")) {
            (true, _) => Ok(true),
            (_, true) => Ok(false),
            _ => Err(self.unlike("neither `true` nor `false`")),
        }
    }

    /// Returns the value, where it is a whole number.
    pub fn i64(&self) -> Result<i64> {
        let number = self.value.trim().parse();
        number.map_err(|_| self.unlike("not a whole number of 64 bits"))
    }

    /// Returns the value, where it is a finite number.
    pub fn f64(&self) -> Result<f64> {
        let number = self
            .value
            .trim()
            .parse()
            .ok()
            .filter(|n: &f64| n.is_finite());
        number.ok_or_else(|| self.unlike("not a number"))
    }

    /// Returns the value, where it is JSON of this form.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T> {
        // Only the place of the fault is told: serde_json's message can contain the value.
        serde_json::from_str(&self.value).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            self.unlike(format!(
                "not the expected JSON at line {line} column {column}"
            ))
        })
    }

    /// Returns the value, where it is a JSON array of texts.
    pub fn list(&self) -> Result<Vec<String>> {
        serde_json::from_str(&self.value)
            .map_err(|_| self.unlike("not a list: a JSON array of texts"))
    }

    fn unlike(&self, reason: impl fmt::Display) -> Error {
        let message = format!("the preference '{}' is {reason}", self.row.key);
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
