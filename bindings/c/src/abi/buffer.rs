//! Bytes that the library hands out.

use std::ptr;

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
