//! Ending operations from another thread.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::error::{Error, ErrorCode, Result};

/// Ends the operations of the handles that were [made with it](crate::Store::cancellable), from any
/// thread. Cloning it gives another handle to the same.
///
/// An operation that ends by it fails with [`ErrorCode::Cancelled`] and has written nothing. One that
/// has come as far as its commit is done. Nothing of it stays behind: what the same connection does
/// next for others is not touched.
#[derive(Debug, Clone, Default)]
pub struct CancelToken {
    is_set: Arc<AtomicBool>,
    parent: Option<Arc<CancelToken>>,
}

impl CancelToken {
    /// A token that nobody has set.
    pub fn new() -> Self {
        Self::default()
    }

    /// A token that ends fewer operations: it counts as set too where this one is.
    #[must_use]
    pub fn child(&self) -> Self {
        Self {
            is_set: Arc::default(),
            parent: Some(Arc::new(self.clone())),
        }
    }

    /// Ends what runs, and what begins, until the token is [reset](Self::reset).
    pub fn cancel(&self) {
        self.is_set.store(true, Ordering::SeqCst);
    }

    /// Makes the token as new. What runs meanwhile may or may not have seen that it was set.
    pub fn reset(&self) {
        self.is_set.store(false, Ordering::SeqCst);
    }

    /// Returns whether it is set.
    pub fn is_cancelled(&self) -> bool {
        self.is_set.load(Ordering::SeqCst) || self.parent.as_ref().is_some_and(|p| p.is_cancelled())
    }
}

thread_local! {
    /// The token that ends the operation that this thread is doing, if anything can.
    ///
    /// Of a thread, since an operation is: it uses one connection or several, or waits for one, and SQLite's
    /// callbacks ask where they run, which is on its thread. A flag on the connection, as `sqlite3_interrupt` sets, is
    /// lost between two statements, and may hit what the connection does next for somebody else; a
    /// token passed along would have to go through Diesel, which takes none.
    static PRESENT: RefCell<Option<CancelToken>> = const { RefCell::new(None) };
}

/// Makes a token, or none, that of this thread's operations, until it is dropped.
#[derive(Debug)]
pub(crate) struct CancelScope {
    before: Option<CancelToken>,
}

impl CancelScope {
    pub(crate) fn enter(token: Option<&CancelToken>) -> Self {
        Self {
            before: PRESENT.replace(token.cloned()),
        }
    }
}

impl Drop for CancelScope {
    fn drop(&mut self) {
        PRESENT.set(self.before.take());
    }
}

/// Returns whether the operation that this thread is doing is to end.
pub(crate) fn is_asked() -> bool {
    // Where the thread is ending and has no token any more, nobody can ask.
    let asked = PRESENT.try_with(|token| {
        token
            .borrow()
            .as_ref()
            .is_some_and(CancelToken::is_cancelled)
    });
    asked.unwrap_or(false)
}

/// Fails where the operation that this thread is doing is to end.
pub(crate) fn check() -> Result<()> {
    if is_asked() { Err(cancelled()) } else { Ok(()) }
}

/// Returns how long to wait at a time, of what is left, so that a wait ends soon after it is to.
pub(crate) fn patience(left: Duration) -> Duration {
    const LOOK: Duration = Duration::from_millis(10);
    match PRESENT.with_borrow(Option::is_some) {
        true => left.min(LOOK),
        false => left,
    }
}

/// Puts the error in terms of the caller, who ended the waiting.
pub(crate) fn explain(error: Error) -> Error {
    match error.code() {
        ErrorCode::Busy if is_asked() => cancelled().with_source(error),
        _ => error,
    }
}

fn cancelled() -> Error {
    Error::new(ErrorCode::Cancelled, "the operation was cancelled")
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
