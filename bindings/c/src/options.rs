//! Structures of options that C fills, and that grow from version to version.

use kernel::{Error, Result};

/// A structure of options.
///
/// # Safety
///
/// It is `repr(C)`, begins with its size as `u32`, has no padding, and any bytes are a value of it.
pub(crate) unsafe trait Options: Copy {
    /// The value that stands for all defaults: all bytes zero.
    const DEFAULTS: Self;
}

/// Copies options that a caller of this or another version of the header filled.
///
/// What an older caller doesn't know has its default; what a newer caller asks for beyond what
/// this library knows is refused, unless it is zero.
///
/// # Safety
///
/// `options` is NULL, or points to as many bytes as its first field says.
pub(crate) unsafe fn read_options<T: Options>(options: *const T) -> Result<T> {
    let refuse = |reason: &str| Err(Error::invalid("options", reason));
    let mut known = T::DEFAULTS;
    if options.is_null() {
        return Ok(known);
    }
    if !options.is_aligned() {
        return refuse("not aligned");
    }
    // SAFETY: the structure begins with its size.
    let size = unsafe { options.cast::<u32>().read() } as usize;
    if !(size_of::<u32>()..=4096).contains(&size) {
        return refuse("struct_size is not the size of the structure");
    }
    // SAFETY: the caller promises that many bytes, and any bytes are a value of `T`.
    let beyond = unsafe {
        let copied = size.min(size_of::<T>());
        (&raw mut known)
            .cast::<u8>()
            .copy_from_nonoverlapping(options.cast(), copied);
        std::slice::from_raw_parts(options.cast::<u8>().add(copied), size - copied)
    };
    if beyond.iter().any(|&byte| byte != 0) {
        return refuse("asks for something that this version of the library doesn't know");
    }
    Ok(known)
}
