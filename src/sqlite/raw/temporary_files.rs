//! Temporary files that have a common limit of size.
//!
//! SQLite writes what it sorts or keeps for a statement into files without a name, and counts them nowhere. A
//! connection that is opened with [`TemporaryFiles::name`] as its VFS uses the default one for everything; only its
//! temporary files refuse to grow beyond the limit.

use std::cell::Cell;
use std::ffi::{CString, c_char, c_int, c_void};
use std::ptr::{NonNull, null, null_mut};
use std::sync::atomic::{AtomicU64, Ordering};

use libsqlite3_sys as ffi;

use super::SqliteStatus;

/// The kinds of files that SQLite deletes by itself.
const TEMPORARY: c_int = ffi::SQLITE_OPEN_TEMP_DB
    | ffi::SQLITE_OPEN_TRANSIENT_DB
    | ffi::SQLITE_OPEN_TEMP_JOURNAL
    | ffi::SQLITE_OPEN_SUBJOURNAL;

/// A limit on the temporary files of one connection, which it must outlive.
pub(in crate::sqlite) struct TemporaryFiles(NonNull<BoundedVfs>);

#[repr(C)]
struct BoundedVfs {
    // The first field: SQLite's pointer to it is one to the whole.
    vfs: ffi::sqlite3_vfs,
    inner: *mut ffi::sqlite3_vfs,
    /// Bytes that the files may still grow by.
    left: Cell<i64>,
    was_refused: Cell<bool>,
    name: CString,
}

/// A part of each temporary file, behind what the default VFS keeps of it.
#[repr(C)]
struct BoundedFile {
    // The first field: the file's pointer to its methods is one to the whole.
    methods: ffi::sqlite3_io_methods,
    inner: *const ffi::sqlite3_io_methods,
    vfs: *const BoundedVfs,
    size: i64,
}

// SAFETY: one thread at a time uses it, like the connection that it belongs to.
unsafe impl Send for TemporaryFiles {}

impl TemporaryFiles {
    /// Registers a VFS whose temporary files have this many bytes in total.
    pub(in crate::sqlite) fn at_most(bytes: u64) -> Result<Self, SqliteStatus> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = CString::new(format!("orchestra-store-{number}"))
            .map_err(|_| SqliteStatus(ffi::SQLITE_MISUSE))?;
        // SAFETY: null asks for the default VFS, which stays registered as long as the process.
        let inner = unsafe { ffi::sqlite3_vfs_find(null()) };
        if inner.is_null() {
            return Err(SqliteStatus(ffi::SQLITE_ERROR));
        }
        // SAFETY: it isn't null, and nothing changes it but the registration, which replaces `pNext`.
        let mut vfs = unsafe { *inner };
        vfs.zName = name.as_ptr();
        vfs.pNext = null_mut();
        vfs.szOsFile = room(vfs.szOsFile) + size_of_c::<BoundedFile>();
        vfs.xOpen = Some(open);
        let bounded = NonNull::from(Box::leak(Box::new(BoundedVfs {
            vfs,
            inner,
            left: Cell::new(i64::try_from(bytes).unwrap_or(i64::MAX)),
            was_refused: Cell::new(false),
            name,
        })));
        let files = Self(bounded);
        // SAFETY: the VFS has a name of its own, and stays where it is until it is unregistered.
        SqliteStatus::check(unsafe { ffi::sqlite3_vfs_register(bounded.as_ptr().cast(), 0) })?;
        Ok(files)
    }

    fn vfs(&self) -> &BoundedVfs {
        // SAFETY: it was leaked by `at_most`, and is freed only when `self` is dropped.
        unsafe { self.0.as_ref() }
    }

    /// Returns the name of the VFS, for the connection's URI.
    pub(in crate::sqlite) fn name(&self) -> String {
        self.vfs().name.to_string_lossy().into_owned()
    }

    /// Returns whether a file was refused to grow.
    pub(in crate::sqlite) fn was_refused(&self) -> bool {
        self.vfs().was_refused.get()
    }
}

