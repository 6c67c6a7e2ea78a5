//! One connection: how it is opened, and what is set on it in which order.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::time::Duration;

use diesel::connection::CacheSize;
use diesel::{Connection as _, QueryResult};

use super::dialect::{self, Synchronous};
use super::errors::is_from_sqlite;
use super::file_guard::GuardLease;
use super::library::establish;
use super::open_databases::InUse;
use super::raw::{ConnectionOption, RawConnection, RawHandle, SqliteStatus, TemporaryFiles};
use super::statement_log::StatementLog;
use super::{Conn, DatabaseLocation, io_cause, read_only, transaction_statements};
use crate::config::StoreConfig;
use crate::error::{Error, Result};

/// The purpose of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// The one connection that writes.
    Writer,
    /// One of the connections that only read.
    Reader,
    /// Inspects a file that may not be this library's, and leaves every byte of it as it is.
    Probe,
    /// Writes a file that nobody else knows, and that is thrown away when anything goes wrong: without a
    /// write-ahead log, and without waiting for the disk.
    Scratch,
}

/// A connection of the library, with its handle in SQLite's C interface.
pub(crate) struct Connection {
    /// Guards the files as long as a connection may write. Before the connection, which has to find its log unguarded
    /// to delete it when it is closed.
    pub(super) lease: Option<GuardLease>,
    raw: RawConnection,
    /// The version that [`Connection::others_committed`] found last.
    data_version: Option<i32>,
    /// The number that [`Connection::remembered`] read last, with the version of the database that it is from.
    remembered: Option<(u32, i64)>,
    /// Set where statements are logged or counted, or named in errors.
    statement_log: Option<Arc<StatementLog>>,
    /// How often the connection was given back since its statements were counted.
    uses: u32,
    /// Behind the connection, so that it is dropped after the connection is closed.
    held: Option<Arc<()>>,
    /// Set where the file is taken for one that doesn't change.
    pub(super) is_immutable: bool,
    /// Behind the connection, which uses it until it is closed.
    temporary_files: Option<TemporaryFiles>,
    /// The last field: the entry in the list of open databases outlasts the connection.
    pub(super) in_use: InUse,
}

impl Connection {
    /// The number of prepared statements from which they are dropped. A statement takes some kilobytes; the
    /// library's own are a few hundred.
    const MOST_STATEMENTS: usize = 1000;
    /// The number of times that the connection is given back between two counts. Counting walks through all
    /// statements.
    const USES_BETWEEN_COUNTS: u32 = 256;

    /// Opens the file, which has to exist, for a role.
    pub(crate) fn open(
        location: &DatabaseLocation,
        role: Role,
        config: &StoreConfig,
    ) -> Result<Self> {
        Self::open_bounded(location, role, config, None)
    }

    /// Opens the file as [`open`](Self::open) does, with a bound on the connection's temporary files.
    pub(super) fn open_bounded(
        location: &DatabaseLocation,
        role: Role,
        config: &StoreConfig,
        temporary_files: Option<TemporaryFiles>,
    ) -> Result<Self> {
        let in_use = InUse::enter(location)?;
        let exists = |suffix| location.sibling(suffix).exists();
        let (mode, is_immutable) = mode(location, role, config);
        let mut uri = location.uri(mode);
        if let Some(files) = &temporary_files {
            uri.push_str("&vfs=");
            uri.push_str(&files.name());
        }
        let raw = establish(&uri).map_err(|e| {
            let error = io_cause::explain(e, location.path());
            error.while_doing(format!("{location} can't be opened"))
        })?;
        if role == Role::Probe && exists("-wal") {
            // The write-ahead log stays as it is.
            set_option(raw.handle(), ConnectionOption::NO_CHECKPOINT_ON_CLOSE, true)?;
        }
        let mut connection = Self {
            lease: None,
            raw,
            data_version: None,
            remembered: None,
            statement_log: None,
            uses: 0,
            held: None,
            is_immutable,
            temporary_files,
            in_use,
        };
        connection
            .set_up(role, config)
            .map_err(|e| connection.explain(e).while_doing(location))?;
        match role {
            Role::Writer => connection.begin_to_write(config)?,
            Role::Reader => connection.log_statements(config)?,
            Role::Probe | Role::Scratch => {}
        }
        Ok(connection)
    }

    /// Logs statements from now on, where the configuration wants it.
    pub(super) fn log_statements(&mut self, config: &StoreConfig) -> Result<()> {
        self.statement_log = StatementLog::watch(&mut self.raw, config)?;
        Ok(())
    }

    /// Returns whether the file on disk bears this library's mark, whatever a journal beside it says.
    pub(crate) fn has_our_mark(location: &DatabaseLocation) -> bool {
        let marked = establish(&location.uri("ro&immutable=1"))
            .and_then(|mut conn| Ok(dialect::application_id(&mut conn)?));
        marked.is_ok_and(|mark| mark == dialect::APPLICATION_ID)
    }

