//! Making values for the cache through a callback of the host.

use std::cell::RefCell;
use std::ffi::c_void;
use std::ptr;

use kernel::{Error, ErrorCode, Result};

use crate::abi::host_context;
use crate::abi::text::text;

/// Makes a value for orchestra_cache_get_or_make(): puts its address and length, UTF-8, into `value` and
/// `value_len`. The bytes belong to the host, and stay until that function returns. An answer other than 0 says that
/// there is no value, and ends the function with ORCHESTRA_CANCELLED.
///
/// It is called on the thread that called the function and never after that returned. It may use the store, but
/// not ask for the value that it makes, and must not throw or jump out.
pub type orchestra_factory_callback = Option<
    unsafe extern "C" fn(context: *mut c_void, value: *mut *const u8, value_len: *mut usize) -> i32,
>;

type CacheFactory = unsafe extern "C" fn(*mut c_void, *mut *const u8, *mut usize) -> i32;

/// A callback of the host that makes a value.
pub(crate) struct Factory {
    callback: CacheFactory,
    context: *mut c_void,
}

thread_local! {
    /// The keys whose values this thread is making.
    static BEING_MADE: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

impl Factory {
    /// Takes the callback and its context.
    ///
    /// # Safety
    ///
    /// The callback can be called with this context until the call of the exported function ends.
    pub(crate) unsafe fn new(
        callback: orchestra_factory_callback,
        context: *mut c_void,
    ) -> Result<Self> {
        let callback = host_context::callback("factory", callback)?;
        Ok(Self { callback, context })
    }

    /// Makes the value of a key. Fails if this thread is making it already.
    pub(crate) fn make(&self, key: &str) -> Result<String> {
        let _making = Making::begin(key)?;
        let (mut value, mut value_len) = (ptr::null(), 0);
        // SAFETY: `new` was promised that the two belong together, and both outputs outlive the call.
        let answer = unsafe { (self.callback)(self.context, &raw mut value, &raw mut value_len) };
        if answer != 0 {
            let message = format!("factory: the host made no value ({answer})");
            return Err(Error::new(ErrorCode::Cancelled, message));
        }
        // SAFETY: the host promises that the bytes stay until the exported function returns.
        let value = unsafe { text("value", value, value_len) };
        value.text().map(str::to_owned)
    }
}

/// The span in which a value is made.
struct Making;

impl Making {
    fn begin(key: &str) -> Result<Self> {
        BEING_MADE.with_borrow_mut(|keys| {
            if keys.iter().any(|made| made == key) {
                let message =
                    format!("factory: must not ask for the value that it makes, got '{key}'");
                return Err(Error::new(ErrorCode::Misuse, message));
            }
            keys.push(key.to_owned());
            Ok(Self)
        })
    }
}

impl Drop for Making {
    fn drop(&mut self) {
        BEING_MADE.with_borrow_mut(Vec::pop);
    }
}
