//! Row and queries of the table `SessionData`.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::caches::cache_entry;
use crate::schema::session_data;
use crate::sqlite::Conn;
use crate::types::{Id, Json, StringList, Timestamp};

/// Id of a [`SessionDataEntry`].
pub type SessionDataEntryId = Id<SessionDataEntry>;

/// Value that a host keeps for a session.
#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Insertable, Serialize, Deserialize,
)]
#[serde(rename_all = "PascalCase")]
#[diesel(table_name = session_data, check_for_backend(diesel::sqlite::Sqlite), treat_none_as_default_value = false)]
pub struct SessionDataEntry {
    /// Primary key.
    pub id: SessionDataEntryId,
    /// Session that the entry belongs to.
    pub session_id: String,
    /// Key, unique within the session.
    pub key: String,
    /// Value.
    pub value: Json,
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
    SessionDataEntry in session_data as "SessionData",
    key (session_data::session_id, session_data::key),
    value (value)
}

/// Returns the entry of a session with this key, expired or not.
pub(crate) fn get(
    conn: &mut Conn,
    session_id: &str,
    key: &str,
) -> QueryResult<Option<SessionDataEntry>> {
    session_data::table
        .filter(session_data::session_id.eq(session_id))
        .filter(session_data::key.eq(key))
        .select(SessionDataEntry::as_select())
        .first(conn)
        .optional()
}

/// Returns the entries of a session by key, expired ones included.
pub(crate) fn list(conn: &mut Conn, session_id: &str) -> QueryResult<Vec<SessionDataEntry>> {
    session_data::table
        .filter(session_data::session_id.eq(session_id))
        .order(session_data::key)
        .select(SessionDataEntry::as_select())
        .load(conn)
}
