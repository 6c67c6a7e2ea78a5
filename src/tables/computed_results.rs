//! Row and queries of the table `ComputedResults`.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::caches::cache_entry;
use crate::schema::computed_results;
use crate::sqlite::Conn;
use crate::types::{Id, Json, StringList, Timestamp};

/// Id of a [`ComputedResult`].
pub type ComputedResultId = Id<ComputedResult>;

/// Stored result of a costly computation.
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
    /// Result of the computation.
    pub value: Json,
    /// Hash of the input of the computation.
    pub input_hash: Option<String>,
    /// Time the computation took, in milliseconds.
    pub computation_time: Option<i64>,
    /// Tags by which the entry can be invalidated.
    pub tags: Option<StringList>,
    /// Time at which the entry expires; none means never.
    pub expires_at: Option<Timestamp>,
    /// Time at which the row was created.
    pub created_at: Timestamp,
    /// Time of the last change to the row.
    pub updated_at: Timestamp,
    /// Version of the row; each update raises it.
    pub row_version: i64,
}

cache_entry! {
    ComputedResult in computed_results as "ComputedResults",
    key computed_results::key,
    value (value, input_hash, computation_time)
}

/// Returns the entry with this key, expired or not.
pub(crate) fn get(conn: &mut Conn, key: &str) -> QueryResult<Option<ComputedResult>> {
    computed_results::table
        .filter(computed_results::key.eq(key))
        .select(ComputedResult::as_select())
        .first(conn)
        .optional()
}
