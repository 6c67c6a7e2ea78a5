//! Import of preferences from a document, all or none.

use std::collections::HashSet;

use serde::Serialize;
use zeroize::Zeroizing;

use super::export::{ExportedPreference, PreferenceDocument, VERSION};
use super::sealing::open_of;
use super::set::holds;
use super::{NewPreference, PreferenceScope, set};
use crate::error::{Error, ErrorCode, Result};
use crate::rows::{Entity as _, UnitOfWork};
use crate::services::{agents, code_repositories};
use crate::tables::{CodeRepository, RepositoryId, UserPreference};
use crate::validate;

/// Maximum number of preferences in a document.
const MAX_PREFERENCES: usize = 10_000;

/// Outcome of [`import`].
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Import {
    /// Number of preferences that were added or changed; 0 if any was refused.
    pub imported: usize,
    /// Number of preferences that the database already had.
    pub unchanged: usize,
    /// Preferences that were refused. If there is any, nothing was written.
    pub refused: Vec<RefusedPreference>,
}

/// A preference that an import refused.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct RefusedPreference {
    /// Index in the document, from 0.
    pub index: usize,
    /// Key of the preference.
    pub key: String,
    /// Code of the error.
    pub code: ErrorCode,
    /// Message of the error, which never contains the value.
    pub message: String,
}

/// Imports the preferences of a document, for the acting user and for everyone, or none if any is refused: the outcome
/// lists the refused ones. Importing a document again changes nothing.
///
/// Sealed values are opened with the key that they name and sealed again with the current one. Preferences that are not
/// in the document stay. Fails with [`ErrorCode::InvalidArgument`] for a document of another version, or with more than
/// 10 000 preferences.
pub fn import(uow: &mut UnitOfWork<'_>, document: &PreferenceDocument) -> Result<Import> {
    validate::number("Version", document.version, VERSION..=VERSION)?;
    let count = document.preferences.len();
    validate::number("Preferences", count, 0..=MAX_PREFERENCES)?;
    let mut outcome = Import::default();
    let written = uow.savepoint(|uow| {
        take_all(uow, document, &mut outcome)?;
        match outcome.refused.first() {
            Some(first) => Err(Error::new(first.code, first.message.clone())),
            None => Ok(()),
        }
    });
    match written {
        Err(error) if outcome.refused.is_empty() => Err(error),
        Err(_) => Ok(Import {
            imported: 0,
            ..outcome
        }),
        Ok(()) => Ok(outcome),
    }
}

fn take_all(
    uow: &mut UnitOfWork<'_>,
    document: &PreferenceDocument,
    outcome: &mut Import,
) -> Result<()> {
    let mut seen = HashSet::new();
    for (index, given) in document.preferences.iter().enumerate() {
        match take(uow, given, &mut seen) {
            Ok(true) => outcome.imported += 1,
            Ok(false) => outcome.unchanged += 1,
            Err(error) if is_refusal(error.code()) => outcome.refused.push(RefusedPreference {
                index,
                key: given.key.clone(),
                code: error.code(),
                message: error.message().to_owned(),
            }),
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Returns true if the error concerns one preference only, so that the next one can be tried.
fn is_refusal(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::InvalidArgument
            | ErrorCode::NotFound
            | ErrorCode::AlreadyExists
            | ErrorCode::ConstraintViolation
            | ErrorCode::ReadOnly
            | ErrorCode::EncryptionFailed
    )
}

/// Imports one preference, and returns true if that changed anything.
fn take<'d>(
    uow: &mut UnitOfWork<'_>,
    given: &'d ExportedPreference,
    seen: &mut HashSet<(&'d str, bool, Option<RepositoryId>, Option<&'d str>)>,
) -> Result<bool> {
    let scope = scope_of(uow, given)?;
    let agent_id = given.agent_id.as_ref().map(|id| id.as_str());
    let place = (
        given.key.as_str(),
        given.is_default,
        scope.repository_id.clone(),
        agent_id,
    );
    if !seen.insert(place) {
        let message = "a preference must be in the document once, got it twice; remove one";
        return Err(Error::new(ErrorCode::AlreadyExists, message));
    }
    let value = plain_value(uow, given)?;
    let known = scope.find(uow, &given.key)?;
    if let Some(known) = &known
        && is_like(known, given)
        && holds(uow, known, &value)?
    {
        return Ok(false);
    }
    set(uow, &to_new(given, &value, scope))?;
    Ok(true)
}

fn scope_of(uow: &mut UnitOfWork<'_>, given: &ExportedPreference) -> Result<PreferenceScope> {
    if let Some(id) = &given.agent_id {
        agents::get(uow, id)?;
    }
    let repository_id = match &given.repository_path {
        Some(path) => Some(repository_at(uow, path)?),
        None => None,
    };
    Ok(PreferenceScope {
        is_default: given.is_default,
        repository_id,
        agent_id: given.agent_id.clone(),
    })
}

fn repository_at(uow: &mut UnitOfWork<'_>, path: &str) -> Result<RepositoryId> {
    let repository = code_repositories::get_by_path(uow, path)?;
    let repository = repository.ok_or_else(|| {
        let name = CodeRepository::NAME;
        let message = format!("{name}: no repository has the path '{path}'; register it first");
        Error::new(ErrorCode::NotFound, message).with_details(|d| {
            d.entity = Some(name);
            d.id = Some(path.to_owned());
        })
    })?;
    Ok(repository.id)
}

fn plain_value(uow: &UnitOfWork<'_>, given: &ExportedPreference) -> Result<Zeroizing<String>> {
    match &given.sealed_as {
        None => Ok(Zeroizing::new(given.value.clone())),
        Some(_) if !given.is_encrypted => Err(Error::invalid(
            "SealedAs",
            "must be left out unless IsEncrypted is true",
        )),
        Some(sealed) => {
            let key_id = sealed.encryption_key_id.clone();
            open_of(uow, &sealed.id, given.value.clone(), key_id)
        }
    }
}

/// Returns true if the row matches the document in everything but the value. Fields that the document leaves out match.
fn is_like(known: &UserPreference, given: &ExportedPreference) -> bool {
    let is_same = |given: &Option<String>, known| given.is_none() || given == known;
    given.type_.is_none_or(|type_| type_ == known.type_)
        && is_same(&given.category, &known.category)
        && is_same(&given.description, &known.description)
        && known.is_encrypted == given.is_encrypted
        && known.is_read_only == given.is_read_only
}

fn to_new(given: &ExportedPreference, value: &str, scope: PreferenceScope) -> NewPreference {
    NewPreference {
        type_: given.type_,
        category: given.category.clone(),
        description: given.description.clone(),
        is_encrypted: Some(given.is_encrypted),
        is_read_only: given.is_read_only,
        ..NewPreference::new(given.key.as_str(), value, scope)
    }
}
