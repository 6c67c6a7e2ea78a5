//! Handing what the library logs to the host.

use std::ffi::c_void;

use crate::abi::host_context::orchestra_destroy_callback;
use crate::abi::log::{LogListener, install, orchestra_log_callback};
use crate::abi::prelude::*;

/// Sets the one receiver of the library's log, for all stores of the process, in place of the one
/// before. A NULL callback ends logging; the other arguments are not looked at then.
///
/// `level` is the last of ORCHESTRA_LOG_* that is wanted. `context` is passed to the callback; when
/// the receiver is replaced and no call of it runs any more, `destroy` is called with it, unless
/// that is NULL. This can be on another thread and after this function returned. When this function
/// fails, the receiver before stays, and `context` is still the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_log_set(
    level: i32,
    callback: orchestra_log_callback,
    context: *mut c_void,
    destroy: orchestra_destroy_callback,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(log.set; error; context context + destroy => {
        let listener = callback.map(|callback| LogListener::new(level, callback, context));
        install(listener.transpose()?);
    })
}
