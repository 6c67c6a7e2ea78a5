//! Setting and removing preferences.

use super::sealing::{put_value, value_of};
use super::{NewPreference, PreferenceScope};
use crate::error::{Error, ErrorCode, Result};
use crate::rows::{Entity as _, Reader, UnitOfWork};
use crate::tables::{UserId, UserPreference};

/// Sets the preference with exactly this scope, and adds it if there is none.
///
/// Fails with [`ErrorCode::ReadOnly`] if the present one is read-only, and with [`ErrorCode::EncryptionFailed`] if the
/// value is to be sealed and can't be. Setting the present value writes nothing.
pub fn set(uow: &mut UnitOfWork<'_>, new: &NewPreference) -> Result<UserPreference> {
    new.validate()?;
    match new.scope.find(uow, &new.key)? {
        Some(known) => change(uow, known, new),
        None => add(uow, new),
    }
}

/// Removes the preference with exactly this scope, and returns true if there was one.
///
/// Fails with [`ErrorCode::ReadOnly`] if it is read-only.
pub fn remove(uow: &mut UnitOfWork<'_>, key: &str, scope: &PreferenceScope) -> Result<bool> {
    let Some(known) = scope.find(uow, key)? else {
        return Ok(false);
    };
    refuse_read_only(&known)?;
    uow.delete(&known.id)?;
    Ok(true)
}

fn add(uow: &mut UnitOfWork<'_>, new: &NewPreference) -> Result<UserPreference> {
    let now = uow.now();
    let acting = uow.user().user_id.clone();
    let mut row = UserPreference {
        id: uow.new_id()?,
        user_id: UserId::new(new.scope.user_id(uow))?,
        key: new.key.clone(),
        value: String::new(),
        type_: new.type_.unwrap_or_default(),
        category: new.category.clone(),
        repository_id: new.scope.repository_id.clone(),
        agent_id: new.scope.agent_id.clone(),
        description: new.description.clone(),
        is_encrypted: new.is_encrypted.unwrap_or_default(),
        encryption_key_id: None,
        is_read_only: new.is_read_only,
        created_at: now,
        updated_at: now,
        created_by: acting.clone(),
        updated_by: acting,
        row_version: 1,
    };
    put_value(uow, &mut row, &new.value)?;
    uow.insert(&mut row)?;
    Ok(row)
}

fn change(
    uow: &mut UnitOfWork<'_>,
    known: UserPreference,
    new: &NewPreference,
) -> Result<UserPreference> {
    refuse_read_only(&known)?;
    let mut row = known;
    let is_encrypted = new.is_encrypted.unwrap_or(row.is_encrypted);
    // The sealed text differs each time, so sealing an equal value would be a change.
    if is_encrypted != row.is_encrypted || !holds(uow, &row, &new.value)? {
        row.is_encrypted = is_encrypted;
        put_value(uow, &mut row, &new.value)?;
    }
    row.type_ = new.type_.unwrap_or(row.type_);
    row.category = new.category.clone().or(row.category);
    row.description = new.description.clone().or(row.description);
    row.is_read_only = new.is_read_only;
    uow.update(&mut row)?;
    Ok(row)
}

/// Returns true if the row has this value. Returns false for a value that can't be opened, so that a setting whose key
/// was lost can be overwritten.
pub(super) fn holds(reader: &Reader<'_>, row: &UserPreference, value: &str) -> Result<bool> {
    match value_of(reader, row) {
        Ok(present) => Ok(*present == value),
        Err(error) if error.code() == ErrorCode::EncryptionFailed => Ok(false),
        Err(error) => Err(error),
    }
}

fn refuse_read_only(row: &UserPreference) -> Result<()> {
    if !row.is_read_only {
        return Ok(());
    }
    let message = format!("the preference '{}' is read-only", row.key);
    Err(Error::new(ErrorCode::ReadOnly, message).with_details(|d| {
        d.entity = Some(UserPreference::NAME);
        d.id = Some(row.id.to_string());
    }))
}
