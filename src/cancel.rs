//! Ending operations: from another thread, and once their time is over.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

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
        let _scope = CancelScope::enter(Some(self), None);
        check()?;
        work().map_err(explain)
    }

    /// Returns whether it is set.
    pub fn is_cancelled(&self) -> bool {
        self.is_set.load(Ordering::SeqCst) || self.parent.as_ref().is_some_and(|p| p.is_cancelled())
    }
}

/// The token and the time limit that end the operation of a thread.
#[derive(Debug, Clone, Default)]
struct End {
    token: Option<CancelToken>,
    deadline: Option<TimeLimit>,
    /// Set where a statement that writes is left to end by itself.
    spares_writes: bool,
}

/// The moment until which an operation may run, and the time that it was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct TimeLimit {
    at: Instant,
    limit: Duration,
}

impl TimeLimit {
    /// Returns the deadline of an operation that begins now; one that is as good as never is none.
    fn after(limit: Duration) -> Option<Self> {
        let at = Instant::now().checked_add(limit)?;
        Some(Self { at, limit })
    }

    fn is_over(&self) -> bool {
        self.at <= Instant::now()
    }
}

impl End {
    const NEVER: Self = Self {
        token: None,
        deadline: None,
        spares_writes: false,
    };

    fn is_cancelled(&self) -> bool {
        self.token.as_ref().is_some_and(CancelToken::is_cancelled)
    }

    fn is_late(&self) -> bool {
        self.deadline.is_some_and(|deadline| deadline.is_over())
    }
}

thread_local! {
    /// The token and the time limit that end the operation of this thread, if it has any.
    ///
    /// It belongs to a thread since an operation does: an operation uses one connection or several, or waits for
    /// one, and SQLite's callbacks run on its thread. A flag on the connection, as `sqlite3_interrupt` sets it, is
    /// lost between two statements, and may hit work that the connection does next for somebody else. A token
    /// passed along would have to go through Diesel, which takes none.
    static PRESENT: RefCell<End> = const { RefCell::new(End::NEVER) };
}

/// Runs `work` with the place of what ends operations. A thread that is ending, in which a host may still call the
/// library from a destructor, has none any more: its operations run, and can't be ended.
fn with_present<T>(work: impl FnOnce(&RefCell<End>) -> T) -> Option<T> {
    PRESENT.try_with(work).ok()
}

/// A span in which a token, a time limit, both or neither end this thread's operations; it lasts until it is dropped.
#[derive(Debug)]
pub(crate) struct CancelScope {
    before: End,
}

impl CancelScope {
    /// Begins an operation. One inside another has a token of its own, and no more time than that one has left.
    pub(crate) fn enter(token: Option<&CancelToken>, limit: Option<Duration>) -> Self {
        let own = limit.and_then(TimeLimit::after);
        let before = with_present(|present| {
            let (outer, spares_writes) = {
                let present = present.borrow();
                (present.deadline, present.spares_writes)
            };
            present.replace(End {
                token: token.cloned(),
                deadline: match (own, outer) {
                    (Some(own), Some(outer)) if own.at > outer.at => Some(outer),
                    _ => own.or(outer),
                },
                spares_writes,
            })
        });
        Self {
            before: before.unwrap_or_default(),
        }
    }

    /// Begins a part of an operation in which no statement that writes is interrupted: SQLite would roll back the whole
    /// transaction, with what others wrote in it.
    pub(crate) fn sparing_writes() -> Self {
        let before = with_present(|present| {
            let mut present = present.borrow_mut();
            let before = present.clone();
            present.spares_writes = true;
            before
        });
        Self {
            before: before.unwrap_or_default(),
        }
    }

    /// Begins a part of an operation that nothing ends.
    pub(crate) fn undisturbed() -> Self {
        let before = with_present(|present| present.replace(End::NEVER));
        Self {
            before: before.unwrap_or_default(),
        }
    }
}

impl Drop for CancelScope {
    fn drop(&mut self) {
        let before = std::mem::take(&mut self.before);
        with_present(|present| present.replace(before));
    }
}

/// The end of a thread's operation, for another thread that does a part of it.
#[derive(Debug)]
pub(crate) struct OperationEnd(End);

impl OperationEnd {
    /// Returns that of this thread's operation.
    pub(crate) fn present() -> Self {
        Self(with_present(|present| present.borrow().clone()).unwrap_or_default())
    }

    /// Makes this thread end where the operation does, until the returned value is dropped.
    pub(crate) fn enter(&self) -> CancelScope {
        let before = with_present(|present| present.replace(self.0.clone()));
        CancelScope {
            before: before.unwrap_or_default(),
        }
    }
}

