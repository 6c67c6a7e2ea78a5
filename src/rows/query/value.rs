//! A value as SQLite stores it, for queries whose columns are known only when they run.

use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::query_builder::{AstPass, QueryId};
use diesel::result::QueryResult;
use diesel::sql_types::{BigInt, Double, SqlType, Text};
use diesel::sqlite::{Sqlite, SqliteType, SqliteValue};

use crate::sqlite::Backend;

/// A value that isn't NULL, in its storage form.
#[derive(Debug, Clone, PartialEq, FromSqlRow)]
pub enum StoredValue {
    /// Text, also of a time or a JSON document.
    Text(String),
    /// Whole number, also of an enum or a truth value.
    Integer(i64),
    /// Floating-point number.
    Real(f64),
}

/// SQL type of a value whose type is known only when it is read.
#[derive(SqlType, QueryId, Debug, Clone, Copy, Default)]
#[diesel(sqlite_type(name = "Text"))]
pub struct AnyValue;

impl FromSql<AnyValue, Sqlite> for StoredValue {
    fn from_sql(value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
        match value.value_type() {
            Some(SqliteType::Double | SqliteType::Float) => {
                <f64 as FromSql<Double, Sqlite>>::from_sql(value).map(Self::Real)
            }
            Some(SqliteType::Long | SqliteType::Integer | SqliteType::SmallInt) => {
                <i64 as FromSql<BigInt, Sqlite>>::from_sql(value).map(Self::Integer)
            }
            _ => <String as FromSql<Text, Sqlite>>::from_sql(value).map(Self::Text),
        }
    }
}

impl StoredValue {
    /// Writes a placeholder and binds the value to it.
    pub(super) fn bind<'b>(&'b self, out: &mut AstPass<'_, 'b, Backend>) -> QueryResult<()> {
        match self {
            Self::Text(text) => out.push_bind_param::<Text, _>(text),
            Self::Integer(number) => out.push_bind_param::<BigInt, _>(number),
            Self::Real(number) => out.push_bind_param::<Double, _>(number),
        }
    }
}
