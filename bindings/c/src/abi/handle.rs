//! Opaque handles, to which C holds pointers.

use kernel::{Error, ErrorCode, Result};

/// A type of which C knows only the name.
pub(crate) trait Opaque {
    /// The value behind the pointer.
    type Value;
    /// The name of the type, for error messages.
    const NAME: &'static str;
    /// The tag at the start of the memory, by which the handle of another type is noticed.
    const TAG: u64;
}

/// Implements [`Opaque`] for a type of handles, with this tag and value.
macro_rules! opaque {
    ($handle:ident, $tag:literal, $value:ty) => {
        impl $crate::abi::handle::Opaque for $handle {
            type Value = $value;
            const NAME: &'static str = stringify!($handle);
            const TAG: u64 = u64::from_ne_bytes(*$tag);
        }
    };
}

pub(crate) use opaque;

#[repr(C)]
struct Tagged<T> {
    tag: u64,
    value: T,
}

/// The tag of a freed handle, for as long as its memory isn't reused.
const FREED: u64 = 0;

/// Moves a value to the heap and returns a handle to it, which is valid until [`free`].
pub(crate) fn into_raw<H: Opaque>(value: H::Value) -> *mut H {
    let tagged = Tagged { tag: H::TAG, value };
    Box::into_raw(Box::new(tagged)).cast()
}

/// Borrows the value behind a handle; NULL and the handle of another type are misuse.
///
/// # Safety
///
/// `handle` is NULL or points to a handle of this library, which is not freed before the call of
/// the exported function ends.
pub(crate) unsafe fn borrow<'a, H: Opaque>(handle: *const H) -> Result<&'a H::Value> {
    let tagged = handle.cast::<Tagged<H::Value>>();
    // SAFETY: as the caller promises.
    unsafe {
        check(tagged, H::NAME, H::TAG)?;
        Ok(&(*tagged).value)
    }
}

/// Drops the value behind a handle; does nothing for NULL and the handle of another type.
///
/// # Safety
///
/// As for [`borrow`], and nothing uses the handle any more.
pub(crate) unsafe fn free<H: Opaque>(handle: *mut H) {
    if handle.is_null() {
        return;
    }
    let tagged = handle.cast::<Tagged<H::Value>>();
    // SAFETY: as the caller promises; the tag shows that `into_raw` made it for this type.
    unsafe {
        if let Err(error) = check(tagged, H::NAME, H::TAG) {
            tracing::error!(%error, "not freed");
            return;
        }
        // Volatile, or the compiler leaves out a write to memory that is about to go.
        (&raw mut (*tagged).tag).write_volatile(FREED);
        drop(Box::from_raw(tagged));
    }
}

/// # Safety
///
/// As for [`borrow`].
unsafe fn check<T>(handle: *const Tagged<T>, name: &str, tag: u64) -> Result<()> {
    let misuse = |what| Err(Error::new(ErrorCode::Misuse, format!("{name}: {what}")));
    if handle.is_null() {
        return misuse("the handle is NULL");
    }
    // SAFETY: every handle of this library begins with a tag.
    if !handle.is_aligned() || unsafe { handle.cast::<u64>().read() } != tag {
        return misuse("the handle is of another type, or was freed");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::*;

    struct Thing;

    impl Opaque for Thing {
        type Value = Rc<()>;
        const NAME: &'static str = "thing";
        const TAG: u64 = 1;
    }

    struct Other;

    impl Opaque for Other {
        type Value = Rc<()>;
        const NAME: &'static str = "other";
        const TAG: u64 = 2;
    }

    fn refusal<H: Opaque>(handle: *const H) -> String {
        // SAFETY: tests pass NULL or what `into_raw` made.
        let error = unsafe { borrow(handle) }.err().unwrap();
        assert_eq!(error.code(), ErrorCode::Misuse);
        error.message().to_owned()
    }

    #[test]
    fn freeing_drops_the_value() {
        let value = Rc::new(());
        let handle = into_raw::<Thing>(Rc::clone(&value));
        // SAFETY: `into_raw` made it.
        unsafe {
            assert!(Rc::ptr_eq(borrow(handle).unwrap(), &value));
            free(handle);
        }
        assert_eq!(Rc::strong_count(&value), 1);
    }

    #[test]
    fn null_and_other_types_are_misuse_and_not_freed() {
        assert_eq!(
            refusal::<Thing>(std::ptr::null()),
            "thing: the handle is NULL"
        );
        let value = Rc::new(());
        let other = into_raw::<Other>(Rc::clone(&value));
        assert!(refusal::<Thing>(other.cast()).contains("another type"));
        // SAFETY: `into_raw` made it; the first call has to notice that it is of another type.
        unsafe {
            free::<Thing>(other.cast());
            free::<Thing>(std::ptr::null_mut());
            assert_eq!(Rc::strong_count(&value), 2);
            free(other);
        }
        assert_eq!(Rc::strong_count(&value), 1);
    }

    #[test]
    fn what_is_not_aligned_is_no_handle() {
        let bytes = [0_u64; 2];
        let inside = bytes.as_ptr().cast::<u8>().wrapping_add(1);
        assert!(refusal::<Thing>(inside.cast()).contains("another type"));
    }
}
