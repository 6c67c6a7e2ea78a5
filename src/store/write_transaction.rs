//! A transaction that several writes of this process share, so that they share its commit.
//!
//! The first write begins the transaction. Its thread then runs the writes that wait in the queue and own what they
//! need, each inside a savepoint, and commits. A write that has to run on its own thread receives the open transaction,
//! adds to it, and goes on in the same way; the thread that handed it on waits for the outcome.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Instant;

use crate::cancel::{self, CancelScope};
use crate::error::{Error, ErrorCode, Result};
use crate::rows::lineages::NumberBase;
use crate::rows::seen::{Seen, SeenBy};
use crate::rows::{ChangeLog, Environment, Reader, UnitOfWork, UserContext};
use crate::sqlite::connection::Connection;
use crate::sqlite::transaction::{self, TransactionOutcome};
use crate::sqlite::{Connections, transaction_statements};
use crate::store::write_command::WriteCommand;
use crate::store::write_turn::{InTurn, WriteTurn};

/// An open transaction on the writing connection, with the changes and the promise that matter at its commit.
pub(crate) struct WriteTransaction {
    turn: WriteTurn,
    changed: ChangeLog,
    counted_before: i64,
    base: NumberBase,
    began: Instant,
    /// The number of writes in it.
    writes: u32,
    /// Set where no other write may join it.
    is_closed: bool,
    /// Set where its writes are steps of one caller's transaction: each can be undone by itself, and may leave a
    /// reference to a row that a later one writes.
    has_steps: bool,
    /// Set where a failure in one write made SQLite roll back the others too.
    is_lost: bool,
    // Behind the turn: a transaction that is dropped is rolled back before its writers learn of it.
    promise: CommitPromise,
}

impl WriteTransaction {
    /// Begins a transaction that no other write may join.
    pub(crate) fn begin_alone(turn: WriteTurn) -> Result<Self> {
        let mut transaction = Self::begin_shared(turn)?;
        transaction.is_closed = true;
        Ok(transaction)
    }

    /// Begins a transaction that one caller writes in steps.
    pub(crate) fn begin_steps(turn: WriteTurn) -> Result<Self> {
        let mut transaction = Self::begin_alone(turn)?;
        transaction.has_steps = true;
        transaction.turn.leave();
        Ok(transaction)
    }

    /// Begins a transaction that other writes may join.
    pub(super) fn begin_shared(mut turn: WriteTurn) -> Result<Self> {
        let begun = turn
            .begin_writing()
            .and_then(|()| NumberBase::of_transaction(&mut turn));
        let base = match begun {
            Ok(base) => base,
            Err(error) => {
                transaction::roll_back(&mut turn);
                turn.end();
                return Err(error);
            }
        };
        Ok(Self {
            base,
            changed: ChangeLog::default(),
            counted_before: turn.total_changes(),
            began: Instant::now(),
            writes: 0,
            is_closed: false,
            has_steps: false,
            is_lost: false,
            promise: CommitPromise::default(),
            turn,
        })
    }

    /// Fails where SQLite has rolled the transaction back.
    pub(crate) fn check_alive(&self) -> Result<()> {
        if self.is_lost || !self.turn.is_in_transaction() {
            return Err(rolled_back());
        }
        Ok(())
    }

    /// Makes this thread the one that works in the transaction, until the returned value is dropped.
    pub(crate) fn enter(&self) -> InTurn {
        self.turn.enter()
    }

