//! Sources of the time and of new ids, which are injected so that tests are repeatable.

use std::fmt;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
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

    /// Returns the time since the machine was started, by a clock that can't be set and that all processes of the
    /// machine share; `None` where there is none, so that the times of the wall clock must do. The default is `None`.
    fn since_boot(&self) -> Option<BootTime> {
        None
    }
}

/// Time since a start of the machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BootTime {
    /// Name of the start, 1 to 128 characters, which differs from that of any other.
    pub boot: Arc<str>,
    /// Time since the start, in which the machine may have slept.
    pub elapsed: Duration,
}

impl BootTime {
    /// Returns the time so long after this one, in milliseconds since the start.
    pub(crate) fn millis_after(&self, duration: Duration) -> i64 {
        let millis = self.elapsed.saturating_add(duration).as_millis();
        i64::try_from(millis).unwrap_or(i64::MAX)
    }
}

/// Clock of the system.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::from(SystemTime::now())
    }

    /// Returns the time of `CLOCK_BOOTTIME` and the kernel's `boot_id`, on Linux.
    fn since_boot(&self) -> Option<BootTime> {
        system_boot_time()
    }
}

#[cfg(target_os = "linux")]
fn system_boot_time() -> Option<BootTime> {
    use nix::time::{ClockId, clock_gettime};

    static BOOT: OnceLock<Option<Arc<str>>> = OnceLock::new();
    let boot = BOOT.get_or_init(|| {
        // The kernel's own answer in /proc: no file of a database, whose locks an ordinary read could drop.
        #[allow(clippy::disallowed_methods, reason = "not a file")]
        let id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
        Some(id.trim().into()).filter(|id: &Arc<str>| !id.is_empty())
    });
    let time = clock_gettime(ClockId::CLOCK_BOOTTIME).ok()?;
    Some(BootTime {
        boot: boot.clone()?,
        elapsed: time.into(),
    })
}

#[cfg(not(target_os = "linux"))]
fn system_boot_time() -> Option<BootTime> {
    None
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
/// assert_eq!(clock.uptime(), Duration::from_secs(90));
/// # Ok::<(), orchestra_store::types::InvalidValue>(())
/// ```
#[derive(Debug)]
pub struct ManualClock {
    wall: AtomicI64,
    machine: Arc<Machine>,
}

/// Time that passes for all clocks of a machine.
#[derive(Debug, Default)]
struct Machine {
    passed: AtomicI64,
    boots: AtomicU64,
    booted_at: AtomicI64,
}

impl ManualClock {
    /// Creates a clock that shows `start`.
    pub fn at(start: Timestamp) -> Self {
        Self {
            wall: AtomicI64::new(start.ticks()),
            machine: Arc::default(),
        }
    }

    /// Creates another clock of the same machine, which shows `start`: time passes for both, but each is set alone.
    pub fn beside(&self, start: Timestamp) -> Self {
        let passed = self.machine.passed.load(Ordering::SeqCst);
        Self {
            wall: AtomicI64::new(start.ticks() - passed),
            machine: Arc::clone(&self.machine),
        }
    }

    /// Lets time pass, for all clocks of the machine.
    pub fn advance(&self, by: Duration) {
        let passed = &self.machine.passed;
        passed.fetch_add(TimeSpan::from(by).ticks(), Ordering::SeqCst);
    }

    /// Sets the clock, forward or backward, without letting time pass.
    pub fn set(&self, to: Timestamp) {
        let passed = self.machine.passed.load(Ordering::SeqCst);
        self.wall.store(to.ticks() - passed, Ordering::SeqCst);
    }

    /// Starts the machine anew, without letting time pass.
    pub fn reboot(&self) {
        let machine = &self.machine;
        machine.boots.fetch_add(1, Ordering::SeqCst);
        let passed = machine.passed.load(Ordering::SeqCst);
        machine.booted_at.store(passed, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        let passed = self.machine.passed.load(Ordering::SeqCst);
        let ticks = self.wall.load(Ordering::SeqCst).saturating_add(passed);
        Timestamp::from_ticks(ticks).unwrap_or(Timestamp::MAX)
    }

    /// Returns the time that has passed, so that durations are zero unless it is advanced meanwhile.
    fn uptime(&self) -> Duration {
        span(self.machine.passed.load(Ordering::SeqCst))
    }

    fn since_boot(&self) -> Option<BootTime> {
        let machine = &self.machine;
        let passed =
            machine.passed.load(Ordering::SeqCst) - machine.booted_at.load(Ordering::SeqCst);
        Some(BootTime {
            boot: format!("boot {}", machine.boots.load(Ordering::SeqCst)).into(),
            elapsed: span(passed),
        })
    }
}

fn span(ticks: i64) -> Duration {
    TimeSpan::from_ticks(ticks)
        .to_duration()
        .unwrap_or_default()
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
