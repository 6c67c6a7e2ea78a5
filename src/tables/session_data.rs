use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::schema::session_data;
use crate::types::{Id, Json, StringList, Timestamp};

/// Id of a [`SessionDataEntry`].
pub type SessionDataEntryId = Id<SessionDataEntry>;

/// A value that a host keeps for a session.
#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Insertable, Serialize, Deserialize,
)]
#[serde(rename_all = "PascalCase")]
#[diesel(table_name = session_data, check_for_backend(diesel::sqlite::Sqlite), treat_none_as_default_value = false)]
pub struct SessionDataEntry {
    /// Primary key.
    pub id: SessionDataEntryId,
    /// Session it belongs to.
    pub session_id: String,
    /// Name, unique within the session.
    pub key: String,
    /// Value.
    pub value: Json,
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
