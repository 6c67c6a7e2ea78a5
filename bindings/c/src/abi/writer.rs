//! Writing bytes through a callback of the host.

use std::ffi::c_void;
use std::io::{Error as IoError, Write};

use kernel::{Error, ErrorCode, Result};

/// Takes bytes, which are gone when it returns; an answer other than 0 says that it can't, and ends the
/// operation with ORCHESTRA_IO.
///
/// It is called on the thread that called the function and never after that returned. It must not throw
/// or jump out, and must not write to the store.
pub type orchestra_write_callback =
    Option<unsafe extern "C" fn(context: *mut c_void, bytes: *const u8, len: usize) -> i32>;

/// A writer that passes bytes to a callback of the host.
pub(crate) struct CallbackWriter {
    callback: unsafe extern "C" fn(context: *mut c_void, bytes: *const u8, len: usize) -> i32,
    context: *mut c_void,
}

impl CallbackWriter {
    /// Takes the callback and its context.
    ///
    /// # Safety
    ///
    /// The callback can be called with this context until the call of the exported function ends.
    pub(crate) unsafe fn new(
        callback: orchestra_write_callback,
        context: *mut c_void,
    ) -> Result<Self> {
        let missing = || {
            let message = "write: the callback is NULL, but is required";
            let details = |d: &mut kernel::ErrorDetails| d.column = Some("write".to_owned());
            Error::new(ErrorCode::Misuse, message).with_details(details)
        };
        let callback = callback.ok_or_else(missing)?;
        Ok(Self { callback, context })
    }
}

impl Write for CallbackWriter {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        // SAFETY: `new` was promised that the two belong together; the bytes outlive the call.
        match unsafe { (self.callback)(self.context, bytes.as_ptr(), bytes.len()) } {
            0 => Ok(bytes.len()),
            answer => Err(IoError::other(format!("the host can't write ({answer})"))),
        }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
