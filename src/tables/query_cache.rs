//! Row and queries of the table `QueryCache`.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::caches::cache_entry;
use crate::schema::query_cache;
use crate::sqlite::{Conn, dialect};
use crate::types::{Id, Json, StringList, TimeSpan, Timestamp};

/// Id of a [`QueryCacheEntry`].
pub type QueryCacheEntryId = Id<QueryCacheEntry>;

/// Stored result of a query.
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
    /// Result of the query.
    pub value: Json,
    /// Span by which each use postpones the expiry.
    pub sliding_expiration: Option<TimeSpan>,
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
    QueryCacheEntry in query_cache as "QueryCache",
    key query_cache::key,
    value (value, sliding_expiration)
}

/// Returns the entry with this key, expired or not.
pub(crate) fn get(conn: &mut Conn, key: &str) -> QueryResult<Option<QueryCacheEntry>> {
    query_cache::table
        .filter(query_cache::key.eq(key))
        .select(QueryCacheEntry::as_select())
        .first(conn)
        .optional()
}

/// Writes the time at which an entry expires.
pub(crate) fn save_expiry(
    conn: &mut Conn,
    id: &QueryCacheEntryId,
    expires_at: Timestamp,
) -> QueryResult<()> {
    let changes = query_cache::expires_at.eq(expires_at);
    dialect::update_row(conn, "QueryCache", id, changes)
}
