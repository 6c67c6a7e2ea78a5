//! The arguments of the closures of [`Store::read`](crate::Store::read) and
//! [`Store::write`](crate::Store::write).

use std::ops::{Deref, DerefMut};
use std::panic::resume_unwind;
use std::sync::Arc;

use super::change_log::{Change, ChangeLog};
use super::seen::SeenBy;
use crate::cancel;
use crate::clock::{Clock, IdGenerator};
use crate::config::{QueuePolicy, RetentionPolicy, StoreConfig};
use crate::encryption::KeyProvider;
use crate::error::{Error, Result};
use crate::rows::{Entity, UserContext};
use crate::sqlite::{Conn, RawHandle, transaction};
use crate::types::{ChangeAction, Id, Timestamp};

/// The things that the services take from the outside.
#[derive(Debug, Clone)]
pub(crate) struct Environment {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn IdGenerator>,
    pub(crate) queue: QueuePolicy,
    pub(crate) keys: Option<Arc<dyn KeyProvider>>,
    pub(crate) audit: bool,
    pub(crate) change_events: bool,
    pub(crate) retention: RetentionPolicy,
}

impl From<&StoreConfig> for Environment {
    fn from(config: &StoreConfig) -> Self {
        Self {
            clock: Arc::clone(&config.clock),
            ids: Arc::clone(&config.ids),
            queue: config.queue,
            keys: config.keys.clone(),
            audit: config.audit,
            change_events: config.change_events,
            retention: config.retention,
        }
    }
}

/// One snapshot of the database: all that is read through it comes from the same moment.
pub struct Reader<'a> {
    conn: &'a mut Conn,
    environment: &'a Environment,
    user: &'a UserContext,
    /// The rows that a transaction that writes has read; none where nothing is written.
    seen: Option<SeenBy<'a>>,
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
            seen: None,
        }
    }

    /// Returns the row with this id. Whoever writes it afterwards in the same transaction doesn't read it
    /// again.
    pub(crate) fn find<E: Entity>(&mut self, id: &Id<E>) -> Result<Option<E>> {
        let row = E::find(self.conn, id)?;
        if let Some(row) = &row {
            self.keep_seen(row);
        }
        Ok(row)
    }

    /// Returns the row with this id, marked as deleted or not.
    pub(crate) fn get<E: Entity>(&mut self, id: &Id<E>) -> Result<E> {
        self.find(id)?.ok_or_else(|| Error::not_found(E::NAME, id))
    }

    /// Remembers a row that was just read by another way than [`find`](Self::find).
    pub(crate) fn keep_seen<E: Entity>(&mut self, row: &E) {
        if let Some(seen) = &mut self.seen {
            seen.keep(row);
        }
    }

    /// Returns the Diesel connection, for queries of the caller's own.
    pub fn connection(&mut self) -> &mut Conn {
        self.conn
    }

    /// Returns the host's keys, if it gave any.
    pub(crate) fn keys(&self) -> Option<&'a dyn KeyProvider> {
        self.environment.keys.as_deref()
    }

    /// Returns the present moment, by the store's clock.
    pub fn now(&self) -> Timestamp {
        self.environment.clock.now()
    }

    /// Returns the user who is acting.
    pub fn user(&self) -> &'a UserContext {
        self.user
    }

    /// Returns how the task queue behaves where a call doesn't say.
    pub fn queue_policy(&self) -> &QueuePolicy {
        &self.environment.queue
    }

    /// Returns how long what is kept.
    pub fn retention_policy(&self) -> &RetentionPolicy {
        &self.environment.retention
    }
}

/// One transaction: what is written through it is committed together or not at all.
///
/// It reads too, and sees what it wrote.
pub struct UnitOfWork<'a> {
    reader: Reader<'a>,
    handle: RawHandle<'a>,
    changed: &'a mut ChangeLog,
}

impl<'a> UnitOfWork<'a> {
    /// Makes one on the connection of the reader. `changed` receives what is written, `seen`
    /// what is read.
    pub(crate) fn new(
        mut reader: Reader<'a>,
        changed: &'a mut ChangeLog,
        seen: SeenBy<'a>,
    ) -> Self {
        let handle = seen.connection;
        reader.seen = Some(seen);
        Self {
            reader,
            handle,
            changed,
        }
    }

