//! Outputs, to which functions write their results.

use std::ptr::{self, NonNull};

use kernel::{Error, ErrorCode, Result};
use serde::Serialize;

use crate::abi::buffer::orchestra_buffer;
use crate::abi::handle::{self, Opaque};

/// A type of outputs that has an empty value.
pub(crate) trait Empty {
    const EMPTY: Self;
}

impl Empty for i32 {
    const EMPTY: Self = 0;
}

impl Empty for u32 {
    const EMPTY: Self = 0;
}

impl Empty for i64 {
    const EMPTY: Self = 0;
}

impl Empty for f64 {
    const EMPTY: Self = 0.0;
}

impl Empty for usize {
    const EMPTY: Self = 0;
}

impl<T> Empty for *const T {
    const EMPTY: Self = ptr::null();
}

impl<T> Empty for *mut T {
    const EMPTY: Self = ptr::null_mut();
}

/// The address that C passed for an output.
pub(crate) struct Output<T>(*mut T);

impl<T: Empty> Output<T> {
    /// Takes the address, and empties the output.
    ///
    /// # Safety
    ///
    /// `address` is NULL, or memory to which a `T` can be written until the call of the exported
    /// function ends.
    pub(crate) unsafe fn new(address: *mut T) -> Self {
        if !address.is_null() && address.is_aligned() {
            // SAFETY: as the caller promises.
            unsafe { address.write(T::EMPTY) };
        }
        Self(address)
    }

    /// Returns the output, or fails with misuse if it is NULL.
    pub(crate) fn required(self, name: &'static str) -> Result<Slot<T>> {
        if self.0.is_null() {
            return Err(misuse(name, "the output is NULL, but is required"));
        }
        self.optional(name)
    }

    /// Returns the output, which may be NULL.
    pub(crate) fn optional(self, name: &'static str) -> Result<Slot<T>> {
        if !self.0.is_aligned() {
            return Err(misuse(name, "the output is not aligned"));
        }
        Ok(Slot(NonNull::new(self.0)))
    }

    /// Writes the value if the address is usable.
    pub(crate) fn set_if_wanted(self, value: impl FnOnce() -> T) {
        if let Ok(slot) = self.optional("error")
            && slot.0.is_some()
        {
            slot.set(value());
        }
    }
}

/// An output that can be written to, or that was NULL and ignores what is written.
pub(crate) struct Slot<T>(Option<NonNull<T>>);

impl<T> Slot<T> {
    pub(crate) fn set(self, value: T) {
        if let Some(address) = self.0 {
            // SAFETY: `Output::new` was promised that this memory can be written to, and
            // `Output::optional` found it aligned.
            unsafe { address.write(value) };
        }
    }
}

impl Slot<orchestra_buffer> {
    /// Writes a value as JSON.
    pub(crate) fn set_json(self, value: &impl Serialize) -> Result<()> {
        if self.0.is_some() {
            let json = serde_json::to_vec(value)
                .map_err(|e| Error::new(ErrorCode::Internal, e.to_string()).with_source(e))?;
            self.set(orchestra_buffer::from(json));
        }
        Ok(())
    }

    /// Writes a value as JSON, or leaves the buffer empty for `None`.
    pub(crate) fn set_json_if_any(self, value: Option<&impl Serialize>) -> Result<()> {
        value.map_or(Ok(()), |value| self.set_json(value))
    }

    /// Writes a text that is JSON already.
    pub(crate) fn set_json_text(self, json: String) {
        if self.0.is_some() {
            self.set(orchestra_buffer::from(json.into_bytes()));
        }
    }

    /// Writes a text without changing it.
    pub(crate) fn set_text(self, text: &str) {
        if self.0.is_some() {
            // With room for the NUL: growing would leave a copy of what may be a secret in freed memory.
            let mut bytes = Vec::with_capacity(text.len() + 1);
            bytes.extend_from_slice(text.as_bytes());
            self.set(orchestra_buffer::from(bytes));
        }
    }
}

impl<H: Opaque> Slot<*mut H> {
    /// Writes a new handle to a value.
    pub(crate) fn set_handle(self, value: H::Value) {
        if self.0.is_some() {
            self.set(handle::into_raw(value));
        }
    }
}

impl Slot<i64> {
    /// Writes a count, or the largest number if it is larger.
    pub(crate) fn set_count(self, count: impl TryInto<i64>) {
        self.set(count.try_into().unwrap_or(i64::MAX));
    }
}

fn misuse(name: &str, what: &str) -> Error {
    Error::new(ErrorCode::Misuse, format!("{name}: {what}"))
        .with_details(|d| d.column = Some(name.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exports::buffer::orchestra_buffer_free;

    /// Returns what a buffer holds after `write`.
    fn written(write: impl FnOnce(Slot<orchestra_buffer>)) -> Option<Vec<u8>> {
        let mut buffer = orchestra_buffer::EMPTY;
        // SAFETY: the buffer lives longer than what writes to it, and holds what was written.
        unsafe {
            write(Output::new(&raw mut buffer).required("buffer").unwrap());
            let bytes = (!buffer.ptr.is_null())
                .then(|| std::slice::from_raw_parts(buffer.ptr, buffer.len).to_vec());
            orchestra_buffer_free(&raw mut buffer);
            bytes
        }
    }

    #[test]
    fn what_is_not_there_leaves_the_buffer_empty() {
        let json =
            |value: Option<i32>| written(|slot| slot.set_json_if_any(value.as_ref()).unwrap());
        assert_eq!(json(None), None);
        assert_eq!(json(Some(7)).as_deref(), Some(&b"7"[..]));
    }

    #[test]
    fn a_text_is_written_as_it_is() {
        let text = |text| written(|slot: Slot<orchestra_buffer>| slot.set_text(text));
        assert_eq!(text("a\"b").as_deref(), Some(&b"a\"b"[..]));
        // An empty text is one that is there.
        assert_eq!(text("").as_deref(), Some(&b""[..]));
    }

    #[test]
    fn a_count_that_is_not_wanted_is_dropped() {
        let mut count = -1_i64;
        // SAFETY: NULL is allowed, and the count lives longer than the call.
        let output = |address| unsafe { Output::<i64>::new(address) };
        output(ptr::null_mut())
            .optional("count")
            .unwrap()
            .set_count(3);
        output(&raw mut count)
            .optional("count")
            .unwrap()
            .set_count(3);
        assert_eq!(count, 3);
    }
}
