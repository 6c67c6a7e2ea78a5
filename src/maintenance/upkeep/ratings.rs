//! Ratings of repositories, renewed once an hour. The database holds when they are due, for all processes.

use std::time::Duration;

use serde_json::json;

use crate::error::Result;
use crate::rows::{Reader, UnitOfWork};
use crate::services::caches::computed_results::{self, NewResult};
use crate::services::code_repositories::{self, Speeds};
use crate::types::Json;

/// Key of the computed result that exists while the ratings are recent.
const RECENT: &str = "orchestra:repository-ratings";
/// Time for which ratings are recent.
const RECENT_FOR: Duration = Duration::from_secs(3600);

/// Computes the speeds that the ratings follow from, if the ratings are due.
pub(super) fn compute(reader: &mut Reader<'_>) -> Result<Option<Speeds>> {
    if computed_results::get(reader, RECENT, None)?.is_some() {
        return Ok(None);
    }
    code_repositories::relative_speeds(reader, None).map(Some)
}

/// Rates the repositories, and marks the ratings as recent.
pub(super) fn save(uow: &mut UnitOfWork<'_>, speeds: Speeds) -> Result<usize> {
    let changed = code_repositories::rate(uow, speeds)?;
    let note = NewResult {
        valid_for: Some(RECENT_FOR),
        ..NewResult::new(Json(json!({ "Changed": changed })))
    };
    computed_results::put(uow, RECENT, &note)?;
    Ok(changed)
}
