use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::schema::computed_results;
use crate::types::{Id, Json, StringList, Timestamp};

/// Id of a [`ComputedResult`].
pub type ComputedResultId = Id<ComputedResult>;

/// The stored result of a costly computation.
#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Insertable, Serialize, Deserialize,
)]
#[serde(rename_all = "PascalCase")]
#[diesel(table_name = computed_results, check_for_backend(diesel::sqlite::Sqlite), treat_none_as_default_value = false)]
pub struct ComputedResult {
    /// Primary key.
    pub id: ComputedResultId,
    /// Name of the computation and its arguments, unique.
    pub key: String,
    /// Result.
    pub value: Json,
    /// Hash of what it was computed from.
    pub input_hash: Option<String>,
    /// Time the computation took, in milliseconds.
    pub computation_time: Option<i64>,
    /// Tags to invalidate it by.
    pub tags: Option<StringList>,
    /// When it is no longer valid; none: never.
    pub expires_at: Option<Timestamp>,
    /// When the row was created.
    pub created_at: Timestamp,
    /// When the row was last changed.
    pub updated_at: Timestamp,
    /// Version of the row: each update adds one.
    pub row_version: i64,
}
