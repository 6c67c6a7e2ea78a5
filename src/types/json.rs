//! JSON documents.

use std::fmt;
use std::str::FromStr;

use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::Text;
use diesel::sqlite::{Sqlite, SqliteValue};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::InvalidValue;
use super::sql_types::{JsonText, StringListText};

/// A JSON document, compact text in the database and embedded as it is in other JSON.
///
/// Two documents are equal if their values are: white space and the order of names don't count. Whole numbers of
/// more than 64 bits are read as floating point. Documents nested deeper than [`MAX_DEPTH`](Self::MAX_DEPTH), or longer
/// than [`MAX_BYTES`](Self::MAX_BYTES), are refused when they are read from text or written; those that an earlier version
/// has stored are read.
///
/// ```
/// use orchestra_store::types::Json;
///
/// let document = Json::parse(r#" { "b": [1, 2], "a": null } "#)?;
/// assert_eq!(document.to_string(), r#"{"a":null,"b":[1,2]}"#);
/// assert_eq!(document.0["b"][1], 2);
/// # Ok::<(), orchestra_store::types::InvalidValue>(())
/// ```
#[derive(
    Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, AsExpression, FromSqlRow,
)]
#[serde(transparent)]
#[diesel(sql_type = JsonText)]
pub struct Json(pub Value);

impl Json {
    /// Maximum depth: a list in a list has two levels. Readers of JSON have limits too, mostly of 128 levels or more, and
    /// a document becomes a part of others: of a row, of a page of rows, of the audit log.
    pub const MAX_DEPTH: usize = 64;
    /// Maximum length of a document's text, and of any other text in the database, in bytes: 16 MiB.
    pub const MAX_BYTES: usize = 16 << 20;
    /// Reason for which a deeper document is refused.
    pub(crate) const TOO_DEEP: &'static str = "must be nested at most 64 levels deep";
    /// Reason for which a longer document or text is refused.
    pub(crate) const TOO_LONG: &'static str = "must have at most 16777216 bytes";

    /// Reads one JSON document.
    pub fn parse(text: &str) -> Result<Self, InvalidValue> {
        let json = Self::parse_stored(text)?;
        match json.flaw() {
            Some(flaw) => Err(InvalidValue::got_text("JSON", flaw, text)),
            None => Ok(json),
        }
    }

    /// Returns the document that a host gives: a text is the text of one, as a property of Entity Framework has it, so that
    /// no document is stored as a text within another.
    pub(crate) fn document(given: Value) -> Result<Self, InvalidValue> {
        match given {
            Value::String(text) => Self::parse(&text),
            document => Ok(Self(document)),
        }
    }

    /// Reads a document that may be absent, as [`document`](Self::document) does.
    pub(crate) fn optional_document<'de, D>(deserializer: D) -> Result<Option<Self>, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        let given = Option::<Value>::deserialize(deserializer)?;
        let document = given.map(Self::document).transpose();
        document.map_err(serde::de::Error::custom)
    }

    /// Returns why the document can't be written, if it can't.
    pub(crate) fn flaw(&self) -> Option<&'static str> {
        if !self.fits_at(0) {
            return Some(Self::TOO_DEEP);
        }
        let is_long = surely_longest(&self.0) > Self::MAX_BYTES && self.length() > Self::MAX_BYTES;
        is_long.then_some(Self::TOO_LONG)
    }

    /// Returns the size of the document in memory, about, in bytes.
    pub(crate) fn size(&self) -> usize {
        size(&self.0)
    }

    /// Returns the length of the text in bytes.
    fn length(&self) -> usize {
        struct Length(usize);
        impl std::io::Write for Length {
            fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
                self.0 += bytes.len();
                Ok(bytes.len())
            }

            fn flush(&mut self) -> std::io::Result<()> {
                Ok(())
            }
        }
        let mut length = Length(0);
        match serde_json::to_writer(&mut length, &self.0) {
            Ok(()) => length.0,
            Err(_) => usize::MAX,
        }
    }

    /// Returns whether the document can be put into another one, inside of this many levels of it.
    pub(crate) fn fits_at(&self, levels: usize) -> bool {
        fits(&self.0, Self::MAX_DEPTH.saturating_sub(levels))
    }

    /// Reads a document that may be as deep as serde_json reads: 127 levels.
    fn parse_stored(text: &str) -> Result<Self, InvalidValue> {
        serde_json::from_str(text)
            .map(Self)
            .map_err(|error| InvalidValue::got_json("JSON", "must be one document", text, &error))
    }
}

/// Returns whether a value has at most this many levels.
fn fits(value: &Value, levels: usize) -> bool {
    let Some(inner) = levels.checked_sub(1) else {
        return !value.is_array() && !value.is_object();
    };
    match value {
        Value::Array(items) => items.iter().all(|item| fits(item, inner)),
        Value::Object(fields) => fields.values().all(|field| fits(field, inner)),
        _ => true,
    }
}

/// Returns the size of a value in memory, about.
fn size(value: &Value) -> usize {
    let own = size_of::<Value>();
    match value {
        Value::Array(items) => own + items.iter().map(size).sum::<usize>(),
        Value::Object(fields) => {
            let fields = fields.iter();
            own + fields
                .map(|(name, field)| own + name.len() + size(field))
                .sum::<usize>()
        }
        Value::String(text) => own + text.len(),
        Value::Number(_) | Value::Bool(_) | Value::Null => own,
    }
}

