//! A pause in which something isn't tried again.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::clock::Clock;

/// A pause in which something isn't tried again; over at first.
#[derive(Debug, Default)]
pub(crate) struct Pause(Mutex<Option<Duration>>);

impl Pause {
    pub(crate) fn begin(&self, clock: &dyn Clock, length: Duration) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(clock.uptime() + length);
    }

    pub(crate) fn is_over(&self, clock: &dyn Clock) -> bool {
        let end = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        end.is_none_or(|end| clock.uptime() >= end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ManualClock;

    #[test]
    fn it_lasts_as_long_as_it_says() {
        let clock = ManualClock::at("2026-01-01".parse().unwrap());
        let pause = Pause::default();
        assert!(pause.is_over(&clock));
        pause.begin(&clock, Duration::from_secs(10));
        clock.advance(Duration::from_secs(9));
        assert!(!pause.is_over(&clock));
        clock.advance(Duration::from_secs(1));
        assert!(pause.is_over(&clock));
    }
}
