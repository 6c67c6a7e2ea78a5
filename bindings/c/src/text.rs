//! Text that C passes in as pointer and length.

use std::slice;

use kernel::types::{Id, InvalidValue};
use kernel::{Error, Result};
use serde::de::DeserializeOwned;

/// The longest text that is taken, in bytes: a length beyond it is more likely a mistake than meant.
const LONGEST: usize = 256 << 20;

/// An argument that is text, not looked at yet.
pub(crate) struct Text<'a> {
    name: &'static str,
    bytes: Result<Option<&'a [u8]>, &'static str>,
}

/// Takes an argument that is text.
///
/// # Safety
///
/// `address` is NULL, or points to `length` bytes that nobody changes until the call of the
/// exported function ends.
pub(crate) unsafe fn text<'a>(name: &'static str, address: *const u8, length: usize) -> Text<'a> {
    let bytes = if length > LONGEST {
        Err("longer than 256 MiB")
    } else if !address.is_null() {
        // SAFETY: as the caller promises, and no longer than a slice may be.
        Ok(Some(unsafe { slice::from_raw_parts(address, length) }))
    } else if length == 0 {
        Ok(None)
    } else {
        Err("NULL, but its length is not 0")
    };
    Text { name, bytes }
}

impl<'a> Text<'a> {
    /// The text; NULL is the empty one.
    pub(crate) fn required(self) -> Result<&'a str> {
        Ok(self.optional()?.unwrap_or_default())
    }

    /// The text, or none for NULL.
    pub(crate) fn optional(self) -> Result<Option<&'a str>> {
        let name = self.name;
        let bytes = self.bytes.map_err(|reason| Error::invalid(name, reason))?;
        let text = bytes.map(str::from_utf8).transpose();
        text.map_err(|e| {
            let reason = format!("not UTF-8 from byte {} on", e.valid_up_to());
            Error::invalid(name, reason)
        })
    }

    /// The text as an id.
    pub(crate) fn id<T>(self) -> Result<Id<T>> {
        let name = self.name;
        parse_id(name, self.required()?)
    }

    /// The text as an id, or none for NULL.
    pub(crate) fn optional_id<T>(self) -> Result<Option<Id<T>>> {
        let name = self.name;
        self.optional()?.map(|id| parse_id(name, id)).transpose()
    }

    /// The text as a JSON document.
    pub(crate) fn json<T: DeserializeOwned>(self) -> Result<T> {
        let name = self.name;
        parse_json(name, self.required()?)
    }

    /// The text as a JSON document, or the default for NULL.
    pub(crate) fn json_or_default<T: DeserializeOwned + Default>(self) -> Result<T> {
        let name = self.name;
        let document = self.optional()?;
        document.map_or_else(|| Ok(T::default()), |json| parse_json(name, json))
    }
}

fn parse_id<T>(name: &str, id: &str) -> Result<Id<T>> {
    Id::new(id).map_err(|InvalidValue { reason, .. }| Error::invalid(name, reason))
}

fn parse_json<T: DeserializeOwned>(name: &str, json: &str) -> Result<T> {
    serde_json::from_str(json).map_err(|e| Error::invalid(name, &e).with_source(e))
}
