//! SQL that only SQLite understands: the one place outside the migrations where SQL is text. Only names of the
//! schema and numbers are inserted into it; values are bound.

mod attached;
mod checks;
mod expressions;
mod file;
mod foreign_rows;
mod pragmas;
mod references;
mod rows;
mod schema;

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::{Integer, Text};

use crate::sqlite::Conn;

pub(crate) use attached::*;
pub(crate) use checks::*;
pub(crate) use expressions::*;
pub(crate) use file::*;
pub(crate) use foreign_rows::*;
pub(crate) use pragmas::*;
pub(crate) use references::*;
pub(crate) use rows::*;
pub(crate) use schema::*;

fn pragma(conn: &mut Conn, name: &str, value: impl Into<i64>) -> QueryResult<()> {
    conn.batch_execute(&format!("PRAGMA {name} = {}", value.into()))
}

fn saturating(value: impl TryInto<i64>) -> i64 {
    value.try_into().unwrap_or(i64::MAX)
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = Integer)]
    number: i32,
}

/// Returns a name of the schema quoted for SQL.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[derive(QueryableByName)]
struct TextRow {
    #[diesel(sql_type = Text)]
    line: String,
}
