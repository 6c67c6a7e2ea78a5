//! The SQLite library itself: the versions that the kernel runs on, the settings of the process, and those that
//! each connection gets before anything else.

use std::sync::OnceLock;

use diesel::{Connection as _, ConnectionError};

use super::Conn;
use super::raw::{
    self, ConnectionLimit, ConnectionOption, RawConnection, RawHandle, SqliteStatus, sqlite_version,
};
use crate::error::{Error, ErrorCode, Result};

/// The first version without the WAL-reset bug, which corrupts databases.
const OLDEST: i32 = 3_051_003;

/// Opens a connection to the database that a URI names.
pub(super) fn establish(uri: &str) -> Result<RawConnection> {
    initialise()?;
    let connection = RawConnection::open(uri).map_err(not_opened)?;
    let Some(connection) = connection else {
        let message = "SQLite did not run the library's set-up for a new connection";
        return Err(Error::new(ErrorCode::Internal, message));
    };
    configure(connection.handle()).map_err(|status| status.of("sqlite3_db_config"))?;
    Ok(connection)
}

/// Opens a connection to an empty database in memory.
pub(super) fn establish_in_memory() -> Result<Conn> {
    initialise()?;
    Conn::establish(":memory:").map_err(not_opened)
}

fn not_opened(error: ConnectionError) -> Error {
    match error {
        ConnectionError::CouldntSetupConfiguration(e) => Error::from(e),
        e => Error::new(ErrorCode::Io, e.to_string()).with_source(e),
    }
}

/// Sets the options of a new connection that speed and safety depend on.
fn configure(connection: RawHandle<'_>) -> Result<(), SqliteStatus> {
    const SETTINGS: [(ConnectionOption, bool); 5] = [
        // Without this, SQLite prepares a statement again at each run if its LIMIT is bound, and Diesel binds every
        // LIMIT.
        (ConnectionOption::QUERY_PLANNER_STABILITY, true),
        (ConnectionOption::DEFENSIVE, true),
        (ConnectionOption::TEXTS_IN_DOUBLE_QUOTES_IN_QUERIES, false),
        (ConnectionOption::TEXTS_IN_DOUBLE_QUOTES_IN_SCHEMA, false),
        (ConnectionOption::LOAD_EXTENSION, false),
    ];
    for (option, is_on) in SETTINGS {
        connection.set_option(option, is_on)?;
    }
    // VACUUM INTO needs one attachment.
    connection.set_limit(ConnectionLimit::ATTACHED, 1);
    Ok(())
}

/// Configures SQLite for the process, once.
fn initialise() -> Result<()> {
    static STATUS: OnceLock<Result<(), (ErrorCode, String)>> = OnceLock::new();
    STATUS
        .get_or_init(|| {
            refuse_old_version()?;
            // Only the bundled SQLite: one that the host shares isn't ours to configure.
            if cfg!(feature = "bundled") {
                let done = raw::configure_process();
                tracing::debug!(done, "SQLite configured for the process");
            }
            RawConnection::prepare_process().map_err(|SqliteStatus(code)| {
                let message = format!("sqlite3_auto_extension failed with {code}");
                (ErrorCode::Internal, message)
            })
        })
        .clone()
        .map_err(|(code, message)| Error::new(code, message))
}

fn refuse_old_version() -> Result<(), (ErrorCode, String)> {
    if raw::version_number() < OLDEST {
        return Err((
            ErrorCode::SqliteTooOld,
            format!(
                "SQLite {} corrupts databases; 3.51.3 is the oldest that doesn't",
                sqlite_version()
            ),
        ));
    }
    Ok(())
}

impl SqliteStatus {
    /// Returns the error of a function that can fail only by a bug.
    pub(super) fn of(self, function: &str) -> Error {
        let message = format!("{function} failed with {}", self.0);
        Error::new(ErrorCode::Internal, message).with_details(|d| d.sqlite_code = Some(self.0))
    }
}
