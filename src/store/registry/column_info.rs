//! Descriptions of columns, for hosts that know the entities only when they run.

use serde::Serialize;

use crate::rows::query::columns::{Column, ColumnKind};
use crate::rows::{Entity, writers};

/// Description of a column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ColumnInfo {
    /// Name of the column.
    pub name: &'static str,
    /// Kind of value: `Text`, `Integer`, `Real`, `Bool`, `Time`, `TimeSpan`, `Json`, `List` or `Enum`.
    pub kind: &'static str,
    /// True if the column may be null.
    pub nullable: bool,
    /// True if the database computes the column.
    pub is_generated: bool,
    /// Operations that alone change the column, as text for people; null if any update may.
    pub writer: Option<&'static str>,
}

impl ColumnInfo {
    pub(super) fn of<E: Entity>(column: &Column) -> Self {
        Self {
            name: column.name,
            kind: match column.kind {
                ColumnKind::Text => "Text",
                ColumnKind::Integer => "Integer",
                ColumnKind::Real => "Real",
                ColumnKind::Bool => "Bool",
                ColumnKind::Time => "Time",
                ColumnKind::Span => "TimeSpan",
                ColumnKind::Json => "Json",
                ColumnKind::List => "List",
                ColumnKind::Enum(..) => "Enum",
            },
            nullable: column.nullable,
            is_generated: column.is_generated,
            writer: writers::writer_of::<E>(column.name),
        }
    }
}
