//! The ratings of repositories, made anew once an hour: when they are due, whoever asks, is kept in the
//! database.

use std::time::Duration;

use serde_json::json;

use crate::error::Result;
use crate::rows::{Reader, UnitOfWork};
use crate::services::caches::computed_results::{self, NewResult};
use crate::services::code_repositories::{self, Speeds};
use crate::types::Json;

/// The computed result that is there while ratings are recent.
const RECENT: &str = "orchestra:repository-ratings";
/// How long they are.
const RECENT_FOR: Duration = Duration::from_secs(3600);

/// What the ratings follow from, if they are due.
pub(super) fn work_out(reader: &mut Reader<'_>) -> Result<Option<Speeds>> {
    if computed_results::get(reader, RECENT, None)?.is_some() {
        return Ok(None);
    }
    code_repositories::relative_speeds(reader, None).map(Some)
}

/// Rates the repositories, and notes that this was done.
pub(super) fn save(uow: &mut UnitOfWork<'_>, speeds: Speeds) -> Result<usize> {
    let changed = code_repositories::rate(uow, speeds)?;
    let note = NewResult {
        valid_for: Some(RECENT_FOR),
        ..NewResult::new(Json(json!({ "Changed": changed })))
    };
    computed_results::put(uow, RECENT, &note)?;
    Ok(changed)
}
