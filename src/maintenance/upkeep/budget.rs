//! Budget of a round of upkeep.

use std::time::Duration;

use crate::clock::Clock;

/// Budget of a round of upkeep; a [`Duration`] converts into one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Time after which no further batch begins; the first always does. Default: 1 s.
    pub time: Duration,
    /// Maximum number of batches. Default: any number.
    pub max_runs: Option<u32>,
}

impl Default for Budget {
    fn default() -> Self {
        Duration::from_secs(1).into()
    }
}

impl From<Duration> for Budget {
    fn from(time: Duration) -> Self {
        Self {
            time,
            max_runs: None,
        }
    }
}

/// Rest of a budget.
pub(super) struct Purse<'a> {
    budget: Budget,
    clock: &'a dyn Clock,
    began: Duration,
    runs: u32,
}

impl<'a> Purse<'a> {
    pub(super) fn new(budget: Budget, clock: &'a dyn Clock) -> Self {
        Self {
            budget,
            clock,
            began: clock.uptime(),
            runs: 0,
        }
    }

    /// Counts another batch, and returns true if the budget allows it. The first is always allowed, so that everything
    /// is done in the end, however small the budget is.
    pub(super) fn pays_for_another(&mut self) -> bool {
        let spent = self.clock.uptime().saturating_sub(self.began);
        let may = self.runs == 0
            || (spent < self.budget.time && self.budget.max_runs.is_none_or(|max| self.runs < max));
        self.runs += u32::from(may);
        may
    }
}
