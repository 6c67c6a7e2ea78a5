//! A value that one thread at a time uses.

use std::sync::{Mutex, MutexGuard, TryLockError};

use kernel::{Error, ErrorCode, Result};

/// A value to which one call at a time has access. A second call fails instead of waiting.
pub(crate) struct Exclusive<T> {
    /// The type of the handle, for error messages.
    name: &'static str,
    value: Mutex<T>,
}

impl<T> Exclusive<T> {
    pub(crate) const fn new(name: &'static str, value: T) -> Self {
        let value = Mutex::new(value);
        Self { name, value }
    }

    /// Locks the value for this call; fails with misuse while another call holds it.
    pub(crate) fn lock(&self) -> Result<MutexGuard<'_, T>> {
        match self.value.try_lock() {
            Ok(guard) => Ok(guard),
            // A call that panicked leaves the value in a state that can be used.
            Err(TryLockError::Poisoned(poisoned)) => Ok(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => {
                let message = format!("{}: used by another call at the same time", self.name);
                Err(Error::new(ErrorCode::Misuse, message))
            }
        }
    }
}
