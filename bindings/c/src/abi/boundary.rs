//! The boundary between C and Rust, at which every fallible function runs its work.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use kernel::{Error, ErrorCode, Result};

use crate::abi::error::orchestra_error;
use crate::abi::handle;
use crate::abi::output::Output;
use crate::abi::status::{ORCHESTRA_OK, orchestra_status};

/// Runs `work`, and turns its error, or a panic in it, into the status and the error object.
///
/// The store is usable after a panic: the kernel's transactions roll back when they unwind.
pub(crate) fn boundary(
    error: Output<*mut orchestra_error>,
    work: impl FnOnce() -> Result<()>,
) -> orchestra_status {
    let outcome = catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| Err(fault(&*panic)));
    let Err(failure) = outcome else {
        return ORCHESTRA_OK;
    };
    let status = failure.code().number();
    error.set_if_wanted(|| handle::into_raw::<orchestra_error>(failure.into()));
    status
}

/// Runs `work` that can't fail, such as freeing, and logs a panic in it.
pub(crate) fn boundary_infallible(work: impl FnOnce()) {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(work)) {
        let error = fault(&*panic);
        tracing::error!(%error, "a call that can't fail did");
    }
}

fn fault(panic: &(dyn Any + Send)) -> Error {
    let message = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no message");
    Error::new(
        ErrorCode::Internal,
        format!("a fault of the library: {message}"),
    )
}

#[cfg(test)]
mod tests {
    use std::ffi::CStr;
    use std::ptr;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    use kernel::types::Timestamp;
    use kernel::{Clock, Store, StoreConfig};

    use super::*;
    use crate::abi::buffer::orchestra_buffer;
    use crate::abi::output::Empty;
    use crate::abi::session::orchestra_store;
    use crate::abi::status::{ORCHESTRA_BUSY, ORCHESTRA_INTERNAL};
    use crate::exports::agents::{orchestra_agent_list, orchestra_agent_register};
    use crate::exports::buffer::orchestra_buffer_free;
    use crate::exports::error::{
        orchestra_error_code, orchestra_error_free, orchestra_error_message,
        orchestra_error_retryable,
    };
    use crate::exports::store::orchestra_store_free;

    fn run(work: impl FnOnce() -> Result<()>) -> (orchestra_status, *mut orchestra_error) {
        let mut error = ptr::null_mut();
        // SAFETY: the error lives longer than the call.
        let status = boundary(unsafe { Output::new(&raw mut error) }, work);
        (status, error)
    }

    /// Returns the message of an error, and frees the error.
    fn message_of(error: *mut orchestra_error) -> String {
        // SAFETY: the error was made by the library, and nobody else has it.
        unsafe {
            let message = CStr::from_ptr(orchestra_error_message(error));
            let message = message.to_str().unwrap().to_owned();
            orchestra_error_free(error);
            message
        }
    }

    #[test]
    fn success_leaves_no_error() {
        let (status, error) = run(|| Ok(()));
        assert_eq!(status, ORCHESTRA_OK);
        assert!(error.is_null());
    }

    #[test]
    fn an_error_becomes_a_status_and_an_object() {
        let (status, error) = run(|| Err(Error::new(ErrorCode::Busy, "try later\0")));
        assert_eq!(status, ORCHESTRA_BUSY);
        // SAFETY: the error is not freed yet.
        unsafe {
            assert_eq!(orchestra_error_code(error), ORCHESTRA_BUSY);
            assert_eq!(orchestra_error_retryable(error), 1);
        }
        assert_eq!(message_of(error), "try later\u{FFFD}");
    }

    #[test]
    fn an_error_that_nobody_wants_is_dropped() {
        // SAFETY: NULL is allowed.
        let error = unsafe { Output::new(ptr::null_mut()) };
        let status = boundary(error, || Err(Error::new(ErrorCode::Busy, "")));
        assert_eq!(status, ORCHESTRA_BUSY);
    }

    #[test]
    fn a_panic_is_an_internal_error_with_its_words() {
        let number = 7;
        let (status, error) = run(|| panic!("plain"));
        assert_eq!(status, ORCHESTRA_INTERNAL);
        assert_eq!(message_of(error), "a fault of the library: plain");
        let (status, error) = run(|| panic!("with {number}"));
        assert_eq!(status, ORCHESTRA_INTERNAL);
        assert_eq!(message_of(error), "a fault of the library: with 7");
        boundary_infallible(|| panic!("in a destructor"));
    }

    /// A clock that panics while its flag is set.
    #[derive(Debug, Default)]
    struct BrokenClock(AtomicBool);

    impl Clock for BrokenClock {
        fn now(&self) -> Timestamp {
            assert!(!self.0.load(Ordering::Relaxed), "the clock is broken");
            Timestamp::UNIX_EPOCH
        }
    }

    fn register(store: *const orchestra_store) -> (orchestra_status, *mut orchestra_error) {
        let agent = br#"{"Name":"A","Type":"t","RepositoryPath":"*"}"#;
        let mut error = ptr::null_mut();
        // SAFETY: everything lives longer than the call.
        let status = unsafe {
            orchestra_agent_register(
                store,
                agent.as_ptr(),
                agent.len(),
                ptr::null_mut(),
                &raw mut error,
            )
        };
        (status, error)
    }

    #[test]
    fn a_panic_in_the_kernel_rolls_back_and_the_store_goes_on() {
        let directory = tempfile::tempdir().unwrap();
        let clock = Arc::new(BrokenClock::default());
        let mut config = StoreConfig::new(directory.path().join("orchestra.db"));
        config.clock = Arc::clone(&clock) as _;
        let store: *mut orchestra_store = handle::into_raw(Store::open(config).unwrap().into());

        clock.0.store(true, Ordering::Relaxed);
        let (status, error) = register(store);
        assert_eq!(status, ORCHESTRA_INTERNAL);
        assert!(message_of(error).contains("the clock is broken"));

        clock.0.store(false, Ordering::Relaxed);
        let (status, _) = register(store);
        assert_eq!(status, ORCHESTRA_OK);
        let mut agents = orchestra_buffer::EMPTY;
        // SAFETY: everything lives longer than the calls.
        unsafe {
            let status = orchestra_agent_list(store, &raw mut agents, ptr::null_mut());
            assert_eq!(status, ORCHESTRA_OK);
            let json = std::slice::from_raw_parts(agents.ptr, agents.len);
            let list: Vec<serde_json::Value> = serde_json::from_slice(json).unwrap();
            assert_eq!(list.len(), 1);
            orchestra_buffer_free(&raw mut agents);
            orchestra_store_free(store);
        }
    }
}
