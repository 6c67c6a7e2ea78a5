//! Texts that C passes in as pointer and length.

use std::slice;

use kernel::query::Cursor as PageCursor;
use kernel::types::{Id, InvalidValue, Json};
use kernel::{Error, Result};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::abi::json;

/// The longest text that is taken, in bytes: a length beyond it is more likely a mistake than meant.
const LONGEST: usize = 256 << 20;

/// A text argument that hasn't been checked yet.
pub(crate) struct TextArgument<'a> {
    name: &'static str,
    bytes: Result<Option<&'a [u8]>, &'static str>,
}

/// Takes a text argument without reading it.
///
/// # Safety
///
/// `address` is NULL, or points to `length` bytes that nobody changes until the call of the
/// exported function ends.
pub(crate) unsafe fn text<'a>(
    name: &'static str,
    address: *const u8,
    length: usize,
) -> TextArgument<'a> {
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
    TextArgument { name, bytes }
}

impl<'a> TextArgument<'a> {
    /// Returns the text; NULL is the empty text.
    pub(crate) fn text(self) -> Result<&'a str> {
        Ok(self.optional_text()?.unwrap_or_default())
    }

    /// Returns the text, or `None` for NULL.
    pub(crate) fn optional_text(self) -> Result<Option<&'a str>> {
        let name = self.name;
        let bytes = self.bytes.map_err(|reason| Error::invalid(name, reason))?;
        let text = bytes.map(str::from_utf8).transpose();
        text.map_err(|e| {
            let reason = format!("not UTF-8 from byte {} on", e.valid_up_to());
            Error::invalid(name, reason)
        })
    }

    /// Returns the text as an id.
    pub(crate) fn id<T>(self) -> Result<Id<T>> {
        self.parsed(parse_id)
    }

    /// Returns the text as an id, or `None` for NULL.
    pub(crate) fn optional_id<T>(self) -> Result<Option<Id<T>>> {
        self.optional_parsed(parse_id)
    }

    /// Returns the text as an id of any entity.
    pub(crate) fn any_id(self) -> Result<String> {
        self.id::<()>().map(|id| id.as_str().to_owned())
    }

    /// Returns the text as a JSON object.
    pub(crate) fn json<T: DeserializeOwned>(self) -> Result<T> {
        self.parsed(json::object)
    }

    /// Returns the text as a JSON object, or `None` for NULL.
    pub(crate) fn optional_json<T: DeserializeOwned>(self) -> Result<Option<T>> {
        self.optional_parsed(json::object)
    }

    /// Returns the text as a JSON object, or the default for NULL.
    pub(crate) fn json_or_default<T: DeserializeOwned + Default>(self) -> Result<T> {
        Ok(self.optional_json()?.unwrap_or_default())
    }

    /// Returns the text as a JSON object that describes rows; NULL describes all.
    pub(crate) fn document(self) -> Result<Value> {
        self.json_or_default::<Map<_, _>>().map(Value::Object)
    }

    /// Returns the text as a JSON array of objects.
    pub(crate) fn json_array<T: DeserializeOwned>(self) -> Result<Vec<T>> {
        self.parsed(json::objects)
    }

    /// Returns the text as a JSON array of texts.
    pub(crate) fn json_texts(self) -> Result<Vec<String>> {
        self.parsed(json::read)
    }

    /// Returns the text as a JSON array of texts, or `None` for NULL.
    pub(crate) fn optional_json_texts(self) -> Result<Option<Vec<String>>> {
        self.optional_parsed(json::read)
    }

    /// Returns the text as a JSON array of values, or `None` for NULL.
    pub(crate) fn json_values(self) -> Result<Vec<Value>> {
        Ok(self.optional_parsed(json::read)?.unwrap_or_default())
    }

    /// Returns the text as any JSON, or `None` for NULL.
    pub(crate) fn optional_json_value(self) -> Result<Option<Json>> {
        self.optional_parsed(json::read)
    }

    /// Returns the text as the place where a page begins, or `None` for NULL.
    pub(crate) fn page_cursor(self) -> Result<Option<PageCursor>> {
        Ok(self.optional_text()?.map(|place| place.to_owned().into()))
    }

    /// Returns what `parse` makes of the name and the text.
    fn parsed<T>(self, parse: impl FnOnce(&str, &str) -> Result<T>) -> Result<T> {
        let name = self.name;
        parse(name, self.text()?)
    }

    /// Returns what `parse` makes of the name and the text, or `None` for NULL.
    fn optional_parsed<T>(self, parse: impl FnOnce(&str, &str) -> Result<T>) -> Result<Option<T>> {
        let name = self.name;
        let text = self.optional_text()?;
        text.map(|text| parse(name, text)).transpose()
    }
}

