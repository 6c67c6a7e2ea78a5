//! What may become of an input.

use orchestra_store::{Error, ErrorCode, Result, Store, UnitOfWork};
use serde::de::DeserializeOwned;

/// The words of the first line and the JSON behind it; nothing where it isn't UTF-8.
pub(super) fn split(input: &[u8]) -> Option<(Vec<&str>, &str)> {
    let (line, json) = str::from_utf8(input).ok()?.split_once('\n')?;
    Some((line.split_whitespace().collect(), json))
}

/// The JSON as a value of this type.
pub(super) fn parse<T: DeserializeOwned>(json: &str) -> Result<T> {
    serde_json::from_str(json).map_err(|e| Error::invalid("json", e))
}

/// The value, if it was not refused with one of the codes that blame the caller. Anything else is a
/// fault of the library, and ends the run.
pub(super) fn allowed<T>(outcome: Result<T>) -> Option<T> {
    allowed_with(outcome, |_| false)
}

/// The same with more codes.
pub(super) fn allowed_with<T>(outcome: Result<T>, more: fn(ErrorCode) -> bool) -> Option<T> {
    match outcome {
        Ok(value) => Some(value),
        Err(error) => {
            let code = error.code();
            let blames_caller = code.number() < ErrorCode::Busy.number();
            assert!(blames_caller || more(code), "{error:?}");
            None
        }
    }
}

/// Does what may write, and rolls it back.
pub(super) fn roll_back<T>(store: &Store, work: impl FnOnce(&mut UnitOfWork<'_>) -> Result<T>) {
    let outcome: Result<()> = store.write(|uow| {
        work(uow)?;
        Err(Error::new(ErrorCode::Conflict, "rolled back"))
    });
    allowed(outcome);
}
