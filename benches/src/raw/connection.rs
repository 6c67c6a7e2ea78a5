//! A connection with the settings of the kernel's.

use std::ffi::{CString, c_int};
use std::path::Path;
use std::ptr::{NonNull, null, null_mut};
use std::sync::Arc;

use libsqlite3_sys as ffi;
use orchestra_store::{Durability, StoreConfig};

use super::Statement;

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Writes, with this durability.
    Writer(Durability),
    /// Reads only.
    Reader,
}

/// An open connection; its clones are the same one.
///
/// It is closed when its last clone is gone, and the last statement that was prepared on it.
#[derive(Debug, Clone)]
pub struct Connection(Arc<Handle>);

#[derive(Debug)]
struct Handle(NonNull<ffi::sqlite3>);

// SAFETY: a connection moves between threads together with its statements, and is used by one
// thread at a time.
unsafe impl Send for Handle {}
// SAFETY: as above; nothing in this crate shares a connection between threads.
unsafe impl Sync for Handle {}

impl Connection {
    /// Opens a file that the kernel has made.
    pub fn open(path: &Path, role: Role) -> Self {
        let name = CString::new(path.to_str().unwrap()).unwrap();
        let flags = ffi::SQLITE_OPEN_READWRITE | ffi::SQLITE_OPEN_URI;
        let mut db = null_mut();
        // SAFETY: the name is NUL-terminated, and `db` receives the connection.
        let status = unsafe { ffi::sqlite3_open_v2(name.as_ptr(), &mut db, flags, null()) };
        assert_eq!(status, ffi::SQLITE_OK, "{} can't be opened", path.display());
        let connection = Self(Arc::new(Handle(NonNull::new(db).unwrap())));
        connection.configure();
        connection.set_pragmas(role);
        connection
    }

    /// The settings that have no pragma.
    fn configure(&self) {
        let settings: [(c_int, c_int); 5] = [
            (ffi::SQLITE_DBCONFIG_ENABLE_QPSG, 1),
            (ffi::SQLITE_DBCONFIG_DEFENSIVE, 1),
            (ffi::SQLITE_DBCONFIG_DQS_DML, 0),
            (ffi::SQLITE_DBCONFIG_DQS_DDL, 0),
            (ffi::SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0),
        ];
        for (option, value) in settings {
            // SAFETY: each of these options takes an int and a pointer that may be null.
            let status =
                unsafe { ffi::sqlite3_db_config(self.db(), option, value, null_mut::<c_int>()) };
            assert_eq!(status, ffi::SQLITE_OK);
        }
        // SAFETY: the connection is open.
        unsafe {
            ffi::sqlite3_limit(self.db(), ffi::SQLITE_LIMIT_ATTACHED, 1);
            ffi::sqlite3_busy_timeout(self.db(), 5000);
        }
    }

    fn set_pragmas(&self, role: Role) {
        let defaults = StoreConfig::new("");
        if let Role::Writer(durability) = role {
            let synchronous = match durability {
                Durability::Full => 2,
                Durability::Normal => 1,
            };
            self.execute(&format!(
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = {synchronous};
                 PRAGMA wal_autocheckpoint = {}; PRAGMA journal_size_limit = {}",
                defaults.wal_autocheckpoint, defaults.journal_size_limit
            ));
        }
        self.execute(&format!(
            "PRAGMA foreign_keys = 1; PRAGMA trusted_schema = 0; PRAGMA cell_size_check = 1;
             PRAGMA recursive_triggers = 1; PRAGMA mmap_size = {}; PRAGMA temp_store = 2;
             PRAGMA cache_size = -{}; PRAGMA analysis_limit = 400",
            defaults.mmap_size, defaults.cache_size_kib
        ));
        if role == Role::Reader {
            self.execute("PRAGMA query_only = 1");
        }
    }

    /// Runs statements that return nothing of interest.
    pub fn execute(&self, sql: &str) {
        let text = CString::new(sql).unwrap();
        // SAFETY: the text is NUL-terminated; no callback is given.
        let status =
            unsafe { ffi::sqlite3_exec(self.db(), text.as_ptr(), None, null_mut(), null_mut()) };
        assert_eq!(status, ffi::SQLITE_OK, "{sql}");
    }

    /// Prepares one statement, to be kept.
    pub fn prepare(&self, sql: &str) -> Statement {
        Statement::prepare(self, sql)
    }

    pub(super) fn db(&self) -> *mut ffi::sqlite3 {
        self.0.0.as_ptr()
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        // SAFETY: nobody has the connection any more, nor any statement, which would keep it.
        unsafe { ffi::sqlite3_close(self.0.as_ptr()) };
    }
}
