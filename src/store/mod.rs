//! The store: the one handle through which everything is read and written.

mod attachments;
mod cache;
mod claim_waiting;
mod clock_watch;
pub mod events;
pub mod registry;
mod slot;
mod slow_operations;
mod transaction;
mod waiter;
mod write;
mod write_command;
mod write_queue;
mod write_transaction;
mod write_turn;

pub use cache::{CacheStatistics, TableDependency};
pub use transaction::Transaction;

use std::any::Any;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use crate::cancel::{self, CancelScope, CancelToken};
use crate::config::StoreConfig;
use crate::error::{Error, ErrorCode, Result};
use crate::rows::{Entity, Environment, Reader, UserContext, data};
use crate::sqlite::connection::Connection;
use crate::sqlite::{
    self, Connections, DatabaseLocation, MigrationStatus, TransactionKind, dialect, migrations,
    second_sqlite, unclean_end,
};
use crate::store::attachments::Attachments;
use crate::store::cache::Cache;
use crate::store::claim_waiting::ClaimWaiting;
use crate::store::events::Hub;
use crate::store::write_queue::WriteQueue;
use crate::types::Id;
use crate::validate;

/// An open database.
///
/// Any number of threads can use it at the same time, and a clone is another handle to the same database. Many read
/// at once; writes come one after another.
#[derive(Debug, Clone)]
pub struct Store {
    shared: Arc<Shared>,
    user: Arc<UserContext>,
    cancel: Option<CancelToken>,
    operation_timeout: Option<Duration>,
}

#[derive(Debug)]
struct Shared {
    location: DatabaseLocation,
    environment: Environment,
    // Before the other connections, which wait on drop until all connections are closed.
    queue: Arc<WriteQueue>,
    /// `None` once the store is closed.
    connections: RwLock<Option<Arc<Connections>>>,
    cache: Cache,
    events: Arc<Hub>,
    attachments: Attachments,
    claim_waiting: ClaimWaiting,
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.events.close();
        self.claim_waiting.close();
    }
}

impl Store {
    /// Opens the database, and creates or migrates it as needed. One that has data is copied to
    /// `NAME.schema-VERSION.db` before it is migrated, and one whose last process was killed is checked first;
    /// [`StoreConfig`] has settings for both.
    ///
    /// Fails with [`ErrorCode::NotADatabase`], [`ErrorCode::ForeignSchema`] or
    /// [`ErrorCode::SchemaTooNew`] where the file is not one that this version may use, and
    /// leaves it as it was.
    pub fn open(config: StoreConfig) -> Result<Self> {
        validate::number("queue.max_retries", config.queue.max_retries, 0..=10)?;
        let jitter = config.queue.jitter_percent;
        validate::number("queue.jitter_percent", jitter.into(), 0..=100)?;
        let location = DatabaseLocation::new(&config.path)?;
        let span = tracing::info_span!("store_open", database = %location);
        let _entered = span.enter();
        second_sqlite::check(&location, config.second_sqlite)?;
        let probe = migrations::prepare(&location, &config)?;
        unclean_end::check(&location, &config)?;
        let (connections, probe) = Connections::new(&location, &config, probe)?;
        let mut writer = open_writer(&connections, probe)?;
        tracing::info!(sqlite = sqlite::sqlite_version(), "store opened");
        let environment = Environment::from(&config);
        if let Some(writer) = &mut writer {
            clock_watch::warn_if_behind(writer, &environment);
        }
        Ok(Self {
            shared: Arc::new(Shared {
                cache: Cache::new(&config),
                queue: Arc::new(WriteQueue::new(&config, writer)),
                events: Arc::default(),
                attachments: Attachments::default(),
                claim_waiting: ClaimWaiting::new(&environment),
                environment,
                location,
                connections: RwLock::new(Some(Arc::new(connections))),
            }),
            user: Arc::new(UserContext::default()),
            cancel: None,
            operation_timeout: config.operation_timeout,
        })
    }

    /// Returns a handle of the same store, with this user as the one who acts.
    #[must_use]
    pub fn context(&self, user: UserContext) -> Self {
        Self {
            user: Arc::new(user),
            ..self.clone()
        }
    }

    /// Returns a handle of the same store whose operations this token ends: a running statement, a wait for other
    /// writes or for a connection, and operations that have not begun. Its writes are committed alone.
    #[must_use]
    pub fn cancellable(&self, token: &CancelToken) -> Self {
        Self {
            cancel: Some(token.clone()),
            ..self.clone()
        }
    }

    /// Returns a handle of the same store whose operations take at most this time each, whatever
    /// [`StoreConfig::operation_timeout`] says; `None` for any time, such as for a backup.
    #[must_use]
    pub fn with_operation_timeout(&self, timeout: Option<Duration>) -> Self {
        Self {
            operation_timeout: timeout,
            ..self.clone()
        }
    }

    /// Returns the time that each of this handle's operations may take.
    pub fn operation_timeout(&self) -> Option<Duration> {
        self.operation_timeout
    }

    /// Returns the token that ends this handle's operations, if there is one.
    pub fn cancel_token(&self) -> Option<&CancelToken> {
        self.cancel.as_ref()
    }

    /// Runs `work` so that the handle's token, and its time limit, end it.
    pub(crate) fn cancellably<T>(&self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        let _scope = CancelScope::enter(self.cancel.as_ref(), self.operation_timeout);
        cancel::check()?;
        let slow = self.shared.environment.slow_operation;
        slow_operations::watch(slow, || work().map_err(cancel::explain))
    }

