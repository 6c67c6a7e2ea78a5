//! Lists of strings.

use std::fmt;
use std::ops::Deref;
use std::str::FromStr;

use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::Text;
use diesel::sqlite::{Sqlite, SqliteValue};
use serde::{Deserialize, Serialize};

use super::InvalidValue;
use super::sql_types::StringListText;

/// A list of strings, a JSON array in the database and in JSON.
///
/// Older databases hold the strings separated by commas. A text that doesn't start with `[` is read as such a list:
/// each string without the white space around it, empty ones left out.
///
/// ```
/// use orchestra_store::types::StringList;
///
/// let list: StringList = "build, test,,deploy".parse()?;
/// assert_eq!(list.to_string(), r#"["build","test","deploy"]"#);
/// # Ok::<(), orchestra_store::types::InvalidValue>(())
/// ```
#[derive(
    Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize, AsExpression, FromSqlRow,
)]
#[serde(transparent)]
#[diesel(sql_type = StringListText)]
pub struct StringList(pub Vec<String>);

impl FromStr for StringList {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        if text.trim_start().starts_with('[') {
            return serde_json::from_str(text).map_err(|error| {
                InvalidValue::got_json("list", "must be a JSON array of strings", text, &error)
            });
        }
        Ok(text
            .split(',')
            .map(str::trim)
            .filter(|entry| !entry.is_empty())
            .collect())
    }
}

/// Writes the JSON array.
impl fmt::Display for StringList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(&self.0).map_err(|_| fmt::Error)?)
    }
}

impl Deref for StringList {
    type Target = [String];

    fn deref(&self) -> &[String] {
        &self.0
    }
}

impl From<Vec<String>> for StringList {
    fn from(strings: Vec<String>) -> Self {
        Self(strings)
    }
}

impl<S: Into<String>> FromIterator<S> for StringList {
    fn from_iter<I: IntoIterator<Item = S>>(strings: I) -> Self {
        Self(strings.into_iter().map(Into::into).collect())
    }
}

impl ToSql<StringListText, Sqlite> for StringList {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(serde_json::to_string(&self.0)?);
        Ok(IsNull::No)
    }
}

impl FromSql<StringListText, Sqlite> for StringList {
    // Through `String`, since `read_text` would replace invalid UTF-8 silently.
    fn from_sql(value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
        let text = <String as FromSql<Text, Sqlite>>::from_sql(value)?;
        Ok(text.parse()?)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(text: &str) -> Vec<String> {
        text.parse::<StringList>().unwrap().0
    }

    #[test]
    fn reads_arrays_and_the_comma_separated_form() {
        assert_eq!(parse(r#"["a","b, c",""," d "]"#), ["a", "b, c", "", " d "]);
        assert_eq!(parse(" [ ] "), [""; 0]);
        assert_eq!(parse(""), [""; 0]);
        assert_eq!(parse(" , ,"), [""; 0]);
        assert_eq!(parse("a"), ["a"]);
        assert_eq!(parse(" a b ,c,"), ["a b", "c"]);
    }

    #[test]
    fn refuses_arrays_of_anything_but_strings() {
        for text in ["[1]", "[null]", "[[]]", "[\"a\"", "[a], b"] {
            let error = text.parse::<StringList>().unwrap_err();
            assert_eq!(error.what, "list", "{text}");
        }
        assert!(serde_json::from_str::<StringList>(r#""a,b""#).is_err());
    }

    #[test]
    fn is_a_slice() {
        let list = StringList::from_iter(["a", "b"]);
        assert_eq!(list.len(), 2);
        assert!(list.contains(&"b".to_owned()));
    }

    proptest! {
        #[test]
        fn text_and_json_come_back(strings in prop::collection::vec(".*", 0..6)) {
            let list = StringList::from(strings);
            prop_assert_eq!(&list.to_string().parse::<StringList>().unwrap(), &list);
            let json = serde_json::to_string(&list).unwrap();
            prop_assert_eq!(serde_json::from_str::<StringList>(&json).unwrap(), list);
        }

        #[test]
        fn the_comma_separated_form_loses_no_name(names in prop::collection::vec("[a-z]([a-z ]*[a-z])?", 0..6)) {
            prop_assert_eq!(parse(&names.join(" , ")), names);
        }

        #[test]
        fn no_text_panics(text in ".*") {
            let _ = text.parse::<StringList>();
        }
    }
}
