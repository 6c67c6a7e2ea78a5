//! Sealing values again after a change of the key.

use serde::Serialize;

use super::sealing::{put_value, value_of};
use crate::error::{Error, ErrorCode, Result};
use crate::rows::{Reader, UnitOfWork};
use crate::tables::{UserPreference, UserPreferenceId, user_preferences as rows};
use crate::validate;

/// Number of rows read at a time.
const REKEY_BATCH: u32 = 100;

/// Outcome of [`rekey`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Rekeyed {
    /// Number of values that were sealed with the current key.
    pub resealed: i64,
    /// Number of values that could not be opened and stay unchanged.
    pub failed: i64,
    /// Number of values that are still sealed with another key, including those that failed.
    pub remaining: i64,
}

/// Seals values of all users that are sealed with another key with the current one, up to `limit`, 1 to 10 000. Call it
/// repeatedly, in a transaction each, until it seals none.
///
/// Values that can't be opened are counted and skipped, and their ids are logged. Read-only preferences are included,
/// since their values don't change.
pub fn rekey(uow: &mut UnitOfWork<'_>, limit: u32) -> Result<Rekeyed> {
    validate::number("limit", limit, 1..=10_000)?;
    let key_id = current_key_id(uow)?;
    let (mut resealed, mut failed) = (0, 0);
    let mut behind: Option<UserPreferenceId> = None;
    while resealed < limit {
        let batch = REKEY_BATCH.min(limit - resealed);
        let found = rows::sealed_otherwise(uow.connection(), &key_id, behind.as_ref(), batch)?;
        let Some(last) = found.last() else { break };
        behind = Some(last.id.clone());
        for row in found {
            if reseal(uow, row)? {
                resealed += 1;
            } else {
                failed += 1;
            }
        }
    }
    let remaining = rows::count_sealed_otherwise(uow.connection(), &key_id)?;
    Ok(Rekeyed {
        resealed: resealed.into(),
        failed,
        remaining,
    })
}

fn current_key_id(reader: &Reader<'_>) -> Result<String> {
    let keys = reader.keys().ok_or_else(|| {
        let message = "no encryption keys are configured; open the store with a key provider";
        Error::new(ErrorCode::EncryptionFailed, message)
    })?;
    Ok(keys.current_key_id())
}

/// Seals the value of a row with the current key, and returns false if it could not be opened.
fn reseal(uow: &mut UnitOfWork<'_>, mut row: UserPreference) -> Result<bool> {
    let value = match value_of(uow, &row) {
        Ok(value) => value,
        Err(error) => {
            tracing::warn!(id = %row.id, %error, "a preference could not be sealed anew");
            return Ok(false);
        }
    };
    put_value(uow, &mut row, &value)?;
    uow.rewrite(&mut row)?;
    Ok(true)
}
