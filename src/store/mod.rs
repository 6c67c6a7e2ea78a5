//! The store: the one handle through which everything is read and written.

mod attachments;
mod batch;
mod cache;
pub mod events;
mod line;
pub mod registry;
mod transaction;

pub use cache::{CacheStatistics, Dependency};
pub use transaction::Transaction;

use std::any::Any;
use std::cell::Cell;
use std::panic::resume_unwind;
use std::sync::{Arc, PoisonError, RwLock};

use crate::cancel::{self, CancelToken, Scope};
use crate::config::StoreConfig;
use crate::error::{Error, ErrorCode, Result};
use crate::rows::{Entity, Environment, Reader, UnitOfWork, UserContext, data};
use crate::sqlite::connection::Connection;
use crate::sqlite::{
    self, DatabaseLocation, MigrationStatus, Pools, TransactionKind, dialect, migrations,
    unclean_end,
};
use crate::store::attachments::Attachments;
use crate::store::batch::Batch;
use crate::store::cache::Cache;
use crate::store::events::Hub;
use crate::store::line::{Line, Turn};
use crate::types::Id;
use crate::validate;

/// An open database.
///
/// It is used by any number of threads at the same time, and cloning it gives another handle to
/// the same database. Many read at once; writes come one after another.
#[derive(Debug, Clone)]
pub struct Store {
    shared: Arc<Shared>,
    user: Arc<UserContext>,
    cancel: Option<CancelToken>,
}

#[derive(Debug)]
struct Shared {
    location: DatabaseLocation,
    environment: Environment,
    /// Nothing once the store is closed.
    pools: RwLock<Option<Arc<Pools>>>,
    cache: Cache,
    line: Arc<Line>,
    events: Arc<Hub>,
    attachments: Attachments,
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.events.close();
    }
}

impl Store {
    /// Opens the database, made or migrated as needed. One that has data is copied to
    /// `NAME.schema-VERSION.db` before it is migrated, and one whose last process was killed is
    /// checked first; [`StoreConfig`] has settings for both.
    ///
    /// Fails with [`ErrorCode::NotADatabase`], [`ErrorCode::ForeignSchema`] or
    /// [`ErrorCode::SchemaTooNew`] where the file is not one that this version may use, and
    /// leaves it as it was.
    pub fn open(config: StoreConfig) -> Result<Self> {
        validate::number("queue.max_retries", config.queue.max_retries, 0..=10)?;
        let location = DatabaseLocation::new(&config.path)?;
        let span = tracing::info_span!("store_open", database = %location);
        let _entered = span.enter();
        migrations::prepare(&location, &config)?;
        unclean_end::check(&location, &config)?;
        let pools = Pools::open(&location, &config)?;
        tracing::info!(sqlite = sqlite::sqlite_version(), "store opened");
        Ok(Self {
            shared: Arc::new(Shared {
                environment: Environment::from(&config),
                cache: Cache::new(&config),
                line: Arc::new(Line::new(&config)),
                events: Arc::default(),
                attachments: Attachments::default(),
                location,
                pools: RwLock::new(Some(Arc::new(pools))),
            }),
            user: Arc::new(UserContext::default()),
            cancel: None,
        })
    }

    /// The same store, with this user acting.
    #[must_use]
    pub fn context(&self, user: UserContext) -> Self {
        Self {
            user: Arc::new(user),
            ..self.clone()
        }
    }

    /// The same store, whose operations this token ends: a statement that runs, a wait for other
    /// writes or for a connection, and what has not begun. Writes are committed alone.
    #[must_use]
    pub fn cancellable(&self, token: &CancelToken) -> Self {
        Self {
            cancel: Some(token.clone()),
            ..self.clone()
        }
    }

    /// The token that ends this handle's operations, if there is one.
    pub fn cancel_token(&self) -> Option<&CancelToken> {
        self.cancel.as_ref()
    }

