//! What the closures of [`Store::read`](crate::Store::read) and
//! [`Store::write`](crate::Store::write) work with.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use diesel::Connection as _;

use super::Conn;
use crate::clock::{Clock, IdGenerator};
use crate::config::{QueuePolicy, StoreConfig};
use crate::context::UserContext;
use crate::encryption::KeyProvider;
use crate::error::{Error, Result};
use crate::types::{Id, Timestamp};

/// What the services take from the outside.
#[derive(Debug, Clone)]
pub(crate) struct Environment {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn IdGenerator>,
    pub(crate) queue: QueuePolicy,
    pub(crate) keys: Option<Arc<dyn KeyProvider>>,
}

impl From<&StoreConfig> for Environment {
    fn from(config: &StoreConfig) -> Self {
        Self {
            clock: Arc::clone(&config.clock),
            ids: Arc::clone(&config.ids),
            queue: config.queue,
            keys: config.keys.clone(),
        }
    }
}

/// One snapshot of the database: all that is read through it comes from the same moment.
pub struct Reader<'a> {
    conn: &'a mut Conn,
    environment: &'a Environment,
    user: &'a UserContext,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(
        conn: &'a mut Conn,
        environment: &'a Environment,
        user: &'a UserContext,
    ) -> Self {
        Self {
            conn,
            environment,
            user,
        }
    }

    /// The Diesel connection, for queries of the caller's own.
    pub fn connection(&mut self) -> &mut Conn {
        self.conn
    }

    /// The host's keys, if it gave any.
    pub(crate) fn keys(&self) -> Option<&'a dyn KeyProvider> {
        self.environment.keys.as_deref()
    }

    /// The present moment, by the store's clock.
    pub fn now(&self) -> Timestamp {
        self.environment.clock.now()
    }

    /// Who is acting.
    pub fn user(&self) -> &UserContext {
        self.user
    }

    /// How the task queue behaves where a call doesn't say.
    pub fn queue_policy(&self) -> &QueuePolicy {
        &self.environment.queue
    }
}

/// One transaction: what is written through it is committed together or not at all.
///
/// It reads too, and sees what it wrote.
pub struct UnitOfWork<'a> {
    reader: Reader<'a>,
    changed: &'a mut ChangeLog,
}

/// What a transaction wrote.
#[derive(Debug, Default)]
pub(crate) struct ChangeLog {
    /// The rows, without those of savepoints that were rolled back.
    pub(crate) rows: Vec<ChangedRow>,
    /// How often a row was noted, also in savepoints that were rolled back. When SQLite counts
    /// other changes than these, something was written that nobody noted.
    pub(crate) noted: i64,
}

/// A row that a transaction wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ChangedRow {
    pub(crate) entity: &'static str,
    pub(crate) id: String,
}

impl<'a> UnitOfWork<'a> {
    /// `changed` receives what is written.
    pub(crate) fn new(reader: Reader<'a>, changed: &'a mut ChangeLog) -> Self {
        Self { reader, changed }
    }

    /// Notes that one row was written once, so that caches learn which.
    pub(crate) fn note_change(&mut self, entity: &'static str, id: &str) {
        self.changed.noted += 1;
        self.changed.rows.push(ChangedRow {
            entity,
            id: id.to_owned(),
        });
    }

    /// A new id, by the store's generator.
    pub fn new_id<T>(&self) -> Result<Id<T>> {
        Ok(Id::new(self.new_token())?)
    }

    /// A text that nobody else has, by the store's generator.
    pub(crate) fn new_token(&self) -> String {
        self.reader.environment.ids.next_id()
    }

    /// Does `work` so that its failure undoes what it wrote, and nothing else of the transaction.
    pub fn savepoint<T>(
        &mut self,
        work: impl FnOnce(&mut UnitOfWork<'_>) -> Result<T>,
    ) -> Result<T> {
        let (environment, user) = (self.reader.environment, self.reader.user);
        let changed = &mut *self.changed;
        let before = changed.rows.len();
        let outcome = self.reader.conn.transaction::<T, Error, _>(|conn| {
            let reader = Reader::new(conn, environment, user);
            work(&mut UnitOfWork::new(reader, changed))
        });
        if outcome.is_err() {
            self.changed.rows.truncate(before);
        }
        outcome
    }
}

impl<'a> Deref for UnitOfWork<'a> {
    type Target = Reader<'a>;

    fn deref(&self) -> &Reader<'a> {
        &self.reader
    }
}

impl DerefMut for UnitOfWork<'_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.reader
    }
}
