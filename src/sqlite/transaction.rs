//! Transactions that are rolled back unless they are committed, also when their work panics.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use diesel::result::{DatabaseErrorKind, Error as DieselError};

use super::connection::Connection;
use super::{Conn, transaction_statements};
use crate::error::{Error, ErrorCode, Result};

/// The outcome of work; a panic continues in the thread that caused it.
pub(crate) type TransactionOutcome<T> = thread::Result<Result<T>>;

/// The ways in which a transaction begins.
#[derive(Debug, Clone, Copy)]
pub(crate) enum TransactionKind {
    /// Takes the write lock at once: a transaction that began to write later would fail whenever somebody else
    /// wrote in between.
    Write,
    /// One snapshot for several reads.
    Read,
}

/// Begins a transaction.
pub(crate) fn begin(connection: &mut Connection, kind: TransactionKind) -> Result<()> {
    let begun = match kind {
        TransactionKind::Write => {
            connection.check_files_now_and_then()?;
            transaction_statements::run_cancellable(
                connection,
                &transaction_statements::BeginImmediate,
            )
        }
        TransactionKind::Read => {
            transaction_statements::run_cancellable(connection, &transaction_statements::Begin)
        }
    };
    begun.map_err(|e| connection.explain(e.into()))
}

/// Commits the transaction, and rolls back one that can't be committed.
///
/// A commit that went to a file that is no longer the one under its name fails with [`ErrorCode::FileUnsafe`]: nobody
/// knows whether it is kept.
pub(crate) fn commit(connection: &mut Connection) -> Result<()> {
    let committed = connection.check_write_lock().and_then(|()| {
        let committed = transaction_statements::run(connection, &transaction_statements::Commit);
        committed.map_err(|e| connection.explain(commit_error(e)))
    });
    if let Err(error) = committed {
        roll_back(connection);
        return Err(error);
    }
    connection
        .check_committed()
        .map_err(|e| e.while_doing("the commit may be lost"))
}

/// Undoes the transaction; nothing is left to do where SQLite has already rolled it back.
pub(crate) fn roll_back(connection: &mut Connection) {
    if !connection.is_in_transaction() {
        return;
    }
    if let Err(error) = transaction_statements::run(connection, &transaction_statements::Rollback) {
        // The pool closes a connection that comes back inside a transaction.
        tracing::error!(%error, "a transaction can't be rolled back");
    }
}

/// Runs `work` so that its failure or panic undoes what it wrote, and nothing else of the transaction.
pub(crate) fn savepoint<T>(
    conn: &mut Conn,
    work: impl FnOnce(&mut Conn) -> Result<T>,
) -> TransactionOutcome<T> {
    if let Err(error) = transaction_statements::run(conn, &transaction_statements::Savepoint) {
        return Ok(Err(error.into()));
    }
    let outcome = catch_unwind(AssertUnwindSafe(|| work(conn)));
    if let Ok(Ok(value)) = outcome {
        let released = transaction_statements::run(conn, &transaction_statements::Release);
        return Ok(released.map(|()| value).map_err(Error::from));
    }
    let undone = transaction_statements::run(conn, &transaction_statements::RollbackTo);
    if let Err(error) =
        undone.and_then(|()| transaction_statements::run(conn, &transaction_statements::Release))
    {
        // The transaction is gone, and the write ends with the error that is returned.
        tracing::warn!(%error, "a failure took the transaction with it");
    }
    outcome
}

/// An open transaction.
pub(crate) struct ConnectionTransaction<'c> {
    connection: &'c mut Connection,
}

impl<'c> ConnectionTransaction<'c> {
    pub(crate) fn begin(connection: &'c mut Connection, kind: TransactionKind) -> Result<Self> {
        begin(connection, kind)?;
        Ok(Self { connection })
    }

    pub(crate) fn connection(&mut self) -> &mut Conn {
        self.connection
    }

    /// Returns the connection with its handle, for reads through SQLite's C interface.
    pub(crate) fn source(&self) -> &Connection {
        self.connection
    }

    /// Commits where `outcome` is `Ok`; otherwise rolls back, and returns the error with the details that SQLite
    /// knows.
    pub(crate) fn finish<T>(self, outcome: Result<T>) -> Result<T> {
        match outcome {
            Ok(value) => commit(self.connection).map(|()| value),
            Err(error) => Err(self.connection.explain(error)),
        }
    }
}

impl Drop for ConnectionTransaction<'_> {
    fn drop(&mut self) {
        roll_back(self.connection);
    }
}

/// Returns the error of a commit. A deferred constraint, a lock and a full disk refuse a commit for certain: the commit
/// record is the last that is written, and SQLite says "full" only of a write that didn't succeed. After any other
/// failure the record may have reached the disk all the same.
fn commit_error(error: DieselError) -> Error {
    let refused = matches!(
        error,
        DieselError::DatabaseError(DatabaseErrorKind::ForeignKeyViolation, _)
    );
    let error = Error::from(error);
    if refused || matches!(error.code(), ErrorCode::Busy | ErrorCode::DiskFull) {
        return error;
    }
    error
        .while_doing("the commit failed, but may be durable")
        .recoded(ErrorCode::OutcomeUnknown)
}
