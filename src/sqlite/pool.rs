//! The connections of an open store: the pool of those that read, and the way in which the one that writes is
//! opened.

use std::fmt;
use std::panic::catch_unwind;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use diesel::r2d2::{HandleError, ManageConnection, Pool, PooledConnection};
use scheduled_thread_pool::{OnPoolDropBehavior, ScheduledThreadPool};

use super::DatabaseLocation;
use super::connection::{Connection, Role};
use super::open_databases::InUse;
use super::read_only;
use super::second_sqlite;
use super::store_lock::StoreLock;
use super::write_lock::WriteLockUse;
use crate::cancel;
use crate::config::StoreConfig;
use crate::error::{Error, ErrorCode, Result};

/// A reading connection on loan.
pub(crate) type PooledReader = PooledConnection<ReaderManager>;

/// The connections of an open store, except the writing one, which the queue of writers has.
#[derive(Debug)]
pub(crate) struct Connections {
    /// Made with the first read: its thread takes as long to start as all else of an opening.
    readers: OnceLock<Pool<ReaderManager>>,
    busy_timeout: Duration,
    /// Opened when it is first needed.
    watcher: Mutex<Option<Connection>>,
    location: DatabaseLocation,
    config: StoreConfig,
    /// Set while another copy of SQLite in this process keeps this one from writing.
    has_second_sqlite: AtomicBool,
    /// Behind the pool, so that it is dropped after the pool.
    all_closed: AllClosed,
    /// Behind the connections, as each of them has it.
    in_use: InUse,
    /// The error of the last reading connection that couldn't be opened, until one was.
    last_failure: LastFailure,
    pub(super) lock_use: Mutex<WriteLockUse>,
    /// The last field: nobody may replace the database while a connection is open.
    lock: Option<StoreLock>,
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
    /// Prepares to open connections, which is done when they are needed. Returns the connection that inspected the
    /// database along with it, unless it had to be closed to wait for somebody who replaces the database.
    pub(crate) fn new(
        location: &DatabaseLocation,
        config: &StoreConfig,
        probe: Option<Connection>,
    ) -> Result<(Self, Option<Connection>)> {
        let (lock, probe) = share_lock(location, config, probe)?;
        let connections = Self {
            readers: OnceLock::new(),
            busy_timeout: config.busy_timeout,
            watcher: Mutex::new(None),
            location: location.clone(),
            config: config.clone(),
            has_second_sqlite: AtomicBool::new(false),
            all_closed: AllClosed::default(),
            last_failure: LastFailure::default(),
            in_use: InUse::enter(location)?,
            lock_use: Mutex::default(),
            lock,
        };
        Ok((connections, probe))
    }

    /// Returns the pool of those that read, whose connections are opened when they are needed.
    fn readers(&self) -> Result<&Pool<ReaderManager>> {
        if let Some(readers) = self.readers.get() {
            return Ok(readers);
        }
        let readers = self.new_pool()?;
        // One that another thread made meanwhile is as good, and has no connections either.
        Ok(self.readers.get_or_init(|| readers))
    }

    fn new_pool(&self) -> Result<Pool<ReaderManager>> {
        let (config, location) = (&self.config, &self.location);
        Pool::builder()
            .max_size(config.max_readers.max(1))
            .min_idle(Some(0))
            .max_lifetime(Some(config.reader_lifetime))
            .idle_timeout(None)
            .connection_timeout(config.busy_timeout)
            .test_on_check_out(false)
            .thread_pool(Arc::new(start_thread()?))
            .error_handler(Box::new(LogErrors))
            .build(ReaderManager {
                location: location.clone(),
                config: config.clone(),
                open: self.all_closed.count_in(),
                last_failure: Arc::clone(&self.last_failure),
            })
            .map_err(|e| Error::new(ErrorCode::Io, e.to_string()).while_doing(location))
    }

