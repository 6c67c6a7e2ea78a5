//! Where a function puts what it returns.

use std::ptr::{self, NonNull};

use kernel::{Error, ErrorCode, Result};
use serde::Serialize;

use crate::buffer::orchestra_buffer;

/// What an output holds when there is nothing in it.
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

/// The address that C gave for an output.
pub(crate) struct Output<T>(*mut T);

impl<T: Empty> Output<T> {
    /// Takes the address, and empties what is there.
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

    /// The output, which the caller must want.
    pub(crate) fn required(self, name: &'static str) -> Result<Slot<T>> {
        if self.0.is_null() {
            return Err(misuse(name, "the output is NULL, but is required"));
        }
        self.optional(name)
    }

    /// The output, which the caller wants unless it is NULL.
    pub(crate) fn optional(self, name: &'static str) -> Result<Slot<T>> {
        if !self.0.is_aligned() {
            return Err(misuse(name, "the output is not aligned"));
        }
        Ok(Slot(NonNull::new(self.0)))
    }

    /// Writes the value if there is a usable address.
    pub(crate) fn set_if_wanted(self, value: impl FnOnce() -> T) {
        if let Ok(slot) = self.optional("error")
            && slot.0.is_some()
        {
            slot.set(value());
        }
    }
}

/// An output that can be written to, or that nobody wants.
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
}

fn misuse(name: &str, what: &str) -> Error {
    Error::new(ErrorCode::Misuse, format!("{name}: {what}"))
        .with_details(|d| d.column = Some(name.to_owned()))
}