fn parse_id<T>(name: &str, id: &str) -> Result<Id<T>> {
    Id::new(id).map_err(|InvalidValue { reason, .. }| Error::invalid(name, reason))
}

#[cfg(test)]
mod tests {
    use std::ptr;

    use kernel::ErrorCode;
    use kernel::models::Task;
    use kernel::services::tasks::TaskFilter;

    use super::*;

    fn of(bytes: &[u8]) -> TextArgument<'_> {
        // SAFETY: a slice.
        unsafe { text("name", bytes.as_ptr(), bytes.len()) }
    }

    fn null<'a>(length: usize) -> TextArgument<'a> {
        // SAFETY: NULL is allowed.
        unsafe { text("name", ptr::null(), length) }
    }

    fn refusal<T: std::fmt::Debug>(outcome: Result<T>) -> String {
        let error = outcome.unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvalidArgument);
        assert_eq!(error.details().column.as_deref(), Some("name"));
        error.message().to_owned()
    }

    #[test]
    fn null_is_none_and_the_empty_text_is_not() {
        assert_eq!(null(0).optional_text().unwrap(), None);
        assert_eq!(null(0).text().unwrap(), "");
        assert_eq!(of(b"").optional_text().unwrap(), Some(""));
    }

    #[test]
    fn what_is_no_text_is_refused() {
        assert!(refusal(of(b"ab\xFF").text()).contains("byte 2"));
        assert!(refusal(null(1).optional_text()).contains("NULL"));
        // SAFETY: a length like this is refused before anything is read.
        let endless = |length| unsafe { text("name", ptr::dangling(), length) };
        assert!(refusal(endless(usize::MAX).text()).contains("256 MiB"));
        assert!(refusal(endless(1 << 30).text()).contains("256 MiB"));
    }

    #[test]
    fn an_id_is_checked_under_the_name_of_the_argument() {
        assert_eq!(of(b"t1").id::<Task>().unwrap().as_str(), "t1");
        assert!(refusal(null(0).id::<Task>()).contains("empty"));
        assert!(refusal(of(b"").optional_id::<Task>()).contains("empty"));
        assert_eq!(null(0).optional_id::<Task>().unwrap(), None);
    }

    #[test]
    fn json_of_any_form_and_cursors_may_be_absent() {
        assert_eq!(null(0).optional_json_value().unwrap(), None);
        let value = of(b"[1]").optional_json_value().unwrap();
        assert_eq!(value.map(|json| json.to_string()).as_deref(), Some("[1]"));
        assert_eq!(null(0).optional_json_texts().unwrap(), None);
        assert_eq!(of(b"[]").optional_json_texts().unwrap(), Some(Vec::new()));
        assert!(refusal(of(b"{}").optional_json_texts()).contains("expected a sequence"));
        assert_eq!(null(0).page_cursor().unwrap(), None);
        assert_eq!(of(b"x").page_cursor().unwrap().unwrap().to_string(), "x");
    }

    #[test]
    fn no_json_is_the_default() {
        let filter: TaskFilter = null(0).json_or_default().unwrap();
        assert_eq!(filter, TaskFilter::default());
        assert!(refusal(of(b"").json_or_default::<TaskFilter>()).contains("EOF"));
    }
}