    /// Opens a connection that writes, for which one that inspected the database may serve. There is one at a time.
    pub(crate) fn open_writer(&self, probe: Option<Connection>) -> Result<Connection> {
        let into_writer = |probe: Connection| probe.into_writer(&self.location, &self.config);
        let mut writer = match probe.map(into_writer).transpose()?.flatten() {
            Some(writer) => writer,
            None => Connection::open(&self.location, Role::Writer, &self.config)?,
        };
        writer.hold(self.all_closed.count_in());
        Ok(writer)
    }

    /// Fails with [`ErrorCode::Misuse`] in a process that was forked from the one that opened the store.
    pub(crate) fn check_process(&self) -> Result<()> {
        self.in_use.check_process()
    }

    /// Looks for another copy of SQLite in this process that uses the database. Where the configuration refuses that,
    /// fails with [`ErrorCode::FileUnsafe`], as writes do from then on until it is gone.
    pub(crate) fn look_for_second_sqlite(&self) -> Result<()> {
        let outcome = second_sqlite::check(&self.location, self.config.second_sqlite);
        self.has_second_sqlite
            .store(outcome.is_err(), Ordering::Relaxed);
        outcome
    }

    /// Fails with [`ErrorCode::FileUnsafe`] as long as another copy of SQLite is there that was found before.
    pub(crate) fn check_may_write(&self) -> Result<()> {
        if self.has_second_sqlite.load(Ordering::Relaxed) {
            return self.look_for_second_sqlite();
        }
        Ok(())
    }

    pub(crate) fn location(&self) -> &DatabaseLocation {
        &self.location
    }

    /// Returns the settings that connections are opened with.
    pub(crate) fn config(&self) -> &StoreConfig {
        &self.config
    }

    /// Returns the lock that shows other stores that this one has the database open.
    pub(crate) fn lock(&self) -> Result<&StoreLock> {
        self.lock.as_ref().ok_or_else(read_only::refused)
    }

    /// Returns whether anybody has committed since the last call: this store, another one, or another process. The
    /// first answer is `true`.
    ///
    /// The question has a connection of its own, since a connection reports only the commits of others, and only in
    /// comparison with its own answer before.
    pub(crate) fn anyone_committed(&self) -> Result<bool> {
        let mut watcher = self.watcher.lock().unwrap_or_else(PoisonError::into_inner);
        let is_outdated = |watcher: &Connection| watcher.check_unchanged(&self.location).is_err();
        if watcher.as_ref().is_none_or(is_outdated) {
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

    /// Fails with [`ErrorCode::FileUnsafe`] where a file of the database is no longer the one that was opened.
    fn check_files(&self) -> Result<()> {
        self.in_use
            .guard()
            .map_or(Ok(()), |guard| guard.check_files_now_and_then())
    }

    /// Returns the error of a connection that couldn't be opened, unless waiting may help.
    fn take_failure(&self) -> Option<Error> {
        let mut last = self
            .last_failure
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        last.take_if(|error| !error.is_retryable())
    }

    fn no_reader_was_free(&self, error: &impl fmt::Display) -> Error {
        let waited = self.busy_timeout;
        tracing::warn!(?waited, "no reading connection was free");
        let message = format!(
            "no reading connection was free within {waited:?} ({error}); try again, or raise StoreConfig::max_readers"
        );
        Error::new(ErrorCode::Busy, message)
    }

    /// Lends one of the connections that read.
    pub(crate) fn reader(&self) -> Result<PooledReader> {
        self.check_files()?;
        let readers = self.readers()?;
        let started = Instant::now();
        loop {
            let left = self.busy_timeout.saturating_sub(started.elapsed());
            let patience = cancel::patience(left.min(LOOK_FOR_FAILURE));
            let error = match readers.get_timeout(patience) {
                Ok(connection) if connection.check_unchanged(&self.location).is_ok() => {
                    return Ok(connection);
                }
                // It is closed when it comes back, and another one is opened that sees what others write.
                Ok(_outdated) => continue,
                Err(error) => error,
            };
            if let Some(failure) = self.take_failure() {
                return Err(failure);
            }
            if left.is_zero() {
                return Err(self.no_reader_was_free(&error));
            }
            cancel::check()?;
        }
    }
}

fn share_lock(
    location: &DatabaseLocation,
    config: &StoreConfig,
    probe: Option<Connection>,
) -> Result<(Option<StoreLock>, Option<Connection>)> {
    let patience = config.busy_timeout;
    if config.read_only {
        return Ok((StoreLock::share_if_there(location, patience)?, probe));
    }
    match StoreLock::share(location, Duration::ZERO) {
        Ok(lock) => Ok((Some(lock), probe)),
        Err(e) if e.code() == ErrorCode::Busy => {
            drop(probe);
            Ok((Some(StoreLock::share(location, patience)?), None))
        }
        Err(e) => Err(e),
    }
}

/// Opens the connections of the pool.
pub(crate) struct ReaderManager {
    location: DatabaseLocation,
    config: StoreConfig,
    open: Arc<()>,
    last_failure: LastFailure,
}

/// The pool tries again until its time is over, and then tells only that.
type LastFailure = Arc<Mutex<Option<Error>>>;

impl fmt::Debug for ReaderManager {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "readers of {}", self.location)
    }
}

