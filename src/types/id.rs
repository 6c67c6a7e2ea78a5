//! Primary keys.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::str::FromStr;

use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::Text;
use diesel::sqlite::{Sqlite, SqliteValue};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use uuid::Uuid;

use super::InvalidValue;

/// The id of a `T`, a text of 1 to 128 characters without NUL.
///
/// Ids that the library makes are UUIDs in lower case; ids that a caller gives can be any text. The type parameter
/// keeps the id of a task from being passed for the id of an agent, and costs nothing.
///
/// An id that is in the database is read as it is, so that a row can be found and repaired whatever its id.
///
/// ```
/// use orchestra_store::models::AgentId;
///
/// let id = AgentId::new("builder-1")?;
/// assert_eq!(id.as_str(), "builder-1");
/// let error = AgentId::new("").unwrap_err();
/// assert_eq!(error.to_string(), "id must not be empty, got \"\"");
/// # Ok::<(), orchestra_store::types::InvalidValue>(())
/// ```
#[derive(AsExpression, FromSqlRow)]
#[diesel(sql_type = Text)]
pub struct Id<T> {
    text: String,
    entity: PhantomData<fn() -> T>,
}

impl<T> Id<T> {
    /// The greatest length of an id, in characters.
    pub const MAX_CHARS: usize = 128;

    /// Returns `text` as an id, if it is 1 to 128 characters and none of them NUL.
    pub fn new(text: impl Into<String>) -> Result<Self, InvalidValue> {
        let text = text.into();
        let must = if text.is_empty() {
            "must not be empty"
        } else if text.len() > Self::MAX_CHARS && text.chars().nth(Self::MAX_CHARS).is_some() {
            "must have at most 128 characters"
        } else if text.contains('\0') {
            "must not contain NUL"
        } else {
            return Ok(Self::unchecked(text));
        };
        Err(InvalidValue::got_text("id", must, &text))
    }

    /// Returns the text of the id.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns the text of the id without copying it.
    pub fn into_string(self) -> String {
        self.text
    }

    fn unchecked(text: String) -> Self {
        Self {
            text,
            entity: PhantomData,
        }
    }
}

/// Writes the UUID in lower case with hyphens.
impl<T> From<Uuid> for Id<T> {
    fn from(uuid: Uuid) -> Self {
        Self::unchecked(uuid.to_string())
    }
}

impl<T> FromStr for Id<T> {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        Self::new(text)
    }
}

impl<T> AsRef<str> for Id<T> {
    fn as_ref(&self) -> &str {
        &self.text
    }
}

impl<T> fmt::Display for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl<T> fmt::Debug for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Id({:?})", self.text)
    }
}

// By hand, since deriving would ask the same of `T`.

impl<T> Clone for Id<T> {
    fn clone(&self) -> Self {
        Self::unchecked(self.text.clone())
    }
}

impl<T> PartialEq for Id<T> {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl<T> Eq for Id<T> {}

impl<T> PartialOrd for Id<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Compares the bytes of the text, as SQLite does.
impl<T> Ord for Id<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.text.cmp(&other.text)
    }
}

impl<T> Hash for Id<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

impl<T> Serialize for Id<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de, T> Deserialize<'de> for Id<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::new(text).map_err(de::Error::custom)
    }
}

impl<T> ToSql<Text, Sqlite> for Id<T> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        <str as ToSql<Text, Sqlite>>::to_sql(&self.text, out)
    }
}

impl<T> FromSql<Text, Sqlite> for Id<T> {
    fn from_sql(value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
        <String as FromSql<Text, Sqlite>>::from_sql(value).map(Self::unchecked)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    /// Without any trait, so that `Id` can't come to need one.
    struct Thing;
    type ThingId = Id<Thing>;

    #[test]
    fn takes_1_to_128_characters_without_nul() {
        for text in ["a", " ", "agent/1: ü", &"é".repeat(128)] {
            assert_eq!(ThingId::new(text).unwrap().as_str(), text);
        }
        for (text, reason) in [
            ("", "must not be empty"),
            (&*"é".repeat(129), "at most 128 characters"),
            ("a\0b", "must not contain NUL"),
        ] {
            let error = ThingId::new(text).unwrap_err();
            assert_eq!(error.what, "id");
            assert!(error.reason.contains(reason), "{error}");
            let json = serde_json::to_string(text).unwrap();
            assert!(serde_json::from_str::<ThingId>(&json).is_err(), "{json}");
        }
    }

    #[test]
    fn uuids_are_lower_case_with_hyphens() {
        let uuid = Uuid::from_u128(0x0198_ABCD_0000_7000_8000_0000_0000_00EF);
        let id = ThingId::from(uuid);
        assert_eq!(id.as_str(), "0198abcd-0000-7000-8000-0000000000ef");
        assert_eq!(ThingId::new(id.as_str()).unwrap(), id);
    }

    #[test]
    fn prints_as_its_text() {
        let id = ThingId::new("a").unwrap();
        assert_eq!(format!("{id}|{id:>3}|{id:?}"), "a|  a|Id(\"a\")");
    }

    proptest! {
        #[test]
        fn text_and_json_come_back(text in "[^\0]{1,128}") {
            let id: ThingId = text.parse().unwrap();
            prop_assert_eq!(id.as_ref(), &text);
            let json = serde_json::to_string(&id).unwrap();
            prop_assert_eq!(&json, &serde_json::to_string(&text).unwrap());
            prop_assert_eq!(serde_json::from_str::<ThingId>(&json).unwrap(), id.clone());
            prop_assert_eq!(id.into_string(), text);
        }

        #[test]
        fn compares_as_text(a in "[a-c]{1,2}", b in "[a-c]{1,2}") {
            let (x, y) = (ThingId::new(&*a).unwrap(), ThingId::new(&*b).unwrap());
            prop_assert_eq!(x.cmp(&y), a.cmp(&b));
            prop_assert_eq!(x == y, a == b);
            prop_assert_eq!(HashSet::from([x.clone(), y]).len(), HashSet::from([a, b]).len());
        }

        #[test]
        fn no_text_panics(text in ".*") {
            let _ = ThingId::new(text);
        }
    }
}
