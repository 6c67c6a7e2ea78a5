//! What an `orchestra_store` stands for: a store, and in which way it is used.

use std::sync::Arc;

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

/// What is behind an `orchestra_store`. All operations go through one, whatever it was derived from.
pub(crate) struct Session {
    /// With the user who acts, and the token that cancels.
    store: Store,
    /// What the operations are part of, if anything.
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

    pub(crate) fn write<T>(
        &self,
        work: impl FnOnce(&mut UnitOfWork<'_>) -> Result<T>,
    ) -> Result<T> {
        callback_thread::refuse()?;
        match &self.transaction {
            None => self.store.write(work),
            Some(open) => open.use_by_one(|transaction| transaction.write_by(&self.store, work)),
        }
    }

    /// The store itself, for what concerns the database as a whole; refused inside a transaction.
    pub(crate) fn store(&self) -> Result<&Store> {
        callback_thread::refuse()?;
        if self.transaction.is_some() {
            let message = "orchestra_store: not inside a transaction";
            return Err(Error::new(ErrorCode::Misuse, message));
        }
        Ok(&self.store)
    }

    /// The same, with this user acting.
    pub(crate) fn context(&self, user: UserContext) -> Self {
        self.with(self.store.context(user))
    }

    /// The same, cancelled by this token.
    pub(crate) fn cancellable(&self, token: &CancelToken) -> Self {
        self.with(self.store.cancellable(token))
    }

    /// The same, as part of a transaction.
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
