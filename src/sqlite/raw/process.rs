//! The SQLite library itself: its version, its messages, and its settings for the process.

use std::ffi::{CStr, c_int, c_void};
use std::ptr;

use libsqlite3_sys as ffi;

/// Returns the version of the linked SQLite.
pub(crate) fn sqlite_version() -> &'static str {
    // SAFETY: the function returns a constant, NUL-terminated text.
    let version = unsafe { CStr::from_ptr(ffi::sqlite3_libversion()) };
    version.to_str().unwrap_or("unknown")
}

/// Returns the version of the linked SQLite as a number: 3.51.3 is 3051003.
pub(in crate::sqlite) fn version_number() -> c_int {
    // SAFETY: the function takes nothing and returns a constant.
    unsafe { ffi::sqlite3_libversion_number() }
}

/// Returns SQLite's text for a result code.
pub(crate) fn text_of_code(code: c_int) -> &'static str {
    // SAFETY: the function returns a constant, NUL-terminated text for every number.
    let text = unsafe { CStr::from_ptr(ffi::sqlite3_errstr(code)) };
    text.to_str().unwrap_or("unknown error")
}

/// Removes locks and counters that nobody needs where one thread at a time uses a connection, and the allocation of 20
/// pages at once for each cache: a statement with a list of constants opens a table in memory for it, with a cache of its
/// own, and each UPDATE of a task has two such lists. Returns whether that was done: once SQLite is initialised, it has no
/// effect.
pub(in crate::sqlite) fn configure_process() -> bool {
    // SAFETY: the options take the arguments that are passed. Once SQLite is initialised, the calls change nothing
    // and return SQLITE_MISUSE.
    unsafe {
        ffi::sqlite3_config(ffi::SQLITE_CONFIG_MEMSTATUS, 0 as c_int) == ffi::SQLITE_OK
            && ffi::sqlite3_config(ffi::SQLITE_CONFIG_MULTITHREAD) == ffi::SQLITE_OK
            && ffi::sqlite3_config(
                ffi::SQLITE_CONFIG_PAGECACHE,
                ptr::null_mut::<c_void>(),
                0 as c_int,
                0 as c_int,
            ) == ffi::SQLITE_OK
    }
}

#[cfg(all(test, feature = "bundled"))]
mod tests {
    use super::*;

    #[test]
    fn each_connection_has_a_page_cache_of_its_own() {
        // SAFETY: the text is NUL-terminated.
        let is_shared =
            unsafe { ffi::sqlite3_compileoption_used(c"ENABLE_MEMORY_MANAGEMENT".as_ptr()) };
        assert_eq!(is_shared, 0, ".cargo/config.toml was not read");
    }
}
