//! Sources of the time and of new ids, which are injected so that tests are repeatable.

use std::fmt;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use uuid::Uuid;

use crate::types::{TimeSpan, Timestamp};

/// Source of the time.
pub trait Clock: Send + Sync + fmt::Debug {
    /// Returns the current time, UTC.
    fn now(&self) -> Timestamp;

    /// Returns the time since a fixed moment, by a clock that can't be set back; it measures durations. The default
    /// is the system's monotonic clock.
    fn uptime(&self) -> Duration {
        static START: OnceLock<Instant> = OnceLock::new();
        START.get_or_init(Instant::now).elapsed()
    }
}

/// Clock of the system.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::from(SystemTime::now())
    }
}

/// Clock that stands still until it is moved.
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
    /// Creates a clock that shows `start`.
    pub fn at(start: Timestamp) -> Self {
        Self(AtomicI64::new(start.ticks()))
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: Duration) {
        self.0
            .fetch_add(TimeSpan::from(by).ticks(), Ordering::SeqCst);
    }

    /// Sets the clock, forward or backward.
    pub fn set(&self, to: Timestamp) {
        self.0.store(to.ticks(), Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_ticks(self.0.load(Ordering::SeqCst)).unwrap_or(Timestamp::MAX)
    }

    /// Follows the clock, so that durations are zero unless it is moved meanwhile.
    fn uptime(&self) -> Duration {
        let ticks = TimeSpan::from_ticks(self.0.load(Ordering::SeqCst));
        ticks.to_duration().unwrap_or_default()
    }
}

/// Source of the ids of new rows and of the tokens of leases.
pub trait IdGenerator: Send + Sync + fmt::Debug {
    /// Returns an id that no call has returned before, 1 to 128 characters.
    fn next_id(&self) -> String;
}

/// Generator of UUIDs of version 7, lower case. They sort by time of creation, so that new rows are appended to an
/// index and not scattered over it.
#[derive(Debug, Clone, Copy, Default)]
pub struct UuidGenerator;

impl IdGenerator for UuidGenerator {
    fn next_id(&self) -> String {
        Uuid::now_v7().to_string()
    }
}

/// Generator of numbered ids for tests: `task-000001`, `task-000002`, …
#[derive(Debug)]
pub struct SequentialIds {
    prefix: String,
    last: AtomicU64,
}

impl SequentialIds {
    /// Creates a generator of ids that begin with `prefix`.
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