    /// Returns the path of the database file.
    pub fn path(&self) -> &std::path::Path {
        self.shared.location.path()
    }

    pub(crate) fn location(&self) -> &DatabaseLocation {
        &self.shared.location
    }

    /// Reads from one snapshot of the database.
    ///
    /// Blocks while all reading connections are in use, up to the busy timeout.
    pub fn read<T>(&self, work: impl FnOnce(&mut Reader<'_>) -> Result<T>) -> Result<T> {
        self.cancellably(|| {
            let connections = self.connections()?;
            let mut connection = connections.reader()?;
            let mut transaction =
                sqlite::ConnectionTransaction::begin(&mut connection, TransactionKind::Read)?;
            let environment = &self.shared.environment;
            let outcome = work(&mut Reader::new(
                transaction.connection(),
                environment,
                &self.user,
            ));
            let value = transaction.finish(outcome)?;
            connection.check_unchanged(&self.shared.location)?;
            Ok(value)
        })
    }

    /// Returns the row with this id, as [`data::find`] finds it.
    ///
    /// A single statement is a snapshot of its own, so this needs no transaction: it is the shortest way to one row
    /// that isn't in memory ([`cached`](Self::cached)).
    pub fn find<E: Entity>(&self, id: &Id<E>) -> Result<Option<E>> {
        self.cancellably(|| {
            let connections = self.connections()?;
            let mut connection = connections.reader()?;
            let mut reader = Reader::new(&mut connection, &self.shared.environment, &self.user);
            let found = data::find(&mut reader, id).map_err(|e| connection.explain(e))?;
            connection.check_unchanged(&self.shared.location)?;
            Ok(found)
        })
    }

    /// Runs `work` with the writing connection when it is its turn, outside any transaction: for operations on the
    /// file as a whole. Empties the cache afterwards.
    pub(crate) fn with_writer<T>(
        &self,
        work: impl FnOnce(&mut Connection) -> Result<T>,
    ) -> Result<T> {
        self.with_writer_and_cache(|connection| {
            let outcome = work(connection);
            self.shared.cache.clear();
            outcome
        })
    }

    /// Runs `work` as [`with_writer`](Self::with_writer) does, but keeps the cache: `work` must change no row.
    pub(crate) fn with_writer_and_cache<T>(
        &self,
        work: impl FnOnce(&mut Connection) -> Result<T>,
    ) -> Result<T> {
        self.cancellably(|| {
            let mut turn = self.shared.queue.turn(&self.connections()?)?;
            let outcome = work(&mut turn).map_err(|e| turn.explain(e));
            turn.end();
            outcome
        })
    }

    /// Returns all migrations that are known or have run, in order.
    pub fn migration_status(&self) -> Result<Vec<MigrationStatus>> {
        self.read(|reader| migrations::status(reader.connection()))
    }

    /// Closes the store for all its handles, and reports failures.
    ///
    /// Waits for a running write, refreshes the query planner's statistics if the store has written, and copies the
    /// write-ahead log into the database. Later calls fail with [`ErrorCode::Closed`]; reads in progress end undisturbed. Closing a closed
    /// store does nothing.
    pub fn close(&self) -> Result<()> {
        let taken = self
            .shared
            .connections
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let Some(connections) = taken else {
            return Ok(());
        };
        self.shared.cache.clear();
        self.shared.events.close();
        self.shared.claim_waiting.close();
        if connections.config().read_only {
            return Ok(());
        }
        let mut turn = self.shared.queue.close(&connections)?;
        let finished = turn.keep_lost_files().and_then(|()| {
            let optimized = match turn.total_changes() {
                0 => Ok(()),
                _ => dialect::optimize(&mut turn),
            };
            let finished = optimized.and_then(|()| dialect::checkpoint(&mut turn).map(drop));
            finished.map_err(|e| turn.explain(e.into()))
        });
        tracing::info!(database = %self.shared.location, "store closed");
        turn.end();
        finished
    }

    pub(crate) fn queue(&self) -> &Arc<WriteQueue> {
        &self.shared.queue
    }

    pub(crate) fn is_same_store(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }

    pub(crate) fn cache(&self) -> &Cache {
        &self.shared.cache
    }

    pub(crate) fn events(&self) -> &Arc<Hub> {
        &self.shared.events
    }

    /// Returns the value of a type that the layers above keep with this store, which is created on the first
    /// request.
    pub(crate) fn attachment<T: Any + Send + Sync + Default>(&self) -> Arc<T> {
        self.shared.attachments.get()
    }

    pub(crate) fn user(&self) -> &UserContext {
        &self.user
    }

    pub(crate) fn environment(&self) -> &Environment {
        &self.shared.environment
    }

    pub(crate) fn connections(&self) -> Result<Arc<Connections>> {
        let connections = self
            .shared
            .connections
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
            .ok_or_else(|| Error::new(ErrorCode::Closed, "the store is closed"))?;
        connections.check_process()?;
        Ok(connections)
    }
}

/// Opens the writing connection, where the store may write.
fn open_writer(connections: &Connections, probe: Option<Connection>) -> Result<Option<Connection>> {
    let config = connections.config();
    if config.read_only {
        return Ok(None);
    }
    let mut writer = connections.open_writer(probe)?;
    second_sqlite::check(connections.location(), config.second_sqlite)?;
    // Nothing is cached yet, so earlier commits of others are no reason to drop entries that come later.
    writer.others_committed()?;
    Ok(Some(writer))
}
