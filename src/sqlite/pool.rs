//! One connection that writes and several that read, lent to whoever needs one.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use diesel::r2d2::{HandleError, ManageConnection, Pool, PooledConnection};
use scheduled_thread_pool::{OnPoolDropBehavior, ScheduledThreadPool};

use super::DatabaseLocation;
use super::connection::{Connection, Role};
use super::store_lock::StoreLock;
use crate::cancel;
use crate::config::StoreConfig;
use crate::error::{Error, ErrorCode, Result};

/// A connection on loan.
pub(crate) type Lent = PooledConnection<Opener>;

/// The connections of a store.
#[derive(Debug)]
pub(crate) struct Pools {
    writer: Pool<Opener>,
    readers: Pool<Opener>,
    busy_timeout: Duration,
    /// Opened when it is first needed.
    watcher: Mutex<Option<Connection>>,
    location: DatabaseLocation,
    config: StoreConfig,
    /// Behind the pools, so that it is dropped when they were.
    _all_closed: AllClosed,
    /// The last field: nobody may replace the database while a connection is open.
    lock: StoreLock,
}

/// Waits, when it is dropped, until the connections of the pools are closed: the pools' thread may
/// still hold some of them for a moment when the pools themselves are gone, and whoever closes a
/// store expects that the file is free then.
#[derive(Debug, Default)]
struct AllClosed(Arc<()>);

impl AllClosed {
    /// The longest wait; nobody holds a connection for so long unless a disk hangs.
    const PATIENCE: Duration = Duration::from_secs(5);

    /// What each connection holds until it is closed.
    fn count_in(&self) -> Arc<()> {
        Arc::clone(&self.0)
    }
}

impl Drop for AllClosed {
    fn drop(&mut self) {
        let started = Instant::now();
        while Arc::strong_count(&self.0) > 1 && started.elapsed() < Self::PATIENCE {
            thread::sleep(Duration::from_millis(1));
        }
    }
}

impl Pools {
    /// Opens the writer; readers are opened when they are needed.
    pub(crate) fn open(location: &DatabaseLocation, config: &StoreConfig) -> Result<Self> {
        let lock = StoreLock::share(location, config.busy_timeout)?;
        let all_closed = AllClosed::default();
        let mut writer = Connection::open(location, Role::Writer, config)?;
        writer.hold(all_closed.count_in());
        let threads = Arc::new(
            ScheduledThreadPool::builder()
                .num_threads(1)
                .thread_name_pattern("orchestra-store-pool")
                .on_drop_behavior(OnPoolDropBehavior::DiscardPendingScheduled)
                .build(),
        );
        let pool = |role, size, lifetime, first| {
            Pool::builder()
                .max_size(size)
                .min_idle(Some(u32::from(role == Role::Writer)))
                .max_lifetime(lifetime)
                .idle_timeout(None)
                .connection_timeout(config.busy_timeout)
                .test_on_check_out(false)
                .thread_pool(Arc::clone(&threads))
                .error_handler(Box::new(LogErrors))
                .build(Opener {
                    location: location.clone(),
                    role,
                    config: config.clone(),
                    first: Mutex::new(first),
                    open: all_closed.count_in(),
                })
                .map_err(|e| Error::new(ErrorCode::Io, e.to_string()).while_doing(location))
        };
        Ok(Self {
            writer: pool(Role::Writer, 1, None, Some(writer))?,
            readers: pool(
                Role::Reader,
                config.max_readers.max(1),
                Some(config.reader_lifetime),
                None,
            )?,
            busy_timeout: config.busy_timeout,
            watcher: Mutex::new(None),
            location: location.clone(),
            config: config.clone(),
            _all_closed: all_closed,
            lock,
        })
    }

    /// How the connections are opened.
    pub(crate) fn config(&self) -> &StoreConfig {
        &self.config
    }

    /// What tells other stores that this one has the database open.
    pub(crate) fn lock(&self) -> &StoreLock {
        &self.lock
    }

    /// Whether anybody has committed since this was last asked: this store, another one, or
    /// another process. The first answer is yes.
    ///
    /// The question has a connection of its own, since each connection only tells what the others
    /// did, and only in comparison with its own answer before.
    pub(crate) fn anyone_committed(&self) -> Result<bool> {
        let mut watcher = self.watcher.lock().unwrap_or_else(PoisonError::into_inner);
        if watcher.is_none() {
            *watcher = Some(Connection::open(
                &self.location,
                Role::Reader,
                &self.config,
            )?);
        }
        watcher
            .as_mut()
            .map_or(Ok(true), Connection::others_committed)
    }

    /// The connection that writes, when nobody else has it.
    pub(crate) fn writer(&self) -> Result<Lent> {
        self.borrow(&self.writer, "the writing connection")
    }

    /// One of the connections that read.
    pub(crate) fn reader(&self) -> Result<Lent> {
        self.borrow(&self.readers, "a reading connection")
    }

    fn borrow(&self, pool: &Pool<Opener>, what: &str) -> Result<Lent> {
        let started = Instant::now();
        loop {
            let left = self.busy_timeout.saturating_sub(started.elapsed());
            match pool.get_timeout(cancel::patience(left)) {
                Ok(connection) => return Ok(connection),
                Err(e) if left.is_zero() => {
                    let waited = started.elapsed();
                    tracing::warn!(?waited, what, "no connection was free");
                    let message =
                        format!("{what} was not free within {:?} ({e})", self.busy_timeout);
                    return Err(Error::new(ErrorCode::Busy, message));
                }
                Err(_) => cancel::check()?,
            }
        }
    }
}

/// Opens the connections of one pool.
pub(crate) struct Opener {
    location: DatabaseLocation,
    role: Role,
    config: StoreConfig,
    /// A connection that was opened before the pool was, whose failure has a better error than
    /// the pool could give.
    first: Mutex<Option<Connection>>,
    open: Arc<()>,
}

impl fmt::Debug for Opener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} of {}", self.role, self.location)
    }
}

impl ManageConnection for Opener {
    type Connection = Connection;
    type Error = Error;

    fn connect(&self) -> Result<Connection> {
        let first = self
            .first
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(connection) = first {
            return Ok(connection);
        }
        let mut connection = Connection::open(&self.location, self.role, &self.config)?;
        connection.hold(Arc::clone(&self.open));
        Ok(connection)
    }

    fn is_valid(&self, _: &mut Connection) -> Result<()> {
        Ok(())
    }

    /// A connection that comes back inside a transaction is closed, which rolls it back.
    fn has_broken(&self, connection: &mut Connection) -> bool {
        connection.bound_statements();
        connection.is_broken()
    }
}

#[derive(Debug)]
struct LogErrors;

impl HandleError<Error> for LogErrors {
    fn handle_error(&self, error: Error) {
        tracing::error!(%error, "a connection can't be opened");
    }
}
