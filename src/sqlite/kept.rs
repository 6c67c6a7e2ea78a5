//! Statements that stay prepared, although Diesel would prepare them at each run.

use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};

use super::{Backend, Conn};

/// A statement that returns rows, and is prepared once for each of its texts.
///
/// Diesel prepares upserts and statements with SQL as text at each run, since their types don't determine their
/// texts, and it can't know how many texts there are. Here they are few, and a
/// [`Connection`](super::connection::Connection) drops its statements when they become too many.
pub(crate) struct Kept<Q>(pub(crate) Q);

/// Has no static id: the statement is identified by its text.
impl<Q> QueryId for Kept<Q> {
    type QueryId = ();

    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q: QueryFragment<Backend>> QueryFragment<Backend> for Kept<Q> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, Backend>) -> QueryResult<()> {
        self.0.walk_ast(out)
    }

    fn is_safe_to_cache_prepared(&self, _: &Backend) -> QueryResult<bool> {
        Ok(true)
    }
}

impl<Q: Query> Query for Kept<Q> {
    type SqlType = Q::SqlType;
}

impl<Q> RunQueryDsl<Conn> for Kept<Q> {}
