//! Setting and removing preferences.

use super::sealing::{put_value, value_of};
use super::{NewPreference, PreferenceScope};
use crate::error::{Error, ErrorCode, Result};
use crate::rows::{Entity as _, Reader, UnitOfWork};
use crate::tables::{UserId, UserPreference};

/// Sets a preference, new or known, in exactly this scope.
///
/// Fails with [`ErrorCode::ReadOnly`] where the known one is read-only, and with
/// [`ErrorCode::EncryptionFailed`] where the value is to be sealed and can't be. Setting what is
/// set already writes nothing.
pub fn set(uow: &mut UnitOfWork<'_>, new: &NewPreference) -> Result<UserPreference> {
    new.validate()?;
    match new.scope.find(uow, &new.key)? {
        Some(known) => change(uow, known, new),
        None => add(uow, new),
    }
}

/// Removes the preference of exactly this scope; says whether there was one.
///
/// Fails with [`ErrorCode::ReadOnly`] where it is read-only.
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
    // Sealing gives another text each time, so only a changed value is sealed.
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

/// Returns `true` where the row has this value already. A value that can't be opened may be overwritten: how
/// else would a setting come back whose key was lost?
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
