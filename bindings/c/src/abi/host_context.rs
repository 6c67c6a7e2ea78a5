//! Contexts that the host passes together with callbacks.

use std::ffi::c_void;
use std::sync::atomic::{AtomicBool, Ordering};

use kernel::{Error, ErrorCode, Result};

/// Frees the context of a callback: called exactly once, after the last call of the callback, on any
/// thread.
pub type orchestra_destroy_callback = Option<unsafe extern "C" fn(context: *mut c_void)>;

/// A context, which is destroyed once, after its last use. It belongs to the host until it is
/// [kept](Self::keep), and stays with the host if the function that it was passed to fails.
#[derive(Debug)]
pub(crate) struct HostContext {
    context: *mut c_void,
    destroy: orchestra_destroy_callback,
    is_kept: AtomicBool,
}

// SAFETY: the header asks for callbacks and contexts that can be used on any thread.
unsafe impl Send for HostContext {}
// SAFETY: as above; the header names the callbacks that several threads call at the same time.
unsafe impl Sync for HostContext {}

impl HostContext {
    /// Takes a context and its destructor.
    ///
    /// # Safety
    ///
    /// `destroy` can be called with `context`, on any thread.
    pub(crate) unsafe fn new(context: *mut c_void, destroy: orchestra_destroy_callback) -> Self {
        Self {
            context,
            destroy,
            is_kept: AtomicBool::new(false),
        }
    }

    pub(crate) fn as_ptr(&self) -> *mut c_void {
        self.context
    }

    /// Takes ownership of the context for the library.
    pub(crate) fn keep(&self) {
        self.is_kept.store(true, Ordering::Release);
    }
}

impl Drop for HostContext {
    fn drop(&mut self) {
        if let Some(destroy) = self.destroy
            && self.is_kept.load(Ordering::Acquire)
        {
            // SAFETY: `new` was promised that it can be called, and nobody has the context any more.
            unsafe { destroy(self.context) };
        }
    }
}

/// Returns the callback, or fails with misuse if it is NULL.
pub(crate) fn callback<T>(name: &str, callback: Option<T>) -> Result<T> {
    callback.ok_or_else(|| Error::new(ErrorCode::Misuse, format!("{name}: NULL, but is required")))
}
