//! The queue against the least that does its job, and against queues that a host would use instead: tasks of a file that
//! is filled before are worked off, one claim, a run that does nothing and one end each.
//!
//! All sides take turns in each round, each on a fresh copy of its file, with the same settings of SQLite.

mod costs;
mod enqueues;
mod options;
mod rounds;
mod sides;
pub mod waiting;

use std::fmt;
use std::path::Path;

use orchestra_store::Durability;

use crate::harness::Measurement;

pub use costs::Costs;
pub use enqueues::Enqueues;
pub use options::Options;
pub use rounds::{Rate, Skipped};
pub use sides::{Done, Run, Side};

/// The side that ratios are about.
pub const OURS: &str = "agents";
/// The side that they are ratios of.
pub const BY_HAND: &str = "by hand";
/// The code of that side.
pub const BY_HAND_SOURCE: &str = include_str!("sides/by_hand.rs");

/// Conditions under which all sides work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Conditions {
    /// What commits survive.
    pub durability: Durability,
    /// How many workers there are.
    pub workers: usize,
}

impl Conditions {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::new(Durability::Full, 1),
        Self::new(Durability::Full, 8),
        Self::new(Durability::Normal, 1),
        Self::new(Durability::Normal, 8),
    ];

    const fn new(durability: Durability, workers: usize) -> Self {
        Self {
            durability,
            workers,
        }
    }
}

impl fmt::Display for Conditions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", word(self.durability), self.workers)
    }
}

/// The name of a durability in SQLite.
pub fn word(durability: Durability) -> &'static str {
    match durability {
        Durability::Full => "FULL",
        Durability::Normal => "NORMAL",
    }
}

/// The settings that all sides have, as statements: those of the kernel's connections that cost time.
pub fn pragmas(durability: Durability) -> String {
    let defaults = orchestra_store::StoreConfig::new("");
    format!(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = {}; PRAGMA wal_autocheckpoint = {};
         PRAGMA journal_size_limit = {}; PRAGMA cache_size = -{}; PRAGMA temp_store = 2; PRAGMA busy_timeout = 5000;",
        word(durability),
        defaults.wal_autocheckpoint,
        defaults.journal_size_limit,
        defaults.cache_size_kib
    )
}

/// What was found.
#[derive(Debug, Default)]
pub struct Found {
    /// Cycles per second of each side under each condition.
    pub rates: Vec<Rate>,
    /// Peers that couldn't be installed.
    pub skipped: Vec<Skipped>,
    /// What a cycle and a finished task cost.
    pub costs: Vec<Costs>,
    /// Enqueues per second.
    pub enqueues: Vec<Enqueues>,
    /// The peers that took part, with what they say of their versions.
    pub peers: Vec<(&'static str, String)>,
    /// Opening and closing a database.
    pub opening: Option<Measurement>,
    /// How long tasks wait for claims that wait.
    pub waiting: Vec<waiting::Latency>,
}

impl Found {
    /// The rate of a side under some conditions.
    pub fn rate(&self, side: &str, conditions: Conditions) -> Option<f64> {
        let mut found = self.rates.iter();
        let found = found.find(|rate| rate.side == side && rate.conditions == conditions);
        found.map(Rate::median)
    }

    /// The line that a run ends with for these conditions.
    pub fn line(&self, conditions: Conditions) -> Option<String> {
        let ours = self.rate(OURS, conditions)?;
        let by_hand = self.rate(BY_HAND, conditions)?;
        Some(format!(
            "queues {conditions} ours={ours:.0} by_hand={by_hand:.0} ratio={:.2}",
            ours / by_hand
        ))
    }
}

/// Measures all, and prints what comes out. `program` can be started as one that [waits](waiting::wait_if_asked).
pub fn measure(options: &Options, program: Option<&Path>) -> Found {
    let mut found = rounds::measure(options);
    found.costs = costs::measure(options);
    found.enqueues = enqueues::measure(options);
    found.opening = crate::cases::opening(options.effort, options.tasks);
    found.waiting = waiting::measure(options.waits, program);
    for durability in [Durability::Full, Durability::Normal] {
        let of = |workers| found.rate(BY_HAND, Conditions::new(durability, workers));
        let share = of(8).unwrap() / of(1).unwrap();
        let verdict = if share >= 0.9 { "met" } else { "MISSED" };
        println!(
            "by hand, {}: 8 workers {share:.2} of one, at least 0.90: {verdict}",
            word(durability)
        );
    }
    for conditions in Conditions::ALL {
        println!("{}", found.line(conditions).unwrap());
    }
    found
}
