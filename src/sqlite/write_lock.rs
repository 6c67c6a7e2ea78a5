//! Turns of several stores at the lock of the one that writes, which SQLite gives to whoever asks at the right moment: a
//! store that writes without a pause would keep it from others that only try now and then.

use std::thread;
use std::time::{Duration, Instant};

use super::connection::Connection;
use super::raw::LOCK_PAUSE;
use super::store_lock::StoreLock;
use super::transaction_statements::{BeginImmediate, run_cancellable};
use crate::error::{ErrorCode, Result};

/// The time for which a store may keep the lock, in one transaction or several, while others wait for it.
const LONGEST_HOLD: Duration = Duration::from_millis(10);

/// The time for which the lock is left free for them: each of them tries at least once.
const YIELD: Duration = Duration::from_millis(2 * LOCK_PAUSE.as_millis() as u64);

/// The use that a connection makes of the lock.
#[derive(Debug, Default)]
pub(super) struct WriteLockUse {
    /// The time for which it had the lock since it last left it free for long enough.
    held: Duration,
    began: Option<Instant>,
    ended: Option<Instant>,
}

impl Connection {
    /// Begins a write transaction, and waits at most this long for other stores to end theirs. Leaves them the lock
    /// first where they wait and this connection has had it for long.
    pub(crate) fn begin_writing(&mut self, lock: &StoreLock, patience: Duration) -> Result<()> {
        self.check_files_now_and_then()?;
        self.yield_lock(lock);
        match self.try_to_begin(Duration::ZERO, patience) {
            Err(error) if error.code() == ErrorCode::Busy && !patience.is_zero() => {
                let _waiting = lock.show_waiting();
                self.try_to_begin(patience, patience)?;
            }
            begun => begun?,
        }
        self.lock_use.began = Some(Instant::now());
        Ok(())
    }

    fn try_to_begin(&mut self, patience: Duration, usual: Duration) -> Result<()> {
        let begun = self.waiting_at_most(patience, usual, |connection| {
            run_cancellable(connection, &BeginImmediate)
        })?;
        begun.map_err(|e| self.explain(e.into()))
    }

    /// Takes note that a write transaction is over.
    pub(crate) fn ended_writing(&mut self) {
        let now = Instant::now();
        let lock_use = &mut self.lock_use;
        if let Some(began) = lock_use.began.take() {
            lock_use.held += now - began;
            lock_use.ended = Some(now);
        }
    }

    fn yield_lock(&mut self, lock: &StoreLock) {
        let lock_use = &mut self.lock_use;
        if lock_use.ended.is_some_and(|ended| ended.elapsed() >= YIELD) {
            lock_use.held = Duration::ZERO;
        }
        if lock_use.held >= LONGEST_HOLD && lock.is_awaited() {
            thread::sleep(YIELD);
            lock_use.held = Duration::ZERO;
        }
    }
}
