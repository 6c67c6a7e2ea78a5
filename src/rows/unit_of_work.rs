//! [`Reader`] and [`UnitOfWork`], the arguments of the closures that [`Store::read`](crate::Store::read) and
//! [`Store::write`](crate::Store::write) run.

use std::ops::{Deref, DerefMut};
use std::panic::resume_unwind;
use std::sync::Arc;
use std::time::Duration;

use super::change_log::{Change, ChangeLog};
use super::lineages::NumberBase;
use super::recording::PendingEntry;
use super::seen::SeenBy;
use super::writing::Writing;
use crate::cancel;
use crate::clock::{BootTime, Clock, IdGenerator};
use crate::config::{QueuePolicy, RetentionPolicy, StoreConfig};
use crate::encryption::KeyProvider;
use crate::error::{Error, Result};
use crate::rows::{AuditLog, Entity, UserContext};
use crate::sqlite::{Conn, RawHandle, dialect, transaction};
use crate::types::{ChangeAction, Id, Timestamp};

/// Settings and sources that services take from the store's configuration.
#[derive(Debug, Clone)]
pub(crate) struct Environment {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) clock_tolerance: Duration,
    pub(crate) ids: Arc<dyn IdGenerator>,
    pub(crate) queue: QueuePolicy,
    pub(crate) windows_paths: bool,
    pub(crate) keys: Option<Arc<dyn KeyProvider>>,
    pub(crate) audit: bool,
    pub(crate) change_events: bool,
    pub(crate) retention: RetentionPolicy,
    pub(crate) slow_operation: Option<Duration>,
    pub(crate) detailed_errors: bool,
}

impl From<&StoreConfig> for Environment {
    fn from(config: &StoreConfig) -> Self {
        Self {
            clock: Arc::clone(&config.clock),
            clock_tolerance: config.clock_tolerance,
            ids: Arc::clone(&config.ids),
            queue: config.queue,
            windows_paths: config.windows_paths,
            keys: config.keys.clone(),
            audit: config.audit,
            change_events: config.change_events,
            retention: config.retention,
            slow_operation: config.log.slow_operation,
            detailed_errors: config.detailed_errors,
        }
    }
}

/// A snapshot of the database: everything read through it is from the same moment.
pub struct Reader<'a> {
    conn: &'a mut Conn,
    environment: &'a Environment,
    user: &'a UserContext,
    /// State of the write; none in a read transaction.
    writing: Option<Writing<'a>>,
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
            writing: None,
        }
    }

    /// Returns the row with this id, and remembers it, so that a write in the same transaction need not read it
    /// again. The database is only asked for a row that isn't remembered, or may have changed.
    pub(crate) fn find<E: Entity>(&mut self, id: &Id<E>) -> Result<Option<E>> {
        let writing = self.writing.as_ref();
        if let Some(row) = writing.and_then(|writing| writing.seen.copy(id)) {
            return Ok(Some(row));
        }
        let row = E::find(self.conn_for::<E>(), id)?;
        if let Some(row) = &row {
            self.keep_seen(row);
        }
        Ok(row)
    }

    /// Returns the row with this id, marked as deleted or not.
    pub(crate) fn get<E: Entity>(&mut self, id: &Id<E>) -> Result<E> {
        self.find(id)?.ok_or_else(|| Error::not_found(E::NAME, id))
    }

    /// Remembers a row that was read by other means than [`find`](Self::find).
    pub(crate) fn keep_seen<E: Entity>(&mut self, row: &E) {
        if let Some(writing) = &mut self.writing {
            writing.seen.keep(row);
        }
    }

    /// Returns the Diesel connection, for queries of your own.
    ///
    /// In a write transaction, the audit entries of its changes so far are in the log then. Where they can't be written,
    /// the write fails at its end.
    pub fn connection(&mut self) -> &mut Conn {
        if let Some(writing) = &mut self.writing
            && let Err(error) = writing.write_entries(self.conn, self.user)
        {
            tracing::warn!(%error, "the audit entries of a write can't be written: it will fail");
        }
        self.conn
    }

    /// Returns the connection for statements that read neither the audit log nor the outbox: entries that are still to be
    /// written need not be there.
    pub(crate) fn conn(&mut self) -> &mut Conn {
        self.conn
    }

    /// Returns the connection for statements on a table.
    pub(crate) fn conn_for<E: Entity>(&mut self) -> &mut Conn {
        match E::NAME == AuditLog::NAME {
            true => self.connection(),
            false => self.conn,
        }
    }

    /// Returns the host's keys, if there are any.
    pub(crate) fn keys(&self) -> Option<&'a dyn KeyProvider> {
        self.environment.keys.as_deref()
    }

    /// Returns the current time of the store's clock.
    pub fn now(&self) -> Timestamp {
        self.environment.clock.now()
    }

    /// Returns the time since the machine was started, if the store's clock knows it.
    pub(crate) fn since_boot(&self) -> Option<BootTime> {
        self.environment.clock.since_boot()
    }

    /// Returns the latest time that another process may have written as its present: a stored one that lies further
    /// ahead is that of a clock which was wrong.
    pub(crate) fn latest_present(&self) -> Timestamp {
        self.now() + self.environment.clock_tolerance
    }

    /// Returns the acting user.
    pub fn user(&self) -> &'a UserContext {
        self.user
    }

    /// Returns the defaults of the task queue.
    pub fn queue_policy(&self) -> &QueuePolicy {
        &self.environment.queue
    }

    /// Returns true if paths that differ only in case or slashes are one.
    pub(crate) fn has_windows_paths(&self) -> bool {
        self.environment.windows_paths
    }

    /// Returns the retention policy.
    pub fn retention_policy(&self) -> &RetentionPolicy {
        &self.environment.retention
    }
}

