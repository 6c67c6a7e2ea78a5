//! Errors, as objects: managed hosts hop threads between a call and the look at its error.

use std::ffi::{CString, c_char};
use std::ptr;

use kernel::Error;

use crate::abi::boundary::boundary_infallible;
use crate::abi::handle::{self, Opaque};
use crate::abi::status::{ORCHESTRA_OK, orchestra_status};

/// Why a call failed. It belongs to the caller, who frees it with orchestra_error_free(); it can be
/// read from any thread.
pub struct orchestra_error {
    _opaque: [u8; 0],
}

/// What is behind an `orchestra_error`: the texts as C reads them.
pub(crate) struct Failure {
    code: orchestra_status,
    sqlite_code: i32,
    is_retryable: bool,
    message: CString,
    details: CString,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let details = serde_json::to_string(error.details()).unwrap_or_else(|_| "{}".to_owned());
        Self {
            code: error.code().number(),
            sqlite_code: error.details().sqlite_code.unwrap_or_default(),
            is_retryable: error.is_retryable(),
            message: c_text(error.message()),
            details: c_text(&details),
        }
    }
}

impl Opaque for orchestra_error {
    type Value = Failure;
    const NAME: &'static str = "orchestra_error";
    const TAG: u64 = u64::from_ne_bytes(*b"orch_err");
}

/// The text with a NUL at its end, and no other.
fn c_text(text: &str) -> CString {
    CString::new(text.replace('\0', "\u{FFFD}")).unwrap_or_default()
}

/// The status that the failed call returned; ORCHESTRA_OK for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_error_code(error: *const orchestra_error) -> orchestra_status {
    // SAFETY: the header asks for a handle that is not freed.
    unsafe { handle::borrow(error) }.map_or(ORCHESTRA_OK, |failure| failure.code)
}

/// SQLite's extended result code; 0 where SQLite was not involved or didn't tell, and for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_error_sqlite_code(error: *const orchestra_error) -> i32 {
    // SAFETY: the header asks for a handle that is not freed.
    unsafe { handle::borrow(error) }.map_or(0, |failure| failure.sqlite_code)
}

/// 1 if the same call may succeed later without a change of its arguments, otherwise 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_error_retryable(error: *const orchestra_error) -> i32 {
    // SAFETY: the header asks for a handle that is not freed.
    unsafe { handle::borrow(error) }.map_or(0, |failure| failure.is_retryable.into())
}

/// What went wrong, for people, in English: UTF-8 with a NUL at its end, which lives as long as the
/// error. NULL for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_error_message(error: *const orchestra_error) -> *const c_char {
    // SAFETY: the header asks for a handle that is not freed.
    unsafe { handle::borrow(error) }.map_or(ptr::null(), |failure| failure.message.as_ptr())
}

/// What went wrong, for programs: a JSON object with those of Entity, Id, Column (or the name of the
/// argument), Constraint, From, To, Index, Current (the row as it is now, of a conflict), SqliteCode
/// that are known. UTF-8 with a NUL at its end, which lives as long as the error. NULL for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_error_details(error: *const orchestra_error) -> *const c_char {
    // SAFETY: the header asks for a handle that is not freed.
    unsafe { handle::borrow(error) }.map_or(ptr::null(), |failure| failure.details.as_ptr())
}

/// Frees an error. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_error_free(error: *mut orchestra_error) {
    // SAFETY: the header asks for a handle that nobody uses any more.
    boundary_infallible(|| unsafe { handle::free(error) });
}
