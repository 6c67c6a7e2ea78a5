//! Statements that stay prepared though Diesel would prepare them at each run.

use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};

use super::{Backend, Conn};

/// A statement that returns rows, and is prepared once for each text that it has.
///
/// Diesel prepares an upsert and whatever has SQL as text at each run, since their types don't tell their
/// texts, and it can't know how many of these there are. Here they are few, and a
/// [`Connection`](super::connection::Connection) lets go of its statements when they become too many.
pub(crate) struct Kept<Q>(pub(crate) Q);

/// None of its own: the text is what it is known by.
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
