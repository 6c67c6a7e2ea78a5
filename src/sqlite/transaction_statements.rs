//! The statements that begin and end transactions, prepared once for each connection.
//!
//! Diesel would prepare them each time. Its own count of transactions therefore stays at one for
//! the life of a connection, so that what it begins itself is a savepoint.

use diesel::connection::{AnsiTransactionManager, Connection as _};
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::result::{Error as DieselError, QueryResult};

use super::{Backend, Conn};
use crate::cancel::CancelScope;

macro_rules! statements {
    ($($name:ident: $sql:literal,)+) => {
        $(
            #[derive(Debug, Clone, Copy)]
            pub(crate) struct $name;

            impl QueryId for $name {
                type QueryId = Self;
                const HAS_STATIC_QUERY_ID: bool = true;
            }

            impl QueryFragment<Backend> for $name {
                fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Backend>) -> QueryResult<()> {
                    out.push_sql($sql);
                    Ok(())
                }
            }
        )+
    };
}

// Nested savepoints have the same name; SQLite means the innermost.
statements! {
    Begin: "BEGIN",
    BeginImmediate: "BEGIN IMMEDIATE",
    Commit: "COMMIT",
    Rollback: "ROLLBACK",
    Savepoint: "SAVEPOINT orchestra",
    Release: "RELEASE orchestra",
    RollbackTo: "ROLLBACK TO orchestra",
}

/// Runs a statement that ends a transaction or a part of it, and can't be ended itself: SQLite counts the steps of a
/// prepared statement over all its runs, so that even a short one reaches the check for cancellation now and then.
pub(crate) fn run<S>(conn: &mut Conn, statement: &S) -> QueryResult<()>
where
    S: QueryFragment<Backend> + QueryId,
{
    let _undisturbed = CancelScope::undisturbed();
    run_cancellable(conn, statement)
}

/// Runs a statement that begins a transaction or a part of it, and may wait for a lock.
pub(crate) fn run_cancellable<S>(conn: &mut Conn, statement: &S) -> QueryResult<()>
where
    S: QueryFragment<Backend> + QueryId,
{
    conn.execute_returning_count(statement).map(drop)
}

/// Makes Diesel begin savepoints instead of transactions from now on.
pub(crate) fn let_diesel_nest(conn: &mut Conn) -> QueryResult<()> {
    AnsiTransactionManager::begin_transaction_sql(conn, "")
}

/// Returns whether Diesel still knows how deep its transactions are nested.
pub(crate) fn is_diesel_sound(conn: &mut Conn) -> bool {
    matches!(
        let_diesel_nest(conn),
        Err(DieselError::AlreadyInTransaction)
    )
}
