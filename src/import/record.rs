//! One record of a legacy file: its fields, each named by its place in findings.

use std::fmt::Display;
use std::ops::RangeInclusive;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::error::{Error, Result as StoreResult, shortened};
use crate::services::code_repositories::{ANY_PATH, normalize_path};
use crate::validate;

/// Reason why a record can't be imported, and the place of the field at fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rejection {
    pub(super) place: String,
    pub(super) reason: String,
}

/// Fields of one record.
#[derive(Debug)]
pub(super) struct Record {
    place: String,
    fields: Map<String, Value>,
}

impl Record {
    pub(super) fn new(place: String, value: Value) -> Result<Self, Rejection> {
        match value {
            Value::Object(fields) => Ok(Self { place, fields }),
            other => Err(Rejection {
                place,
                reason: format!("must be an object, got {}", kind_of(&other)),
            }),
        }
    }

    pub(super) fn place(&self) -> &str {
        &self.place
    }

    pub(super) fn has(&self, field: &str) -> bool {
        self.fields.contains_key(field)
    }

    /// Returns the value of a field, if it is a text.
    pub(super) fn peek(&self, field: &str) -> Option<&str> {
        self.fields.get(field).and_then(Value::as_str)
    }

    /// Takes out the value of a field; none if it is absent or null.
    pub(super) fn optional<T: DeserializeOwned>(
        &mut self,
        field: &str,
    ) -> Result<Option<T>, Rejection> {
        match self.fields.remove(field) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => serde_json::from_value(value)
                .map(Some)
                .map_err(|e| self.rejection(field, reason_of_json(&e))),
        }
    }

    /// Takes out the value of a field, which must be present.
    pub(super) fn required<T: DeserializeOwned>(&mut self, field: &str) -> Result<T, Rejection> {
        self.optional(field)?
            .ok_or_else(|| self.rejection(field, MISSING))
    }

    /// Takes out a text of this many characters, without NUL, which must be present.
    pub(super) fn text(
        &mut self,
        field: &str,
        length: RangeInclusive<usize>,
    ) -> Result<String, Rejection> {
        let text = self.required(field)?;
        self.checked(field, text, |field, text: &String| {
            validate::text(field, text, length)
        })
    }

    /// Takes out the path of a repository, which must be present, and normalizes it.
    pub(super) fn path(&mut self, field: &str) -> Result<String, Rejection> {
        let path: String = self.required(field)?;
        let path = normalize_path(&path).to_owned();
        self.checked(field, path, |field, path| {
            validate::text(field, path, validate::PATH)
        })
    }

    /// Takes out the path of one repository, as [`path`](Self::path) does; [`ANY_PATH`] is none.
    pub(super) fn path_of_one(&mut self, field: &str) -> Result<String, Rejection> {
        let path = self.path(field)?;
        if path == ANY_PATH {
            let reason = format!("must be the path of one repository, got {ANY_PATH}");
            return Err(self.rejection(field, reason));
        }
        Ok(path)
    }

    /// Returns `value` if `check`, which receives the field's name, accepts it.
    pub(super) fn checked<T>(
        &self,
        field: &str,
        value: T,
        check: impl FnOnce(&str, &T) -> StoreResult<()>,
    ) -> Result<T, Rejection> {
        match check(field, &value) {
            Ok(()) => Ok(value),
            Err(error) => Err(self.rejection(field, reason_of(&error, field))),
        }
    }

    pub(super) fn rejection(&self, field: &str, reason: impl Display) -> Rejection {
        Rejection {
            place: format!("{}.{field}", self.place),
            reason: shortened(reason.to_string()),
        }
    }
}

/// Returns the message without the field's name in front, which is part of the place.
fn reason_of<'e>(error: &'e Error, field: &str) -> &'e str {
    let message = error.message();
    message
        .strip_prefix(field)
        .and_then(|rest| rest.strip_prefix(": "))
        .unwrap_or(message)
}

/// Reason of a rejection for an absent field.
pub(super) const MISSING: &str = "must be present";

/// Describes an error of serde's, without the line and column, in the words of the library.
pub(super) fn reason_of_json(error: &serde_json::Error) -> String {
    let place = format!(" at line {} column {}", error.line(), error.column());
    let text = error.to_string();
    let text = text.strip_suffix(&place).unwrap_or(&text);
    let unlike = ["invalid type: ", "invalid value: "]
        .iter()
        .find_map(|begin| text.strip_prefix(begin)?.rsplit_once(", expected "));
    shortened(match unlike {
        Some((got, expected)) => format!("must be {expected}, got {got}"),
        None => text.to_owned(),
    })
}

/// Names the kind of a JSON value.
pub(super) fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a bool",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn record(value: Value) -> Record {
        Record::new("TaskQueue[7]".to_owned(), value).unwrap()
    }

    #[test]
    fn a_field_of_the_wrong_type_is_named() {
        let rejection = record(json!({"Command": 5}))
            .required::<String>("Command")
            .unwrap_err();
        assert_eq!(rejection.place, "TaskQueue[7].Command");
        assert_eq!(rejection.reason, "must be a string, got integer `5`");
    }

    #[test]
    fn null_is_absent() {
        let mut record = record(json!({"Result": null}));
        assert_eq!(record.optional::<String>("Result"), Ok(None));
        let rejection = record.required::<String>("Result").unwrap_err();
        assert_eq!(rejection.reason, "must be present");
    }

    #[test]
    fn a_reason_stays_short() {
        let rejection = record(json!({"Priority": "x".repeat(100_000)}))
            .required::<i64>("Priority")
            .unwrap_err();
        assert_eq!(rejection.reason.chars().count(), 201);
    }
}
