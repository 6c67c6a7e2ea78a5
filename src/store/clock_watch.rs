//! Noticing that this process's clock, or that of another one, is wrong.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::Store;
use crate::error::Result;
use crate::rows::{Environment, newest_audit_time};
use crate::sqlite::Conn;
use crate::types::Timestamp;

/// Wall clock and uptime at the last look.
#[derive(Debug, Default)]
struct LastLook(Mutex<Option<(Timestamp, Duration)>>);

/// Direction and size of an error of a clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ClockError {
    /// The clock was set ahead by this much since the last look.
    SetAhead(Duration),
    /// The clock was set back by this much since the last look.
    SetBack(Duration),
    /// The newest time in the database lies this far ahead of the clock.
    BehindDatabase(Duration),
}

impl Store {
    /// Logs a warning if the wall clock of this process was set since the last look, or is behind the newest time that a
    /// process wrote, by more than [`StoreConfig::clock_tolerance`](crate::StoreConfig::clock_tolerance).
    pub(crate) fn look_at_clock(&self) -> Result<()> {
        let environment = self.environment();
        let error = match self.jump_since_last_look() {
            Some(jump) => Some(jump),
            None => self.read(|reader| distance_to_newest(reader.connection(), environment))?,
        };
        if let Some(error) = error {
            warn(error, environment);
        }
        Ok(())
    }

    fn jump_since_last_look(&self) -> Option<ClockError> {
        let environment = self.environment();
        let (clock, tolerance) = (&environment.clock, environment.clock_tolerance);
        let (now, uptime) = (clock.now(), clock.uptime());
        let place = self.attachment::<LastLook>();
        let last = place
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .replace((now, uptime));
        let (last_now, last_uptime) = last?;
        let expected = last_now + uptime.saturating_sub(last_uptime);
        if now > expected + tolerance {
            Some(ClockError::SetAhead(between(expected, now)))
        } else if expected > now + tolerance {
            Some(ClockError::SetBack(between(now, expected)))
        } else {
            None
        }
    }
}

/// Logs a warning if the clock is behind the newest time that a process wrote.
pub(super) fn warn_if_behind(conn: &mut Conn, environment: &Environment) {
    // A database that can't be read says so with the first operation.
    if let Ok(Some(error)) = distance_to_newest(conn, environment) {
        warn(error, environment);
    }
}

fn distance_to_newest(conn: &mut Conn, environment: &Environment) -> Result<Option<ClockError>> {
    let now = environment.clock.now();
    let latest = now + environment.clock_tolerance;
    let ahead = newest_audit_time(conn)?.filter(|newest| *newest > latest);
    Ok(ahead.map(|newest| ClockError::BehindDatabase(between(now, newest))))
}

fn warn(error: ClockError, environment: &Environment) {
    let now = environment.clock.now();
    tracing::warn!(
        ?error, %now,
        "the clock of this process, or that of another one on the database, is wrong; set it, then run a repair"
    );
}

fn between(earlier: Timestamp, later: Timestamp) -> Duration {
    (later - earlier).to_duration().unwrap_or_default()
}
