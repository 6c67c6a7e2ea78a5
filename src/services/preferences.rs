//! Preferences: settings of a user or of everyone, for all work or for one repository or agent.
//!
//! Of the rows that apply, the most specific wins: those of the acting user before those of
//! `default`, and among them agent and repository, then agent, then repository, then all work.
//! Rows of other users are not seen.
//!
//! ```
//! use orchestra_store::services::preferences::{self, NewPreference, Scope};
//! # use orchestra_store::{Store, StoreConfig, UserContext};
//! # let directory = tempfile::tempdir()?;
//! # let store = Store::open(StoreConfig::new(directory.path().join("orchestra.db")))?;
//! let ann = store.context(UserContext::user("ann"));
//! ann.write(|uow| {
//!     preferences::set(uow, &NewPreference::new("retries", "3", Scope::everyone()))?;
//!     preferences::set(uow, &NewPreference::new("retries", "5", Scope::user()))
//! })?;
//! let retries = ann.read(|reader| preferences::resolve(reader, "retries", None, None))?;
//! assert_eq!(retries.map(|r| r.i64()).transpose()?, Some(5));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::cmp::Reverse;
use std::fmt;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::db::{Reader, UnitOfWork};
use crate::encryption::{Place, Sealed, open as open_sealed, seal};
use crate::entity::{DEFAULT_USER, Entity};
use crate::error::{Error, ErrorCode, Result};
use crate::models::{AgentId, RepositoryId, UserId, UserPreference, UserPreferenceId};
use crate::repositories::user_preferences as rows;
use crate::types::PreferenceType;
use crate::validate;

/// How many rows are read at a time for a new key.
const REKEY_BATCH: i64 = 100;

/// Whom and what a preference is for.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub struct Scope {
    /// Whether it is for everyone (`default`) and not for the acting user.
    pub is_default: bool,
    /// The repository; none: all.
    pub repository_id: Option<RepositoryId>,
    /// The agent; none: all.
    pub agent_id: Option<AgentId>,
}

impl Scope {
    /// All work of the acting user.
    pub fn user() -> Self {
        Self::default()
    }

    /// All work of everyone.
    pub fn everyone() -> Self {
        Self {
            is_default: true,
            ..Self::default()
        }
    }

    /// The same, in this repository only.
    #[must_use]
    pub fn in_repository(mut self, id: &RepositoryId) -> Self {
        self.repository_id = Some(id.clone());
        self
    }

    /// The same, of this agent only.
    #[must_use]
    pub fn of_agent(mut self, id: &AgentId) -> Self {
        self.agent_id = Some(id.clone());
        self
    }

    fn user_id<'a>(&self, reader: &'a Reader<'_>) -> &'a str {
        if self.is_default {
            DEFAULT_USER
        } else {
            &reader.user().user_id
        }
    }

    fn find(&self, reader: &mut Reader<'_>, key: &str) -> Result<Option<UserPreference>> {
        let user_id = self.user_id(reader).to_owned();
        let (repository, agent) = (self.repository_id.as_ref(), self.agent_id.as_ref());
        let row = rows::get(reader.connection(), &user_id, key, repository, agent)?;
        Ok(row)
    }
}

/// What a preference is set to.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct NewPreference {
    /// Name of the setting, 1 to 255 characters.
    pub key: String,
    /// Value, as text: `true` or `false`, a number, JSON, or any text without NUL.
    pub value: String,
    /// Whom and what it is for.
    #[serde(default)]
    pub scope: Scope,
    /// Kind of setting; none: as before, and [`PreferenceType::UI`] for a new one.
    #[serde(default)]
    pub type_: Option<PreferenceType>,
    /// Category, for lists, up to 100 characters; none: as before.
    #[serde(default)]
    pub category: Option<String>,
    /// What it is, for people; none: as before.
    #[serde(default)]
    pub description: Option<String>,
    /// Whether the value is sealed; none: as before, and not for a new one.
    #[serde(default)]
    pub is_encrypted: Option<bool>,
    /// Whether later changes are refused.
    #[serde(default)]
    pub is_read_only: bool,
}

