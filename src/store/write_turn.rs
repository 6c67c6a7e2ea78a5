//! A turn in the queue of writers: the right to the writing connection, until the next thread is called.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use crate::error::Result;
use crate::sqlite::Connections;
use crate::sqlite::connection::Connection;
use crate::store::write_queue::WriteQueue;

/// The writing connection, for the length of a turn.
///
/// A turn that is dropped instead of [ended](Self::end), for instance by a panic, closes its connection: nothing of
/// its state reaches the next turn.
pub(crate) struct WriteTurn {
    // Closed before the next thread is called.
    connection: Connection,
    place: QueuePlace,
}

/// The place at the head of the queue. Leaving it calls the next thread.
struct QueuePlace {
    queue: Arc<WriteQueue>,
    /// Keeps the file from being replaced while the connection is open.
    connections: Arc<Connections>,
    given_back: Option<Connection>,
}

impl WriteTurn {
    /// Begins a turn with the connection, and opens another where the last one was closed.
    pub(super) fn begin(
        queue: &Arc<WriteQueue>,
        connections: &Arc<Connections>,
        idle: Option<Connection>,
    ) -> Result<Self> {
        let place = QueuePlace {
            queue: Arc::clone(queue),
            connections: Arc::clone(connections),
            given_back: None,
        };
        let connection = idle.map_or_else(|| connections.open_writer(None), Ok)?;
        Ok(Self { connection, place })
    }

    /// Gives the connection back and calls the next thread. A connection that can't be used any more is closed.
    pub(crate) fn end(self) {
        let Self {
            mut connection,
            mut place,
        } = self;
        connection.bound_statements();
        if connection.is_broken() {
            tracing::warn!("the writing connection came back unusable and is closed");
            drop(connection);
        } else {
            place.given_back = Some(connection);
        }
    }

    /// Begins a write transaction, in turn with other stores.
    pub(super) fn begin_writing(&mut self) -> Result<()> {
        self.place.connections.begin_writing(&mut self.connection)
    }

    /// Takes note that the transaction which began at this time is over.
    pub(super) fn ended_writing(&self, began: Instant) {
        self.place.connections.ended_writing(began);
    }

    pub(super) fn connection(&mut self) -> &mut Connection {
        &mut self.connection
    }

    /// Returns the writing connection, and the others of the store.
    pub(super) fn parts(&mut self) -> (&mut Connection, &Connections) {
        (&mut self.connection, &self.place.connections)
    }

    pub(super) fn queue(&self) -> &Arc<WriteQueue> {
        &self.place.queue
    }

    /// Records that no thread works in this turn until one [enters](Self::enter) it.
    pub(super) fn leave(&self) {
        self.place.queue.set_thread(None);
    }

    /// Records that this thread works in this turn, until the returned value is dropped.
    pub(super) fn enter(&self) -> InTurn {
        self.place.queue.set_thread(Some(thread::current().id()));
        InTurn(Arc::clone(&self.place.queue))
    }
}

impl Deref for WriteTurn {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.connection
    }
}

impl DerefMut for WriteTurn {
    fn deref_mut(&mut self) -> &mut Connection {
        &mut self.connection
    }
}

impl Drop for QueuePlace {
    fn drop(&mut self) {
        self.queue.call_next(self.given_back.take());
    }
}

/// The work of a thread in a turn that outlasts it.
pub(crate) struct InTurn(Arc<WriteQueue>);

impl Drop for InTurn {
    fn drop(&mut self) {
        self.0.set_thread(None);
    }
}
