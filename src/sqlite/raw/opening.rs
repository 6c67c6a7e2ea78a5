//! Access to the handle of a connection that Diesel opens.
//!
//! SQLite runs the extension below for every connection of the process, including those of a host that shares this
//! SQLite. The library's own connections identify themselves by a number in the query of their URI.

use std::collections::BTreeMap;
use std::ffi::{CStr, c_char, c_int};
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use libsqlite3_sys as ffi;

use super::SqliteStatus;
use super::connection::DatabaseHandle;

/// Name of the number in the URI's query; SQLite ignores parameters that it doesn't know.
const PARAMETER: &CStr = c"orchestra_store";

/// The connections that are being opened, by their numbers, with their handles once SQLite has created them.
static EXPECTED: Mutex<BTreeMap<u64, Option<DatabaseHandle>>> = Mutex::new(BTreeMap::new());

fn all_expected() -> MutexGuard<'static, BTreeMap<u64, Option<DatabaseHandle>>> {
    EXPECTED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A connection that is being opened.
pub(super) struct ExpectedConnection(u64);

impl ExpectedConnection {
    pub(super) fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        all_expected().insert(number, None);
        Self(number)
    }

    /// Returns the parameter that the connection's URI must have.
    pub(super) fn query(&self) -> String {
        format!("{}={}", PARAMETER.to_string_lossy(), self.0)
    }

    /// Returns the handle that SQLite created for the connection.
    pub(super) fn opened(self) -> Option<DatabaseHandle> {
        let opened = all_expected().get(&self.0).copied();
        opened.flatten()
    }
}

impl Drop for ExpectedConnection {
    fn drop(&mut self) {
        all_expected().remove(&self.0);
    }
}

pub(super) fn register_extension() -> Result<(), SqliteStatus> {
    // SAFETY: `note_handle` has the signature that SQLite calls, and lives as long as the library.
    SqliteStatus::check(unsafe { ffi::sqlite3_auto_extension(Some(note_handle)) })
}

/// Records the handle of an expected connection. SQLite calls it for each new connection of the process.
///
/// # Safety
/// `db` is an open connection.
unsafe extern "C" fn note_handle(
    db: *mut ffi::sqlite3,
    _message: *mut *mut c_char,
    _api: *const ffi::sqlite3_api_routines,
) -> c_int {
    // SAFETY: SQLite passes an open connection.
    let number = unsafe { number_of(db) };
    let (Some(number), Some(database)) = (number, NonNull::new(db)) else {
        return ffi::SQLITE_OK;
    };
    if let Some(place) = all_expected().get_mut(&number) {
        *place = Some(DatabaseHandle(database));
    }
    ffi::SQLITE_OK
}

/// Returns the number in the query of a connection's URI, if it has one.
/// # Safety
/// `db` is an open connection.
unsafe fn number_of(db: *mut ffi::sqlite3) -> Option<u64> {
    // SAFETY: the connection is open, and the name comes from SQLite as `sqlite3_uri_parameter` requires. The value
    // is NUL-terminated, and valid as long as the connection.
    let number = unsafe {
        let name = ffi::sqlite3_db_filename(db, c"main".as_ptr());
        let value = ffi::sqlite3_uri_parameter(name, PARAMETER.as_ptr());
        (!value.is_null()).then(|| CStr::from_ptr(value))
    };
    number?.to_str().ok()?.parse().ok()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use diesel::Connection as _;
    use diesel::connection::SimpleConnection as _;

    use super::*;
    use crate::sqlite::{Conn, library};

    #[test]
    fn each_connection_gets_its_own_handle_whatever_others_open_meanwhile() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("t.db");
        let uri = format!("file:{}?mode=rwc", path.display());
        std::thread::scope(|scope| {
            for rows in 1..9 {
                let uri = &uri;
                scope.spawn(move || {
                    let mut connection = library::establish(uri).unwrap();
                    let _other = Conn::establish(uri).unwrap();
                    let table = "CREATE TEMP TABLE t (i); INSERT INTO t VALUES (0);".to_owned();
                    let insert = "INSERT INTO t VALUES (1);".repeat(rows);
                    connection.batch_execute(&(table + &insert)).unwrap();
                    let counted = connection.handle().total_changes();
                    assert_eq!(counted, i64::try_from(rows).unwrap() + 1);
                });
            }
        });
        let expected = ExpectedConnection::new();
        Conn::establish(&uri).unwrap();
        assert!(expected.opened().is_none());
    }
}
