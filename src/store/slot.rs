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
        let started = Instant::now();
        let mut content = self.content();
        loop {
            let left = patience.saturating_sub(started.elapsed());
            let timeout = cancel::patience(left);
            let waited = self
                .is_filled
                .wait_timeout_while(content, timeout, |content| content.is_none());
            content = waited.unwrap_or_else(PoisonError::into_inner).0;
            if content.is_some() || left.is_zero() || cancel::is_asked() {
                return content.take();
            }
        }
    }
}
