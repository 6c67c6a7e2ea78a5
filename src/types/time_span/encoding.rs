//! The forms of a [`TimeSpan`] in JSON and in the database.

use diesel::deserialize::{self, FromSql};
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sqlite::{Sqlite, SqliteValue};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::TimeSpan;
use crate::types::sql_types::Interval;
use crate::types::text_visitor::deserialize_text;

impl Serialize for TimeSpan {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.text().as_str())
    }
}

impl<'de> Deserialize<'de> for TimeSpan {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserialize_text(deserializer, "a time span [-][d.]hh:mm:ss[.fffffff]")
    }
}

impl ToSql<Interval, Sqlite> for TimeSpan {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.text().as_str().to_owned());
        Ok(IsNull::No)
    }
}

impl FromSql<Interval, Sqlite> for TimeSpan {
    fn from_sql(mut value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
        Ok(value.read_text().parse()?)
    }
}
