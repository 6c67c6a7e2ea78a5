//! Opening and closing a store.

use std::time::Duration;

use kernel::{Durability, Error, Result, Store, StoreConfig, UserContext};

use crate::boundary::{boundary, boundary_infallible};
use crate::buffer::orchestra_buffer;
use crate::error::orchestra_error;
use crate::handle::{self, Opaque};
use crate::options::{Options, read_options};
use crate::output::Output;
use crate::session::Session;
use crate::status::orchestra_status;
use crate::text::text;

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

/// The library's choice, which is ORCHESTRA_DURABILITY_FULL.
pub const ORCHESTRA_DURABILITY_DEFAULT: i32 = 0;
/// What was acknowledged survives a power loss.
pub const ORCHESTRA_DURABILITY_FULL: i32 = 1;
/// What was acknowledged survives a crash of the process, but after a power loss the last commits
/// may be missing. The database stays consistent.
pub const ORCHESTRA_DURABILITY_NORMAL: i32 = 2;

/// How a store is opened. Fill it with zeros, set `struct_size`, then what is to differ from the
/// default, for which 0 stands in every field.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct orchestra_store_options {
    /// sizeof(orchestra_store_options), so that the structure can grow.
    pub struct_size: u32,
    /// What a commit survives: one of ORCHESTRA_DURABILITY_*.
    pub durability: i32,
    /// How long an operation waits for others before it is ORCHESTRA_BUSY, in ms. Default: 5000.
    pub busy_timeout_ms: u32,
    /// How many reads run at the same time; each needs a connection. Default: 4.
    pub max_readers: u32,
    /// How long a reading connection lives before it is replaced, in ms. Default: 600000.
    pub reader_lifetime_ms: u32,
    /// Page cache of each connection, in KiB. Default: 8192.
    pub cache_size_kib: u32,
    /// How much of the file is mapped into memory, in KiB. Default: nothing, since an I/O error in
    /// mapped memory is a signal that ends the process.
    pub mmap_size_kib: u32,
    /// Pages in the write-ahead log at which a commit copies them into the database. Default: 1000.
    pub wal_autocheckpoint: u32,
    /// Size to which the write-ahead log is cut back after a checkpoint, in KiB. Default: 65536.
    pub journal_size_limit_kib: u32,
    /// How long a claimed task belongs to its worker without a heartbeat, in ms. Default: 60000.
    pub lease_ms: u32,
    /// How often a failed task is run again where it doesn't say, 1 to 10; -1 for never. Default: 3.
    pub max_retries: i32,
    /// The wait before the first retry, in ms; it doubles with each further one. Default: 5000.
    pub backoff_ms: u32,
    /// The longest wait before a retry, in ms. Default: 600000.
    pub max_backoff_ms: u32,
}

// SAFETY: `repr(C)`, all fields are numbers of four bytes, and the first is the size.
unsafe impl Options for orchestra_store_options {
    const DEFAULTS: Self = Self {
        struct_size: 0,
        durability: 0,
        busy_timeout_ms: 0,
        max_readers: 0,
        reader_lifetime_ms: 0,
        cache_size_kib: 0,
        mmap_size_kib: 0,
        wal_autocheckpoint: 0,
        journal_size_limit_kib: 0,
        lease_ms: 0,
        max_retries: 0,
        backoff_ms: 0,
        max_backoff_ms: 0,
    };
}

impl orchestra_store_options {
    pub(crate) fn config(&self, path: &str) -> Result<StoreConfig> {
        let mut config = StoreConfig::new(path);
        config.durability = match self.durability {
            ORCHESTRA_DURABILITY_DEFAULT => config.durability,
            ORCHESTRA_DURABILITY_FULL => Durability::Full,
            ORCHESTRA_DURABILITY_NORMAL => Durability::Normal,
            other => return Err(Error::invalid("durability", format!("{other} is unknown"))),
        };
        config.queue.max_retries = match self.max_retries {
            0 => config.queue.max_retries,
            -1 => 0,
            given @ 1..=10 => given,
            other => {
                let reason = format!("{other}, but -1 to 10 is allowed");
                return Err(Error::invalid("max_retries", reason));
            }
        };
        set(&mut config.busy_timeout, millis(self.busy_timeout_ms));
        set(&mut config.max_readers, nonzero(self.max_readers));
        set(&mut config.reader_lifetime, millis(self.reader_lifetime_ms));
        set(&mut config.cache_size_kib, nonzero(self.cache_size_kib));
        set(&mut config.mmap_size, bytes(self.mmap_size_kib));
        set(
            &mut config.wal_autocheckpoint,
            nonzero(self.wal_autocheckpoint),
        );
        set(
            &mut config.journal_size_limit,
            bytes(self.journal_size_limit_kib),
        );
        set(&mut config.queue.lease, millis(self.lease_ms));
        set(&mut config.queue.backoff, millis(self.backoff_ms));
        set(&mut config.queue.max_backoff, millis(self.max_backoff_ms));
        Ok(config)
    }
}

/// Sets what is given.
pub(crate) fn set<T>(field: &mut T, given: Option<T>) {
    if let Some(given) = given {
        *field = given;
    }
}

/// A number, where 0 stands for the default.
pub(crate) fn nonzero(number: u32) -> Option<u32> {
    (number != 0).then_some(number)
}

fn bytes(kib: u32) -> Option<u64> {
    nonzero(kib).map(|kib| u64::from(kib) * 1024)
}

/// A time in milliseconds, where 0 stands for the default.
pub(crate) fn millis(ms: u32) -> Option<Duration> {
    nonzero(ms).map(|ms| Duration::from_millis(ms.into()))
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
            read_options(options),
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
