//! How much a round of upkeep may take.

use std::time::Duration;

use crate::clock::Clock;

/// How much a round of upkeep may take. A [`Duration`] is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// How long it may take; no step begins afterwards, but the first. Default: 1 s.
    pub time: Duration,
    /// How many batches it may do. Default: any number.
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

/// What is left of a budget.
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

    /// Whether another run may begin, which is then counted. The first always may: however small
    /// the budget is, in the end everything is done.
    pub(super) fn pays_for_another(&mut self) -> bool {
        let spent = self.clock.uptime().saturating_sub(self.began);
        let may = self.runs == 0
            || (spent < self.budget.time && self.budget.max_runs.is_none_or(|max| self.runs < max));
        self.runs += u32::from(may);
        may
    }
}