/// A transaction: everything written through it is committed together, or not at all.
///
/// It can also read, and sees its own writes.
pub struct UnitOfWork<'a> {
    reader: Reader<'a>,
    handle: RawHandle<'a>,
    base: NumberBase,
}

impl<'a> UnitOfWork<'a> {
    /// Starts on the connection of `reader`. `changed` collects the rows written, `seen` those read; versions are above
    /// `base`.
    pub(crate) fn new(
        mut reader: Reader<'a>,
        changed: &'a mut ChangeLog,
        seen: SeenBy<'a>,
        base: NumberBase,
    ) -> Self {
        let handle = seen.connection;
        reader.writing = Some(Writing { changed, seen });
        Self {
            reader,
            handle,
            base,
        }
    }

    /// Returns the number above which versions and events are.
    pub(crate) fn number_base(&self) -> NumberBase {
        self.base
    }

    /// Returns the row with this id as it is in the database. The database is only asked if the transaction has not
    /// read the row before, or has written since.
    pub(crate) fn current<E: Entity>(&mut self, id: &Id<E>) -> Result<Option<E>> {
        cancel::check()?;
        let writing = self.reader.writing.as_mut();
        match writing.and_then(|writing| writing.seen.take(id)) {
            Some(row) => Ok(Some(row)),
            None => Ok(E::find(self.conn_for::<E>(), id)?),
        }
    }

    /// Returns true if changes are recorded in the audit log.
    pub(crate) fn is_audited(&self) -> bool {
        self.reader.environment.audit
    }

    /// Returns true if errors are to have the values at fault.
    pub(crate) fn has_detailed_errors(&self) -> bool {
        self.reader.environment.detailed_errors
    }

    /// Notes a change of one row, for caches and subscribers. `columns` are those that changed; empty if the whole
    /// row was created or deleted.
    pub(crate) fn note_change(
        &mut self,
        entity: &'static str,
        id: &str,
        action: ChangeAction,
        columns: Vec<&'static str>,
    ) {
        self.note(entity, id, Some(Change::new(action, columns)));
    }

    /// Notes an update of columns that follow from other rows: subscribers are told of all such updates of a row at once.
    pub(crate) fn note_derived(
        &mut self,
        entity: &'static str,
        id: &str,
        columns: Vec<&'static str>,
    ) {
        let mut change = Change::new(ChangeAction::Update, columns);
        change.is_derived = true;
        self.note(entity, id, Some(change));
    }

    /// Notes a write of one row for the caches alone, without an event.
    pub(crate) fn note_write(&mut self, entity: &'static str, id: &str) {
        self.note(entity, id, None);
    }

    fn note(&mut self, entity: &'static str, id: &str, change: Option<Change>) {
        if let Some(writing) = &mut self.reader.writing {
            writing.note(entity, id, change);
        }
    }

    /// Adds an entry to the audit log, which may be written later in the transaction.
    pub(super) fn add_entry(&mut self, entry: PendingEntry) -> Result<()> {
        let Reader {
            conn,
            user,
            writing,
            ..
        } = &mut self.reader;
        match writing {
            Some(writing) => writing.add_entry(entry, conn, user),
            None => Ok(()),
        }
    }