impl NewPreference {
    /// A value that can be changed later, and is sealed if it was before.
    pub fn new(key: impl Into<String>, value: impl Into<String>, scope: Scope) -> Self {
        Self {
            key: key.into(),
            value: value.into(),
            scope,
            type_: None,
            category: None,
            description: None,
            is_encrypted: None,
            is_read_only: false,
        }
    }

    /// The same, sealed.
    #[must_use]
    pub fn encrypted(mut self) -> Self {
        self.is_encrypted = Some(true);
        self
    }

    /// The same, with later changes refused.
    #[must_use]
    pub fn read_only(mut self) -> Self {
        self.is_read_only = true;
        self
    }

    fn validate(&self) -> Result<()> {
        validate::text("Key", &self.key, validate::NAME)?;
        validate::no_nul("Value", &self.value)?;
        validate::optional_text("Category", self.category.as_deref(), 0..=100)?;
        let description = self.description.as_deref();
        description.map_or(Ok(()), |text| validate::no_nul("Description", text))
    }
}

// By hand, since the value may be meant to be sealed.
impl fmt::Debug for NewPreference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewPreference")
            .field("key", &self.key)
            .field("scope", &self.scope)
            .field("is_encrypted", &self.is_encrypted)
            .finish_non_exhaustive()
    }
}

/// A preference whose value can be read. A value that was sealed is overwritten in memory when
/// this is dropped, and is not printed.
#[derive(Clone, PartialEq)]
pub struct Preference {
    row: UserPreference,
    value: Zeroizing<String>,
}

impl Preference {
    /// The row as it is in the database, with the value sealed if it is.
    pub fn row(&self) -> &UserPreference {
        &self.row
    }

    /// The value.
    pub fn text(&self) -> &str {
        &self.value
    }

    /// The value, where it is `true` or `false`, in any case.
    pub fn bool(&self) -> Result<bool> {
        let is = |text| self.value.trim().eq_ignore_ascii_case(text);
        match (is("true"), is("false")) {
            (true, _) => Ok(true),
            (_, true) => Ok(false),
            _ => Err(self.unlike("neither `true` nor `false`")),
        }
    }

    /// The value, where it is a whole number.
    pub fn i64(&self) -> Result<i64> {
        let number = self.value.trim().parse();
        number.map_err(|_| self.unlike("not a whole number of 64 bits"))
    }

    /// The value, where it is a finite number.
    pub fn f64(&self) -> Result<f64> {
        let number = self
            .value
            .trim()
            .parse()
            .ok()
            .filter(|n: &f64| n.is_finite());
        number.ok_or_else(|| self.unlike("not a number"))
    }

    /// The value, where it is JSON of this form.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T> {
        // Only the place of the fault is told: serde_json's message can contain the value.
        serde_json::from_str(&self.value).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            self.unlike(format!(
                "not the expected JSON at line {line} column {column}"
            ))
        })
    }

    fn unlike(&self, reason: impl fmt::Display) -> Error {
        let message = format!("the preference '{}' is {reason}", self.row.key);
        Error::new(ErrorCode::InvalidArgument, message).with_details(|d| {
            d.entity = Some(UserPreference::NAME);
            d.id = Some(self.row.id.to_string());
            d.column = Some(VALUE.to_owned());
        })
    }
}

impl fmt::Debug for Preference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Preference").field(&self.row).finish()
    }
}

/// What [`rekey`] did.
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

const VALUE: &str = "Value";

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

/// The preference of exactly this scope, if there is one.
pub fn get(reader: &mut Reader<'_>, key: &str, scope: &Scope) -> Result<Option<Preference>> {
    let row = scope.find(reader, key)?;
    row.map(|row| open(reader, row)).transpose()
}

/// The preference that holds for the acting user's work with this agent in this repository: the
/// most specific one, if there is any.
pub fn resolve(
    reader: &mut Reader<'_>,
    key: &str,
    repository_id: Option<&RepositoryId>,
    agent_id: Option<&AgentId>,
) -> Result<Option<Preference>> {
    let candidates = applying(reader, Some(key), repository_id, agent_id)?;
    let most_specific = candidates.into_iter().max_by_key(precedence);
    most_specific.map(|row| open(reader, row)).transpose()
}

