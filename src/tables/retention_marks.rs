use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::schema::retention_marks;
use crate::types::Timestamp;

/// How far back a log is complete: only rows older than its mark can be deleted.
#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Insertable, Serialize, Deserialize,
)]
#[serde(rename_all = "PascalCase")]
#[diesel(table_name = retention_marks, primary_key(table_name), check_for_backend(diesel::sqlite::Sqlite), treat_none_as_default_value = false)]
pub struct RetentionMark {
    /// Log table, the primary key.
    pub table_name: String,
    /// Rows older than this may be gone; it never moves back.
    pub delete_before: Timestamp,
    /// When the row was last changed.
    pub updated_at: Timestamp,
    /// Who last changed the row.
    pub updated_by: String,
}
