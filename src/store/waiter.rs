//! The threads in the queue of writers, and what each waits for.

use std::fmt;
use std::sync::Arc;
use std::thread::ThreadId;

use crate::sqlite::connection::Connection;
use crate::store::slot::Slot;
use crate::store::write_command::WriteCommand;
use crate::store::write_transaction::WriteTransaction;

/// One thread in the queue.
#[derive(Debug)]
pub(super) struct Waiter {
    pub(super) number: u64,
    pub(super) thread: ThreadId,
    pub(super) slot: WaiterSlot,
}

/// The place where a thread waits, by what it waits for.
pub(super) enum WaiterSlot {
    /// Waits for the connection, to have it for itself.
    Alone(Arc<Slot<Option<Connection>>>),
    /// Waits for the connection, or for an open transaction to add to.
    Sharing(Arc<Slot<Admission>>),
    /// Waits for whoever has an open transaction to run its write, or for the connection.
    Command(Arc<dyn WriteCommand>),
}

/// The value that is handed to a thread which would share a transaction.
pub(super) enum Admission {
    /// The connection, to begin a transaction on.
    Connection(Option<Connection>),
    /// The open transaction of the writes before.
    Transaction(Box<WriteTransaction>),
}

impl fmt::Debug for WaiterSlot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Alone(_) => "Alone",
            Self::Sharing(_) => "Sharing",
            Self::Command(_) => "Command",
        })
    }
}

impl Waiter {
    /// Hands the connection to this thread.
    pub(super) fn call(self, connection: Option<Connection>) {
        match self.slot {
            WaiterSlot::Alone(slot) => slot.fill(connection),
            WaiterSlot::Sharing(slot) => slot.fill(Admission::Connection(connection)),
            WaiterSlot::Command(command) => command.call(connection),
        }
    }
}
