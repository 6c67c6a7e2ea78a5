//! What one thread at a time uses.

use std::sync::{Mutex, MutexGuard, TryLockError};

use kernel::{Error, ErrorCode, Result};

/// Takes it for this call; that another call has it is misuse. Nobody waits.
pub(crate) fn lock<'a, T>(name: &str, value: &'a Mutex<T>) -> Result<MutexGuard<'a, T>> {
    match value.try_lock() {
        Ok(guard) => Ok(guard),
        // What panicked has left it as it was before.
        Err(TryLockError::Poisoned(poisoned)) => Ok(poisoned.into_inner()),
        Err(TryLockError::WouldBlock) => {
            let message = format!("{name}: used by another call at the same time");
            Err(Error::new(ErrorCode::Misuse, message))
        }
    }
}
