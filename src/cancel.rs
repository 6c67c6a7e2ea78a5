//! Ending operations from another thread.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::error::{Error, ErrorCode, Result};

/// Ends the operations of the handles that were [made with it](crate::Store::cancellable), from any thread. A clone
/// is another handle of the same token.
///
/// An operation that a token ends fails with [`ErrorCode::Cancelled`] and has written nothing; one that has reached
/// its commit is done. Nothing of a cancelled operation stays behind: work that the same connection does next for
/// others isn't affected.
#[derive(Debug, Clone, Default)]
pub struct CancelToken {
    is_set: Arc<AtomicBool>,
    parent: Option<Arc<CancelToken>>,
}

impl CancelToken {
    /// Creates a token that isn't set.
    pub fn new() -> Self {
        Self::default()
    }

    /// Creates a token for a part of the operations that this one ends: it counts as set where either of them is.
    #[must_use]
    pub fn child(&self) -> Self {
        Self {
            is_set: Arc::default(),
            parent: Some(Arc::new(self.clone())),
        }
    }

    /// Ends the operations that run, and those that begin, until the token is [reset](Self::reset).
    pub fn cancel(&self) {
        self.is_set.store(true, Ordering::SeqCst);
    }

    /// Clears the token. An operation that runs at this moment may or may not have seen that it was set.
    pub fn reset(&self) {
        self.is_set.store(false, Ordering::SeqCst);
    }

    /// Runs `work` so that the token ends what it does on this thread without a handle of a store, such as verifying
    /// a backup. Handles in it keep their own tokens.
    ///
    /// ```
    /// use orchestra_store::{CancelToken, ErrorCode};
    /// use orchestra_store::maintenance::backup;
    ///
    /// # let directory = tempfile::tempdir()?;
    /// let token = CancelToken::new();
    /// token.cancel();
    /// let path = directory.path().join("copy.db");
    /// let verified = token.run(|| backup::verify(&path));
    /// assert_eq!(verified.unwrap_err().code(), ErrorCode::Cancelled);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorCode::Cancelled`] if the token is set, otherwise those of `work`.
    pub fn run<T>(&self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        let _scope = CancelScope::enter(Some(self));
        check()?;
        work().map_err(explain)
    }

    /// Returns whether it is set.
    pub fn is_cancelled(&self) -> bool {
        self.is_set.load(Ordering::SeqCst) || self.parent.as_ref().is_some_and(|p| p.is_cancelled())
    }
}

thread_local! {
    /// The token that ends the operation of this thread, if there is one.
    ///
    /// It belongs to a thread since an operation does: an operation uses one connection or several, or waits for
    /// one, and SQLite's callbacks run on its thread. A flag on the connection, as `sqlite3_interrupt` sets it, is
    /// lost between two statements, and may hit work that the connection does next for somebody else. A token
    /// passed along would have to go through Diesel, which takes none.
    static PRESENT: RefCell<Option<CancelToken>> = const { RefCell::new(None) };
}

/// Runs `work` with the token's place. A thread that is ending, in which a host may still call the library from a
/// destructor, has none any more: its operations run, and can't be cancelled.
fn with_present<T>(work: impl FnOnce(&RefCell<Option<CancelToken>>) -> T) -> Option<T> {
    PRESENT.try_with(work).ok()
}

/// A span in which a token, or none, ends this thread's operations; it lasts until it is dropped.
#[derive(Debug)]
pub(crate) struct CancelScope {
    before: Option<CancelToken>,
}

impl CancelScope {
    pub(crate) fn enter(token: Option<&CancelToken>) -> Self {
        let before = with_present(|present| present.replace(token.cloned()));
        Self {
            before: before.flatten(),
        }
    }
}

impl Drop for CancelScope {
    fn drop(&mut self) {
        let before = self.before.take();
        with_present(|present| present.replace(before));
    }
}

/// Returns whether the operation of this thread has been cancelled.
pub(crate) fn is_asked() -> bool {
    let asked = with_present(|present| {
        let token = present.borrow();
        token.as_ref().is_some_and(CancelToken::is_cancelled)
    });
    asked.unwrap_or(false)
}

/// Fails where the operation of this thread has been cancelled.
pub(crate) fn check() -> Result<()> {
    if is_asked() { Err(cancelled()) } else { Ok(()) }
}

/// Returns how long to wait at a time, out of the time that is left, so that a wait ends soon after it is
/// cancelled.
pub(crate) fn patience(left: Duration) -> Duration {
    const LOOK: Duration = Duration::from_millis(10);
    match with_present(|present| present.borrow().is_some()) {
        Some(true) => left.min(LOOK),
        _ => left,
    }
}

/// Turns the timeout of a wait that the caller cancelled into the error of a cancellation.
pub(crate) fn explain(error: Error) -> Error {
    match error.code() {
        ErrorCode::Busy if is_asked() => cancelled().with_source(error),
        _ => error,
    }
}

/// The message of every operation that was cancelled, wherever it was noticed.
pub(crate) const MESSAGE: &str = "the operation was cancelled";

fn cancelled() -> Error {
    Error::new(ErrorCode::Cancelled, MESSAGE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_ends_with_what_was_before() {
        let (outer, inner) = (CancelToken::new(), CancelToken::new());
        let _outer = CancelScope::enter(Some(&outer));
        outer.cancel();
        {
            let _inner = CancelScope::enter(Some(&inner));
            assert!(!is_asked());
            let _nothing = CancelScope::enter(None);
            assert!(!is_asked());
        }
        assert_eq!(check().unwrap_err().code(), ErrorCode::Cancelled);
        outer.reset();
        assert!(!is_asked());
    }

    #[test]
    fn a_child_hears_of_its_parent_and_not_the_other_way_round() {
        let parent = CancelToken::new();
        let child = parent.child();
        child.cancel();
        assert!(child.is_cancelled() && !parent.is_cancelled());
        child.reset();
        parent.cancel();
        assert!(child.is_cancelled());
    }

    #[test]
    fn only_who_can_be_cancelled_looks_up_while_waiting() {
        let long = Duration::from_secs(5);
        assert_eq!(patience(long), long);
        let _scope = CancelScope::enter(Some(&CancelToken::new()));
        assert!(patience(long) < long);
    }
}
