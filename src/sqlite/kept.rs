//! Statements that stay prepared, although Diesel would prepare them at each run.

use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryBuilder as _, QueryFragment, QueryId};
use diesel::sqlite::SqliteQueryBuilder;

use super::dialect::{TextCell, kept, text_of};
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

/// A statement as [`Kept`] has it, whose text is generated once: it depends on nothing but the place of the call, which has
/// the cell. For long statements that run often, of which generating the text takes longer than running.
pub(crate) struct KeptText<Q> {
    text: &'static TextCell,
    query: Q,
}

impl<Q> KeptText<Q> {
    pub(crate) fn new(text: &'static TextCell, query: Q) -> Self {
        Self { text, query }
    }
}

impl<Q> QueryId for KeptText<Q> {
    type QueryId = ();

    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q: QueryFragment<Backend>> QueryFragment<Backend> for KeptText<Q> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, Backend>) -> QueryResult<()> {
        self.query.walk_ast(out)
    }

    fn to_sql(&self, out: &mut SqliteQueryBuilder, _: &Backend) -> QueryResult<()> {
        out.push_sql(kept(self.text, || text_of(&self.query))?);
        Ok(())
    }

    fn is_safe_to_cache_prepared(&self, _: &Backend) -> QueryResult<bool> {
        Ok(true)
    }
}

impl<Q: Query> Query for KeptText<Q> {
    type SqlType = Q::SqlType;
}

impl<Q> RunQueryDsl<Conn> for KeptText<Q> {}
