//! What an `orchestra_store` stands for: a store, and in which way it is used.

use kernel::{Reader, Result, Store, UnitOfWork, UserContext};

/// What is behind an `orchestra_store`. All operations go through one, whatever it was derived from.
pub(crate) struct Session {
    store: Store,
}

impl From<Store> for Session {
    fn from(store: Store) -> Self {
        Self { store }
    }
}

impl Session {
    pub(crate) fn read<T>(&self, work: impl FnOnce(&mut Reader<'_>) -> Result<T>) -> Result<T> {
        self.store.read(work)
    }

    pub(crate) fn write<T>(
        &self,
        work: impl FnOnce(&mut UnitOfWork<'_>) -> Result<T>,
    ) -> Result<T> {
        self.store.write(work)
    }

    /// The store itself, for what concerns the database as a whole.
    pub(crate) fn store(&self) -> Result<&Store> {
        Ok(&self.store)
    }

    /// The same, with this user acting.
    pub(crate) fn context(&self, user: UserContext) -> Self {
        Self {
            store: self.store.context(user),
        }
    }
}
