//! Row of the table `ChatSessions`.

use super::{ChatMessage, UserId};
use crate::rows::entity;
use crate::schema::chat_sessions;
use crate::types::{Id, Timestamp};

/// Id of a [`ChatSession`].
pub type ChatSessionId = Id<ChatSession>;

entity! {
    /// A conversation.
    #[derive(Debug)]
    pub struct ChatSession in chat_sessions as "ChatSessions" {
        /// Primary key.
        pub id: ChatSessionId,
        /// User that takes part in the conversation.
        pub user_id: Option<UserId>,
        /// Instance of the host that the conversation belongs to.
        pub instance_id: String,
        /// Title for people.
        pub title: String,
        /// Time at which the row was created.
        pub created_at: Timestamp,
        /// Time of the last message.
        pub last_message_at: Timestamp,
        /// Version of the row; each update adds one.
        pub row_version: i64,
    }
    created { created_at },
    updated { },
    version row_version,
    relations {
        Messages: many ChatMessage by "SessionId",
    },
}
