//! The threads that call the host's callbacks for changes, from which it may not call back.

use std::cell::Cell;

use kernel::{Error, ErrorCode, Result};

thread_local! {
    static CALLS_BACK: Cell<bool> = const { Cell::new(false) };
}

/// Runs `call`, during which this thread may not use a store.
pub(crate) fn during<T>(call: impl FnOnce() -> T) -> T {
    let before = CALLS_BACK.replace(true);
    let done = call();
    CALLS_BACK.set(before);
    done
}

/// Fails if this thread is in a callback for changes.
pub(crate) fn refuse() -> Result<()> {
    if CALLS_BACK.get() {
        let message = "orchestra_store: not to be used from a callback for changes";
        return Err(Error::new(ErrorCode::Misuse, message));
    }
    Ok(())
}
