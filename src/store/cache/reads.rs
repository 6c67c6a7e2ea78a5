//! Reads of a store through the cache.

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
    /// Returns the row with this id as [`data::find`] does, from memory if it is there and unchanged in the database,
    /// whoever writes to the latter. A missing row is not remembered.
    ///
    /// Its key for [`invalidate`](Self::invalidate) is the table and the id: `Tasks:<id>`.
    pub fn cached<E: Entity>(&self, id: &Id<E>) -> Result<Option<Arc<E>>> {
        let key = CacheKey::row(E::NAME, id.as_str());
        let user = self.user();
        // With deleted rows shown, the condition can only be about the user.
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

    /// Returns the result that `make` last returned for this key, if none of the tables that it depends on was
    /// written since and it has not expired. Otherwise calls `make` and keeps its result.
    ///
    /// If `depends_on` is empty, every write drops the result. `expiry` is its maximum age; none means the store's
    /// default. All handles of a store share the results, so the key must name the user and the arguments that the
    /// result depends on. A value of another type under the same key is replaced.
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
        self.cached_value(key, depends_on, expiry, || self.read(make))
    }

    /// Returns a cached result as [`cached_result`](Self::cached_result) does, whose `make` opens its own reads, several or
    /// none. A result whose tables are written while it is made is returned, and not kept.
    pub fn cached_value<T: Any + Send + Sync + Serialize>(
        &self,
        key: &str,
        depends_on: &[TableDependency],
        expiry: Option<Duration>,
        make: impl FnOnce() -> Result<T>,
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
        let value = Arc::new(make()?);
        self.cache().keep(ticket, key, source, &value, now, expiry);
        Ok(value)
    }

    /// Drops the row or result with this key from memory, and returns true if there was one. Needed only for results
    /// from outside the database, whose own changes are noticed.
    pub fn invalidate(&self, key: &str) -> bool {
        self.cache().invalidate(key)
    }

    /// Drops the rows and results whose keys match from memory, and returns their number. `*` stands for any
    /// characters, `?` for one: `Tasks:*`.
    pub fn invalidate_pattern(&self, pattern: &str) -> usize {
        self.cache().invalidate_pattern(pattern)
    }

    /// Returns the size and the use of the cache.
    pub fn cache_statistics(&self) -> CacheStatistics {
        self.cache().statistics()
    }
}
