//! A value as SQLite stores it, for queries whose columns are known only when they run.

use diesel::query_builder::AstPass;
use diesel::result::QueryResult;
use diesel::sql_types::{BigInt, Double, Text};

use crate::db::Backend;

/// A value that isn't NULL, in its storage form.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum SqlValue {
    Text(String),
    Integer(i64),
    Real(f64),
}

impl SqlValue {
    /// Writes a placeholder and binds the value to it.
    pub(super) fn bind<'b>(&'b self, out: &mut AstPass<'_, 'b, Backend>) -> QueryResult<()> {
        match self {
            Self::Text(text) => out.push_bind_param::<Text, _>(text),
            Self::Integer(number) => out.push_bind_param::<BigInt, _>(number),
            Self::Real(number) => out.push_bind_param::<Double, _>(number),
        }
    }
}
