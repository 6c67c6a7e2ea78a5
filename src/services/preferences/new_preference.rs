//! Preferences that are to be set.

use std::fmt;

use serde::Deserialize;

use super::PreferenceScope;
use crate::error::Result;
use crate::types::PreferenceType;
use crate::validate;

/// A preference that is to be set.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct NewPreference {
    /// Name of the setting, 1 to 255 characters.
    pub key: String,
    /// Value, as text: `true` or `false`, a number, JSON, or any text without NUL.
    pub value: String,
    /// Whom and what it is for.
    #[serde(default)]
    pub scope: PreferenceScope,
    /// Kind of setting; none: as before, and [`PreferenceType::UI`] for a new one.
    #[serde(default)]
    pub type_: Option<PreferenceType>,
    /// Category, for lists, up to 100 characters; none: as before.
    #[serde(default)]
    pub category: Option<String>,
    /// Description, for people; none: as before.
    #[serde(default)]
    pub description: Option<String>,
    /// `true` where the value is to be sealed; none: as before, and not for a new one.
    #[serde(default)]
    pub is_encrypted: Option<bool>,
    /// `true` where later changes are to be refused.
    #[serde(default)]
    pub is_read_only: bool,
}

impl NewPreference {
    /// Makes a value that can be changed later, and is sealed if it was before.
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

    /// Makes the value a sealed one.
    #[must_use]
    pub fn encrypted(mut self) -> Self {
        self.is_encrypted = Some(true);
        self
    }

    /// Makes the store refuse later changes.
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
