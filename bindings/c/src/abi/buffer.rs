//! Bytes that the library hands out.

use std::ptr;

use crate::abi::boundary::boundary_infallible;
use crate::abi::output::Empty;

/// Bytes that the library made and the caller owns: free them with orchestra_buffer_free() and with
/// nothing else.
///
/// JSON is UTF-8. Behind its end there is a NUL that `len` doesn't count, so that C can print it.
#[repr(C)]
pub struct orchestra_buffer {
    /// The first byte, or NULL where there is nothing.
    pub ptr: *mut u8,
    /// How many bytes there are.
    pub len: usize,
}

impl Empty for orchestra_buffer {
    const EMPTY: Self = Self {
        ptr: ptr::null_mut(),
        len: 0,
    };
}

impl From<Vec<u8>> for orchestra_buffer {
    fn from(mut bytes: Vec<u8>) -> Self {
        let len = bytes.len();
        bytes.push(0);
        let ptr = Box::into_raw(bytes.into_boxed_slice()).cast();
        Self { ptr, len }
    }
}

/// Frees the bytes of a buffer and empties it. NULL and an empty buffer are fine, so freeing twice
/// is too.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_buffer_free(buffer: *mut orchestra_buffer) {
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
}
