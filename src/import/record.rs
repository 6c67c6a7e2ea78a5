//! One record of a legacy file: its fields, each with its place in what is said of it.

use std::fmt::Display;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::error::{Error, Result as StoreResult};

/// Characters of a reason; serde quotes the whole of a value that it doesn't take.
const MAX_REASON: usize = 200;

/// Why a record can't be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rejection {
    pub(super) place: String,
    pub(super) reason: String,
}

/// The fields of one record.
#[derive(Debug)]
pub(super) struct Record {
    place: String,
    fields: Map<String, Value>,
}

impl Record {
    pub(super) fn new(place: String, value: Value) -> Result<Self, Rejection> {
        match value {
            Value::Object(fields) => Ok(Self { place, fields }),
            _ => Err(Rejection {
                place,
                reason: "not an object".to_owned(),
            }),
        }
    }

    pub(super) fn place(&self) -> &str {
        &self.place
    }

    pub(super) fn has(&self, field: &str) -> bool {
        self.fields.contains_key(field)
    }

    /// The text of a field, if it is one.
    pub(super) fn peek(&self, field: &str) -> Option<&str> {
        self.fields.get(field).and_then(Value::as_str)
    }

    /// Takes out what a field has; nothing where it is absent or null.
    pub(super) fn optional<T: DeserializeOwned>(
        &mut self,
        field: &str,
    ) -> Result<Option<T>, Rejection> {
        match self.fields.remove(field) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => serde_json::from_value(value)
                .map(Some)
                .map_err(|e| self.rejection(field, e)),
        }
    }

    /// Takes out what a field has, which must be there.
    pub(super) fn required<T: DeserializeOwned>(&mut self, field: &str) -> Result<T, Rejection> {
        self.optional(field)?
            .ok_or_else(|| self.rejection(field, "missing"))
    }

    /// Passes on `value` if `check`, which is told the field's name, takes it.
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

/// The message without the field's name in front, which the place has already.
fn reason_of<'e>(error: &'e Error, field: &str) -> &'e str {
    let message = error.message();
    message
        .strip_prefix(field)
        .and_then(|rest| rest.strip_prefix(": "))
        .unwrap_or(message)
}

/// The first characters of a text that may hold much of a file.
pub(super) fn shortened(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(MAX_REASON) {
        text.truncate(end);
        text.push('…');
    }
    text
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
        assert_eq!(
            rejection.reason,
            "invalid type: integer `5`, expected a string"
        );
    }

    #[test]
    fn null_is_absent() {
        let mut record = record(json!({"Result": null}));
        assert_eq!(record.optional::<String>("Result"), Ok(None));
        let rejection = record.required::<String>("Result").unwrap_err();
        assert_eq!(rejection.reason, "missing");
    }

    #[test]
    fn a_reason_stays_short() {
        let rejection = record(json!({"Priority": "x".repeat(100_000)}))
            .required::<i64>("Priority")
            .unwrap_err();
        assert_eq!(rejection.reason.chars().count(), MAX_REASON + 1);
    }
}
