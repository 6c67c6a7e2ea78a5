//! A disk that takes long to sync, as many do and the one at hand may not: only there is it worth
//! something that commits share a sync.
#![allow(unsafe_code, reason = "SQLite's C interface")]

use std::ffi::c_int;
use std::ptr::null;
use std::sync::{Mutex, OnceLock};
use std::thread;
use std::time::Duration;

use libsqlite3_sys as ffi;

/// What a sync takes at least.
const SYNC: Duration = Duration::from_millis(2);

type Open = unsafe extern "C" fn(
    *mut ffi::sqlite3_vfs,
    ffi::sqlite3_filename,
    *mut ffi::sqlite3_file,
    c_int,
    *mut c_int,
) -> c_int;

/// As long as there is one, SQLite opens files on the slow disk.
#[derive(Debug)]
pub struct SlowDisk {
    usual: *mut ffi::sqlite3_vfs,
}

type Sync = unsafe extern "C" fn(*mut ffi::sqlite3_file, c_int) -> c_int;
type Methods = &'static ffi::sqlite3_io_methods;

static USUAL_OPEN: OnceLock<Open> = OnceLock::new();
static USUAL_SYNC: OnceLock<Sync> = OnceLock::new();
/// The usual methods with those in front of them: files that are locked have others than logs.
static SLOW_METHODS: Mutex<Vec<(Methods, Methods)>> = Mutex::new(Vec::new());

impl SlowDisk {
    /// Puts the slow disk in front of the usual one.
    pub fn insert() -> Self {
        // SAFETY: SQLite keeps its file systems for good. The copy is never freed either, and differs
        // in how a file is opened alone.
        unsafe {
            let usual = ffi::sqlite3_vfs_find(null());
            USUAL_OPEN.get_or_init(|| (*usual).xOpen.unwrap());
            let mut slow = *usual;
            slow.zName = c"slow".as_ptr();
            slow.xOpen = Some(open);
            let slow = Box::leak(Box::new(slow));
            assert_eq!(ffi::sqlite3_vfs_register(slow, 1), ffi::SQLITE_OK);
            Self { usual }
        }
    }
}

impl Drop for SlowDisk {
    fn drop(&mut self) {
        // SAFETY: it was registered before.
        unsafe { ffi::sqlite3_vfs_register(self.usual, 1) };
    }
}

unsafe extern "C" fn open(
    vfs: *mut ffi::sqlite3_vfs,
    name: ffi::sqlite3_filename,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    flags_out: *mut c_int,
) -> c_int {
    let usual = USUAL_OPEN.get().unwrap();
    // SAFETY: SQLite passes what the usual function takes, which fills in the file's methods unless it
    // fails; those of a file system are there for good.
    unsafe {
        let status = usual(vfs, name, file, flags, flags_out);
        if status == ffi::SQLITE_OK {
            (*file).pMethods = slowed_down(&*(*file).pMethods);
        }
        status
    }
}

fn slowed_down(usual: Methods) -> Methods {
    let mut known = SLOW_METHODS.lock().unwrap();
    if let Some((_, slow)) = known.iter().find(|(from, _)| std::ptr::eq(*from, usual)) {
        return slow;
    }
    USUAL_SYNC.get_or_init(|| usual.xSync.unwrap());
    let slow = Box::leak(Box::new(ffi::sqlite3_io_methods {
        xSync: Some(sync),
        ..*usual
    }));
    known.push((usual, slow));
    slow
}

unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, flags: c_int) -> c_int {
    thread::sleep(SYNC);
    let usual = USUAL_SYNC.get().unwrap();
    // SAFETY: the file is one that `open` opened; all files of the usual file system are synced alike.
    unsafe { usual(file, flags) }
}
