//! Row and queries of the table `ChatSessions`.

use diesel::SqliteExpressionMethods as _;
use diesel::prelude::*;

use super::{ChatMessage, UserId};
use crate::rows::entity;
use crate::rows::lineages::NumberBase;
use crate::rows::query::{Direction, Specification};
use crate::schema::{chat_sessions, chat_sessions as sessions};
use crate::sqlite::Conn;
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
        /// Version of the row; each update raises it.
        pub row_version: i64,
    }
    created { created_at },
    updated { },
    version row_version,
    kept {
        [last_message_at] by "add_message",
    },
    given { last_message_at },
    relations {
        Messages: many ChatMessage by "SessionId",
    },
}

/// Returns the session of a user, or of nobody, and an instance that has the latest message.
pub(crate) fn latest(
    conn: &mut Conn,
    user_id: Option<&UserId>,
    instance_id: &str,
) -> QueryResult<Option<ChatSession>> {
    sessions::table
        .filter(sessions::user_id.is(user_id))
        .filter(sessions::instance_id.eq(instance_id))
        .order((sessions::last_message_at.desc(), sessions::id.desc()))
        .select(ChatSession::as_select())
        .first(conn)
        .optional()
}

/// Returns the sessions of a user, those with the latest messages first.
pub(crate) fn of_user(user_id: &UserId) -> Specification<ChatSession> {
    Specification::new()
        .filter(sessions::user_id.eq(user_id.clone()))
        .order_by(sessions::last_message_at, Direction::Descending)
}

/// Writes the time of a session's last message unless it is later already, and returns the number of rows written.
pub(crate) fn save_last_message(
    conn: &mut Conn,
    id: &ChatSessionId,
    at: Timestamp,
    base: NumberBase,
) -> QueryResult<usize> {
    let earlier = sessions::table
        .find(id)
        .filter(sessions::last_message_at.lt(at));
    diesel::update(earlier)
        .set((
            sessions::last_message_at.eq(at),
            sessions::row_version.eq(base.next_version_of(sessions::row_version)),
        ))
        .execute(conn)
}
