//! Diesel's SQL types of the columns, for `table!`.
//!
//! All of them are TEXT in SQLite. They are types of their own so that the compiler refuses to compare a time with
//! a name, or to add up texts.

use diesel::query_builder::QueryId;
use diesel::sql_types::{SqlOrd, SqlType};

/// A moment in UTC: [`Timestamp`](super::Timestamp). Its text sorts as time does.
#[derive(SqlType, QueryId, Debug, Clone, Copy, Default)]
#[diesel(sqlite_type(name = "Text"))]
pub struct UtcTime;

impl SqlOrd for UtcTime {}

/// A length of time: [`TimeSpan`](super::TimeSpan). Its text does not sort as the length does.
#[derive(SqlType, QueryId, Debug, Clone, Copy, Default)]
#[diesel(sqlite_type(name = "Text"))]
pub struct Interval;

/// A JSON document: [`Json`](super::Json).
#[derive(SqlType, QueryId, Debug, Clone, Copy, Default)]
#[diesel(sqlite_type(name = "Text"))]
pub struct JsonText;

/// A JSON array of strings: [`StringList`](super::StringList).
#[derive(SqlType, QueryId, Debug, Clone, Copy, Default)]
#[diesel(sqlite_type(name = "Text"))]
pub struct StringListText;
