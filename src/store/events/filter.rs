//! Which events somebody wants.

use serde::Deserialize;

use crate::error::{Error, Result};
use crate::store::registry;
use crate::tables::ChangeEvent;

/// Which events are meant: those that all given values hold for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub struct ChangeFilter {
    /// About a row of one of these tables, such as `Tasks`; of any, where none is named.
    pub entity_types: Vec<String>,
    /// About the row with this id; only together with one table.
    pub entity_id: Option<String>,
}

impl ChangeFilter {
    /// All events.
    pub fn all() -> Self {
        Self::default()
    }

    /// Those about the rows of a table.
    pub fn of(entity_type: impl Into<String>) -> Self {
        Self {
            entity_types: vec![entity_type.into()],
            entity_id: None,
        }
    }

    /// Those about one row of a table.
    pub fn row(entity_type: impl Into<String>, id: impl Into<String>) -> Self {
        Self {
            entity_id: Some(id.into()),
            ..Self::of(entity_type)
        }
    }

    /// Refuses tables that there are not, and an id that could be of several.
    pub(super) fn check(&self) -> Result<()> {
        for entity_type in &self.entity_types {
            registry::by_name(entity_type)?;
        }
        if self.entity_id.is_some() && self.entity_types.len() != 1 {
            return Err(Error::invalid("EntityId", "needs exactly one table"));
        }
        Ok(())
    }

    pub(super) fn takes(&self, event: &ChangeEvent) -> bool {
        let id = self.entity_id.as_deref();
        (self.entity_types.is_empty() || self.entity_types.contains(&event.entity_type))
            && id.is_none_or(|id| id == event.entity_id)
    }
}
