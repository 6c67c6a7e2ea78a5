//! A file system between SQLite and the real one, which fails on command.
//!
//! It becomes the default of this process, and passes everything on but for files below a directory
//! for which a [`Plan`] was made: the library opens its files as ever, and other tests notice nothing.
#![allow(unsafe_code, reason = "SQLite's C interface")]

use std::ffi::{CStr, c_char, c_int, c_void};
use std::path::Path;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock};

use libsqlite3_sys as ffi;

/// How what fails does so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Once: a cable that is loose.
    IoErrorOnce,
    /// From then on, until the plan is disarmed.
    DiskFull,
}

/// What fails below a directory: of the writes, syncs, truncations, openings and deletions.
#[derive(Debug)]
pub struct Plan {
    fault: Fault,
    /// Operations to go until one fails; 0 where none does.
    left: AtomicU64,
    fired: AtomicU64,
}

static PLANS: Mutex<Vec<(String, &'static Plan)>> = Mutex::new(Vec::new());

impl Plan {
    /// Lets the `nth` operation below this directory fail, counted from 1. It is never freed, since
    /// a file may know it as long as it is open.
    pub fn arm(directory: &Path, fault: Fault, nth: u64) -> &'static Self {
        install();
        let plan: &'static Self = Box::leak(Box::new(Self {
            fault,
            left: AtomicU64::new(nth),
            fired: AtomicU64::new(0),
        }));
        let prefix = directory.to_str().unwrap().to_owned();
        PLANS.lock().unwrap().push((prefix, plan));
        plan
    }

    /// Lets nothing fail any more, and tells whether anything did.
    pub fn disarm(&self) -> bool {
        PLANS
            .lock()
            .unwrap()
            .retain(|(_, plan)| !std::ptr::eq(*plan, self));
        self.left.store(0, Ordering::SeqCst);
        self.fired.load(Ordering::SeqCst) > 0
    }

    fn of(path: &str) -> Option<&'static Self> {
        let plans = PLANS.lock().unwrap();
        let found = plans.iter().find(|(prefix, _)| path.starts_with(prefix));
        found.map(|(_, plan)| *plan)
    }

    /// What an operation returns that is to fail, which otherwise would return `code` for that.
    fn failure(&self, code: c_int) -> Option<c_int> {
        let counted = self
            .left
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
                match (left, self.fault) {
                    (0, _) => None,
                    (1, Fault::DiskFull) => Some(1),
                    (left, _) => Some(left - 1),
                }
            });
        if counted != Ok(1) {
            return None;
        }
        self.fired.fetch_add(1, Ordering::SeqCst);
        match self.fault {
            Fault::IoErrorOnce => Some(code),
            // A full disk lets files shrink, be deleted and be synced.
            Fault::DiskFull if code == ffi::SQLITE_IOERR_WRITE => Some(ffi::SQLITE_FULL),
            Fault::DiskFull if code == ffi::SQLITE_CANTOPEN => Some(ffi::SQLITE_CANTOPEN),
            Fault::DiskFull => None,
        }
    }
}

/// A file of ours; the real one follows it in memory.
#[repr(C)]
struct File {
    base: ffi::sqlite3_file,
    plan: Option<&'static Plan>,
}

/// # Safety
/// `file` is one that [`open`] opened.
unsafe fn real(file: *mut ffi::sqlite3_file) -> *mut ffi::sqlite3_file {
    // SAFETY: SQLite allocates what `szOsFile` says, which is both one behind the other.
    unsafe { file.cast::<File>().add(1).cast() }
}

/// # Safety
/// `file` is one that [`open`] opened.
unsafe fn failure(file: *mut ffi::sqlite3_file, code: c_int) -> Option<c_int> {
    // SAFETY: `open` filled it in.
    unsafe { (*file.cast::<File>()).plan }.and_then(|plan| plan.failure(code))
}

/// Methods that do what the real file's do, unless they are to fail.
macro_rules! methods {
    ($($name:ident $method:ident ($($arg:ident: $ty:ty),*) $(or $code:expr)?;)+) => {$(
        unsafe extern "C" fn $name(file: *mut ffi::sqlite3_file $(, $arg: $ty)*) -> c_int {
            // SAFETY: SQLite calls it with a file that is open, and with what the method takes.
            unsafe {
                $(if let Some(code) = failure(file, $code) {
                    return code;
                })?
                let real = real(file);
                match (*(*real).pMethods).$method {
                    Some(method) => method(real $(, $arg)*),
                    None => ffi::SQLITE_ERROR,
                }
            }
        }
    )+};
}

