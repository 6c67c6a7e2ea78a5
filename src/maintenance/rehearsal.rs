//! Dry runs: work in a transaction that is rolled back.

use crate::error::{Error, ErrorCode, Result};
use crate::rows::UnitOfWork;
use crate::store::Store;

/// Runs `work` in a transaction of its own, rolls it back, and returns the result of the work.
pub(crate) fn rehearse<T>(
    store: &Store,
    work: impl FnOnce(&mut UnitOfWork<'_>) -> Result<T>,
) -> Result<T> {
    let mut result = None;
    let outcome = store.write_alone(|uow| {
        result = Some(work(uow)?);
        Err(Error::new(ErrorCode::Cancelled, "a dry run is rolled back"))
    });
    result.map_or(outcome, Ok)
}
