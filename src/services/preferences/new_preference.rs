//! Arguments for setting a preference.

use std::fmt;

use serde::Deserialize;

use super::PreferenceScope;
use crate::error::Result;
use crate::types::PreferenceType;
use crate::validate;

/// A preference to set.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct NewPreference {
    /// Name of the setting, 1 to 255 characters.
    pub key: String,
    /// Value, as text: `true` or `false`, a number, JSON, or any text without NUL.
    pub value: String,
    /// Scope that it applies to.
    #[serde(default)]
    pub scope: PreferenceScope,
    /// Kind of setting; none keeps the present one, and means [`PreferenceType::UI`] for a new preference.
    pub type_: Option<PreferenceType>,
    /// Category, for lists, up to 100 characters; none keeps the present one.
    pub category: Option<String>,
    /// Description, for people; none keeps the present one.
    pub description: Option<String>,
    /// True to seal the value; none keeps the present choice, and means false for a new preference.
    pub is_encrypted: Option<bool>,
    /// True to refuse later changes.
    #[serde(default)]
    pub is_read_only: bool,
}

impl NewPreference {
    /// Creates a preference that can be changed later, and that stays sealed if it is sealed now.
    pub fn new(key: impl Into<String>, value: impl Into<String>, scope: PreferenceScope) -> Self {
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

    /// Seals the value.
    #[must_use]
    pub fn encrypted(mut self) -> Self {
        self.is_encrypted = Some(true);
        self
    }

    /// Makes the preference read-only.
    #[must_use]
    pub fn read_only(mut self) -> Self {
        self.is_read_only = true;
        self
    }

    pub(super) fn validate(&self) -> Result<()> {
        validate::text("Key", &self.key, validate::NAME)?;
        validate::no_nul("Value", &self.value)?;
        validate::optional_text("Category", self.category.as_deref(), 0..=100)?;
        let description = self.description.as_deref();
        description.map_or(Ok(()), |text| validate::no_nul("Description", text))
    }
}

// Not derived, since the value may be confidential.
impl fmt::Debug for NewPreference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewPreference")
            .field("key", &self.key)
            .field("scope", &self.scope)
            .field("is_encrypted", &self.is_encrypted)
            .finish_non_exhaustive()
    }
}
