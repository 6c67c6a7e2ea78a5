//! Row of the table `RetentionMarks`, whose queries are in `retention.rs`.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::schema::retention_marks;
use crate::types::Timestamp;

/// Mark of how far back a log is complete: only rows older than it can be deleted.
#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Insertable, Serialize, Deserialize,
)]
#[serde(rename_all = "PascalCase")]
#[diesel(table_name = retention_marks, primary_key(table_name), check_for_backend(diesel::sqlite::Sqlite), treat_none_as_default_value = false)]
pub struct RetentionMark {
    /// Name of the log's table, the primary key.
    pub table_name: String,
    /// Time before which rows may have been deleted; it never moves back.
    pub delete_before: Timestamp,
    /// Time of the last change to the row.
    pub updated_at: Timestamp,
    /// User who last changed the row.
    pub updated_by: String,
}