methods! {
    close xClose();
    read xRead(buffer: *mut c_void, count: c_int, offset: i64);
    write xWrite(buffer: *const c_void, count: c_int, offset: i64) or ffi::SQLITE_IOERR_WRITE;
    truncate xTruncate(size: i64) or ffi::SQLITE_IOERR_TRUNCATE;
    sync xSync(flags: c_int) or ffi::SQLITE_IOERR_FSYNC;
    file_size xFileSize(size: *mut i64);
    lock xLock(level: c_int);
    unlock xUnlock(level: c_int);
    check_reserved_lock xCheckReservedLock(is_locked: *mut c_int);
    file_control xFileControl(operation: c_int, argument: *mut c_void);
    sector_size xSectorSize();
    device_characteristics xDeviceCharacteristics();
    shm_map xShmMap(page: c_int, size: c_int, extend: c_int, memory: *mut *mut c_void);
    shm_lock xShmLock(offset: c_int, count: c_int, flags: c_int);
    shm_unmap xShmUnmap(delete: c_int);
    fetch xFetch(offset: i64, count: c_int, memory: *mut *mut c_void);
    unfetch xUnfetch(offset: i64, memory: *mut c_void);
}

unsafe extern "C" fn shm_barrier(file: *mut ffi::sqlite3_file) {
    // SAFETY: SQLite calls it with a file that is open.
    unsafe {
        let real = real(file);
        if let Some(method) = (*(*real).pMethods).xShmBarrier {
            method(real);
        }
    }
}

static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    iVersion: 3,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: Some(fetch),
    xUnfetch: Some(unfetch),
};

/// # Safety
/// `name` is null or ends with NUL.
unsafe fn plan_of(name: *const c_char) -> Option<&'static Plan> {
    if name.is_null() {
        return None;
    }
    // SAFETY: as the caller promises.
    let name = unsafe { CStr::from_ptr(name) };
    Plan::of(name.to_str().unwrap_or_default())
}

/// The real file system, which `install` finds before ours is the default.
static REAL: OnceLock<Real> = OnceLock::new();

struct Real(*mut ffi::sqlite3_vfs);

// SAFETY: SQLite's own file system is used by all threads at once, and lives as long as the process.
unsafe impl Send for Real {}
// SAFETY: as above.
unsafe impl Sync for Real {}

fn real_vfs() -> *mut ffi::sqlite3_vfs {
    REAL.get().unwrap().0
}

unsafe extern "C" fn open(
    _vfs: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    out_flags: *mut c_int,
) -> c_int {
    // SAFETY: SQLite calls it with memory for `szOsFile` bytes, and a name that is null or text.
    unsafe {
        (*file).pMethods = std::ptr::null();
        let plan = plan_of(name);
        if let Some(code) = plan.and_then(|plan| plan.failure(ffi::SQLITE_CANTOPEN)) {
            return code;
        }
        (*file.cast::<File>()).plan = plan;
        let real_vfs = real_vfs();
        let Some(open) = (*real_vfs).xOpen else {
            return ffi::SQLITE_ERROR;
        };
        let status = open(real_vfs, name, real(file), flags, out_flags);
        if status == ffi::SQLITE_OK {
            (*file).pMethods = &raw const METHODS;
        }
        status
    }
}

unsafe extern "C" fn delete(
    _vfs: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    sync_directory: c_int,
) -> c_int {
    // SAFETY: SQLite calls it with a name.
    unsafe {
        let failure = plan_of(name).and_then(|plan| plan.failure(ffi::SQLITE_IOERR_DELETE));
        if let Some(code) = failure {
            return code;
        }
        let real_vfs = real_vfs();
        match (*real_vfs).xDelete {
            Some(delete) => delete(real_vfs, name, sync_directory),
            None => ffi::SQLITE_ERROR,
        }
    }
}

/// Makes ours the default file system, once.
fn install() {
    REAL.get_or_init(|| {
        // SAFETY: SQLite is initialised by finding its default; what is registered is never freed.
        unsafe {
            let real = ffi::sqlite3_vfs_find(std::ptr::null());
            assert!(!real.is_null());
            let mut ours = *real;
            ours.szOsFile += c_int::try_from(size_of::<File>()).unwrap();
            ours.pNext = null_mut();
            ours.zName = c"faulty".as_ptr();
            ours.xOpen = Some(open);
            ours.xDelete = Some(delete);
            let ours = Box::leak(Box::new(ours));
            assert_eq!(ffi::sqlite3_vfs_register(ours, 1), ffi::SQLITE_OK);
            Real(real)
        }
    });
}
