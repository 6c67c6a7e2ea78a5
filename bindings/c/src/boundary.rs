//! The border between C and Rust: every fallible function runs its work here.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use kernel::{Error, ErrorCode, Result};

use crate::error::orchestra_error;
use crate::handle;
use crate::output::Output;
use crate::status::{ORCHESTRA_OK, orchestra_status};

/// Does `work`; its error, or a panic in it, becomes the status and the error object.
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

/// The same for what can't fail, such as freeing: a panic is logged.
pub(crate) fn boundary_infallible(work: impl FnOnce()) {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(work)) {
        let error = fault(&*panic);
        tracing::error!(%error, "a call that can't fail did");
    }
}

fn fault(panic: &(dyn Any + Send)) -> Error {
    let said = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no message");
    Error::new(
        ErrorCode::Internal,
        format!("a fault of the library: {said}"),
    )
}