    /// Notes that `count` rows were written that no cache holds.
    pub(crate) fn note_uncached(&mut self, count: usize) {
        if let Some(writing) = &mut self.reader.writing {
            writing.changed.noted += i64::try_from(count).unwrap_or(i64::MAX);
        }
    }

    /// Writes what tells of the changes: the rest of the audit entries, and the events, unless they are off.
    pub(crate) fn record_changes(&mut self) -> Result<()> {
        let now = self.now();
        let Reader {
            conn,
            environment,
            user,
            writing,
        } = &mut self.reader;
        let Some(writing) = writing else {
            return Ok(());
        };
        writing.finish(conn, user)?;
        if !environment.change_events {
            return Ok(());
        }
        let recorded = writing
            .changed
            .record(conn, self.handle, &user.user_id, now);
        Ok(recorded?)
    }

    /// Drops the noted changes if there are many, so that memory does not grow with the number of rows that a
    /// transaction writes. Their events are written into the outbox now, the caches will be cleared, and subscribers
    /// will be referred to the outbox. Not for use inside a savepoint.
    pub(crate) fn let_go_of_changes(&mut self) -> Result<()> {
        const MANY: usize = 1000;
        let noted = |uow: &Self| {
            uow.reader
                .writing
                .as_ref()
                .map_or(0, |w| w.changed.rows.len())
        };
        if noted(self) >= MANY {
            self.record_changes()?;
            if let Some(writing) = &mut self.reader.writing {
                writing.changed.let_go();
            }
        }
        Ok(())
    }

    /// Returns a new id from the store's generator.
    pub fn new_id<T>(&self) -> Result<Id<T>> {
        Ok(Id::new(self.new_token())?)
    }

    /// Returns a unique text from the store's generator.
    pub(crate) fn new_token(&self) -> String {
        self.reader.environment.ids.next_id()
    }

    /// Runs `work` in a savepoint: if it fails, its writes are undone, and those made before in the transaction stay.
    pub fn savepoint<T>(
        &mut self,
        work: impl FnOnce(&mut UnitOfWork<'_>) -> Result<T>,
    ) -> Result<T> {
        let (handle, base) = (self.handle, self.base);
        let Reader {
            conn,
            environment,
            user,
            writing,
        } = &mut self.reader;
        let (environment, user) = (*environment, *user);
        let mut noted_before = 0;
        if let Some(writing) = writing {
            writing.write_entries(conn, user)?;
            noted_before = writing.changed.rows.len();
        }
        let outcome = transaction::savepoint(conn, |conn| {
            let mut reader = Reader::new(conn, environment, user);
            reader.writing = writing.as_mut().map(Writing::reborrow);
            let mut uow = UnitOfWork {
                reader,
                handle,
                base,
            };
            let value = work(&mut uow)?;
            uow.check_entries()?;
            Ok(value)
        });
        if !matches!(outcome, Ok(Ok(_)))
            && let Some(writing) = &mut self.reader.writing
        {
            writing.forget(noted_before);
        }
        outcome.unwrap_or_else(|panic| resume_unwind(panic))
    }
}

impl UnitOfWork<'_> {
    /// Fails if audit entries could not be written.
    fn check_entries(&mut self) -> Result<()> {
        let writing = self.reader.writing.as_mut();
        let failure = writing.and_then(|writing| writing.changed.failure.take());
        failure.map_or(Ok(()), Err)
    }

    /// Runs `work`, which deletes rows of `E`, in a savepoint at whose end references to deleted rows are refused, not
    /// before: so rows that refer to each other can be deleted in any order. Where the caller of the transaction has made
    /// references wait for its end, and some dangle, they go on waiting.
    pub(crate) fn deleting_in_any_order<E: Entity, T>(
        &mut self,
        work: impl FnOnce(&mut UnitOfWork<'_>) -> Result<T>,
    ) -> Result<T> {
        if self.handle.has_dangling_references() {
            return self.savepoint(work);
        }
        dialect::defer_foreign_keys(self.conn(), true)?;
        let outcome = self.savepoint(|uow| {
            let value = work(uow)?;
            match uow.handle.has_dangling_references() {
                true => Err(uow.left_behind::<E>()),
                false => Ok(value),
            }
        });
        dialect::defer_foreign_keys(self.conn(), false)?;
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