    fn set_up(&mut self, role: Role, config: &StoreConfig) -> Result<()> {
        transaction_statements::let_diesel_nest(self)?;
        self.wait_when_busy(config.busy_timeout)?;
        self.handle().interrupt_when_cancelled();
        match role {
            Role::Writer => {
                if dialect::page_count(self)? == 0 {
                    dialect::set_incremental_vacuum(self)?;
                }
                self.set_up_log(config)?;
            }
            Role::Scratch => {
                dialect::set_journal_mode(self, "MEMORY")?;
                dialect::set_synchronous(self, Synchronous::Off)?;
            }
            Role::Reader | Role::Probe => {}
        }
        dialect::set_safety(self)?;
        dialect::set_memory(self, config.cache_size_kib, config.mmap_size)?;
        match role {
            Role::Writer | Role::Scratch => Ok(()),
            Role::Reader | Role::Probe => Ok(dialect::set_query_only(self, true)?),
        }
    }

    fn wait_when_busy(&self, timeout: Duration) -> Result<()> {
        let set = self.raw.wait_when_busy(timeout);
        set.map_err(|status| status.of("sqlite3_busy_handler"))
    }

    /// Makes the connection use the readable part of a schema that can't be read as a whole, and run no triggers.
    /// The schema stays write-protected by the defensive mode.
    pub(crate) fn prepare_for_salvage(&self) -> Result<()> {
        set_option(self.handle(), ConnectionOption::WRITABLE_SCHEMA, true)?;
        set_option(self.handle(), ConnectionOption::TRIGGERS, false)
    }

    /// Returns whether a bound on the temporary files kept one from growing.
    pub(super) fn has_full_temporary_files(&self) -> bool {
        let files = self.temporary_files.as_ref();
        files.is_some_and(TemporaryFiles::was_refused)
    }

    /// Returns the handle in SQLite's C interface.
    pub(super) fn handle(&self) -> RawHandle<'_> {
        self.raw.handle()
    }

    /// Returns the Diesel connection, and the handle, which gives what Diesel doesn't.
    pub(crate) fn parts(&mut self) -> (&mut Conn, RawHandle<'_>) {
        self.raw.parts()
    }

    /// Returns the connection with its handle in SQLite's C interface.
    pub(super) fn raw(&mut self) -> &mut RawConnection {
        &mut self.raw
    }

    /// Returns whether another connection has committed since the last call on this one. The first answer is
    /// `true`. Mustn't be called inside a transaction, which doesn't see what others commit.
    pub(crate) fn others_committed(&mut self) -> Result<bool> {
        let now = dialect::data_version(self).map_err(|e| self.explain(e.into()))?;
        Ok(self.data_version.replace(now) != Some(now))
    }

    /// Returns a number of the database that hardly ever changes, inside the open transaction. It is read again only
    /// where something has changed the database since, other than the commits that
    /// [`keep_remembered`](Self::keep_remembered) was told of.
    pub(crate) fn remembered(&mut self, read: fn(&mut Conn) -> QueryResult<i64>) -> Result<i64> {
        let now = self.handle().seen_version();
        if let Some((version, number)) = self.remembered
            && now == Some(version)
        {
            return Ok(number);
        }
        let number = read(self).map_err(|e| self.explain(e.into()))?;
        self.remembered = now.map(|version| (version, number));
        Ok(number)
    }

    /// Keeps the remembered number after a commit of this connection that hasn't changed it.
    pub(crate) fn keep_remembered(&mut self) {
        if let Some((_, number)) = self.remembered {
            let now = self.handle().seen_version();
            self.remembered = now.map(|version| (version, number));
        }
    }

    /// Returns how many rows this connection has written since it was opened, including those of triggers and
    /// foreign keys, and those that were rolled back since.
    pub(crate) fn total_changes(&self) -> i64 {
        self.handle().total_changes()
    }

    /// Returns whether a transaction is open.
    pub(crate) fn is_in_transaction(&self) -> bool {
        self.handle().is_in_transaction()
    }

    /// Turns the refusal of commits on or off.
    ///
    /// SQLite may roll a transaction back by itself, for instance where the disk is full, and would commit each
    /// later statement on its own.
    pub(crate) fn refuse_commits(&self, refuses: bool) {
        self.handle().refuse_commits(refuses);
    }

    /// Runs `work` with this limit on waits for locks, and restores the usual one afterwards.
    pub(crate) fn waiting_at_most<T>(
        &mut self,
        patience: Duration,
        usual: Duration,
        work: impl FnOnce(&mut Self) -> T,
    ) -> Result<T> {
        self.wait_when_busy(patience.min(usual))?;
        let outcome = work(self);
        self.wait_when_busy(usual)?;
        Ok(outcome)
    }

    /// Returns whether the open transaction has foreign keys that point to missing rows, which only the commit
    /// checks.
    pub(crate) fn has_dangling_references(&self) -> bool {
        self.handle().has_dangling_references()
    }

    /// Returns whether the connection can't be used any more: a transaction was left open, or Diesel lost count of
    /// them.
    pub(crate) fn is_broken(&mut self) -> bool {
        self.is_in_transaction() || !transaction_statements::is_diesel_sound(self)
    }

    /// Drops the prepared statements once there are many of them: Diesel keeps each, and queries that come from
    /// outside can have any number of forms.
    pub(crate) fn bound_statements(&mut self) {
        self.uses += 1;
        if self.uses < Self::USES_BETWEEN_COUNTS {
            return;
        }
        self.uses = 0;
        let count = self.handle().prepared_statements();
        if count > Self::MOST_STATEMENTS {
            tracing::debug!(count, "prepared statements are dropped");
            self.raw
                .set_prepared_statement_cache_size(CacheSize::Disabled);
            self.raw
                .set_prepared_statement_cache_size(CacheSize::Unbounded);
        }
    }

    /// Keeps a value until the connection is closed.
    pub(crate) fn hold(&mut self, until_closed: Arc<()>) {
        self.held = Some(until_closed);
    }

    /// Adds what is known of an error that just came from this connection: SQLite's extended code, and, where the
    /// configuration wants it, the statement. The error may already have the plain code, found by its text, and keeps
    /// that where the connection has run something else since.
    pub(crate) fn explain(&self, error: Error) -> Error {
        let error = self.with_code(error);
        match &self.statement_log {
            Some(log) => log.explain(error),
            None => error,
        }
    }

    fn with_code(&self, error: Error) -> Error {
        let code = self.handle().last_error_code();
        let fits = match error.details().sqlite_code {
            Some(known) => known & 0xff == code & 0xff,
            None => code != 0 && is_from_sqlite(error.code()),
        };
        if !fits {
            return error;
        }
        let error = error.with_details(|d| d.sqlite_code = Some(code));
        match self.in_use.path() {
            Some(path) => io_cause::explain(error, path),
            None => error,
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        let guard = self.in_use.guard();
        let lost = guard.is_some_and(|guard| guard.is_inherited() || guard.check_files().is_err());
        // SQLite would copy a log that is no longer the one under its name into a database that others have changed.
        if lost
            && let Err(error) = set_option(
                self.handle(),
                ConnectionOption::NO_CHECKPOINT_ON_CLOSE,
                true,
            )
        {
            tracing::error!(%error, "the log of a lost file may be copied into the database");
        }
        if let Err(error) = self.keep_lost_files() {
            tracing::error!(%error, "the files of a database were lost");
        }
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").finish_non_exhaustive()
    }
}