    /// Reads committed rows and those that the transaction wrote so far.
    pub(crate) fn read<T>(
        &mut self,
        environment: &Environment,
        user: &UserContext,
        work: impl FnOnce(&mut Reader<'_>) -> Result<T>,
    ) -> Result<T> {
        let outcome = work(&mut Reader::new(&mut self.turn, environment, user));
        outcome.map_err(|e| self.turn.explain(e))
    }

    /// Runs the work of one write. Where it fails or panics, its changes are undone, and nothing else.
    pub(crate) fn run<T>(
        &mut self,
        environment: &Environment,
        user: &UserContext,
        work: impl FnOnce(&mut UnitOfWork<'_>) -> Result<T>,
    ) -> TransactionOutcome<T> {
        // The first write has the whole transaction for itself, and needs no savepoint.
        let is_first = self.writes == 0 && !self.has_steps;
        if !is_first
            && let Err(error) =
                transaction_statements::run(&mut self.turn, &transaction_statements::Savepoint)
        {
            return Ok(Err(self.turn.explain(error.into())));
        }
        let is_shared = !is_first && !self.has_steps;
        let _spared = is_shared.then(CancelScope::sparing_writes);
        self.turn.refuse_commits(true);
        let mut changed = ChangeLog::default();
        let mut seen = Seen::default();
        let (conn, connection) = self.turn.connection().parts();
        let reader = Reader::new(conn, environment, user);
        let seen = SeenBy {
            connection,
            seen: &mut seen,
        };
        let mut uow = UnitOfWork::new(reader, &mut changed, seen, self.base);
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            let value = work(&mut uow)?;
            if !connection.is_in_transaction() {
                return Err(rolled_back());
            }
            uow.record_changes()?;
            cancel::check()?;
            Ok(value)
        }));
        self.turn.refuse_commits(false);
        let outcome = outcome.map(|done| done.map_err(|e| self.turn.explain(e)));
        match (outcome, is_first) {
            (Ok(Ok(value)), true) => {
                // The commit will refuse a reference to a missing row, which must affect no other write.
                self.is_closed |= self.turn.has_dangling_references();
                self.keep(changed);
                Ok(Ok(value))
            }
            (Ok(Ok(value)), false) => Ok(self.release(changed).map(|()| value)),
            (failed, _) => {
                self.changed.noted += changed.noted;
                self.undo(is_first);
                failed
            }
        }
    }

    fn keep(&mut self, changed: ChangeLog) {
        self.writes += 1;
        self.changed.append(changed);
    }

    fn release(&mut self, changed: ChangeLog) -> Result<()> {
        let released = if !self.has_steps && self.turn.has_dangling_references() {
            let message = "FOREIGN KEY constraint failed";
            Err(Error::new(ErrorCode::ConstraintViolation, message))
        } else {
            let released =
                transaction_statements::run(&mut self.turn, &transaction_statements::Release);
            released.map_err(|e| self.turn.explain(e.into()))
        };
        match released {
            Ok(()) => self.keep(changed),
            Err(_) => {
                self.changed.noted += changed.noted;
                self.undo(false);
            }
        }
        released
    }

    fn undo(&mut self, is_first: bool) {
        if is_first {
            transaction::roll_back(&mut self.turn);
        } else if let Err(error) =
            transaction_statements::run(&mut self.turn, &transaction_statements::RollbackTo)
        {
            tracing::warn!(%error, "a write took the transaction that it shared with it");
            transaction::roll_back(&mut self.turn);
            self.is_lost = true;
        }
    }

    /// Returns whether the transaction has writes to commit.
    pub(crate) fn has_writes(&self) -> bool {
        self.writes > 0
    }

    /// Runs the writes in the queue that this thread can run, and hands the transaction to the next one that it can't.
    /// Returns it where it is to be committed now.
    pub(crate) fn serve(mut self) -> Option<Self> {
        let queue = Arc::clone(self.turn.queue());
        while self.takes_more() {
            let Some(command) = queue.next_command() else {
                return queue.hand_on(self);
            };
            self.promise.commands.push(Arc::clone(&command));
            command.run(&mut self);
        }
        Some(self)
    }

    /// Returns whether another write may join the transaction.
    fn takes_more(&self) -> bool {
        let limits = self.turn.queue().limits();
        let is_open = self.has_writes() && !self.is_closed && self.turn.is_in_transaction();
        is_open && self.writes < limits.max_writes && self.began.elapsed() < limits.max_wait
    }

    /// Commits the transaction. The connection remains usable afterwards.
    pub(crate) fn commit(&mut self) -> Result<()> {
        if self.is_lost {
            return Err(lost());
        }
        transaction::commit(&mut self.turn)?;
        self.turn.keep_remembered();
        Ok(())
    }

    /// Returns the changes of the transaction, with the connections, which know of the changes of others.
    pub(crate) fn written(&mut self) -> WrittenChanges<'_> {
        let counted = self.turn.total_changes() - self.counted_before;
        let (writer, connections) = self.turn.parts();
        WrittenChanges {
            changed: &self.changed,
            counted,
            writer,
            connections,
        }
    }

    /// Returns the outcome that writers wait for once they have handed the transaction on.
    pub(crate) fn outcome(&self) -> Arc<CommitOutcome> {
        Arc::clone(&self.promise.outcome)
    }

    /// Resolves the outcome for all its writers.
    pub(crate) fn resolve(&mut self, committed: &Result<()>) {
        self.promise.resolve(committed);
    }

    /// Rolls back the changes that aren't committed, and ends the turn.
    pub(crate) fn end(mut self) {
        transaction::roll_back(&mut self.turn);
        self.turn.ended_writing(self.began);
        self.turn.end();
    }
}