/// Returns a length that the text of a value doesn't exceed.
fn surely_longest(value: &Value) -> usize {
    // A control character is six characters in JSON.
    let text = |text: &str| 6 * text.len() + 3;
    match value {
        Value::Array(items) => {
            items
                .iter()
                .map(|item| surely_longest(item) + 1)
                .sum::<usize>()
                + 2
        }
        Value::Object(fields) => {
            let fields = fields.iter();
            fields
                .map(|(name, field)| text(name) + surely_longest(field) + 1)
                .sum::<usize>()
                + 2
        }
        Value::String(content) => text(content),
        // The longest number has 24 characters.
        Value::Number(_) | Value::Bool(_) | Value::Null => 32,
    }
}

impl FromStr for Json {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        Self::parse(text)
    }
}

/// Writes compact JSON text.
impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl From<Value> for Json {
    fn from(value: Value) -> Self {
        Self(value)
    }
}

impl ToSql<JsonText, Sqlite> for Json {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        if let Some(flaw) = self.flaw() {
            return Err(format!("JSON {flaw}").into());
        }
        out.set_value(serde_json::to_string(&self.0)?);
        Ok(IsNull::No)
    }
}

impl FromSql<JsonText, Sqlite> for Json {
    // Through `String`, since `read_text` would replace invalid UTF-8 silently.
    fn from_sql(value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
        let text = <String as FromSql<Text, Sqlite>>::from_sql(value)?;
        Ok(Self::parse_stored(&text)?)
    }
}

/// Text that is known to be JSON, on its way into the database.
#[derive(Debug, Clone, Copy, AsExpression)]
#[diesel(sql_type = JsonText)]
#[diesel(sql_type = StringListText)]
pub(crate) struct JsonStr<'a>(pub(crate) &'a str);

impl ToSql<JsonText, Sqlite> for JsonStr<'_> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.0);
        Ok(IsNull::No)
    }
}

impl ToSql<StringListText, Sqlite> for JsonStr<'_> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.0);
        Ok(IsNull::No)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn any_json() -> impl Strategy<Value = Json> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            prop::num::f64::NORMAL.prop_map(Value::from),
            ".*".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::hash_map(".*", inner, 0..6)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
        .prop_map(Json)
    }

    #[test]
    fn equal_by_value_and_written_compactly() {
        let json = Json::parse(" { \"b\" : [ 1, 2 ],\n \"a\" : \"\\u0000\" } ").unwrap();
        assert_eq!(json, Json(json!({"a": "\u{0}", "b": [1, 2]})));
        assert_eq!(json.to_string(), r#"{"a":"\u0000","b":[1,2]}"#);
    }

    #[test]
    fn is_transparent_in_json() {
        let json = Json(json!({"a": 1}));
        assert_eq!(serde_json::to_value(&json).unwrap(), json.0);
        assert_eq!(serde_json::from_str::<Json>(r#"{"a": 1}"#).unwrap(), json);
    }

    #[test]
    fn the_longest_text_is_taken_and_no_longer_one() {
        for (name, character) in [("plain", "a"), ("escaped", "\u{1}")] {
            let times = |bytes: usize| bytes / serde_json::to_string(character).unwrap()[2..].len();
            let text = character.repeat(times(Json::MAX_BYTES - 2));
            let (fits, longer) = (Json(json!(text)), Json(json!(text + "aaaaaa")));
            assert_eq!(fits.flaw(), None, "{name}");
            assert_eq!(longer.flaw(), Some(Json::TOO_LONG), "{name}");
            assert!(surely_longest(&longer.0) >= longer.length(), "{name}");
        }
    }

    #[test]
    fn refuses_what_is_not_one_document() {
        let nested = |levels| "[".repeat(levels) + &"]".repeat(levels);
        assert!(Json::parse(&nested(Json::MAX_DEPTH)).is_ok());
        let too_deep = nested(Json::MAX_DEPTH + 1);
        assert!(Json::TOO_DEEP.contains(&Json::MAX_DEPTH.to_string()));
        assert!(Json::TOO_LONG.contains(&Json::MAX_BYTES.to_string()));
        for text in ["", "{", "{'a':1}", "1 2", "nul", "NaN", &too_deep] {
            let error = Json::parse(text).unwrap_err();
            assert_eq!(error.what, "JSON", "{text}");
        }
    }

    proptest! {
        #[test]
        fn text_comes_back(json in any_json()) {
            prop_assert_eq!(&json.to_string().parse::<Json>().unwrap(), &json);
            prop_assert_eq!(json.length(), json.to_string().len());
            prop_assert!(surely_longest(&json.0) >= json.length());
            let nested = serde_json::to_string(&[&json]).unwrap();
            prop_assert_eq!(serde_json::from_str::<[Json; 1]>(&nested).unwrap(), [json]);
        }

        #[test]
        fn no_text_panics(text in prop_oneof![".*", r#"[\[\]{}",:0-9eE.\\u+-]{0,30}"#]) {
            let _ = Json::parse(&text);
        }
    }
}
