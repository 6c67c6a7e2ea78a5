//! A transaction that is rolled back unless it is committed: also when its work panics.

use diesel::connection::{AnsiTransactionManager, TransactionManager as _};
use diesel::result::{DatabaseErrorKind, Error as DieselError};

use super::Conn;
use super::connection::Connection;
use crate::error::{Error, ErrorCode, Result};

/// How a transaction begins.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    /// Takes the write lock at once: one that turned to writing later would fail whenever
    /// somebody else wrote in between.
    Write,
    /// One snapshot for several reads.
    Read,
}

/// An open transaction.
pub(crate) struct Transaction<'c> {
    connection: &'c mut Connection,
    finished: bool,
}

impl<'c> Transaction<'c> {
    pub(crate) fn begin(connection: &'c mut Connection, kind: Kind) -> Result<Self> {
        let sql = match kind {
            Kind::Write => "BEGIN IMMEDIATE",
            Kind::Read => "BEGIN",
        };
        match AnsiTransactionManager::begin_transaction_sql(&mut **connection, sql) {
            Ok(()) => Ok(Self {
                connection,
                finished: false,
            }),
            Err(error) => Err(connection.explain(error.into())),
        }
    }

    pub(crate) fn connection(&mut self) -> &mut Conn {
        self.connection
    }

    /// The connection with its handle, to be read through SQLite's C interface.
    pub(super) fn source(&self) -> &Connection {
        self.connection
    }

    /// How many rows the connection has written since it was opened.
    pub(crate) fn total_changes(&self) -> i64 {
        self.connection.total_changes()
    }

    /// Commits what `outcome` stands for, or rolls back and returns its error with what SQLite
    /// knows of it.
    pub(crate) fn finish<T>(mut self, outcome: Result<T>) -> Result<T> {
        match outcome {
            Ok(value) => self.commit().map(|()| value),
            Err(error) => Err(self.connection.explain(error)),
        }
    }

    fn commit(&mut self) -> Result<()> {
        let committed = AnsiTransactionManager::commit_transaction(&mut **self.connection);
        self.finished = true;
        committed.map_err(|e| self.connection.explain(commit_error(e)))
    }
}

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        if self.finished {
            return;
        }
        if let Err(error) = AnsiTransactionManager::rollback_transaction(&mut **self.connection) {
            // The pool closes a connection that comes back inside a transaction.
            tracing::error!(%error, "a transaction can't be rolled back");
        }
    }
}

/// A deferred constraint and a lock refuse a commit for certain. After any other failure the
/// commit record may have reached the disk all the same.
fn commit_error(error: DieselError) -> Error {
    let refused = matches!(
        error,
        DieselError::DatabaseError(DatabaseErrorKind::ForeignKeyViolation, _)
    );
    let error = Error::from(error);
    if refused || error.code() == ErrorCode::Busy {
        return error;
    }
    error
        .while_doing("the commit failed, but may be durable")
        .recoded(ErrorCode::OutcomeUnknown)
}
