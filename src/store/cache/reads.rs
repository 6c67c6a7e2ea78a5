//! Cached reads of a store.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

use super::{CacheKey, CacheSource, CacheStatistics, EntryKind, Lookup, TableDependency};
use crate::error::Result;
use crate::rows::{Entity, Reader, data};
use crate::store::Store;
use crate::types::Id;

impl Store {
    /// The row with this id as [`data::find`] finds it, from memory where it is there and still
    /// the same in the database, whoever writes to it. A row that isn't there is not remembered.
    ///
    /// Its key for [`invalidate`](Self::invalidate) is the table and the id: `Tasks:<id>`.
    pub fn cached<E: Entity>(&self, id: &Id<E>) -> Result<Option<Arc<E>>> {
        let key = CacheKey::row(E::NAME, id.as_str());
        let user = self.user();
        // What is left of the condition when deleted rows are shown is about whose they are.
        let is_private = E::default_condition(user, true).is_some();
        let source = CacheSource::Row(E::NAME, is_private.then_some(&user.user_id));
        let now = self.environment().clock.now();
        let ticket = match self
            .cache()
            .look_up(&key, source, now, &*self.connections()?)?
        {
            Lookup::Hit(row) => return Ok(Some(row)),
            Lookup::Miss(ticket) => ticket,
        };
        let Some(row) = self.read(|reader| data::find(reader, id))? else {
            return Ok(None);
        };
        let row = Arc::new(row);
        self.cache().keep(ticket, key, source, &row, now, None);
        Ok(Some(row))
    }

    /// What `make` returned the last time for this key, if none of the tables that it depends on
    /// was written since and it has not expired; else what it returns now.
    ///
    /// A result that depends on nothing named is dropped by every write. `expiry` is the longest
    /// that it is used; none for the store's default. All handles of a store share the results:
    /// where they depend on who is acting, or on arguments, the key has to say so. A value of
    /// another type under the same key is replaced.
    ///
    /// ```
    /// # use orchestra_store::{TableDependency, Store, StoreConfig, models::Task, services::tasks};
    /// # let directory = tempfile::tempdir()?;
    /// # let store = Store::open(StoreConfig::new(directory.path().join("orchestra.db")))?;
    /// let on_tasks = [TableDependency::on::<Task>()];
    /// let counts = store.cached_result("Tasks:counts", &on_tasks, None, tasks::count_by_status)?;
    /// # assert!(counts.iter().all(|(_, count)| *count == 0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn cached_result<T: Any + Send + Sync + Serialize>(
        &self,
        key: &str,
        depends_on: &[TableDependency],
        expiry: Option<Duration>,
        make: impl FnOnce(&mut Reader<'_>) -> Result<T>,
    ) -> Result<Arc<T>> {
        let key = CacheKey::new(EntryKind::Result, key.to_owned());
        let source = CacheSource::Tables(depends_on);
        let now = self.environment().clock.now();
        let ticket = match self
            .cache()
            .look_up(&key, source, now, &*self.connections()?)?
        {
            Lookup::Hit(value) => return Ok(value),
            Lookup::Miss(ticket) => ticket,
        };
        let value = Arc::new(self.read(make)?);

        self.cache().keep(ticket, key, source, &value, now, expiry);
        Ok(value)
    }

    /// Drops the row or result of this key from memory, and says whether there was one. Only for
    /// what the database doesn't know of: its own changes are noticed.
    pub fn invalidate(&self, key: &str) -> bool {
        self.cache().invalidate(key)
    }

    /// Drops the rows and results from memory whose keys match, and returns how many these were.
    /// `*` stands for any characters, `?` for one: `Tasks:*`.
    pub fn invalidate_pattern(&self, pattern: &str) -> usize {
        self.cache().invalidate_pattern(pattern)
    }

    /// What the cache holds, and how useful it was.
    pub fn cache_statistics(&self) -> CacheStatistics {
        self.cache().statistics()
    }
}
