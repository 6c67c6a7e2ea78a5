//! The queue of threads that want to write: first come, first served. It owns the one writing connection, which
//! each thread has for its turn; a thread that is done calls the next, and may hand over the open transaction.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};
use std::time::Duration;

use crate::cancel;
use crate::config::{GroupCommit, StoreConfig};
use crate::error::{Error, ErrorCode, Result};
use crate::rows::UnitOfWork;
use crate::sqlite::connection::Connection;
use crate::sqlite::{Connections, read_only};
use crate::store::slot::Slot;
use crate::store::waiter::{Admission, Waiter, WaiterSlot};
use crate::store::write_command::{OwnedWrite, WriteAnswer, WriteCommand};
use crate::store::write_transaction::WriteTransaction;
use crate::store::write_turn::WriteTurn;

/// The queue before the one writing connection.
#[derive(Debug)]
pub(crate) struct WriteQueue {
    state: Mutex<WriteQueueState>,
    limits: GroupCommit,
    patience: Duration,
    is_read_only: bool,
}

#[derive(Debug)]
struct WriteQueueState {
    holder: TurnHolder,
    waiting: VecDeque<Waiter>,
    /// The number of the next thread that waits.
    next_number: u64,
    /// Set once the last turn was given: no thread may wait any more.
    is_closed: bool,
}

/// The holder of the connection.
#[derive(Debug)]
enum TurnHolder {
    /// The connection is free. `None` where the last one was closed: the next turn opens another.
    Nobody(Option<Connection>),
    /// A turn has the connection, and this thread works in it; `None` between the steps of a transaction.
    Turn(Option<ThreadId>),
}

impl WriteQueueState {
    /// Gives this thread the turn, where the connection is free.
    fn take_idle(&mut self) -> Option<Option<Connection>> {
        let TurnHolder::Nobody(idle) = &mut self.holder else {
            return None;
        };
        let idle = idle.take();
        self.holder = TurnHolder::Turn(Some(thread::current().id()));
        Some(idle)
    }

    /// Puts this thread at the end of the queue, and returns its number.
    fn enqueue(&mut self, slot: WaiterSlot) -> u64 {
        let number = self.next_number;
        self.next_number += 1;
        self.waiting.push_back(Waiter {
            number,
            thread: thread::current().id(),
            slot,
        });
        number
    }
}

impl WriteQueue {
    /// Creates the queue before this connection; a store that may not write has none.
    pub(crate) fn new(config: &StoreConfig, writer: Option<Connection>) -> Self {
        Self {
            state: Mutex::new(WriteQueueState {
                holder: TurnHolder::Nobody(writer),
                waiting: VecDeque::new(),
                next_number: 0,
                is_closed: false,
            }),
            limits: config.group_commit,
            patience: config.busy_timeout,
            is_read_only: config.read_only,
        }
    }

    fn state(&self) -> MutexGuard<'_, WriteQueueState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the limits of shared transactions.
    pub(super) fn limits(&self) -> &GroupCommit {
        &self.limits
    }

    /// Waits for a turn that no other thread has a part in, up to the busy timeout, or until the operation is
    /// cancelled.
    pub(crate) fn turn(self: &Arc<Self>, connections: &Arc<Connections>) -> Result<WriteTurn> {
        let state = self.admitting()?;
        let idle = self.wait(state, WaiterSlot::Alone, |connection| connection);
        WriteTurn::begin(self, connections, idle?)
    }

    /// Waits for a transaction to add to: that of the writes before, or else a new one, which others may add to.
    /// Waits as long as [`turn`](Self::turn) does.
    pub(crate) fn join(
        self: &Arc<Self>,
        connections: &Arc<Connections>,
    ) -> Result<WriteTransaction> {
        let state = self.admitting()?;
        match self.wait(state, WaiterSlot::Sharing, Admission::Connection)? {
            Admission::Transaction(transaction) => Ok(*transaction),
            Admission::Connection(idle) => {
                WriteTransaction::begin_shared(WriteTurn::begin(self, connections, idle)?)
            }
        }
    }

    /// Waits for the last turn, behind all threads that wait now. Threads that come later are refused, even where
    /// this fails; the connection is closed at the end of the last turn.
    pub(crate) fn close(self: &Arc<Self>, connections: &Arc<Connections>) -> Result<WriteTurn> {
        let mut state = self.state();
        state.is_closed = true;
        let idle = self.wait(state, WaiterSlot::Alone, |connection| connection);
        let idle = idle.map_err(|error| {
            error.while_doing("the store is closed, but for a write that hasn't ended")
        });
        WriteTurn::begin(self, connections, idle?)
    }

