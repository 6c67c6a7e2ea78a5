use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::schema::query_cache;
use crate::types::{Id, Json, StringList, TimeSpan, Timestamp};

/// Id of a [`QueryCacheEntry`].
pub type QueryCacheEntryId = Id<QueryCacheEntry>;

/// The stored result of a query.
#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Insertable, Serialize, Deserialize,
)]
#[serde(rename_all = "PascalCase")]
#[diesel(table_name = query_cache, check_for_backend(diesel::sqlite::Sqlite), treat_none_as_default_value = false)]
pub struct QueryCacheEntry {
    /// Primary key.
    pub id: QueryCacheEntryId,
    /// Name of the query and its arguments, unique.
    pub key: String,
    /// Result.
    pub value: Json,
    /// Each use moves the expiry this far ahead.
    pub sliding_expiration: Option<TimeSpan>,
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