/// Returns the error of a transaction that SQLite has rolled back.
pub(crate) fn rolled_back() -> Error {
    let message = "the transaction was rolled back by a failure in it; begin another one";
    Error::new(ErrorCode::Closed, message)
}

pub(super) fn lost() -> Error {
    let message = "the transaction was rolled back by a failure in another write that shared it";
    Error::new(ErrorCode::Busy, message)
}

/// The changes of a transaction, with the connections, which know of the changes of others.
pub(crate) struct WrittenChanges<'t> {
    pub(crate) changed: &'t ChangeLog,
    /// The number of changed rows that SQLite counted.
    pub(crate) counted: i64,
    pub(crate) writer: &'t mut Connection,
    pub(crate) connections: &'t Connections,
}

/// The outcome of a commit, for the threads that wait for it.
#[derive(Debug, Default)]
pub(crate) struct CommitOutcome {
    resolved: Mutex<Option<Result<()>>>,
    is_resolved: Condvar,
}

impl CommitOutcome {
    /// Sets the outcome and wakes the threads that wait for it. Only the first outcome counts.
    fn resolve(&self, outcome: &Result<()>) {
        let mut resolved = self.resolved.lock().unwrap_or_else(PoisonError::into_inner);
        if resolved.is_none() {
            *resolved = Some(copy(outcome));
            self.is_resolved.notify_all();
        }
    }

    /// Waits until the outcome is known.
    pub(crate) fn wait(&self) -> Result<()> {
        let resolved = self.resolved.lock().unwrap_or_else(PoisonError::into_inner);
        let resolved = self.is_resolved.wait_while(resolved, |r| r.is_none());
        let resolved = resolved.unwrap_or_else(PoisonError::into_inner);
        resolved.as_ref().map_or_else(|| Err(lost()), copy)
    }
}

/// A promise to resolve the outcome, at the latest when it is dropped: then the transaction is lost.
#[derive(Default)]
struct CommitPromise {
    outcome: Arc<CommitOutcome>,
    /// The writes that were run for their threads.
    commands: Vec<Arc<dyn WriteCommand>>,
}

impl CommitPromise {
    fn resolve(&mut self, outcome: &Result<()>) {
        self.outcome.resolve(outcome);
        for command in self.commands.drain(..) {
            command.end(outcome);
        }
    }
}

impl Drop for CommitPromise {
    fn drop(&mut self) {
        self.resolve(&Err(lost()));
    }
}

fn copy(result: &Result<()>) -> Result<()> {
    match result {
        Ok(()) => Ok(()),
        Err(error) => Err(error.for_another()),
    }
}
