//! Claims that wait until there is a task for them.
//!
//! A claim that finds nothing enters the [line](line::ClaimLine) of its database, which all stores of the process share,
//! and sleeps. One thread, the [watcher](watcher::Watcher), looks on behalf of all: after each commit of anybody, and when
//! a task becomes due. It reads which claims would get a task, calls these, and only they take the write lock. So neither
//! the number of claims that wait nor the time that they wait costs anything.

mod line;
mod lines;
mod watcher;

use std::time::{Duration, Instant};

pub(super) use lines::ClaimWaiting;

use super::Store;
use crate::error::{ErrorCode, Result};
use crate::rows::UnitOfWork;
use crate::services::tasks::{self, Claim};
use crate::tables::Task;

impl Store {
    /// Claims tasks as [`tasks::claim`] does, and waits up to `timeout` until there is at least one; returns none if
    /// there was none in that time. `take` is what claims them, by a write as [`write_owned`](Self::write_owned) makes it:
    /// [`tasks::claim`], [`tasks::claim_and_start`], or a function that does more in the same transaction.
    ///
    /// Waits for anything that makes a task claimable, by any process: a task that is enqueued, released, retried or
    /// reassigned, becomes due, or has its last dependency completed; a queue or a workflow that is resumed; an agent
    /// that has room again, or is back. An agent that is neither idle nor busy waits as well. Of the claims that a task
    /// fits, the one that has waited longest gets it.
    ///
    /// While it waits, it reads nothing and holds no lock: one thread of the process looks for all claims on a database.
    /// It notices commits of this store at once, those of others and the token of
    /// [`cancellable`](Self::cancellable) within 5 ms. The write lock is taken only when a task fits. The time limit of
    /// [operations](Self::with_operation_timeout) bounds each read and write, not the wait.
    ///
    /// ```
    /// use orchestra_store::services::tasks::{self, Claim, NewTask};
    /// use orchestra_store::{Store, StoreConfig};
    /// use std::time::Duration;
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let store = Store::open(StoreConfig::new(directory.path().join("orchestra.db")))?;
    /// let claim = Claim::repository("/srv/app", "worker 1");
    /// let none = store.claim_waiting(&claim, Duration::from_millis(10), tasks::claim)?;
    /// assert!(none.is_empty());
    ///
    /// std::thread::scope(|scope| {
    ///     let worker = scope.spawn(|| store.claim_waiting(&claim, Duration::MAX, tasks::claim));
    ///     store.write(|uow| tasks::enqueue(uow, &NewTask::new("make", "/srv/app")))?;
    ///     assert_eq!(worker.join().unwrap()?.len(), 1);
    ///     Ok::<(), orchestra_store::Error>(())
    /// })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of `take` and of [`write`](Self::write), and [`ErrorCode::NotFound`] if the agent is removed. Once it
    /// waits: [`ErrorCode::Closed`] when the store is closed, [`ErrorCode::Cancelled`], and [`ErrorCode::FileUnsafe`] if
    /// the files of the database are lost. [`ErrorCode::Misuse`] inside a write.
    pub fn claim_waiting(
        &self,
        claim: &Claim,
        timeout: Duration,
        take: impl Fn(&mut UnitOfWork<'_>, &Claim) -> Result<Vec<Task>> + Clone + Send + 'static,
    ) -> Result<Vec<Task>> {
        // A time that the clock can't represent means forever.
        let deadline = Instant::now().checked_add(timeout);
        tasks::check_claim(claim)?;
        self.check_may_write()?;
        self.queue().check_may_wait()?;
        if self.has_task_for(claim)? {
            let taken = self.take_if_any(claim, take.clone())?;
            if !taken.is_empty() {
                return Ok(taken);
            }
        }
        let is_over = deadline.is_some_and(|deadline| deadline <= Instant::now());
        if is_over || claim.limit == 0 {
            return Ok(Vec::new());
        }
        let mut place = self.enter_line(claim)?;
        while place.wait_for_call(deadline)? {
            let taken = self.take_if_any(claim, take.clone())?;
            if !taken.is_empty() {
                return Ok(taken);
            }
            place.wait_again();
        }
        Ok(Vec::new())
    }

    fn has_task_for(&self, claim: &Claim) -> Result<bool> {
        let promised = self.claim_waiting_state().promised();
        let found = self.read(|reader| tasks::claimable(reader, claim, &promised, 1))?;
        Ok(!found.is_empty())
    }

    /// Claims what there is, if anything: others may have been faster, and the agent may have left.
    fn take_if_any(
        &self,
        claim: &Claim,
        take: impl Fn(&mut UnitOfWork<'_>, &Claim) -> Result<Vec<Task>> + Send + 'static,
    ) -> Result<Vec<Task>> {
        let owned = claim.clone();
        match self.write_owned(move |uow| take(uow, &owned)) {
            Err(e) if e.code() == ErrorCode::InvalidTransition => {
                match self.read(|reader| tasks::is_away(reader, claim))? {
                    true => Ok(Vec::new()),
                    false => Err(e),
                }
            }
            taken => taken,
        }
    }
}
