//! The connections of an open store: the pool of those that read, and the way in which the one that writes is
//! opened.

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

/// A reading connection on loan.
pub(crate) type PooledReader = PooledConnection<ReaderManager>;

/// The connections of an open store, except the writing one, which the queue of writers has.
#[derive(Debug)]
pub(crate) struct Connections {
    readers: Pool<ReaderManager>,
    busy_timeout: Duration,
    /// Opened when it is first needed.
    watcher: Mutex<Option<Connection>>,
    location: DatabaseLocation,
    config: StoreConfig,
    /// Behind the pool, so that it is dropped after the pool.
    all_closed: AllClosed,
    /// The last field: nobody may replace the database while a connection is open.
    lock: StoreLock,
}

/// Waits, when it is dropped, until the connections are closed: the pool's thread may hold some of them for a
/// moment after the pool itself is gone, and a caller that closes a store expects the file to be free afterwards.
#[derive(Debug, Default)]
struct AllClosed(Arc<()>);

impl AllClosed {
    /// The longest wait; no connection is held for so long unless a disk hangs.
    const PATIENCE: Duration = Duration::from_secs(5);

    /// Returns a token that each connection holds until it is closed.
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

impl Connections {
    /// Creates the pool; its connections are opened when they are needed.
    pub(crate) fn new(location: &DatabaseLocation, config: &StoreConfig) -> Result<Self> {
        let lock = StoreLock::share(location, config.busy_timeout)?;
        let all_closed = AllClosed::default();
        let threads = ScheduledThreadPool::builder()
            .num_threads(1)
            .thread_name_pattern("orchestra-store-pool")
            .on_drop_behavior(OnPoolDropBehavior::DiscardPendingScheduled)
            .build();
        let readers = Pool::builder()
            .max_size(config.max_readers.max(1))
            .min_idle(Some(0))
            .max_lifetime(Some(config.reader_lifetime))
            .idle_timeout(None)
            .connection_timeout(config.busy_timeout)
            .test_on_check_out(false)
            .thread_pool(Arc::new(threads))
            .error_handler(Box::new(LogErrors))
            .build(ReaderManager {
                location: location.clone(),
                config: config.clone(),
                open: all_closed.count_in(),
            })
            .map_err(|e| Error::new(ErrorCode::Io, e.to_string()).while_doing(location))?;
        Ok(Self {
            readers,
            busy_timeout: config.busy_timeout,
            watcher: Mutex::new(None),
            location: location.clone(),
            config: config.clone(),
            all_closed,
            lock,
        })
    }

    /// Opens a connection that writes. There is one at a time.
    pub(crate) fn open_writer(&self) -> Result<Connection> {
        let mut writer = Connection::open(&self.location, Role::Writer, &self.config)?;
        writer.hold(self.all_closed.count_in());
        Ok(writer)
    }

    /// Returns the settings that connections are opened with.
    pub(crate) fn config(&self) -> &StoreConfig {
        &self.config
    }

    /// Returns the lock that shows other stores that this one has the database open.
    pub(crate) fn lock(&self) -> &StoreLock {
        &self.lock
    }

    /// Returns whether anybody has committed since the last call: this store, another one, or another process. The
    /// first answer is `true`.
    ///
    /// The question has a connection of its own, since a connection reports only the commits of others, and only in
    /// comparison with its own answer before.
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

    /// Lends one of the connections that read.
    pub(crate) fn reader(&self) -> Result<PooledReader> {
        let started = Instant::now();
        loop {
            let left = self.busy_timeout.saturating_sub(started.elapsed());
            match self.readers.get_timeout(cancel::patience(left)) {
                Ok(connection) => {
                    connection.check_database()?;
                    return Ok(connection);
                }
                Err(e) if left.is_zero() => {
                    let waited = started.elapsed();
                    tracing::warn!(?waited, "no reading connection was free");
                    let message = format!(
                        "no reading connection was free within {:?} ({e}); try again, or raise \
                         StoreConfig::max_readers",
                        self.busy_timeout
                    );
                    return Err(Error::new(ErrorCode::Busy, message));
                }
                Err(_) => cancel::check()?,
            }
        }
    }
}

/// Opens the connections of the pool.
pub(crate) struct ReaderManager {
    location: DatabaseLocation,
    config: StoreConfig,
    open: Arc<()>,
}

impl fmt::Debug for ReaderManager {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "readers of {}", self.location)
    }
}

impl ManageConnection for ReaderManager {
    type Connection = Connection;
    type Error = Error;

    fn connect(&self) -> Result<Connection> {
        let mut connection = Connection::open(&self.location, Role::Reader, &self.config)?;
        connection.hold(Arc::clone(&self.open));
        Ok(connection)
    }

    fn is_valid(&self, _: &mut Connection) -> Result<()> {
        Ok(())
    }

    /// Returns whether a connection that comes back must be closed, which rolls back a transaction that it left
    /// open.
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
