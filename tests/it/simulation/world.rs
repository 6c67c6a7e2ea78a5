//! What all who take part share: the store, its clock, and chance.

use std::time::Duration;

use orchestra_store::maintenance::upkeep::Budget;
use orchestra_store::types::Timestamp;
use orchestra_store::{Clock as _, Durability};

use crate::random::Random;
use crate::support::TestStore;

/// How long everybody's turn takes together.
pub const TICK: Duration = Duration::from_secs(30 * 60);
pub const TICKS_A_DAY: u64 = 48;
/// Longer than any task is scheduled ahead, or waits for its next run.
pub const TICKS_SCHEDULED_AHEAD: u64 = 26;

pub const REPOSITORIES: [&str; 8] = [
    "/srv/git/api",
    "/srv/git/billing",
    "/srv/git/docs",
    "/srv/git/infra",
    "/srv/git/mobile",
    "/srv/git/search",
    "/srv/git/tools",
    "/srv/git/web",
];
/// What only agents of all repositories serve, if there are some.
pub const ORPHAN: &str = "/srv/git/nobody's";
pub const QUEUES: [&str; 2] = ["fast", "slow"];

pub struct World {
    pub test: TestStore,
    pub random: Random,
}

impl World {
    pub fn new(seed: u64) -> Self {
        let hours = |hours: u64| Some(Duration::from_secs(hours * 3600));
        let test = TestStore::with(|config| {
            config.durability = Durability::Normal;
            config.queue.lease = TICK * 3;
            config.queue.backoff = TICK;
            config.queue.max_backoff = TICK * 4;
            config.queue.ageing = hours(6);
            config.retention.audit_logs = hours(36);
            config.retention.change_events = hours(36);
        });
        Self {
            test,
            random: Random::new(seed),
        }
    }

    pub fn now(&self) -> Timestamp {
        self.test.clock.now()
    }

    /// What a host's timer does.
    pub fn maintain(&self) {
        let budget = Budget {
            max_runs: Some(40),
            ..Budget::default()
        };
        let report = self.test.store.maintain(budget).unwrap();
        assert_eq!(report.errors().next(), None);
    }
}
