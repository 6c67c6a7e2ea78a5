//! Ending operations: from another thread, and once their time is over.

use kernel::CancelToken;

use crate::abi::handle::opaque;
use crate::abi::prelude::*;

/// Ends the operations of the handles that were made with it, from any thread.
pub struct orchestra_cancel {
    _opaque: [u8; 0],
}

opaque!(orchestra_cancel, b"orch_can", CancelToken);

/// Makes an object that ends operations. It belongs to the caller, who frees it with
/// orchestra_cancel_free(), also while handles that were made with it are in use.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_cancel_new(
    cancel: *mut *mut orchestra_cancel,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(cancel.new; error; -> required cancel => {
        cancel.set_handle(CancelToken::new());
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
    call!(cancel.set; error; borrow cancel => {
        cancel.cancel();
    })
}

/// Makes it as new, so that the handles that were made with it can be used again. What runs
/// meanwhile may or may not have seen that it was set.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_cancel_reset(
    cancel: *const orchestra_cancel,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(cancel.reset; error; borrow cancel => {
        cancel.reset();
    })
}

/// Frees it. NULL is fine. Nothing can end the operations of its handles afterwards.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_cancel_free(cancel: *mut orchestra_cancel) {
    call!(cancel.free; release cancel)
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
    call!(store.cancellable; error; borrow store, borrow cancel -> required cancellable => {
        cancellable.set_handle(store.cancellable(cancel));
    })
}

/// Makes another handle to the same store, or to the same transaction, each of whose operations may take
/// this many milliseconds, whatever `operation_timeout_ms` of the options says; 0 for any time, such as for
/// a backup.
///
/// An operation that takes longer, its waits included, is ended, and has written nothing; one that has come
/// as far as its commit is done all the same. A write through it shares its commit with no other.
///
/// The new handle belongs to the caller, who frees it with orchestra_store_free(), in any order with
/// the others.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_store_with_timeout(
    store: *const orchestra_store,
    timeout_ms: u32,
    limited: *mut *mut orchestra_store,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(store.with_timeout; error; borrow store, millis timeout_ms -> required limited => {
        limited.set_handle(store.with_timeout(timeout_ms));
    })
}
