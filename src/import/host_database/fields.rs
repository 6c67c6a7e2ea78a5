//! Fields in the forms in which Entity Framework writes them into SQLite.

use serde_json::Value;
use uuid::Uuid;

use crate::import::record::{MISSING, Record, Rejection};
use crate::types::{Id, Json, StringList, TimeSpan};

/// Author of rows of which the file has none.
const SYSTEM: &str = "system";

impl Record {
    /// Takes out an id; none if it is absent or empty. GUIDs become lower case, as .NET prints them.
    pub(super) fn optional_id<T>(&mut self, field: &str) -> Result<Option<Id<T>>, Rejection> {
        let Some(text) = self.optional::<String>(field)? else {
            return Ok(None);
        };
        if text.is_empty() {
            return Ok(None);
        }
        Id::new(canonical(text))
            .map(Some)
            .map_err(|error| self.rejection(field, error))
    }

    /// Takes out an id, which must be present.
    pub(super) fn id<T>(&mut self, field: &str) -> Result<Id<T>, Rejection> {
        self.optional_id(field)?
            .ok_or_else(|| self.rejection(field, MISSING))
    }

    /// Takes out the author of a row, which hosts of the older form don't have.
    pub(super) fn author(&mut self, field: &str) -> Result<String, Rejection> {
        let author: Option<String> = self.optional(field)?;
        let author = author.filter(|author| !author.is_empty());
        Ok(author.unwrap_or_else(|| SYSTEM.to_owned()))
    }

    /// Takes out a bool, which is 0 or 1; false if it is absent.
    pub(super) fn flag(&mut self, field: &str) -> Result<bool, Rejection> {
        match self.optional::<Value>(field)? {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(flag),
            Some(Value::Number(number)) if number.as_i64() == Some(0) => Ok(false),
            Some(Value::Number(number)) if number.as_i64() == Some(1) => Ok(true),
            Some(other) => Err(self.rejection(field, format!("must be 0 or 1, got {other}"))),
        }
    }

    /// Takes out a time span: ticks of 100 ns, or a text.
    pub(super) fn span(&mut self, field: &str) -> Result<Option<TimeSpan>, Rejection> {
        match self.optional::<Value>(field)? {
            None => Ok(None),
            Some(Value::Number(number)) if number.is_i64() => {
                Ok(number.as_i64().map(TimeSpan::from_ticks))
            }
            Some(Value::String(text)) => {
                text.parse().map(Some).map_err(|e| self.rejection(field, e))
            }
            Some(other) => {
                let reason =
                    format!("must be ticks of 100 ns or a text such as 00:01:00, got {other}");
                Err(self.rejection(field, reason))
            }
        }
    }

    /// Takes out the JSON value in a text.
    pub(super) fn json(&mut self, field: &str) -> Result<Option<Json>, Rejection> {
        match self.optional::<String>(field)? {
            None => Ok(None),
            Some(text) if text.trim().is_empty() => Ok(None),
            Some(text) => Json::parse(&text)
                .map(Some)
                .map_err(|e| self.rejection(field, e)),
        }
    }

    /// Takes out the list in a text: a JSON array, or entries with commas between them.
    pub(super) fn list(&mut self, field: &str) -> Result<Option<StringList>, Rejection> {
        match self.optional::<String>(field)? {
            None => Ok(None),
            Some(text) if text.trim().is_empty() => Ok(None),
            Some(text) => text.parse().map(Some).map_err(|e| self.rejection(field, e)),
        }
    }
}

/// Returns a GUID in lower case, and any other text as it is.
fn canonical(text: String) -> String {
    match Uuid::try_parse(&text) {
        Ok(uuid) if text.len() == uuid::fmt::Hyphenated::LENGTH => uuid.to_string(),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn record(value: Value) -> Record {
        Record::new("Agents[\"a\"]".to_owned(), json!({ "Field": value })).unwrap()
    }

    #[test]
    fn guids_become_lower_case_and_nothing_else_does() {
        for (given, expected) in [
            (
                "ED0B897F-0D38-489D-9D69-785902579610",
                "ed0b897f-0d38-489d-9d69-785902579610",
            ),
            (
                "ED0B897F0D38489D9D69785902579610",
                "ED0B897F0D38489D9D69785902579610",
            ),
            ("Search_002", "Search_002"),
        ] {
            let id: Id<()> = record(json!(given)).id("Field").unwrap();
            assert_eq!(id.as_str(), expected);
        }
        assert!(record(json!("")).id::<()>("Field").is_err());
    }

    #[test]
    fn a_span_is_ticks_or_text() {
        let minute = TimeSpan::from_millis(60_000);
        assert_eq!(record(json!(600_000_000)).span("Field"), Ok(Some(minute)));
        assert_eq!(record(json!("00:01:00")).span("Field"), Ok(Some(minute)));
        assert_eq!(record(json!(null)).span("Field"), Ok(None));
        assert!(record(json!(1.5)).span("Field").is_err());
        assert!(record(json!("soon")).span("Field").is_err());
    }

    #[test]
    fn a_flag_is_zero_or_one() {
        assert_eq!(record(json!(1)).flag("Field"), Ok(true));
        assert_eq!(record(json!(0)).flag("Field"), Ok(false));
        let rejection = record(json!(2)).flag("Field").unwrap_err();
        assert_eq!(rejection.place, "Agents[\"a\"].Field");
    }

    #[test]
    fn a_binary_value_is_no_text() {
        assert!(record(json!([])).id::<()>("Field").is_err());
        assert!(record(json!([])).json("Field").is_err());
    }
}
