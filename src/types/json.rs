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
/// more than 64 bits are read as floating point, and documents nested deeper than 127 levels are refused.
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
    /// Reads one JSON document.
    pub fn parse(text: &str) -> Result<Self, InvalidValue> {
        serde_json::from_str(text)
            .map(Self)
            .map_err(|error| InvalidValue::got_json("JSON", "must be one document", text, &error))
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
        out.set_value(serde_json::to_string(&self.0)?);
        Ok(IsNull::No)
    }
}

impl FromSql<JsonText, Sqlite> for Json {
    // Through `String`, since `read_text` would replace invalid UTF-8 silently.
    fn from_sql(value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
        let text = <String as FromSql<Text, Sqlite>>::from_sql(value)?;
        Ok(Self::parse(&text)?)
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
    fn refuses_what_is_not_one_document() {
        let nested = |levels| "[".repeat(levels) + &"]".repeat(levels);
        assert!(Json::parse(&nested(127)).is_ok());
        let too_deep = nested(128);
        for text in ["", "{", "{'a':1}", "1 2", "nul", "NaN", &too_deep] {
            let error = Json::parse(text).unwrap_err();
            assert_eq!(error.what, "JSON", "{text}");
        }
    }

    proptest! {
        #[test]
        fn text_comes_back(json in any_json()) {
            prop_assert_eq!(&json.to_string().parse::<Json>().unwrap(), &json);
            let nested = serde_json::to_string(&[&json]).unwrap();
            prop_assert_eq!(serde_json::from_str::<[Json; 1]>(&nested).unwrap(), [json]);
        }

        #[test]
        fn no_text_panics(text in prop_oneof![".*", r#"[\[\]{}",:0-9eE.\\u+-]{0,30}"#]) {
            let _ = Json::parse(&text);
        }
    }
}