impl Deref for Connection {
    type Target = Conn;

    fn deref(&self) -> &Conn {
        &self.raw
    }
}

impl DerefMut for Connection {
    fn deref_mut(&mut self) -> &mut Conn {
        &mut self.raw
    }
}

/// Returns the mode in which a connection opens the file, which never creates it, and whether that takes the file for
/// one that doesn't change.
fn mode(location: &DatabaseLocation, role: Role, config: &StoreConfig) -> (&'static str, bool) {
    match role {
        Role::Reader | Role::Probe if config.read_only => read_only::mode(location),
        // For writing, it would roll back the journal that a killed process left. Otherwise, reading only would leave
        // the files of the write-ahead log behind, which SQLite creates to read.
        Role::Probe if location.sibling("-journal").exists() => ("ro", false),
        _ => ("rw", false),
    }
}

pub(super) fn set_option(
    connection: RawHandle<'_>,
    option: ConnectionOption,
    is_on: bool,
) -> Result<()> {
    let set = connection.set_option(option, is_on);
    set.map_err(|status: SqliteStatus| status.of("sqlite3_db_config"))
}

/// Creates a database in a directory, and opens its writing connection.
#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub(crate) fn in_new_database(directory: &std::path::Path) -> Connection {
    let config = StoreConfig::new(directory.join("orchestra.db"));
    let location = DatabaseLocation::new(&config.path).unwrap();
    super::migrations::prepare(&location, &config).unwrap();
    Connection::open(&location, Role::Writer, &config).unwrap()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use diesel::prelude::*;

    use super::{Connection, in_new_database};
    use crate::schema::tasks::dsl;

    /// Runs a query in a different form for each number below 2048.
    fn query(connection: &mut Connection, form: u32) {
        let mut query = dsl::tasks.select(dsl::id).into_boxed();
        macro_rules! filter {
            ($($bit:literal $column:ident,)+) => {$(
                if form & (1 << $bit) != 0 {
                    query = query.filter(dsl::$column.is_not_null());
                }
            )+};
        }
        filter! {
            0 agent_id, 1 lease_owner, 2 lease_token, 3 lease_expires_at, 4 cancel_requested_at,
            5 idempotency_key, 6 started_at, 7 completed_at, 8 result, 9 error_message,
            10 correlation_id,
        }
        query.load::<String>(&mut **connection).unwrap();
    }

    #[test]
    fn prepared_statements_do_not_become_ever_more() {
        let directory = tempfile::tempdir().unwrap();
        let mut connection = in_new_database(directory.path());
        for form in 0..2048 {
            query(&mut connection, form);
            connection.bound_statements();
        }
        let kept = connection.handle().prepared_statements();
        let most = Connection::MOST_STATEMENTS + Connection::USES_BETWEEN_COUNTS as usize;
        assert!(kept <= most, "{kept}");
        query(&mut connection, 7);
    }
}
