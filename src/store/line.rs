//! The line of those who want to write: first come, first served. Who is done calls the next, and
//! may hand over the open transaction.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::batch::Batch;
use crate::cancel;
use crate::config::{GroupCommit, StoreConfig};
use crate::error::{Error, ErrorCode, Result};

/// The line before the one writing connection.
#[derive(Debug)]
pub(crate) struct Line {
    state: Mutex<State>,
    limits: GroupCommit,
    patience: Duration,
}

#[derive(Debug, Default)]
struct State {
    /// Whether anybody is being served.
    is_busy: bool,
    waiting: VecDeque<Arc<Seat>>,
}

/// Where one thread waits until it is called.
struct Seat {
    /// Whether it wants a transaction for itself.
    is_alone: bool,
    called: Mutex<Option<Called>>,
    is_called: Condvar,
}

/// With the open transaction, where there is one to share.
struct Called(Option<Batch>);

impl std::fmt::Debug for Seat {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Seat").finish_non_exhaustive()
    }
}

impl Seat {
    /// Waits until it is called, the time is over, or the operation is cancelled.
    fn wait(&self, patience: Duration) -> Option<Called> {
        let started = Instant::now();
        let mut called = self.called.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let left = patience.saturating_sub(started.elapsed());
            let timeout = cancel::patience(left);
            let waited = self
                .is_called
                .wait_timeout_while(called, timeout, |called| called.is_none());
            called = waited.unwrap_or_else(PoisonError::into_inner).0;
            if called.is_some() || left.is_zero() || cancel::is_asked() {
                return called.take();
            }
        }
    }
}

impl Line {
    pub(crate) fn new(config: &StoreConfig) -> Self {
        Self {
            state: Mutex::default(),
            limits: config.group_commit,
            patience: config.busy_timeout,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits to be served, up to the busy timeout, or until the operation is cancelled.
    pub(crate) fn wait(self: &Arc<Self>, is_alone: bool) -> Result<Turn> {
        let seat = {
            let mut state = self.state();
            if !state.is_busy {
                state.is_busy = true;
                return Ok(self.turn(None));
            }
            let seat = Arc::new(Seat {
                is_alone,
                called: Mutex::default(),
                is_called: Condvar::new(),
            });
            state.waiting.push_back(Arc::clone(&seat));
            seat
        };
        let called = seat.wait(self.patience).or_else(|| self.give_up(&seat));
        match called {
            Some(Called(batch)) => Ok(self.turn(batch)),
            None => {
                cancel::check()?;
                let message = format!("other writes took longer than {:?}", self.patience);
                Err(Error::new(ErrorCode::Busy, message))
            }
        }
    }

    /// Leaves the line, unless the call came at the last moment.
    fn give_up(&self, seat: &Arc<Seat>) -> Option<Called> {
        let mut state = self.state();
        let place = state.waiting.iter().position(|s| Arc::ptr_eq(s, seat));
        match place {
            Some(place) => {
                state.waiting.remove(place);
                None
            }
            None => {
                let mut called = seat.called.lock().unwrap_or_else(PoisonError::into_inner);
                called.take()
            }
        }
    }

    fn turn(self: &Arc<Self>, batch: Option<Batch>) -> Turn {
        Turn {
            line: Arc::clone(self),
            batch,
            is_passed_on: false,
        }
    }

    fn call(seat: &Seat, batch: Option<Batch>) {
        let mut called = seat.called.lock().unwrap_or_else(PoisonError::into_inner);
        *called = Some(Called(batch));
        seat.is_called.notify_one();
    }
}

/// What one who is served may do; afterwards the next is called.
pub(crate) struct Turn {
    line: Arc<Line>,
    /// The transaction to add to, if it is to be shared.
    pub(crate) batch: Option<Batch>,
    is_passed_on: bool,
}

impl Turn {
    /// Hands the transaction to the next in line, or returns it where it is to be committed now.
    pub(crate) fn pass_on(&mut self, batch: Batch) -> Option<Batch> {
        if !batch.takes_more(&self.line.limits) {
            return Some(batch);
        }
        let mut state = self.line.state();
        let may_join = state.waiting.front().is_some_and(|next| !next.is_alone);
        let Some(next) = may_join.then(|| state.waiting.pop_front()).flatten() else {
            return Some(batch);
        };
        Line::call(&next, Some(batch));
        self.is_passed_on = true;
        None
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if self.is_passed_on {
            return;
        }
        let mut state = self.line.state();
        match state.waiting.pop_front() {
            Some(next) => Line::call(&next, None),
            None => state.is_busy = false,
        }
    }
}
