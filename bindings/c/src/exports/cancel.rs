//! Ending operations from another thread.

use kernel::CancelToken;

use crate::abi::boundary::{boundary, boundary_infallible};
use crate::abi::error::orchestra_error;
use crate::abi::handle::{self, Opaque};
use crate::abi::output::Output;
use crate::abi::status::orchestra_status;
use crate::exports::store::orchestra_store;

/// Ends the operations of the handles that were made with it, from any thread.
pub struct orchestra_cancel {
    _opaque: [u8; 0],
}

impl Opaque for orchestra_cancel {
    type Value = CancelToken;
    const NAME: &'static str = "orchestra_cancel";
    const TAG: u64 = u64::from_ne_bytes(*b"orch_can");
}

/// Makes an object that ends operations. It belongs to the caller, who frees it with
/// orchestra_cancel_free(), also while handles that were made with it are in use.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_cancel_new(
    cancel: *mut *mut orchestra_cancel,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    // SAFETY: the header asks for this of the caller.
    let (cancel, error) = unsafe { (Output::new(cancel), Output::new(error)) };
    boundary(error, || {
        let cancel = cancel.required("cancel")?;
        cancel.set(handle::into_raw(CancelToken::new()));
        Ok(())
    })
}

/// Ends what runs through the handles that were made with this, and what begins, until it is reset:
/// such an operation is ORCHESTRA_CANCELLED, and has written nothing. One that has come as far as its
/// commit is done all the same. It never waits; setting it twice changes nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_cancel_set(
    cancel: *const orchestra_cancel,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    // SAFETY: the header asks for this of the caller.
    let (cancel, error) = unsafe { (handle::borrow(cancel), Output::new(error)) };
    boundary(error, || {
        cancel?.cancel();
        Ok(())
    })
}

/// Makes it as new, so that the handles that were made with it can be used again. What runs
/// meanwhile may or may not have seen that it was set.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_cancel_reset(
    cancel: *const orchestra_cancel,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    // SAFETY: the header asks for this of the caller.
    let (cancel, error) = unsafe { (handle::borrow(cancel), Output::new(error)) };
    boundary(error, || {
        cancel?.reset();
        Ok(())
    })
}

/// Frees it. NULL is fine. Nothing can end the operations of its handles afterwards.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_cancel_free(cancel: *mut orchestra_cancel) {
    // SAFETY: the header asks for a handle that nobody uses any more.
    boundary_infallible(|| unsafe { handle::free(cancel) });
}

/// Makes another handle to the same store, or to the same transaction, whose operations this ends: a
/// statement that runs, the wait for other writes or for a connection, and what has not begun. It
/// takes the place of the one that `store` was made with, if any. A write through it shares its
/// commit with no other.
///
/// The new handle belongs to the caller, who frees it with orchestra_store_free(), in any order with
/// the others.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_store_cancellable(
    store: *const orchestra_store,
    cancel: *const orchestra_cancel,
    cancellable: *mut *mut orchestra_store,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    // SAFETY: the header asks for this of the caller.
    let (store, cancel, cancellable, error) = unsafe {
        (
            handle::borrow(store),
            handle::borrow(cancel),
            Output::new(cancellable),
            Output::new(error),
        )
    };
    boundary(error, || {
        let cancellable = cancellable.required("cancellable")?;
        let derived = store?.cancellable(cancel?);
        cancellable.set(handle::into_raw(derived));
        Ok(())
    })
}
