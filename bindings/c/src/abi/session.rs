//! The sessions behind `orchestra_store` handles: a store, and the way in which it is used.

use std::sync::Arc;
use std::time::Duration;

use kernel::{CancelToken, Error, ErrorCode, Reader, Result, Store, UnitOfWork, UserContext};

use crate::abi::callback_thread;
use crate::abi::handle::opaque;
use crate::abi::open_transaction::OpenTransaction;

/// An open database. Any number of threads use it at the same time; many read at once, and writes
/// come one after another.
pub struct orchestra_store {
    _opaque: [u8; 0],
}

opaque!(orchestra_store, b"orch_sto", Session);

/// The value behind an `orchestra_store`, through which all operations go.
pub(crate) struct Session {
    /// The store, with the acting user and the cancellation token.
    store: Store,
    /// The transaction that the operations are part of, if any.
    transaction: Option<Arc<OpenTransaction>>,
}

impl From<Store> for Session {
    fn from(store: Store) -> Self {
        Self {
            store,
            transaction: None,
        }
    }
}

impl Session {
    pub(crate) fn read<T>(&self, work: impl FnOnce(&mut Reader<'_>) -> Result<T>) -> Result<T> {
        callback_thread::refuse()?;
        match &self.transaction {
            None => self.store.read(work),
            Some(open) => open.use_by_one(|transaction| transaction.read_by(&self.store, work)),
        }
    }

    /// Writes. Another thread that writes may run the work, so that they share a commit.
    pub(crate) fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut UnitOfWork<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        callback_thread::refuse()?;
        match &self.transaction {
            None => self.store.write_owned(work),
            Some(open) => open.use_by_one(|transaction| transaction.write_by(&self.store, work)),
        }
    }

    /// Writes in a commit of its own, unless it is a step of a transaction: for work that may take long.
    pub(crate) fn write_alone<T>(
        &self,
        work: impl FnOnce(&mut UnitOfWork<'_>) -> Result<T>,
    ) -> Result<T> {
        callback_thread::refuse()?;
        match &self.transaction {
            None => self.store.write_alone(work),
            Some(open) => open.use_by_one(|transaction| transaction.write_by(&self.store, work)),
        }
    }

    /// Returns the store, for operations on the database as a whole; fails inside a transaction.
    pub(crate) fn store(&self) -> Result<&Store> {
        callback_thread::refuse()?;
        if self.transaction.is_some() {
            let message = "orchestra_store: not inside a transaction";
            return Err(Error::new(ErrorCode::Misuse, message));
        }
        Ok(&self.store)
    }

    /// Returns a session in which this user acts.
    pub(crate) fn context(&self, user: UserContext) -> Self {
        self.with(self.store.context(user))
    }

    /// Returns a session that this token cancels.
    pub(crate) fn cancellable(&self, token: &CancelToken) -> Self {
        self.with(self.store.cancellable(token))
    }

    /// Returns a session whose operations take at most this time each.
    pub(crate) fn with_timeout(&self, timeout: Option<Duration>) -> Self {
        self.with(self.store.with_operation_timeout(timeout))
    }

    /// Returns a session whose operations are part of a transaction.
    pub(crate) fn inside(&self, transaction: Arc<OpenTransaction>) -> Self {
        Self {
            store: self.store.clone(),
            transaction: Some(transaction),
        }
    }

    fn with(&self, store: Store) -> Self {
        Self {
            store,
            transaction: self.transaction.clone(),
        }
    }
}