    /// Returns the row with this id as it is in the database, which is only asked where the row wasn't
    /// read before in this transaction or something was written since.
    pub(crate) fn current<E: Entity>(&mut self, id: &Id<E>) -> Result<Option<E>> {
        cancel::check()?;
        let seen = self.reader.seen.as_mut().and_then(|seen| seen.take(id));
        match seen {
            Some(row) => Ok(Some(row)),
            None => Ok(E::find(self.reader.conn, id)?),
        }
    }

    /// Returns whether changes are written into the audit log.
    pub(crate) fn is_audited(&self) -> bool {
        self.reader.environment.audit
    }

    /// Notes that one row was changed, for caches and for those who follow changes. The columns
    /// are those that changed; none where the whole row came or went.
    pub(crate) fn note_change(
        &mut self,
        entity: &'static str,
        id: &str,
        action: ChangeAction,
        columns: Vec<&'static str>,
    ) {
        let change = Change {
            action,
            columns,
            sequence: None,
        };
        self.note(entity, id, Some(change));
    }

    /// Notes that one row was written, for caches alone: nobody wants to be told.
    pub(crate) fn note_write(&mut self, entity: &'static str, id: &str) {
        self.note(entity, id, None);
    }

    fn note(&mut self, entity: &'static str, id: &str, change: Option<Change>) {
        self.changed.note(entity, id, change);
        if let Some(seen) = &mut self.reader.seen {
            seen.note_change(entity, id);
        }
    }

    /// Notes that rows were written which no cache holds.
    pub(crate) fn note_uncached(&mut self, count: usize) {
        self.changed.noted += i64::try_from(count).unwrap_or(i64::MAX);
    }

    /// Writes what was changed into the outbox, unless that is switched off.
    pub(crate) fn record_changes(&mut self) -> Result<()> {
        if !self.reader.environment.change_events {
            return Ok(());
        }
        let (now, user) = (self.now(), &self.reader.user.user_id);
        let recorded = self
            .changed
            .record(self.reader.conn, self.handle, user, now);
        Ok(recorded?)
    }

    /// Forgets what was changed once that is much, so that memory doesn't grow with the number of
    /// rows that a transaction writes: its events are written into the outbox now, caches will be
    /// dropped, and subscribers told to look there. Not for use inside a savepoint.
    pub(crate) fn let_go_of_changes(&mut self) -> Result<()> {
        const MANY: usize = 1000;
        if self.changed.rows.len() >= MANY {
            self.record_changes()?;
            self.changed.let_go();
        }
        Ok(())
    }

    /// Returns a new id, by the store's generator.
    pub fn new_id<T>(&self) -> Result<Id<T>> {
        Ok(Id::new(self.new_token())?)
    }

    /// Returns a text that nobody else has, by the store's generator.
    pub(crate) fn new_token(&self) -> String {
        self.reader.environment.ids.next_id()
    }

    /// Does `work` so that its failure undoes what it wrote, and nothing else of the transaction.
    pub fn savepoint<T>(
        &mut self,
        work: impl FnOnce(&mut UnitOfWork<'_>) -> Result<T>,
    ) -> Result<T> {
        let (environment, user) = (self.reader.environment, self.reader.user);
        let handle = self.handle;
        let changed = &mut *self.changed;
        let before = changed.rows.len();
        let seen = &mut self.reader.seen;
        let outcome = transaction::savepoint(self.reader.conn, |conn| {
            let mut reader = Reader::new(conn, environment, user);
            reader.seen = seen.as_mut().map(SeenBy::reborrow);
            work(&mut UnitOfWork {
                reader,
                handle,
                changed,
            })
        });
        if !matches!(outcome, Ok(Ok(_))) {
            self.changed.rows.truncate(before);
            if let Some(seen) = &mut self.reader.seen {
                seen.clear();
            }
        }
        outcome.unwrap_or_else(|panic| resume_unwind(panic))
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
