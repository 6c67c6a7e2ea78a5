//! Filters of change events.

use serde::Deserialize;

use crate::error::{Error, Result};
use crate::store::registry;
use crate::tables::ChangeEvent;

/// Conditions for events; an event must meet all that are given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub struct ChangeFilter {
    /// Tables of the rows, such as `Tasks`; empty for any.
    pub entity_types: Vec<String>,
    /// Id of the row; requires exactly one table.
    pub entity_id: Option<String>,
}

impl ChangeFilter {
    /// Creates the filter that accepts all events.
    pub fn all() -> Self {
        Self::default()
    }

    /// Creates the filter for the rows of a table.
    pub fn of(entity_type: impl Into<String>) -> Self {
        Self {
            entity_types: vec![entity_type.into()],
            entity_id: None,
        }
    }

    /// Creates the filter for one row of a table.
    pub fn row(entity_type: impl Into<String>, id: impl Into<String>) -> Self {
        Self {
            entity_id: Some(id.into()),
            ..Self::of(entity_type)
        }
    }

    /// Fails for unknown tables, and for an id without exactly one table.
    pub(super) fn check(&self) -> Result<()> {
        for entity_type in &self.entity_types {
            registry::by_name(entity_type)?;
        }
        if self.entity_id.is_some() && self.entity_types.len() != 1 {
            return Err(Error::invalid(
                "EntityId",
                "must be given together with exactly one table",
            ));
        }
        Ok(())
    }

    pub(super) fn takes(&self, event: &ChangeEvent) -> bool {
        let id = self.entity_id.as_deref();
        (self.entity_types.is_empty() || self.entity_types.contains(&event.entity_type))
            && id.is_none_or(|id| id == event.entity_id)
    }
}
