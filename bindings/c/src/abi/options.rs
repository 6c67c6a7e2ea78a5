//! Structures of options that C fills, and that grow from version to version.

use kernel::{Error, Result};

/// A structure of options.
///
/// # Safety
///
/// It is `repr(C)`, begins with its size as `u32`, has no padding, and any bytes are a value of it:
/// its fields are numbers, or addresses that are followed only where the header says so.
pub(crate) unsafe trait Options: Copy {
    /// The value that stands for all defaults: all bytes zero.
    // SAFETY: any bytes are a value of it.
    const DEFAULTS: Self = unsafe { std::mem::zeroed() };
}

/// Copies options that a caller of this or another version of the header filled.
///
/// Fields that an older caller doesn't know have their defaults. Fields of a newer caller that this
/// library doesn't know are refused unless they are zero. A later version may add fields with a larger
/// alignment, so only the alignment of the size is checked.
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
    if !options.cast::<u32>().is_aligned() {
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

/// Sets a field to what was given for it, if anything.
pub(crate) fn set<T>(field: &mut T, given: Option<T>) {
    if let Some(given) = given {
        *field = given;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[repr(C)]
    #[derive(Debug, Clone, Copy, PartialEq)]
    struct SampleOptions {
        struct_size: u32,
        first: u32,
        second: u32,
    }

    // SAFETY: `repr(C)`, all fields are numbers of four bytes, and the first is the size.
    unsafe impl Options for SampleOptions {}

    fn read(words: &[u32]) -> Result<SampleOptions> {
        // SAFETY: the tests give no more words than there are.
        unsafe { read_options(words.as_ptr().cast()) }
    }

    #[test]
    fn null_is_the_defaults() {
        // SAFETY: NULL is allowed.
        let sample: SampleOptions = unsafe { read_options(std::ptr::null()) }.unwrap();
        assert_eq!(sample, SampleOptions::DEFAULTS);
    }

    #[test]
    fn what_an_older_caller_does_not_know_has_its_default() {
        let sample = read(&[8, 7, 99]).unwrap();
        assert_eq!((sample.first, sample.second), (7, 0));
    }

    #[test]
    fn what_a_newer_caller_wants_is_refused_unless_it_is_the_default() {
        assert_eq!(read(&[16, 7, 8, 0]).unwrap().second, 8);
        assert!(read(&[16, 7, 8, 1]).is_err());
    }

    #[test]
    fn an_older_caller_has_it_where_its_own_structure_may_be() {
        #[repr(C)]
        #[derive(Clone, Copy)]
        struct Grown {
            struct_size: u32,
            first: u32,
            second: u64,
        }
        // SAFETY: `repr(C)`, only numbers without padding, and the first is the size.
        unsafe impl Options for Grown {}

        #[repr(C, align(8))]
        struct Words([u32; 3]);
        let place = Words([0, 8, 7]);
        // SAFETY: the size is that of the two words.
        let grown: Grown = unsafe { read_options(place.0[1..].as_ptr().cast()) }.unwrap();
        assert_eq!((grown.first, grown.second), (7, 0));
    }

    #[test]
    fn a_size_that_can_not_be_is_refused() {
        assert!(read(&[0, 1, 1]).is_err());
        assert!(read(&[3, 1, 1]).is_err());
        assert!(read(&[u32::MAX, 1, 1]).is_err());
    }
}