impl ManageConnection for ReaderManager {
    type Connection = Connection;
    type Error = Error;

    fn connect(&self) -> Result<Connection> {
        let opened = Connection::open(&self.location, Role::Reader, &self.config);
        let mut last_failure = self
            .last_failure
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *last_failure = opened.as_ref().err().map(Error::for_another);
        let mut connection = opened?;
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
        connection.is_broken() || connection.check_unchanged(&self.location).is_err()
    }
}

/// The time after which a wait for a connection looks whether none can be opened.
const LOOK_FOR_FAILURE: Duration = Duration::from_millis(100);

/// Starts the thread that the pool opens connections on.
fn start_thread() -> Result<ScheduledThreadPool> {
    const NAME: &str = "orchestra-store-pool";
    let failed = |e: std::io::Error| {
        let hint = "a thread can't be started; raise the limit on processes (`ulimit -u`)";
        Error::from(e).while_doing(hint)
    };
    // The pool panics where it can't start its thread, so that this is tried first.
    let attempt = thread::Builder::new().name(NAME.to_owned()).spawn(|| {});
    let _ended = attempt.map_err(failed)?.join();
    let start = || {
        ScheduledThreadPool::builder()
            .num_threads(1)
            .thread_name_pattern(NAME)
            .on_drop_behavior(OnPoolDropBehavior::DiscardPendingScheduled)
            .build()
    };
    catch_unwind(start).map_err(|_| failed(std::io::ErrorKind::WouldBlock.into()))
}

#[derive(Debug)]
struct LogErrors;

impl HandleError<Error> for LogErrors {
    fn handle_error(&self, error: Error) {
        tracing::error!(%error, "a connection can't be opened");
    }
}

#[cfg(test)]
mod tests {
    use super::super::connection::in_new_database;
    use super::super::migrations;
    use super::*;

    #[test]
    fn nobody_waits_for_a_replaced_database_with_a_connection_to_the_old_one() {
        let directory = tempfile::tempdir().unwrap();
        drop(in_new_database(directory.path()));
        let config = StoreConfig::new(directory.path().join("orchestra.db"));
        let location = DatabaseLocation::new(&config.path).unwrap();
        let open = || {
            let probe = migrations::prepare(&location, &config).unwrap();
            assert!(probe.is_some());
            Connections::new(&location, &config, probe).unwrap().1
        };
        assert!(open().is_some());
        let replacing = StoreLock::alone(&location).unwrap();
        thread::scope(|scope| {
            let waiting = scope.spawn(|| open().is_none());
            thread::sleep(Duration::from_millis(50));
            drop(replacing);
            assert!(waiting.join().unwrap());
        });
    }
}
