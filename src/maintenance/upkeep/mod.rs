//! Regular upkeep, in small steps that a host's own timer starts: the library has no threads for it.
//!
//! Each step does one batch in a short transaction of its own, so that writers hardly wait, and reads from the database
//! what is due. So it can stop anywhere, and several processes can run it at once.

mod budget;
mod pause;
mod place;
mod ratings;
mod report;
mod retention;
mod round;
mod step;
mod step_list;

use std::collections::VecDeque;
use std::sync::atomic::Ordering;

pub use budget::Budget;
pub use report::{StepError, StepReport, UpkeepReport};
pub use retention::{DeletedRows, HeldSpace, SizeReport, TableSize};

use budget::Purse;
use place::UpkeepPlace;
use round::Round;
use step::Done;
use step_list::STEPS;

use crate::error::{ErrorCode, Result};
use crate::store::Store;

impl Store {
    /// Runs a round of upkeep within the budget: rescues tasks whose leases have ended, removes expired rows, deletes
    /// rows that the [`RetentionPolicy`](crate::RetentionPolicy) doesn't keep, and maintains the file.
    /// `docs/maintenance.md` lists the steps.
    ///
    /// Call it every few seconds, from one host or several. The steps take turns, one batch at a time, until nothing is
    /// due or the budget is spent; the next call begins where this one stopped. A step is never interrupted, so that
    /// the last one may exceed the budget by a few milliseconds, and a backup that is due
    /// ([`BackupPolicy`](crate::BackupPolicy)) takes as long as it needs. A step that fails is named in the report and
    /// keeps no other from running. Of each kind of row, at most
    /// [`max_rows_per_run`](crate::RetentionPolicy::max_rows_per_run) are deleted.
    ///
    /// A database that is larger than [`max_size`](crate::RetentionPolicy::max_size) loses its oldest rows, and the
    /// report says how many and what else holds the space.
    ///
    /// Fails only if the store is [closed](ErrorCode::Closed) or a write is under way on this thread
    /// ([`ErrorCode::Misuse`]).
    ///
    /// ```
    /// use orchestra_store::{Store, StoreConfig};
    /// use std::time::Duration;
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let store = Store::open(StoreConfig::new(directory.path().join("orchestra.db")))?;
    /// let report = store.maintain(Duration::from_secs(10))?;
    /// assert!(report.errors().next().is_none());
    /// assert!(report.steps.iter().all(|step| step.runs > 0) && !report.more_due);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn maintain(&self, budget: impl Into<Budget>) -> Result<UpkeepReport> {
        // The budget limits the time, and a step that was ended halfway would never get further.
        let store = &self.with_operation_timeout(None);
        let mut purse = Purse::new(budget.into(), &*self.environment().clock);
        let first = UpkeepPlace::of(self).next_step.load(Ordering::Relaxed);
        let mut reports: Vec<_> = STEPS.iter().map(|s| StepReport::not_run(s.name)).collect();
        let mut waiting: VecDeque<usize> = (0..STEPS.len())
            .map(|turn| (first + turn) % STEPS.len())
            .collect();
        let mut round = Round::new(&self.environment().retention);
        while let Some(&step) = waiting.front() {
            if !purse.pays_for_another() {
                break;
            }
            waiting.pop_front();
            let outcome = unless_hopeless(STEPS[step].run(store, &mut round))?;
            let is_at_bound = outcome.as_ref().is_ok_and(|done| done.is_at_bound);
            reports[step].add(outcome);
            if reports[step].is_to_go_on() && !is_at_bound {
                waiting.push_back(step);
            }
        }
        let next = waiting.front().copied().unwrap_or(0);
        UpkeepPlace::of(self)
            .next_step
            .store(next, Ordering::Relaxed);
        Ok(UpkeepReport::new(reports, round.into_size_report()))
    }

    /// Reports what [`maintain`](Self::maintain) would do: runs one batch of each step in a transaction that is rolled
    /// back. Steps that only maintain the file are left out.
    pub fn maintain_dry_run(&self) -> Result<UpkeepReport> {
        let store = &self.with_operation_timeout(None);
        let mut reports = Vec::new();
        let mut round = Round::new(&self.environment().retention);
        for step in STEPS.iter().filter(|step| step.can_be_undone()) {
            let mut report = StepReport::not_run(step.name);
            report.add(unless_hopeless(step.try_out(store, &mut round))?);
            reports.push(report);
        }
        Ok(UpkeepReport::new(reports, round.size))
    }
}

/// Passes on the outcome of a step, unless its error would stop every other step too.
fn unless_hopeless(outcome: Result<Done>) -> Result<Result<Done>> {
    match outcome {
        Err(e) if matches!(e.code(), ErrorCode::Closed | ErrorCode::Misuse) => Err(e),
        outcome => Ok(outcome),
    }
}