impl Drop for TemporaryFiles {
    fn drop(&mut self) {
        // SAFETY: it was leaked by `at_most`. SQLite forgets it here, and the connection that used it is closed.
        unsafe {
            ffi::sqlite3_vfs_unregister(self.0.as_ptr().cast());
            drop(Box::from_raw(self.0.as_ptr()));
        }
    }
}

/// Returns where a [`BoundedFile`] begins behind a file of the default VFS.
const fn room(size: c_int) -> c_int {
    let alignment = align_of::<BoundedFile>() as c_int;
    (size + alignment - 1) / alignment * alignment
}

const fn size_of_c<T>() -> c_int {
    size_of::<T>() as c_int
}

/// Opens a file by the default VFS, and puts a bound on it if it is a temporary one.
///
/// # Safety
/// SQLite passes a VFS that [`TemporaryFiles`] registered, and room for a file as large as that one asks for.
unsafe extern "C" fn open(
    vfs: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    out_flags: *mut c_int,
) -> c_int {
    let bounded = vfs.cast::<BoundedVfs>().cast_const();
    // SAFETY: see above; the default VFS gets what SQLite would have given it, and `file` has room for a `BoundedFile`
    // behind what that one uses. Its methods are those of an open file, unless they are null.
    unsafe {
        let inner = (*bounded).inner;
        let Some(open) = (*inner).xOpen else {
            return ffi::SQLITE_CANTOPEN;
        };
        let code = open(inner, name, file, flags, out_flags);
        let methods = (*file).pMethods;
        if code != ffi::SQLITE_OK || flags & TEMPORARY == 0 || methods.is_null() {
            return code;
        }
        let bound = file
            .byte_add(usize::try_from(room((*inner).szOsFile)).unwrap_or(0))
            .cast::<BoundedFile>();
        let mut own = *methods;
        // Without mapping into memory, which would write past `write`.
        own.iVersion = 1;
        own.xWrite = Some(write);
        own.xClose = Some(close);
        bound.write(BoundedFile {
            methods: own,
            inner: methods,
            vfs: bounded,
            size: 0,
        });
        (*file).pMethods = &raw const (*bound).methods;
    }
    ffi::SQLITE_OK
}

/// Writes, unless the file would grow by more than is left.
///
/// # Safety
/// SQLite passes a file that [`open`] has put a bound on.
unsafe extern "C" fn write(
    file: *mut ffi::sqlite3_file,
    bytes: *const c_void,
    count: c_int,
    offset: ffi::sqlite3_int64,
) -> c_int {
    // SAFETY: see above; the VFS outlives the connection, and so its files.
    unsafe {
        let bound = (*file).pMethods.cast::<BoundedFile>().cast_mut();
        let vfs = &*(*bound).vfs;
        let growth = (offset + i64::from(count) - (*bound).size).max(0);
        if growth > vfs.left.get() {
            vfs.was_refused.set(true);
            return ffi::SQLITE_FULL;
        }
        vfs.left.set(vfs.left.get() - growth);
        (*bound).size += growth;
        match (*(*bound).inner).xWrite {
            Some(write) => write(file, bytes, count, offset),
            None => ffi::SQLITE_IOERR_WRITE,
        }
    }
}

/// Closes the file, which SQLite deletes, and gives its bytes back.
///
/// # Safety
/// SQLite passes a file that [`open`] has put a bound on.
unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: see above. The default VFS closes the file with its own methods in place.
    unsafe {
        let bound = (*file).pMethods.cast::<BoundedFile>();
        let vfs = &*(*bound).vfs;
        vfs.left.set(vfs.left.get() + (*bound).size);
        let inner = (*bound).inner;
        (*file).pMethods = inner;
        match (*inner).xClose {
            Some(close) => close(file),
            None => ffi::SQLITE_OK,
        }
    }
}
