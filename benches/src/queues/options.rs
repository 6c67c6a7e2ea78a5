//! How much is measured.

use std::time::Duration;

use crate::harness::Effort;

/// How much is measured.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// How many tasks are in each file.
    pub tasks: u64,
    /// How often each side works under each condition.
    pub rounds: usize,
    /// The time after which a side begins no further cycle.
    pub limit: Duration,
    /// Whether the peers are installed and take part.
    pub has_peers: bool,
    /// How many tasks are enqueued for claims that wait.
    pub waits: usize,
    /// How long opening and closing is measured.
    pub effort: Effort,
}

impl Options {
    /// What the report is made of.
    pub const FULL: Self = Self {
        tasks: 20_000,
        rounds: 3,
        limit: Duration::from_secs(4),
        has_peers: true,
        waits: 500,
        effort: Effort::FULL,
    };
    /// Only to see that it runs.
    pub const QUICK: Self = Self {
        tasks: 64,
        rounds: 1,
        limit: Duration::from_secs(60),
        has_peers: false,
        waits: 10,
        effort: Effort::SMOKE,
    };
}
