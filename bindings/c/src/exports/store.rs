//! Opening and closing a store.

use kernel::{Store, UserContext};

use crate::abi::boundary::{boundary, boundary_infallible};
use crate::abi::buffer::orchestra_buffer;
use crate::abi::error::orchestra_error;
use crate::abi::handle::{self, Opaque};
use crate::abi::output::Output;
use crate::abi::session::Session;
use crate::abi::status::orchestra_status;
use crate::abi::store_config::StoreOptions;
use crate::abi::store_options::orchestra_store_options;
use crate::abi::text::text;

/// An open database. Any number of threads use it at the same time; many read at once, and writes
/// come one after another.
pub struct orchestra_store {
    _opaque: [u8; 0],
}

impl Opaque for orchestra_store {
    type Value = Session;
    const NAME: &'static str = "orchestra_store";
    const TAG: u64 = u64::from_ne_bytes(*b"orch_sto");
}

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
/// One process must use a database file through one copy of SQLite only: when another library in
/// the process opens and closes the same file, the locks of this one are gone, and data is lost.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_store_open(
    path: *const u8,
    path_len: usize,
    options: *const orchestra_store_options,
    store: *mut *mut orchestra_store,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    // SAFETY: the header asks for this of the caller.
    let (path, options, store, error) = unsafe {
        (
            text("path", path, path_len),
            StoreOptions::read(options),
            Output::new(store),
            Output::new(error),
        )
    };
    boundary(error, || {
        let store = store.required("store")?;
        let opened = Store::open(options?.config(path.required()?)?)?;
        store.set(handle::into_raw(Session::from(opened)));
        Ok(())
    })
}

/// Makes another handle to the same store, through which this user acts: what it writes bears the
/// user's name.
///
/// `user` is a JSON object with any of UserId (`system` where it is absent), SessionId, RequestId,
/// CorrelationId, IpAddress, UserAgent. The new handle belongs to the caller, who frees it with
/// orchestra_store_free(), before or after the handle that it was made from.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_store_context(
    store: *const orchestra_store,
    user: *const u8,
    user_len: usize,
    context: *mut *mut orchestra_store,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    // SAFETY: the header asks for this of the caller.
    let (store, user, context, error) = unsafe {
        (
            handle::borrow(store),
            text("user", user, user_len),
            Output::new(context),
            Output::new(error),
        )
    };
    boundary(error, || {
        let context = context.required("context")?;
        let user: UserContext = user.json()?;
        context.set(handle::into_raw(store?.context(user)));
        Ok(())
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
    // SAFETY: the header asks for this of the caller.
    let (store, error) = unsafe { (handle::borrow(store), Output::new(error)) };
    boundary(error, || store?.store()?.close())
}

/// Frees a handle. The database is closed with its last handle. NULL is fine. No other thread may
/// use this handle any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_store_free(store: *mut orchestra_store) {
    // SAFETY: the header asks for a handle that nobody uses any more.
    boundary_infallible(|| unsafe { handle::free(store) });
}

/// Tells which migrations the database has had.
///
/// `migrations` receives a JSON array, in order: Version, Name, State (Applied, Pending, Unknown).
/// Free it with orchestra_buffer_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_store_migration_status(
    store: *const orchestra_store,
    migrations: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    // SAFETY: the header asks for this of the caller.
    let (store, migrations, error) = unsafe {
        (
            handle::borrow(store),
            Output::new(migrations),
            Output::new(error),
        )
    };
    boundary(error, || {
        let migrations = migrations.required("migrations")?;
        migrations.set_json(&store?.store()?.migration_status()?)
    })
}
