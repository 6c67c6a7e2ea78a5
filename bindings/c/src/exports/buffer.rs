//! Freeing what the library hands out.

use std::ptr;

use crate::abi::boundary::boundary_infallible;
use crate::abi::output::Empty;
use crate::abi::prelude::*;

/// Frees the bytes of a buffer and empties it. NULL and an empty buffer are fine, so freeing twice
/// is too.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_buffer_free(buffer: *mut orchestra_buffer) {
    call!(buffer.free => {
        boundary_infallible(|| {
            if buffer.is_null() || !buffer.is_aligned() {
                return;
            }
            // SAFETY: the caller passes a buffer that this library filled or that is empty.
            let taken = unsafe { buffer.replace(orchestra_buffer::EMPTY) };
            if !taken.ptr.is_null() {
                let bytes = ptr::slice_from_raw_parts_mut(taken.ptr, taken.len + 1);
                // SAFETY: made by `From<Vec<u8>>`, with one NUL more than `len`.
                drop(unsafe { Box::from_raw(bytes) });
            }
        });
    })
}