/// The rows that hold for the acting user's work with this agent in this repository, the most
/// specific one of each key, by key. Sealed values stay sealed; [`open`] opens one.
pub fn list_effective(
    reader: &mut Reader<'_>,
    repository_id: Option<&RepositoryId>,
    agent_id: Option<&AgentId>,
) -> Result<Vec<UserPreference>> {
    let mut found = applying(reader, None, repository_id, agent_id)?;
    found.sort_by(|a, b| (&a.key, Reverse(precedence(a))).cmp(&(&b.key, Reverse(precedence(b)))));
    found.dedup_by(|later, kept| later.key == kept.key);
    Ok(found)
}

/// Makes the value of a row readable.
///
/// Fails with [`ErrorCode::NotFound`] where the row is another user's, and with
/// [`ErrorCode::EncryptionFailed`] where its value is sealed and can't be opened.
pub fn open(reader: &Reader<'_>, row: UserPreference) -> Result<Preference> {
    if !visible_users(reader).contains(&row.user_id.as_str()) {
        return Err(Error::not_found(UserPreference::NAME, &row.id));
    }
    let value = value_of(reader, &row)?;
    Ok(Preference { row, value })
}

/// Removes the preference of exactly this scope; says whether there was one.
///
/// Fails with [`ErrorCode::ReadOnly`] where it is read-only.
pub fn remove(uow: &mut UnitOfWork<'_>, key: &str, scope: &Scope) -> Result<bool> {
    let Some(known) = scope.find(uow, key)? else {
        return Ok(false);
    };
    refuse_read_only(&known)?;
    uow.delete(&known.id)?;
    Ok(true)
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

/// Whether the row has this value already. A value that can't be opened may be overwritten: how
/// else would a setting come back whose key was lost?
fn holds(reader: &Reader<'_>, row: &UserPreference, value: &str) -> Result<bool> {
    match value_of(reader, row) {
        Ok(present) => Ok(*present == value),
        Err(error) if error.code() == ErrorCode::EncryptionFailed => Ok(false),
        Err(error) => Err(error),
    }
}

/// Puts a value into a row, sealed if the row is.
fn put_value(reader: &Reader<'_>, row: &mut UserPreference, value: &str) -> Result<()> {
    if row.is_encrypted {
        let sealed = seal(reader.keys(), &place(&row.id), value)?;
        row.value = sealed.text;
        row.encryption_key_id = Some(sealed.key_id);
    } else {
        row.value = value.to_owned();
        row.encryption_key_id = None;
    }
    Ok(())
}

fn value_of(reader: &Reader<'_>, row: &UserPreference) -> Result<Zeroizing<String>> {
    if !row.is_encrypted {
        return Ok(Zeroizing::new(row.value.clone()));
    }
    let sealed = Sealed {
        text: row.value.clone(),
        key_id: row.encryption_key_id.clone().unwrap_or_default(),
    };
    open_sealed(reader.keys(), &place(&row.id), &sealed)
}

fn place(id: &UserPreferenceId) -> Place<'_> {
    Place {
        table: UserPreference::NAME,
        column: VALUE,
        id: id.as_str(),
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

fn visible_users<'a>(reader: &'a Reader<'_>) -> [&'a str; 2] {
    [&reader.user().user_id, DEFAULT_USER]
}

fn applying(
    reader: &mut Reader<'_>,
    key: Option<&str>,
    repository_id: Option<&RepositoryId>,
    agent_id: Option<&AgentId>,
) -> Result<Vec<UserPreference>> {
    let user_id = reader.user().user_id.clone();
    let users = [user_id.as_str(), DEFAULT_USER];
    Ok(rows::applying(
        reader.connection(),
        &users,
        key,
        repository_id,
        agent_id,
    )?)
}

/// How specific a row is, of those that apply: the user's own before everyone's, then agent before
/// repository, and both before one.
fn precedence(row: &UserPreference) -> (bool, bool, bool) {
    let is_own = row.user_id.as_str() != DEFAULT_USER;
    (is_own, row.agent_id.is_some(), row.repository_id.is_some())
}
