//! The least that does the job of a queue, by hand on SQLite's C API: one table, prepared statements, a commit for each
//! step. No leases, no retries, no priorities, no trail.
#![allow(unsafe_code, reason = "SQLite's C interface")]

use std::ffi::{CStr, CString, c_int};
use std::path::Path;
use std::ptr::{null, null_mut};

use libsqlite3_sys as ffi;
use orchestra_store::Durability;

const SCHEMA: &CStr = c"
    CREATE TABLE IF NOT EXISTS Tasks (
        Id INTEGER PRIMARY KEY, Command TEXT NOT NULL, Status INTEGER NOT NULL DEFAULT 0, Result TEXT
    ) STRICT;
    CREATE INDEX IF NOT EXISTS Waiting ON Tasks (Status) WHERE Status = 0;";
const ENQUEUE: &CStr = c"INSERT INTO Tasks (Command) VALUES (?)";
const CLAIM: &CStr = c"
    UPDATE Tasks SET Status = 1
    WHERE Id = (SELECT Id FROM Tasks INDEXED BY Waiting WHERE Status = 0 ORDER BY Id LIMIT 1)
    RETURNING Id, Command";
const COMPLETE: &CStr = c"UPDATE Tasks SET Status = 2, Result = ?2 WHERE Id = ?1 AND Status = 1";

/// A queue on a connection of its own.
#[derive(Debug)]
pub(crate) struct ByHand {
    db: *mut ffi::sqlite3,
    enqueue: *mut ffi::sqlite3_stmt,
    claim: *mut ffi::sqlite3_stmt,
    complete: *mut ffi::sqlite3_stmt,
}

// SAFETY: the pointers are used by one thread at a time, which SQLite allows.
unsafe impl Send for ByHand {}

impl ByHand {
    /// Opens a file, which is created if it isn't there.
    pub(crate) fn open(path: &Path, durability: Durability) -> Self {
        let name = CString::new(path.to_str().unwrap()).unwrap();
        let flags = ffi::SQLITE_OPEN_READWRITE | ffi::SQLITE_OPEN_CREATE;
        let mut db = null_mut();
        // SAFETY: the name is NUL-terminated, and `db` receives the connection.
        let status = unsafe { ffi::sqlite3_open_v2(name.as_ptr(), &mut db, flags, null()) };
        assert_eq!(status, ffi::SQLITE_OK, "{} can't be opened", path.display());
        let pragmas = CString::new(crate::queues::pragmas(durability)).unwrap();
        execute(db, &pragmas);
        execute(db, SCHEMA);
        Self {
            db,
            enqueue: prepare(db, ENQUEUE),
            claim: prepare(db, CLAIM),
            complete: prepare(db, COMPLETE),
        }
    }

    /// Runs a statement that returns nothing of interest.
    pub(crate) fn execute(&self, sql: &CStr) {
        execute(self.db, sql);
    }

    /// Adds a task.
    pub(crate) fn enqueue(&self, command: &str) {
        bind_text(self.enqueue, 1, command);
        assert!(step(self.enqueue).is_none());
        reset(self.enqueue);
    }

    /// Takes the next task, if there is one.
    pub(crate) fn claim(&self) -> Option<(i64, String)> {
        let task = step(self.claim);
        // The statement commits when it is done, behind its only row.
        if task.is_some() {
            assert!(step(self.claim).is_none());
        }
        reset(self.claim);
        task
    }

    /// Ends a task that was taken.
    pub(crate) fn complete(&self, id: i64, result: &str) {
        // SAFETY: the statement is prepared.
        unsafe { ffi::sqlite3_bind_int64(self.complete, 1, id) };
        bind_text(self.complete, 2, result);
        assert!(step(self.complete).is_none());
        reset(self.complete);
        // SAFETY: the connection is open.
        assert_eq!(unsafe { ffi::sqlite3_changes(self.db) }, 1);
    }
}

impl Drop for ByHand {
    fn drop(&mut self) {
        // SAFETY: nobody has the statements or the connection any more.
        unsafe {
            for statement in [self.enqueue, self.claim, self.complete] {
                ffi::sqlite3_finalize(statement);
            }
            ffi::sqlite3_close(self.db);
        }
    }
}

fn execute(db: *mut ffi::sqlite3, sql: &CStr) {
    // SAFETY: the connection is open, and the text is NUL-terminated.
    let status = unsafe { ffi::sqlite3_exec(db, sql.as_ptr(), None, null_mut(), null_mut()) };
    assert_eq!(status, ffi::SQLITE_OK, "{sql:?}");
}

fn prepare(db: *mut ffi::sqlite3, sql: &CStr) -> *mut ffi::sqlite3_stmt {
    let mut statement = null_mut();
    let flags = ffi::SQLITE_PREPARE_PERSISTENT;
    // SAFETY: the connection is open, the text NUL-terminated, and `statement` receives the statement.
    let status =
        unsafe { ffi::sqlite3_prepare_v3(db, sql.as_ptr(), -1, flags, &mut statement, null_mut()) };
    assert_eq!(status, ffi::SQLITE_OK, "{sql:?}");
    statement
}

fn bind_text(statement: *mut ffi::sqlite3_stmt, index: c_int, text: &str) {
    let length = c_int::try_from(text.len()).unwrap();
    // SAFETY: the statement is prepared, and reset before the text is gone.
    let status = unsafe {
        let text = text.as_ptr().cast();
        ffi::sqlite3_bind_text(statement, index, text, length, ffi::SQLITE_STATIC())
    };
    assert_eq!(status, ffi::SQLITE_OK);
}

/// The id and the command of a row that a statement returns.
fn step(statement: *mut ffi::sqlite3_stmt) -> Option<(i64, String)> {
    // SAFETY: the statement is prepared, and what is bound is still there.
    match unsafe { ffi::sqlite3_step(statement) } {
        ffi::SQLITE_DONE => None,
        // SAFETY: the statement is at a row of two columns, the second of which is a text.
        ffi::SQLITE_ROW => unsafe {
            let text = ffi::sqlite3_column_text(statement, 1);
            let text = CStr::from_ptr(text.cast()).to_string_lossy();
            Some((ffi::sqlite3_column_int64(statement, 0), text.into_owned()))
        },
        other => panic!("SQLite returned {other}"),
    }
}

fn reset(statement: *mut ffi::sqlite3_stmt) {
    // SAFETY: the statement is prepared.
    unsafe { ffi::sqlite3_reset(statement) };
}
