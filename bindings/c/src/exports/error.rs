//! Looking into errors.

use std::ffi::c_char;
use std::ptr;

use crate::abi::prelude::*;
use crate::abi::status::ORCHESTRA_OK;

/// The status that the failed call returned; ORCHESTRA_OK for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_error_code(error: *const orchestra_error) -> orchestra_status {
    call!(error.code; view error or ORCHESTRA_OK => error.code)
}

/// SQLite's extended result code; 0 where SQLite was not involved or didn't tell, and for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_error_sqlite_code(error: *const orchestra_error) -> i32 {
    call!(error.sqlite_code; view error or 0 => error.sqlite_code)
}

/// 1 if the same call may succeed later without a change of its arguments, otherwise 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_error_retryable(error: *const orchestra_error) -> i32 {
    call!(error.retryable; view error or 0 => error.is_retryable.into())
}

/// What went wrong, for people, in English: UTF-8 with a NUL at its end, which lives as long as the
/// error. NULL for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_error_message(error: *const orchestra_error) -> *const c_char {
    call!(error.message; view error or ptr::null() => error.message.as_ptr())
}

/// What went wrong, for programs: a JSON object with those of Entity, Id, Column (or the name of the
/// argument), Constraint, From, To, Index, Current (the row as it is now, of a conflict), SqliteCode
/// that are known. UTF-8 with a NUL at its end, which lives as long as the error. NULL for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_error_details(error: *const orchestra_error) -> *const c_char {
    call!(error.details; view error or ptr::null() => error.details.as_ptr())
}

/// Frees an error. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_error_free(error: *mut orchestra_error) {
    call!(error.free; release error)
}