    /// Does `work` so that the handle's token ends it.
    pub(crate) fn cancellably<T>(&self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        let _scope = Scope::enter(self.cancel.as_ref());
        cancel::check()?;
        work().map_err(cancel::explain)
    }

    /// The database file.
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
            let pools = self.pools()?;
            let mut connection = pools.reader()?;
            let mut transaction =
                sqlite::Transaction::begin(&mut connection, TransactionKind::Read)?;
            let environment = &self.shared.environment;
            let outcome = work(&mut Reader::new(
                transaction.connection(),
                environment,
                &self.user,
            ));
            transaction.finish(outcome)
        })
    }

    /// The row with this id, as [`data::find`] finds it.
    ///
    /// One statement is a snapshot of its own, so this needs no transaction: the shortest way to
    /// one row that isn't in memory ([`cached`](Self::cached)).
    pub fn find<E: Entity>(&self, id: &Id<E>) -> Result<Option<E>> {
        self.cancellably(|| {
            let pools = self.pools()?;
            let mut connection = pools.reader()?;
            let mut reader = Reader::new(&mut connection, &self.shared.environment, &self.user);
            let found = data::find(&mut reader, id);
            found.map_err(|e| connection.explain(e))
        })
    }

    /// Writes in one transaction: committed when `work` returns `Ok`, rolled back when it
    /// returns an error or panics.
    ///
    /// Blocks while others write, up to the busy timeout, and then fails with
    /// [`ErrorCode::Busy`]. Writes that come at the same time may be committed
    /// together ([`GroupCommit`](crate::GroupCommit)), which none of them sees: each has its own outcome. A
    /// write inside a write is [`ErrorCode::Misuse`]; what is to be undone alone belongs into a
    /// [`UnitOfWork::savepoint`].
    ///
    /// Where a failure inside of `work` made SQLite take the whole transaction back (a full disk, for
    /// instance) and `work` returns `Ok` all the same, the write fails with [`ErrorCode::Closed`], and
    /// nothing of it is there.
    pub fn write<T>(&self, work: impl FnOnce(&mut UnitOfWork<'_>) -> Result<T>) -> Result<T> {
        self.cancellably(|| self.write_in_turn(self.cancel.is_some(), work))
    }

    /// The same in a transaction that no other write adds to: for work that takes long, or waits for
    /// other threads.
    pub fn write_alone<T>(&self, work: impl FnOnce(&mut UnitOfWork<'_>) -> Result<T>) -> Result<T> {
        self.cancellably(|| self.write_in_turn(true, work))
    }

    fn write_in_turn<T>(
        &self,
        is_alone: bool,
        work: impl FnOnce(&mut UnitOfWork<'_>) -> Result<T>,
    ) -> Result<T> {
        let span = tracing::debug_span!("store_write", user = %self.user.user_id);
        let _entered = span.enter();
        let pools = self.pools()?;
        let _writing = self.enter_write()?;
        let mut turn = self.shared.line.wait(is_alone)?;
        let mut batch = match turn.batch.take() {
            Some(batch) => batch,
            None => Batch::begin(pools.writer()?, is_alone)?,
        };
        match batch.run(&self.shared.environment, &self.user, work) {
            Ok(Ok(value)) => self.settle(turn, batch, &pools).map(|()| value),
            failed => {
                // What the others wrote is still to be committed, and theirs to hear of.
                if batch.has_writes() {
                    let _theirs = self.settle(turn, batch, &pools);
                }
                failed.unwrap_or_else(|panic| resume_unwind(panic))
            }
        }
    }

    /// Marks this thread as writing, where it may.
    pub(crate) fn enter_write(&self) -> Result<Writing> {
        validate::text("UserId", &self.user.user_id, 1..=128)?;
        events::refuse_in_callback()?;
        Writing::enter(&self.shared)
    }

    /// Hands the transaction on to the next in line and waits for what becomes of it, or commits it
    /// where nobody is to join.
    pub(crate) fn settle(&self, mut turn: Turn, batch: Batch, pools: &Pools) -> Result<()> {
        let fate = batch.fate();
        let Some(mut batch) = turn.pass_on(batch) else {
            return fate.wait();
        };
        let committed = batch.commit();
        let cache = &self.shared.cache;
        match &committed {
            // Before the connection is given back, so that no other commit of this store comes
            // between this one and what is asked about it.
            Ok(()) => {
                let (changed, counted, connection) = batch.written();
                cache.committed(changed, counted, pools, connection);
                self.shared.events.publish(changed);
            }
            Err(e) if e.code() == ErrorCode::OutcomeUnknown => {
                cache.clear();
                let (changed, ..) = batch.written();
                self.shared.events.doubt(changed);
            }
            Err(_) => {}
        }
        fate.tell(&committed);
        committed
    }

    /// Does `work` with the writing connection, outside of any transaction: for what concerns the
    /// file as a whole. Other writes wait meanwhile, and nothing of the cache is left afterwards.
    pub(crate) fn with_writer<T>(
        &self,
        work: impl FnOnce(&mut Connection) -> Result<T>,
    ) -> Result<T> {
        self.cancellably(|| {
            let pools = self.pools()?;
            let _writing = Writing::enter(&self.shared)?;
            let mut connection = pools.writer()?;
            let outcome = work(&mut connection);
            self.shared.cache.clear();
            outcome.map_err(|e| connection.explain(e))
        })
    }

    /// All migrations that are known or have run, in order.
    pub fn migration_status(&self) -> Result<Vec<MigrationStatus>> {
        self.read(|reader| migrations::status(reader.connection()))
    }

    /// Closes the store for all its handles, and reports what goes wrong with that.
    ///
    /// Waits for a running write, refreshes the query planner's statistics, and copies the
    /// write-ahead log into the database. Calls that come later fail with
    /// [`ErrorCode::Closed`]; reads that are under way end undisturbed. Closing twice is fine.
    pub fn close(&self) -> Result<()> {
        let taken = self
            .shared
            .pools
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let Some(pools) = taken else {
            return Ok(());
        };
        self.shared.cache.clear();
        self.shared.events.close();
        let mut writer = pools.writer()?;
        let finished = dialect::optimize(&mut writer)
            .and_then(|()| dialect::checkpoint(&mut writer).map(drop));
        tracing::info!(database = %self.shared.location, "store closed");
        finished.map_err(|e| writer.explain(e.into()))
    }

    pub(crate) fn line(&self) -> &Arc<Line> {
        &self.shared.line
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

    /// Returns the value of a type that the layers above keep with this store, made when it is first asked for.
    pub(crate) fn attachment<T: Any + Send + Sync + Default>(&self) -> Arc<T> {
        self.shared.attachments.get()
    }

    pub(crate) fn user(&self) -> &UserContext {
        &self.user
    }

    pub(crate) fn environment(&self) -> &Environment {
        &self.shared.environment
    }

    pub(crate) fn pools(&self) -> Result<Arc<Pools>> {
        self.shared
            .pools
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
            .ok_or_else(|| Error::new(ErrorCode::Closed, "the store is closed"))
    }
}

thread_local! {
    /// The store that this thread is writing to, if any.
    static WRITING_TO: Cell<*const Shared> = const { Cell::new(std::ptr::null()) };
}

/// Marks this thread as writing to a store, which would wait for itself if it wrote again.
pub(crate) struct Writing {
    before: *const Shared,
}

impl Writing {
    fn enter(shared: &Arc<Shared>) -> Result<Self> {
        let this = Arc::as_ptr(shared);
        if WRITING_TO.get() == this {
            return Err(Error::new(
                ErrorCode::Misuse,
                "Store::write was called inside Store::write; use UnitOfWork::savepoint",
            ));
        }
        Ok(Self {
            before: WRITING_TO.replace(this),
        })
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        WRITING_TO.set(self.before);
    }
}