    /// Fails where nobody may write, no thread may wait any more, or this thread would wait for itself.
    fn admitting(&self) -> Result<MutexGuard<'_, WriteQueueState>> {
        if self.is_read_only {
            return Err(read_only::refused());
        }
        let state = self.state();
        if state.is_closed {
            return Err(closed());
        }
        match state.holder {
            TurnHolder::Turn(Some(thread)) if thread == thread::current().id() => Err(nested()),
            _ => Ok(state),
        }
    }

    /// Fails where this thread may not wait for the writes of others: nobody may write any more, or the thread itself
    /// has the connection.
    pub(crate) fn check_may_wait(&self) -> Result<()> {
        self.admitting().map(drop)
    }

    /// Waits to be called. A thread that is first gets the value that `admit` makes of the connection.
    fn wait<T>(
        &self,
        mut state: MutexGuard<'_, WriteQueueState>,
        to_slot: fn(Arc<Slot<T>>) -> WaiterSlot,
        admit: fn(Option<Connection>) -> T,
    ) -> Result<T> {
        if let Some(idle) = state.take_idle() {
            return Ok(admit(idle));
        }
        let slot = Arc::new(Slot::default());
        let number = state.enqueue(to_slot(Arc::clone(&slot)));
        drop(state);
        if let Some(admitted) = slot.wait(self.patience) {
            return Ok(admitted);
        }
        self.give_up(number)?;
        // The call came at the last moment.
        slot.content().take().ok_or_else(|| self.busy())
    }

    /// Waits until the write has been run by another thread, and its commit is over, or until this thread has the
    /// connection, to run it itself. Waits as long as [`turn`](Self::turn) does for the write to begin.
    pub(super) fn offer<W, T>(
        &self,
        work: W,
        to_command: impl FnOnce(W) -> Arc<OwnedWrite<W, T>>,
    ) -> Result<WriteAnswer<W, T>>
    where
        W: FnOnce(&mut UnitOfWork<'_>) -> Result<T> + Send + 'static,
        T: Send + 'static,
    {
        let mut state = self.admitting()?;
        if let Some(idle) = state.take_idle() {
            return Ok(WriteAnswer::Connection(work, idle));
        }
        let command = to_command(work);
        let number = state.enqueue(WaiterSlot::Command(Arc::clone(&command) as _));
        drop(state);
        if let Some(answer) = command.wait(self.patience) {
            return Ok(answer);
        }
        self.give_up(number)?;
        Ok(command.wait_to_end())
    }

    /// Leaves the queue with the reason why, unless the call came at the last moment.
    fn give_up(&self, number: u64) -> Result<()> {
        let mut state = self.state();
        let Some(place) = state.waiting.iter().position(|w| w.number == number) else {
            return Ok(());
        };
        let left = state.waiting.remove(place);
        drop(state);
        drop(left);
        cancel::check()?;
        Err(self.busy())
    }

    fn busy(&self) -> Error {
        let message = format!(
            "other writes took longer than {:?}; try again, or raise StoreConfig::busy_timeout",
            self.patience
        );
        Error::new(ErrorCode::Busy, message)
    }

    /// Takes the next write out of the queue, where this thread can run it.
    pub(super) fn next_command(&self) -> Option<Arc<dyn WriteCommand>> {
        let mut state = self.state();
        let WaiterSlot::Command(command) = &state.waiting.front()?.slot else {
            return None;
        };
        let command = Arc::clone(command);
        state.waiting.pop_front();
        Some(command)
    }

    /// Hands the transaction to the next thread in the queue. Returns it where that thread wants none, or no thread
    /// waits.
    pub(super) fn hand_on(&self, transaction: WriteTransaction) -> Option<WriteTransaction> {
        let mut state = self.state();
        let Some(Waiter {
            thread,
            slot: WaiterSlot::Sharing(slot),
            ..
        }) = state.waiting.front()
        else {
            return Some(transaction);
        };
        let (thread, slot) = (*thread, Arc::clone(slot));
        state.waiting.pop_front();
        state.holder = TurnHolder::Turn(Some(thread));
        slot.fill(Admission::Transaction(Box::new(transaction)));
        None
    }

    /// Calls the next thread, and hands it the connection where there still is one.
    pub(super) fn call_next(&self, connection: Option<Connection>) {
        let mut state = self.state();
        if let Some(next) = state.waiting.pop_front() {
            state.holder = TurnHolder::Turn(Some(next.thread));
            next.call(connection);
            return;
        }
        let (kept, closed) = match state.is_closed {
            true => (None, connection),
            false => (connection, None),
        };
        state.holder = TurnHolder::Nobody(kept);
        // Closing the connection may take time, and no thread has to wait for that.
        drop(state);
        drop(closed);
    }

    pub(super) fn set_thread(&self, thread: Option<ThreadId>) {
        self.state().holder = TurnHolder::Turn(thread);
    }
}

fn closed() -> Error {
    Error::new(ErrorCode::Closed, "the store is closed")
}