/// Returns whether a statement that writes is left to end by itself.
pub(crate) fn spares_writes() -> bool {
    with_present(|present| present.borrow().spares_writes).unwrap_or(false)
}

/// Returns whether the operation of this thread has been cancelled, or its time is over.
pub(crate) fn is_asked() -> bool {
    let asked = with_present(|present| {
        let end = present.borrow();
        end.is_cancelled() || end.is_late()
    });
    asked.unwrap_or(false)
}

/// Fails where the operation of this thread has been cancelled, or its time is over.
pub(crate) fn check() -> Result<()> {
    let ended = with_present(|present| {
        let end = present.borrow();
        match end.deadline {
            _ if end.is_cancelled() => Some(cancelled()),
            Some(deadline) if deadline.is_over() => Some(took_too_long(deadline.limit)),
            _ => None,
        }
    });
    ended.flatten().map_or(Ok(()), Err)
}

/// Returns how long to wait at a time, out of the time that is left, so that a wait ends soon after it is
/// cancelled, and when the operation's time is over.
pub(crate) fn patience(left: Duration) -> Duration {
    const LOOK: Duration = Duration::from_millis(10);
    let most = with_present(|present| {
        let end = present.borrow();
        let of_token = end.token.as_ref().map(|_| LOOK);
        let of_time = end.deadline;
        let of_time = of_time.map(|end| end.at.saturating_duration_since(Instant::now()));
        of_token.into_iter().chain(of_time).min()
    });
    most.flatten().map_or(left, |most| left.min(most))
}

/// Turns the error of an operation that was ended into one that says by what: a wait looks like one that others made
/// too long, and a statement whose time is over like one that was cancelled.
pub(crate) fn explain(error: Error) -> Error {
    match (error.code(), check()) {
        (ErrorCode::Busy, Err(ended)) => ended.with_source(error),
        (ErrorCode::Cancelled, Err(ended)) if ended.code() == ErrorCode::Timeout => {
            ended.with_source(error)
        }
        _ => error,
    }
}

/// The message of every operation that was cancelled, wherever it was noticed.
pub(crate) const MESSAGE: &str = "the operation was cancelled";

fn cancelled() -> Error {
    Error::new(ErrorCode::Cancelled, MESSAGE)
}

fn took_too_long(limit: Duration) -> Error {
    let message = format!(
        "the operation must end within {limit:?}, and took longer; do less in one call, try again, or raise \
         StoreConfig::operation_timeout"
    );
    Error::new(ErrorCode::Timeout, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_ends_with_what_was_before() {
        let (outer, inner) = (CancelToken::new(), CancelToken::new());
        let _outer = CancelScope::enter(Some(&outer), None);
        outer.cancel();
        {
            let _inner = CancelScope::enter(Some(&inner), None);
            assert!(!is_asked());
            let _nothing = CancelScope::enter(None, None);
            assert!(!is_asked());
        }
        assert_eq!(check().unwrap_err().code(), ErrorCode::Cancelled);
        outer.reset();
        assert!(!is_asked());
    }

    #[test]
    fn an_operation_inside_another_has_no_more_time_than_that() {
        let hour = Some(Duration::from_secs(3600));
        let _outer = CancelScope::enter(None, Some(Duration::ZERO));
        {
            let _inner = CancelScope::enter(None, hour);
            assert_eq!(check().unwrap_err().code(), ErrorCode::Timeout);
            let _commit = CancelScope::undisturbed();
            assert!(!is_asked());
        }
        assert_eq!(patience(Duration::from_secs(5)), Duration::ZERO);
        let _unlimited = CancelScope::enter(None, None);
        assert!(is_asked());
        let as_good_as_never = TimeLimit::after(Duration::MAX);
        assert_eq!(as_good_as_never, None);
    }

    #[test]
    fn the_error_says_what_ended_the_operation() {
        let busy = || Error::new(ErrorCode::Busy, "database is locked");
        assert_eq!(explain(busy()).code(), ErrorCode::Busy);
        let token = CancelToken::new();
        let _scope = CancelScope::enter(Some(&token), Some(Duration::ZERO));
        assert_eq!(explain(busy()).code(), ErrorCode::Timeout);
        assert_eq!(explain(cancelled()).code(), ErrorCode::Timeout);
        token.cancel();
        assert_eq!(explain(busy()).code(), ErrorCode::Cancelled);
        let other = Error::new(ErrorCode::NotFound, "no such row");
        assert_eq!(explain(other).code(), ErrorCode::NotFound);
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
        let _scope = CancelScope::enter(Some(&CancelToken::new()), None);
        assert!(patience(long) < long);
    }
}
