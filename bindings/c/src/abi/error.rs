//! Errors, as objects: managed hosts hop threads between a call and the look at its error.

use std::ffi::CString;

use kernel::Error;

use crate::abi::handle::opaque;
use crate::abi::status::orchestra_status;

/// Why a call failed. It belongs to the caller, who frees it with orchestra_error_free(); it can be
/// read from any thread.
pub struct orchestra_error {
    _opaque: [u8; 0],
}

/// The value behind an `orchestra_error`, with texts that C can read.
pub(crate) struct ErrorObject {
    pub(crate) code: orchestra_status,
    pub(crate) sqlite_code: i32,
    pub(crate) is_retryable: bool,
    pub(crate) message: CString,
    pub(crate) details: CString,
}

impl From<Error> for ErrorObject {
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

opaque!(orchestra_error, b"orch_err", ErrorObject);

/// Returns the text with a NUL at its end, and replaces any other NUL.
fn c_text(text: &str) -> CString {
    CString::new(text.replace('\0', "\u{FFFD}")).unwrap_or_default()
}
