//! Opening and closing a store.

use kernel::Store;

use crate::abi::prelude::*;
use crate::abi::session::Session;
use crate::abi::store_options::orchestra_store_options;

/// Opens a database: makes the file and its directory where they aren't there (for the user alone),
/// and migrates one that an older version of the library wrote.
///
/// `path` is the path of a file; a URI or `:memory:` is refused. `options` may be NULL for the
/// defaults. The store belongs to the caller, who frees it with orchestra_store_free().
///
/// ORCHESTRA_NOT_A_DATABASE, ORCHESTRA_FOREIGN_SCHEMA (such as a database of Entity Framework Core)
/// and ORCHESTRA_SCHEMA_TOO_NEW leave the file as it was. ORCHESTRA_IO or
/// ORCHESTRA_PERMISSION_DENIED: the path can't be opened.
///
/// One process must use a database file through one copy of SQLite only. ORCHESTRA_FILE_UNSAFE: another
/// one in this process uses it (on Linux), or the file has several names or lies on a network file system
/// (`second_sqlite` and `allow_unsafe_location` in the options). Writes return it, too, once the file or
/// its log was moved, deleted or replaced. ORCHESTRA_MISUSE: the file was open when this process was
/// forked.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_store_open(
    path: *const u8,
    path_len: usize,
    options: *const orchestra_store_options,
    store: *mut *mut orchestra_store,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(store.open
          writes [NotADatabase, ForeignSchema, SchemaTooNew, Io, PermissionDenied, FileUnsafe,
                  Misuse]; error;
          config path + path_len + options -> required store => {
        store.set_handle(Session::from(Store::open(path)?));
    })
}

/// Makes another handle to the same store, through which this user acts: what it writes bears the
/// user's name.
///
/// `user` is a JSON object with any of UserId (`system` where it is absent), SessionId, RequestId,
/// CorrelationId, IpAddress, UserAgent, HttpMethod (up to 20 characters), RequestPath (up to 2000),
/// which the audit log records. The new handle belongs to the caller, who frees it with
/// orchestra_store_free(), before or after the handle that it was made from.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_store_context(
    store: *const orchestra_store,
    user: *const u8,
    user_len: usize,
    context: *mut *mut orchestra_store,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(store.context; error; borrow store, json user + user_len -> required context => {
        context.set_handle(store.context(user));
    })
}

/// Closes the store for all its handles, and reports what goes wrong with that; orchestra_store_free()
/// alone closes quietly.
///
/// Waits for a running write, and copies the write-ahead log into the database. Reads that run on
/// other threads end undisturbed; calls that come later are ORCHESTRA_CLOSED. Closing twice is fine.
/// The handles still have to be freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_store_close(
    store: *const orchestra_store,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(store.close; error; whole store => {
        store.close()?;
    })
}

/// Frees a handle. The database is closed with its last handle. NULL is fine. No other thread may
/// use this handle any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_store_free(store: *mut orchestra_store) {
    call!(store.free; release store)
}

/// Tells which migrations the database has had.
///
/// `migrations` receives a JSON array, in order: Version, Name, State (Applied, Pending, Unknown),
/// AppliedAt (when it ran, or null).
/// Free it with orchestra_buffer_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_store_migration_status(
    store: *const orchestra_store,
    migrations: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(store.migration_status reads; error; whole store -> required migrations => {
        migrations.set_json(&store.migration_status()?)?;
    })
}
