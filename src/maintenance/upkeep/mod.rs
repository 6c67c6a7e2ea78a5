//! What has to be done from time to time, in small steps that a host's own timer starts: the
//! library has no threads for it.
//!
//! Each step does one batch in a short transaction of its own, so that writers hardly wait, and
//! finds what is due in the database: it can stop anywhere, and several processes can do it at once.

mod budget;
mod pause;
mod place;
mod ratings;
mod report;
mod step;
mod steps;

use std::collections::VecDeque;
use std::sync::atomic::Ordering;

pub use budget::Budget;
pub use report::{StepError, StepReport, UpkeepReport};

use budget::Purse;
use place::UpkeepPlace;
use step::Done;
use steps::STEPS;

use crate::error::{ErrorCode, Result};
use crate::store::Store;

impl Store {
    /// Does what is due, as far as the budget goes: leases that ended are rescued, what expired is
    /// removed, what the [`RetentionPolicy`](crate::RetentionPolicy) doesn't keep is deleted, and
    /// the file is looked after. `docs/maintenance.md` lists the steps.
    ///
    /// Meant to be called every few seconds, by one host or several. Every step gets its turn, one
    /// batch at a time, until nothing is due or the budget is spent; the next call begins where
    /// this one stopped. A step is never broken off, so that the last one may take a few
    /// milliseconds more, and a backup that is due ([`BackupPolicy`](crate::BackupPolicy)) as long as it
    /// takes. One that fails is named in the report and keeps no other from running.
    ///
    /// Fails only where the store is [closed](ErrorCode::Closed) or a write is under way on this
    /// thread ([`ErrorCode::Misuse`]).
    ///
    /// ```
    /// # use orchestra_store::{Store, StoreConfig};
    /// # use std::time::Duration;
    /// # let directory = tempfile::tempdir()?;
    /// # let store = Store::open(StoreConfig::new(directory.path().join("orchestra.db")))?;
    /// let report = store.maintain(Duration::from_millis(200))?;
    /// assert!(report.errors().next().is_none());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn maintain(&self, budget: impl Into<Budget>) -> Result<UpkeepReport> {
        let mut purse = Purse::new(budget.into(), &*self.environment().clock);
        let first = UpkeepPlace::of(self).next_step.load(Ordering::Relaxed);
        let mut reports: Vec<_> = STEPS.iter().map(|s| StepReport::not_run(s.name)).collect();
        let mut waiting: VecDeque<usize> = (0..STEPS.len())
            .map(|turn| (first + turn) % STEPS.len())
            .collect();
        while let Some(&step) = waiting.front() {
            if !purse.pays_for_another() {
                break;
            }
            waiting.pop_front();
            reports[step].add(unless_hopeless(STEPS[step].run(self))?);
            if reports[step].is_to_go_on() {
                waiting.push_back(step);
            }
        }
        let next = waiting.front().copied().unwrap_or(0);
        UpkeepPlace::of(self)
            .next_step
            .store(next, Ordering::Relaxed);
        Ok(UpkeepReport::new(reports))
    }

    /// Tells what [`maintain`](Self::maintain) would do: one batch of each step is done in a
    /// transaction that is rolled back. Steps that only look after the file are left out.
    pub fn maintain_dry_run(&self) -> Result<UpkeepReport> {
        let mut reports = Vec::new();
        for step in STEPS.iter().filter(|step| step.can_be_undone()) {
            let mut report = StepReport::not_run(step.name);
            report.add(unless_hopeless(step.try_out(self))?);
            reports.push(report);
        }
        Ok(UpkeepReport::new(reports))
    }
}

/// What became of a step; a store that is closed or used wrongly would fail every other too.
fn unless_hopeless(outcome: Result<Done>) -> Result<Result<Done>> {
    match outcome {
        Err(e) if matches!(e.code(), ErrorCode::Closed | ErrorCode::Misuse) => Err(e),
        outcome => Ok(outcome),
    }
}