fn nested() -> Error {
    let message = "Store::write was called inside Store::write; use UnitOfWork::savepoint";
    Error::new(ErrorCode::Misuse, message)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub(super) mod tests {
    use diesel::connection::SimpleConnection as _;

    use super::*;
    use crate::Store;

    pub(in crate::store) fn open(group_commit: GroupCommit) -> (tempfile::TempDir, Store) {
        let directory = tempfile::tempdir().unwrap();
        let mut config = StoreConfig::new(directory.path().join("orchestra.db"));
        config.group_commit = group_commit;
        config.busy_timeout = Duration::from_secs(60);
        (directory, Store::open(config).unwrap())
    }

    /// Waits until as many threads wait in the queue.
    pub(in crate::store) fn await_waiting(store: &Store, number: usize) {
        while store.queue().state().waiting.len() != number {
            thread::yield_now();
        }
    }

    /// Begins these one after another, each once the one before waits, while a transaction is open.
    pub(in crate::store) fn behind_a_transaction(
        store: &Store,
        works: Vec<Box<dyn FnOnce() + Send + '_>>,
    ) {
        thread::scope(|scope| {
            let held = store.begin().unwrap();
            for (waiting, work) in (1..).zip(works) {
                scope.spawn(work);
                await_waiting(store, waiting);
            }
            held.commit().unwrap();
        });
    }

    #[test]
    fn whoever_comes_first_is_served_first_whatever_they_want() {
        for group_commit in [GroupCommit::OFF, GroupCommit::SHARED] {
            let (_directory, store) = open(group_commit);
            let (store, order) = (&store, Arc::new(Mutex::new(Vec::new())));
            let note = |name| {
                order.lock().unwrap().push(name);
                Ok(())
            };
            let write_owned = |name| -> Box<dyn FnOnce() + Send> {
                let order = Arc::clone(&order);
                Box::new(move || {
                    let note = move |_: &mut UnitOfWork<'_>| {
                        order.lock().unwrap().push(name);
                        Ok(())
                    };
                    store.write_owned(note).unwrap();
                })
            };
            behind_a_transaction(
                store,
                vec![
                    Box::new(|| store.write(|_| note("write")).unwrap()),
                    write_owned("owned write"),
                    Box::new(|| store.write(|_| note("another write")).unwrap()),
                    write_owned("another owned write"),
                    Box::new(|| store.with_writer(|_| note("upkeep")).unwrap()),
                    write_owned("owned write behind upkeep"),
                    Box::new(|| store.write_alone(|_| note("write alone")).unwrap()),
                    Box::new(|| {
                        let mut transaction = store.begin().unwrap();
                        transaction.write(|_| note("transaction")).unwrap();
                        transaction.commit().unwrap();
                    }),
                    Box::new(|| {
                        store
                            .with_writer_and_cache(|_| note("more upkeep"))
                            .unwrap()
                    }),
                    Box::new(|| store.write(|_| note("last write")).unwrap()),
                    write_owned("last owned write"),
                    Box::new(|| store.close().unwrap()),
                ],
            );
            let expected = [
                "write",
                "owned write",
                "another write",
                "another owned write",
                "upkeep",
                "owned write behind upkeep",
                "write alone",
                "transaction",
                "more upkeep",
                "last write",
                "last owned write",
            ];
            assert_eq!(*order.lock().unwrap(), expected);
            let late = store.with_writer(|_| Ok(())).unwrap_err();
            assert_eq!(late.code(), ErrorCode::Closed);
        }
    }

    #[test]
    fn who_comes_while_closing_waits_is_refused_at_once() {
        let (_directory, store) = open(GroupCommit::default());
        // The connections of a thread that found the store open before it was closed.
        let connections = store.connections().unwrap();
        thread::scope(|scope| {
            let held = store.begin().unwrap();
            let closing = scope.spawn(|| store.close());
            while store.queue().state().waiting.is_empty() {
                thread::yield_now();
            }
            let late = store.queue().turn(&connections).err().unwrap();
            assert_eq!(late.code(), ErrorCode::Closed);
            held.commit().unwrap();
            closing.join().unwrap().unwrap();
        });
    }

    #[test]
    fn a_connection_that_comes_back_unusable_or_not_at_all_is_replaced() {
        let (_directory, store) = open(GroupCommit::default());
        let spoil = |writer: &mut Connection| -> Result<()> {
            assert_eq!(writer.total_changes(), 0);
            writer.batch_execute("BEGIN; UPDATE UserPreferences SET Value = Value")?;
            assert!(writer.total_changes() > 0);
            Ok(())
        };
        store.with_writer(spoil).unwrap();
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            store.with_writer(|writer| -> Result<()> { panic!("{:?}", spoil(writer)) })
        }));
        assert!(panicked.is_err());
        store.with_writer(spoil).unwrap();
        store.write(|_| Ok(())).unwrap();
        store.close().unwrap();
    }
}
