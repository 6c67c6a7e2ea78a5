//! Where the library takes the time and new ids from: injected, so that tests repeat exactly.

use std::fmt;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use uuid::Uuid;

use crate::types::{TimeSpan, Timestamp};

/// Tells the time.
pub trait Clock: Send + Sync + fmt::Debug {
    /// The present moment, UTC.
    fn now(&self) -> Timestamp;

    /// The time since some moment that stays the same, and that nobody sets back: for measuring
    /// how long something takes. Unless it is overridden, it is the system's.
    fn uptime(&self) -> Duration {
        static START: OnceLock<Instant> = OnceLock::new();
        START.get_or_init(Instant::now).elapsed()
    }
}

/// The system's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::from(SystemTime::now())
    }
}

/// A clock that stands still until it is told to move.
///
/// ```
/// use orchestra_store::{Clock, ManualClock};
/// use std::time::Duration;
///
/// let clock = ManualClock::at("2026-01-01 00:00:00".parse()?);
/// clock.advance(Duration::from_secs(90));
/// assert_eq!(clock.now().to_string(), "2026-01-01 00:01:30.0000000");
/// # Ok::<(), orchestra_store::types::InvalidValue>(())
/// ```
#[derive(Debug)]
pub struct ManualClock(AtomicI64);

impl ManualClock {
    /// A clock that shows `start`.
    pub fn at(start: Timestamp) -> Self {
        Self(AtomicI64::new(start.ticks()))
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: Duration) {
        self.0
            .fetch_add(TimeSpan::from(by).ticks(), Ordering::SeqCst);
    }

    /// Sets the clock, backwards too.
    pub fn set(&self, to: Timestamp) {
        self.0.store(to.ticks(), Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_ticks(self.0.load(Ordering::SeqCst)).unwrap_or(Timestamp::MAX)
    }

    /// Nothing takes any time unless the clock is moved meanwhile.
    fn uptime(&self) -> Duration {
        let ticks = TimeSpan::from_ticks(self.0.load(Ordering::SeqCst));
        ticks.to_duration().unwrap_or_default()
    }
}

/// Makes the ids of new rows and the tokens of leases.
pub trait IdGenerator: Send + Sync + fmt::Debug {
    /// An id that no call has returned before, 1 to 128 characters.
    fn next_id(&self) -> String;
}

/// UUIDs of version 7, lower case: they sort by the time they were made, so that new rows are
/// appended to an index and not strewn over it.
#[derive(Debug, Clone, Copy, Default)]
pub struct UuidGenerator;

impl IdGenerator for UuidGenerator {
    fn next_id(&self) -> String {
        Uuid::now_v7().to_string()
    }
}

/// Numbered ids, for tests: `task-000001`, `task-000002`, …
#[derive(Debug)]
pub struct SequentialIds {
    prefix: String,
    last: AtomicU64,
}

impl SequentialIds {
    /// Ids that begin with `prefix`.
    pub fn new(prefix: impl Into<String>) -> Self {
        Self {
            prefix: prefix.into(),
            last: AtomicU64::new(0),
        }
    }
}

impl IdGenerator for SequentialIds {
    fn next_id(&self) -> String {
        let number = self.last.fetch_add(1, Ordering::Relaxed) + 1;
        format!("{}-{number:06}", self.prefix)
    }
}
