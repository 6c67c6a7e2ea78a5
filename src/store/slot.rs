//! Slots, in each of which one thread waits for a value from another.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::cancel;

/// A slot in which one thread waits for a value from another.
pub(super) struct Slot<T> {
    content: Mutex<Option<T>>,
    is_filled: Condvar,
}

impl<T> Default for Slot<T> {
    fn default() -> Self {
        Self {
            content: Mutex::default(),
            is_filled: Condvar::new(),
        }
    }
}

impl<T> Slot<T> {
    pub(super) fn content(&self) -> MutexGuard<'_, Option<T>> {
        self.content.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn fill(&self, content: T) {
        *self.content() = Some(content);
        self.is_filled.notify_one();
    }

    /// Waits until the slot is filled, the time is over, or the operation is cancelled.
    pub(super) fn wait(&self, patience: Duration) -> Option<T> {
        wait_until(&self.is_filled, self.content(), patience, Option::is_some).take()
    }
}

/// Waits until the state is as wanted, the time is over, or the operation is cancelled.
pub(super) fn wait_until<'m, S>(
    is_changed: &Condvar,
    mut state: MutexGuard<'m, S>,
    patience: Duration,
    is_wanted: impl Fn(&S) -> bool,
) -> MutexGuard<'m, S> {
    let started = Instant::now();
    loop {
        let left = patience.saturating_sub(started.elapsed());
        let timeout = cancel::patience(left);
        let waited = is_changed.wait_timeout_while(state, timeout, |state| !is_wanted(state));
        state = waited.unwrap_or_else(PoisonError::into_inner).0;
        if is_wanted(&state) || left.is_zero() || cancel::is_asked() {
            return state;
        }
    }
}
