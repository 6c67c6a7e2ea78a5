//! The forms of a [`Timestamp`] in JSON and in the database.

use diesel::deserialize::{self, FromSql};
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sqlite::{Sqlite, SqliteValue};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Timestamp;
use crate::types::digits::as_text;
use crate::types::sql_types::UtcTime;
use crate::types::text_visitor::deserialize_text;

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(as_text(&self.text(b'T')))
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserialize_text(deserializer, "a time in ISO 8601")
    }
}

impl ToSql<UtcTime, Sqlite> for Timestamp {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.to_storage());
        Ok(IsNull::No)
    }
}

impl FromSql<UtcTime, Sqlite> for Timestamp {
    fn from_sql(mut value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
        Ok(value.read_text().parse()?)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::tests::parse;
    use super::*;

    #[test]
    fn json_is_iso_8601_and_nothing_but_text() {
        let time = parse("2026-03-01 12:30:05.1");
        let json = r#""2026-03-01T12:30:05.1000000Z""#;
        assert_eq!(serde_json::to_string(&time).unwrap(), json);
        assert_eq!(serde_json::from_str::<Timestamp>(json).unwrap(), time);
        assert!(serde_json::from_str::<Timestamp>("5").is_err());
    }
}
