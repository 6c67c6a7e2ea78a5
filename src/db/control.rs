//! The statements that begin and end transactions, prepared once for each connection.
//!
//! Diesel would prepare them each time. Its own count of transactions therefore stays at one for
//! the life of a connection, so that what it begins itself is a savepoint.

use diesel::connection::{AnsiTransactionManager, Connection as _};
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::result::{Error as DieselError, QueryResult};

use super::{Backend, Conn};

macro_rules! statements {
    ($($name:ident: $sql:literal,)+) => {
        $(
            #[derive(Debug, Clone, Copy)]
            pub(super) struct $name;

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

statements! {
    Begin: "BEGIN",
    BeginImmediate: "BEGIN IMMEDIATE",
    Commit: "COMMIT",
    Rollback: "ROLLBACK",
    SavepointMember: "SAVEPOINT orchestra_member",
    ReleaseMember: "RELEASE orchestra_member",
    RollbackToMember: "ROLLBACK TO orchestra_member",
    Savepoint: "SAVEPOINT orchestra_part",
    Release: "RELEASE orchestra_part",
    RollbackTo: "ROLLBACK TO orchestra_part",
}

pub(super) fn run<S>(conn: &mut Conn, statement: &S) -> QueryResult<()>
where
    S: QueryFragment<Backend> + QueryId,
{
    conn.execute_returning_count(statement).map(drop)
}

/// Makes Diesel begin savepoints from now on.
pub(super) fn let_diesel_nest(conn: &mut Conn) -> QueryResult<()> {
    AnsiTransactionManager::begin_transaction_sql(conn, "")
}

/// Whether Diesel still knows how deep it is nested.
pub(super) fn is_diesel_sound(conn: &mut Conn) -> bool {
    matches!(
        let_diesel_nest(conn),
        Err(DieselError::AlreadyInTransaction)
    )
}
