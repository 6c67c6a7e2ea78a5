//! The table `ChatSessions`.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::{ChatMessage, UserId};
use crate::rows::entity;
use crate::schema::chat_sessions;
use crate::types::{Id, Timestamp};

/// Id of a [`ChatSession`].
pub type ChatSessionId = Id<ChatSession>;

/// A conversation.
#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Insertable, Serialize, Deserialize,
)]
#[serde(rename_all = "PascalCase")]
#[diesel(table_name = chat_sessions, check_for_backend(diesel::sqlite::Sqlite), treat_none_as_default_value = false)]
pub struct ChatSession {
    /// Primary key.
    pub id: ChatSessionId,
    /// User that takes part.
    pub user_id: Option<UserId>,
    /// The host's instance it belongs to.
    pub instance_id: String,
    /// Title to show.
    pub title: String,
    /// When the row was created.
    pub created_at: Timestamp,
    /// When the last message came.
    pub last_message_at: Timestamp,
    /// Version of the row: each update adds one.
    pub row_version: i64,
}

entity! {
    ChatSession in chat_sessions as "ChatSessions",
    enums { },
    created { created_at },
    updated { },
    version row_version,
    relations {
        Messages: many ChatMessage by "SessionId",
    },
}
