//! Writing: each write in its turn, and one commit for those that come together.

use std::panic::resume_unwind;
use std::sync::Arc;

use super::events;
use super::write_command::{OwnedWrite, WriteAnswer};
use super::write_transaction::WriteTransaction;
use super::write_turn::WriteTurn;
use crate::error::{ErrorCode, Result};
use crate::rows::UnitOfWork;
use crate::sqlite::Connections;
use crate::store::Store;
use crate::validate;

impl Store {
    /// Writes in one transaction: committed when `work` returns `Ok`, rolled back when it
    /// returns an error or panics.
    ///
    /// Blocks while others write, up to the busy timeout, and then fails with [`ErrorCode::Busy`]. Writes that come
    /// at the same time may be committed together ([`GroupCommit`](crate::GroupCommit)), which none of them sees:
    /// each has its own outcome. `work` runs on this thread; where it owns what it needs,
    /// [`write_owned`](Self::write_owned) is faster while other threads write. A write inside a write is
    /// [`ErrorCode::Misuse`]; changes that are to be undone alone belong in a [`UnitOfWork::savepoint`].
    ///
    /// Where a failure inside `work` made SQLite roll the whole transaction back (a full disk, for instance) and
    /// `work` returns `Ok` all the same, the write fails with [`ErrorCode::Closed`], and nothing of it is written.
    pub fn write<T>(&self, work: impl FnOnce(&mut UnitOfWork<'_>) -> Result<T>) -> Result<T> {
        // A statement that is ended while it writes takes the transaction along, and so what others wrote in it.
        let may_be_ended = self.cancel.is_some() || self.operation_timeout.is_some();
        self.cancellably(|| self.write_in_turn(may_be_ended, work))
    }

    /// Writes as [`write`](Self::write) does, with work that owns what it needs, so that the thread which has the
    /// writing connection can run it for this one. This thread waits until the commit is over.
    ///
    /// Prefer it where several threads write: the threads needn't pass the connection on for each write, and a panic
    /// in `work` is resumed on this thread all the same. Work that depends on its thread (thread-local values, locks
    /// that this thread holds) belongs in `write`, and long work in [`write_alone`](Self::write_alone). A write that
    /// waits for its turn fails with [`ErrorCode::Busy`] after the busy timeout; one that has begun is waited for.
    ///
    /// Shares commits also where a token or a time limit may end it: a statement that reads is ended at once, one that
    /// writes may end itself first if it would take the writes of others along.
    ///
    /// ```
    /// use orchestra_store::services::tasks::{self, NewTask};
    /// use orchestra_store::{Store, StoreConfig};
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let store = Store::open(StoreConfig::new(directory.path().join("orchestra.db")))?;
    /// let new = NewTask::new("make", "/srv/app");
    /// let task = store.write_owned(move |uow| tasks::enqueue(uow, &new))?;
    /// assert_eq!(task.command, "make");
    /// # Ok::<(), orchestra_store::Error>(())
    /// ```
    pub fn write_owned<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut UnitOfWork<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.cancellably(|| {
            let _entered = self.write_span().entered();
            let connections = self.may_write()?;
            let queue = &self.shared.queue;
            match queue.offer(work, |work| Arc::new(OwnedWrite::new(self, work)))? {
                WriteAnswer::Outcome(outcome) => {
                    outcome.unwrap_or_else(|panic| resume_unwind(panic))
                }
                WriteAnswer::Connection(work, idle) => {
                    let turn = WriteTurn::begin(queue, &connections, idle)?;
                    self.run_and_settle(WriteTransaction::begin_shared(turn)?, work)
                }
            }
        })
    }

    /// Writes in a transaction that no other write joins: for work that takes long, or waits for other threads.
    pub fn write_alone<T>(&self, work: impl FnOnce(&mut UnitOfWork<'_>) -> Result<T>) -> Result<T> {
        self.cancellably(|| self.write_in_turn(true, work))
    }

    fn write_in_turn<T>(
        &self,
        is_alone: bool,
        work: impl FnOnce(&mut UnitOfWork<'_>) -> Result<T>,
    ) -> Result<T> {
        let _entered = self.write_span().entered();
        let connections = self.may_write()?;
        let queue = &self.shared.queue;
        let transaction = if is_alone {
            WriteTransaction::begin_alone(queue.turn(&connections)?)?
        } else {
            queue.join(&connections)?
        };
        self.run_and_settle(transaction, work)
    }

    fn write_span(&self) -> tracing::Span {
        tracing::debug_span!("store_write", user = %self.user.user_id)
    }

    fn may_write(&self) -> Result<Arc<Connections>> {
        let connections = self.connections()?;
        connections.check_may_write()?;
        self.check_may_write()?;
        Ok(connections)
    }

    /// Fails where this user or this thread may not write.
    pub(crate) fn check_may_write(&self) -> Result<()> {
        validate::text("UserId", &self.user.user_id, 1..=128)?;
        events::refuse_in_callback()
    }

    fn run_and_settle<T>(
        &self,
        mut transaction: WriteTransaction,
        work: impl FnOnce(&mut UnitOfWork<'_>) -> Result<T>,
    ) -> Result<T> {
        match transaction.run(&self.shared.environment, &self.user, work) {
            Ok(Ok(value)) => self.settle(transaction).map(|()| value),
            failed => {
                // The other writers' changes are still to be committed, and their writers wait for the outcome.
                if transaction.has_writes() {
                    let _theirs = self.settle(transaction);
                } else {
                    transaction.end();
                }
                failed.unwrap_or_else(|panic| resume_unwind(panic))
            }
        }
    }

    /// Runs the writes that wait in the queue, as far as they may share the transaction, and commits it; or hands it
    /// on to the next thread and waits for its outcome.
    pub(crate) fn settle(&self, transaction: WriteTransaction) -> Result<()> {
        let outcome = transaction.outcome();
        let Some(mut transaction) = transaction.serve() else {
            return outcome.wait();
        };
        let committed = transaction.commit();
        // Before the turn ends, so that no other commit of this store comes between this one and the questions
        // asked about it.
        self.tell_of(&committed, &mut transaction);
        transaction.resolve(&committed);
        transaction.end();
        committed
    }

    /// Notifies the cache and the subscribers of the rows that a commit wrote, or may have written.
    fn tell_of(&self, committed: &Result<()>, transaction: &mut WriteTransaction) {
        let (cache, events) = (&self.shared.cache, &self.shared.events);
        let written = transaction.written();
        match committed {
            Ok(()) => {
                let changed = written.changed;
                cache.committed(written);
                events.publish(changed);
                self.shared.claim_waiting.committed(changed);
            }
            Err(e) if matches!(e.code(), ErrorCode::OutcomeUnknown | ErrorCode::FileUnsafe) => {
                cache.clear();
                events.doubt(written.changed);
            }
            Err(_) => {}
        }
    }
}
