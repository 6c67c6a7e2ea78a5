//! A value that one thread at a time uses.

use std::sync::{Mutex, MutexGuard, TryLockError};

use kernel::{Error, ErrorCode, Result};

/// A value that a call has to itself. A call that meets another one fails: nobody waits.
pub(crate) struct Exclusive<T> {
    /// The type of the handle, for errors.
    name: &'static str,
    value: Mutex<T>,
}

impl<T> Exclusive<T> {
    pub(crate) const fn new(name: &'static str, value: T) -> Self {
        let value = Mutex::new(value);
        Self { name, value }
    }

    /// Takes the value for this call; that another call has it is misuse.
    pub(crate) fn lock(&self) -> Result<MutexGuard<'_, T>> {
        match self.value.try_lock() {
            Ok(guard) => Ok(guard),
            // A call that panicked has left the value as it was before.
            Err(TryLockError::Poisoned(poisoned)) => Ok(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => {
                let message = format!("{}: used by another call at the same time", self.name);
                Err(Error::new(ErrorCode::Misuse, message))
            }
        }
    }
}
