//! Turns of several stores at the lock of the one that writes, which SQLite gives to whoever asks at the right moment: a
//! store that writes without a pause would keep it from others that only try now and then.

use std::sync::{MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::connection::Connection;
use super::pool::Connections;
use super::raw::LOCK_PAUSE;
use super::transaction_statements::{BeginImmediate, run_cancellable};
use crate::error::{ErrorCode, Result};

/// The time for which a store may keep the lock, in one transaction or several, while others wait for it.
const LONGEST_HOLD: Duration = Duration::from_millis(10);

/// The time for which the lock is left free for them: each of them tries at least once.
const YIELD: Duration = Duration::from_millis(2 * LOCK_PAUSE.as_millis() as u64);

/// The use that a store makes of the lock.
#[derive(Debug, Default)]
pub(super) struct WriteLockUse {
    /// The time for which it had the lock since it last left it free for long enough.
    held: Duration,
    ended: Option<Instant>,
}

impl Connections {
    /// Begins a write transaction on the writing connection, and waits for other stores to end theirs, up to the busy
    /// timeout. Leaves them the lock first where they wait and this store has had it for long.
    pub(crate) fn begin_writing(&self, writer: &mut Connection) -> Result<()> {
        writer.check_files_now_and_then()?;
        let lock = self.lock()?;
        if self.is_due_to_yield() && lock.is_awaited() {
            thread::sleep(YIELD);
            self.lock_use().held = Duration::ZERO;
        }
        let patience = self.config().busy_timeout;
        match try_to_begin(writer, Duration::ZERO, patience) {
            Err(error) if error.code() == ErrorCode::Busy && !patience.is_zero() => {
                let _waiting = lock.show_waiting();
                try_to_begin(writer, patience, patience)
            }
            begun => begun,
        }
    }

    /// Takes note that a write transaction which began at this time is over.
    pub(crate) fn ended_writing(&self, began: Instant) {
        let now = Instant::now();
        let mut lock_use = self.lock_use();
        lock_use.held += now - began;
        lock_use.ended = Some(now);
    }

    fn is_due_to_yield(&self) -> bool {
        let mut lock_use = self.lock_use();
        if lock_use.ended.is_some_and(|ended| ended.elapsed() >= YIELD) {
            lock_use.held = Duration::ZERO;
        }
        lock_use.held >= LONGEST_HOLD
    }

    fn lock_use(&self) -> MutexGuard<'_, WriteLockUse> {
        self.lock_use.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn try_to_begin(writer: &mut Connection, patience: Duration, usual: Duration) -> Result<()> {
    let begun = writer.waiting_at_most(patience, usual, |writer| {
        run_cancellable(writer, &BeginImmediate)
    })?;
    begun.map_err(|e| writer.explain(e.into()))
}
