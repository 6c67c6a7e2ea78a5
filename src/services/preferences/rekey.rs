//! Sealing values anew with another key.

use serde::Serialize;

use super::sealing::{put_value, value_of};
use crate::error::{Error, ErrorCode, Result};
use crate::rows::{Reader, UnitOfWork};
use crate::tables::{UserPreference, UserPreferenceId, user_preferences as rows};
use crate::validate;

/// How many rows are read at a time for a new key.
const REKEY_BATCH: i64 = 100;

/// The outcome of [`rekey`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Rekeyed {
    /// Values that are now sealed with the current key.
    pub resealed: i64,
    /// Values that could not be opened, and stayed as they were.
    pub failed: i64,
    /// Values that are not sealed with the current key yet, with those that failed.
    pub remaining: i64,
}

/// Seals up to `limit` values, 1 to 10 000, of all users with the current key that are sealed
/// with another one. Call it, one transaction each, until it seals none.
///
/// Values that can't be opened don't stop it: they are counted, and named in the log by id.
/// Read-only preferences are sealed anew too, as their value stays what it is.
pub fn rekey(uow: &mut UnitOfWork<'_>, limit: i64) -> Result<Rekeyed> {
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
        resealed,
        failed,
        remaining,
    })
}

fn current_key_id(reader: &Reader<'_>) -> Result<String> {
    let keys = reader.keys().ok_or_else(|| {
        let message = "no encryption keys are configured";
        Error::new(ErrorCode::EncryptionFailed, message)
    })?;
    Ok(keys.current_key_id())
}

/// Seals a row's value with the current key; says whether it could be opened.
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
