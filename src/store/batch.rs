//! A transaction that several writes of this process share, so that they share its commit.
//!
//! Each write runs on its own thread. The first begins the transaction; one that comes while
//! another runs gets the open transaction from it, adds to it inside a savepoint, and passes it on.
//! The last commits. Whoever has passed it on waits until it is known what became of it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Instant;

use crate::cancel;
use crate::config::GroupCommit;
use crate::error::{Error, ErrorCode, Result};
use crate::rows::seen::Seen;
use crate::rows::{ChangeLog, Environment, Reader, UnitOfWork, UserContext};
use crate::sqlite::connection::Connection;
use crate::sqlite::control;
use crate::sqlite::pool::Lent;
use crate::sqlite::transaction::{self, Kind, Outcome};

/// An open transaction, and what is to be known of it when it is committed.
pub(crate) struct Batch {
    connection: Lent,
    changed: ChangeLog,
    counted_before: i64,
    began: Instant,
    /// How many writes are in it.
    writes: u32,
    /// Whether nobody else may add to it.
    is_closed: bool,
    /// Whether its writes are steps of one caller's transaction: each can be undone by itself, and
    /// may leave a reference to what a later one writes.
    has_steps: bool,
    /// Whether a failure in one of them made SQLite roll back the others too.
    is_lost: bool,
    fate: Arc<Fate>,
}

impl Batch {
    /// Begins a transaction, which others may add to unless it `is_closed`.
    pub(crate) fn begin(mut connection: Lent, is_closed: bool) -> Result<Self> {
        transaction::begin(&mut connection, Kind::Write)?;
        Ok(Self {
            changed: ChangeLog::default(),
            counted_before: connection.total_changes(),
            began: Instant::now(),
            writes: 0,
            is_closed,
            has_steps: false,
            is_lost: false,
            fate: Arc::default(),
            connection,
        })
    }

    /// Begins a transaction that one caller writes in steps.
    pub(crate) fn begin_steps(connection: Lent) -> Result<Self> {
        let mut batch = Self::begin(connection, true)?;
        batch.has_steps = true;
        Ok(batch)
    }

    /// Fails where nothing is left to add to.
    pub(crate) fn check_alive(&self) -> Result<()> {
        if self.is_lost || !self.connection.is_in_transaction() {
            return Err(rolled_back());
        }
        Ok(())
    }

    /// Reads what is committed, and what was written so far.
    pub(crate) fn read<T>(
        &mut self,
        environment: &Environment,
        user: &UserContext,
        work: impl FnOnce(&mut Reader<'_>) -> Result<T>,
    ) -> Result<T> {
        let outcome = work(&mut Reader::new(&mut self.connection, environment, user));
        outcome.map_err(|e| self.connection.explain(e))
    }

    /// Does the work of one write. Where it fails or panics, what it wrote is undone, and nothing
    /// else.
    pub(crate) fn run<T>(
        &mut self,
        environment: &Environment,
        user: &UserContext,
        work: impl FnOnce(&mut UnitOfWork<'_>) -> Result<T>,
    ) -> Outcome<T> {
        // The first has the whole transaction for itself, and needs no savepoint.
        let is_first = self.writes == 0 && !self.has_steps;
        if !is_first && let Err(error) = control::run(&mut self.connection, &control::Savepoint) {
            return Ok(Err(self.connection.explain(error.into())));
        }
        self.connection.refuse_commits(true);
        let mut changed = ChangeLog::default();
        let handle = self.connection.handle();
        let mut seen = Seen::new(handle);
        let reader = Reader::new(&mut self.connection, environment, user);
        let mut uow = UnitOfWork::new(reader, handle, &mut changed, &mut seen);
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            let value = work(&mut uow)?;
            if !handle.is_in_transaction() {
                return Err(rolled_back());
            }
            uow.record_changes()?;
            cancel::check()?;
            Ok(value)
        }));
        self.connection.refuse_commits(false);
        let outcome = outcome.map(|done| done.map_err(|e| self.connection.explain(e)));
        match (outcome, is_first) {
            (Ok(Ok(value)), true) => {
                // The commit will refuse a reference to nothing, which must hit nobody else.
                self.is_closed |= self.connection.has_dangling_references();
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
        let released = if !self.has_steps && self.connection.has_dangling_references() {
            let message = "FOREIGN KEY constraint failed";
            Err(Error::new(ErrorCode::ConstraintViolation, message))
        } else {
            let released = control::run(&mut self.connection, &control::Release);
            released.map_err(|e| self.connection.explain(e.into()))
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
            transaction::roll_back(&mut self.connection);
        } else if let Err(error) = control::run(&mut self.connection, &control::RollbackTo) {
            tracing::warn!(%error, "a write took the transaction that it shared with it");
            transaction::roll_back(&mut self.connection);
            self.is_lost = true;
        }
    }

    /// Whether there is something to commit.
    pub(crate) fn has_writes(&self) -> bool {
        self.writes > 0
    }

    /// Whether another write may add to it.
    pub(super) fn takes_more(&self, limits: &GroupCommit) -> bool {
        let is_open = self.has_writes() && !self.is_closed && self.connection.is_in_transaction();
        is_open && self.writes < limits.max_writes && self.began.elapsed() < limits.max_wait
    }

    /// Commits it. The connection is still there afterwards.
    pub(crate) fn commit(&mut self) -> Result<()> {
        if self.is_lost {
            return Err(lost());
        }
        transaction::commit(&mut self.connection)
    }

    /// What was written, how many changes of rows SQLite counted, and the connection.
    pub(crate) fn written(&mut self) -> (&ChangeLog, i64, &mut Connection) {
        let counted = self.connection.total_changes() - self.counted_before;
        (&self.changed, counted, &mut self.connection)
    }

    pub(crate) fn fate(&self) -> Arc<Fate> {
        Arc::clone(&self.fate)
    }
}

impl Drop for Batch {
    fn drop(&mut self) {
        transaction::roll_back(&mut self.connection);
        // Only heard where nothing else was told before.
        self.fate.tell(&Err(lost()));
    }
}

fn rolled_back() -> Error {
    let message = "the transaction was rolled back by a failure in it; begin another one";
    Error::new(ErrorCode::Closed, message)
}

fn lost() -> Error {
    let message = "the transaction was rolled back by a failure in another write that shared it";
    Error::new(ErrorCode::Busy, message)
}

/// What became of a batch, for those who wait for it.
#[derive(Debug, Default)]
pub(crate) struct Fate {
    told: Mutex<Option<Result<()>>>,
    is_told: Condvar,
}

impl Fate {
    /// Tells those who wait. Who is told twice believes the first.
    pub(crate) fn tell(&self, result: &Result<()>) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.is_none() {
            *told = Some(copy(result));
            self.is_told.notify_all();
        }
    }

    pub(crate) fn wait(&self) -> Result<()> {
        let told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let told = self.is_told.wait_while(told, |told| told.is_none());
        let told = told.unwrap_or_else(PoisonError::into_inner);
        told.as_ref().map_or_else(|| Err(lost()), copy)
    }
}

fn copy(result: &Result<()>) -> Result<()> {
    match result {
        Ok(()) => Ok(()),
        Err(error) => Err(error.for_another()),
    }
}
