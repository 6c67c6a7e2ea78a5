//! Transactions without a closure, for callers that begin one in one call and end it in another.

use std::fmt;
use std::panic::resume_unwind;

use crate::error::{Error, ErrorCode, Result};
use crate::rows::{Reader, UnitOfWork};
use crate::store::Store;
use crate::store::write_transaction::{WriteTransaction, rolled_back};
use crate::store::write_turn::InTurn;

/// An open transaction. It is rolled back unless it is [committed](Self::commit).
///
/// It holds the write lock: other writes, those of the thread that began it among them, wait for it as long as the
/// busy timeout allows. It may move between threads.
///
/// ```
/// use orchestra_store::services::tasks::{self, NewTask};
/// use orchestra_store::{Store, StoreConfig};
///
/// # let directory = tempfile::tempdir()?;
/// # let store = Store::open(StoreConfig::new(directory.path().join("orchestra.db")))?;
/// let mut transaction = store.begin()?;
/// let task = transaction.write(|uow| tasks::enqueue(uow, &NewTask::new("make", "/srv/app")))?;
/// assert!(store.read(|reader| tasks::get(reader, &task.id)).is_err());
/// transaction.commit()?;
/// assert!(store.read(|reader| tasks::get(reader, &task.id)).is_ok());
/// # Ok::<(), orchestra_store::Error>(())
/// ```
pub struct Transaction {
    /// `None` once the transaction has ended.
    open: Option<WriteTransaction>,
    store: Store,
}

impl fmt::Debug for Transaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transaction").finish_non_exhaustive()
    }
}

impl Store {
    /// Begins a transaction. Where a closure suffices, [`write`](Self::write) is simpler, and can't leave the write
    /// lock held.
    ///
    /// Blocks while others write, as [`write`](Self::write) does, and fails as it does. Other writes have no part
    /// in the transaction between its steps, whatever [`GroupCommit`](crate::GroupCommit) says.
    pub fn begin(&self) -> Result<Transaction> {
        self.cancellably(|| {
            let connections = self.connections()?;
            connections.check_may_write()?;
            self.check_may_write()?;
            let turn = self.queue().turn(&connections)?;
            Ok(Transaction {
                open: Some(WriteTransaction::begin_steps(turn)?),
                store: self.clone(),
            })
        })
    }
}

impl Transaction {
    /// Reads committed rows and those that this transaction wrote.
    pub fn read<T>(&mut self, work: impl FnOnce(&mut Reader<'_>) -> Result<T>) -> Result<T> {
        let store = self.store.clone();
        self.read_by(&store, work)
    }

    /// Runs one step. Where it fails or panics, the changes of this step are undone, and nothing else of the
    /// transaction.
    ///
    /// A failure of the machine, such as a full disk, or a statement that was cancelled while it wrote, makes
    /// SQLite roll back the whole transaction: later steps and the commit fail with [`ErrorCode::Closed`].
    pub fn write<T>(&mut self, work: impl FnOnce(&mut UnitOfWork<'_>) -> Result<T>) -> Result<T> {
        let store = self.store.clone();
        self.write_by(&store, work)
    }

    /// Reads as [`read`](Self::read) does, through another handle of the same store: as its user, and ended by its
    /// token.
    pub fn read_by<T>(
        &mut self,
        handle: &Store,
        work: impl FnOnce(&mut Reader<'_>) -> Result<T>,
    ) -> Result<T> {
        let (open, _in_turn) = self.enter(handle)?;
        handle.cancellably(|| open.read(handle.environment(), handle.user(), work))
    }

    /// Writes as [`write`](Self::write) does, through another handle of the same store.
    pub fn write_by<T>(
        &mut self,
        handle: &Store,
        work: impl FnOnce(&mut UnitOfWork<'_>) -> Result<T>,
    ) -> Result<T> {
        let (open, _in_turn) = self.enter(handle)?;
        handle.cancellably(|| {
            let outcome = open.run(handle.environment(), handle.user(), work);
            outcome.unwrap_or_else(|panic| resume_unwind(panic))
        })
    }

    /// Makes this thread the one that works in the transaction, where the transaction can still be written to.
    fn enter(&mut self, handle: &Store) -> Result<(&mut WriteTransaction, InTurn)> {
        if !handle.is_same_store(&self.store) {
            let message = "the transaction is one of another store";
            return Err(Error::new(ErrorCode::Misuse, message));
        }
        let open = self.alive()?;
        handle.check_may_write()?;
        let in_turn = open.enter();
        Ok((open, in_turn))
    }

    /// Returns the open transaction, where it can still be written to.
    fn alive(&mut self) -> Result<&mut WriteTransaction> {
        let open = self.open.as_mut().ok_or_else(rolled_back)?;
        open.check_alive()?;
        Ok(open)
    }

    /// Commits the transaction. Where that fails, all of it is rolled back, except after
    /// [`ErrorCode::OutcomeUnknown`].
    ///
    /// References to missing rows are detected now, and fail with [`ErrorCode::ConstraintViolation`].
    pub fn commit(mut self) -> Result<()> {
        self.alive()?;
        // A cancelled transaction is not committed; the commit itself can't be cancelled.
        self.store.cancellably(|| Ok(()))?;
        match self.open.take() {
            Some(open) => self.store.settle(open),
            None => Err(rolled_back()),
        }
    }

    /// Rolls the transaction back, as dropping it does.
    pub fn rollback(self) {}
}

impl Drop for Transaction {
    fn drop(&mut self) {
        if let Some(open) = self.open.take() {
            open.end();
        }
    }
}
