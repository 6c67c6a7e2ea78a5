//! The line of those who want to write: first come, first served. Who is done calls the next, and
//! may hand over the open transaction.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use super::batch::Batch;
use crate::config::{GroupCommit, StoreConfig};
use crate::error::{Error, ErrorCode, Result};

/// How often a commit lets others run first, who were in the last one too and may be about to write
/// again.
const COURTESIES: u32 = 2;

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
    /// How many writes the last commit was for.
    last_writes: u32,
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

    /// Waits to be served, up to the busy timeout.
    pub(crate) fn wait(&self, is_alone: bool) -> Result<Turn<'_>> {
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
        let called = seat.called.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = seat
            .is_called
            .wait_timeout_while(called, self.patience, |called| called.is_none());
        let called = waited.unwrap_or_else(PoisonError::into_inner).0.take();
        match called.or_else(|| self.give_up(&seat)) {
            Some(Called(batch)) => Ok(self.turn(batch)),
            None => {
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

    fn turn(&self, batch: Option<Batch>) -> Turn<'_> {
        Turn {
            line: self,
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
pub(crate) struct Turn<'a> {
    line: &'a Line,
    /// The transaction to add to, if it is to be shared.
    pub(crate) batch: Option<Batch>,
    is_passed_on: bool,
}

impl Turn<'_> {
    /// Hands the transaction to the next in line, or returns it where it is to be committed now.
    pub(crate) fn pass_on(&mut self, mut batch: Batch) -> Option<Batch> {
        let mut courtesies = if self.line.state().last_writes > 1 {
            COURTESIES
        } else {
            0
        };
        loop {
            batch = self.try_pass_on(batch)?;
            if courtesies == 0 || !batch.takes_more(&self.line.limits) {
                return Some(batch);
            }
            courtesies -= 1;
            thread::yield_now();
        }
    }

    fn try_pass_on(&mut self, batch: Batch) -> Option<Batch> {
        if !batch.takes_more(&self.line.limits) {
            return Some(batch);
        }
        let mut state = self.line.state();
        match state.waiting.front() {
            Some(next) if !next.is_alone => {}
            _ => return Some(batch),
        }
        let next = state.waiting.pop_front();
        match next {
            Some(next) => {
                Line::call(&next, Some(batch));
                self.is_passed_on = true;
                None
            }
            None => Some(batch),
        }
    }

    /// Notes for how many writes the commit was.
    pub(crate) fn committed(&self, writes: u32) {
        self.line.state().last_writes = writes;
    }
}

impl Drop for Turn<'_> {
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
