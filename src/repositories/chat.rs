//! Queries of `ChatSessions` and `ChatMessages`.

use diesel::dsl::count_star;
use diesel::prelude::*;

use crate::db::Conn;
use crate::models::{ChatMessageId, ChatSession, ChatSessionId, UserId};
use crate::schema::{chat_messages as messages, chat_sessions as sessions};
use crate::types::{DeliveryStatus, Timestamp};

/// The session of a user and an instance with the latest message.
pub(crate) fn latest_session(
    conn: &mut Conn,
    user_id: &UserId,
    instance_id: &str,
) -> QueryResult<Option<ChatSession>> {
    sessions::table
        .filter(sessions::user_id.eq(user_id))
        .filter(sessions::instance_id.eq(instance_id))
        .order((sessions::last_message_at.desc(), sessions::id.desc()))
        .select(ChatSession::as_select())
        .first(conn)
        .optional()
}

/// Notes when a session's last message came, if none came later; returns how many rows it wrote.
pub(crate) fn touch_session(
    conn: &mut Conn,
    id: &ChatSessionId,
    at: Timestamp,
) -> QueryResult<usize> {
    let earlier = sessions::table
        .find(id)
        .filter(sessions::last_message_at.lt(at));
    diesel::update(earlier)
        .set((
            sessions::last_message_at.eq(at),
            sessions::row_version.eq(sessions::row_version + 1),
        ))
        .execute(conn)
}

/// How many messages are older than a moment.
pub(crate) fn count_older(conn: &mut Conn, before: Timestamp) -> QueryResult<i64> {
    messages::table
        .filter(messages::delivery_status.eq_any(DeliveryStatus::ALL))
        .filter(messages::timestamp.lt(before))
        .count()
        .get_result(conn)
}

/// Messages that are older than a moment, at most `limit`.
///
/// The index by time begins with the state: asking for every state lets it serve.
pub(crate) fn older(
    conn: &mut Conn,
    before: Timestamp,
    limit: i64,
) -> QueryResult<Vec<ChatMessageId>> {
    messages::table
        .filter(messages::delivery_status.eq_any(DeliveryStatus::ALL))
        .filter(messages::timestamp.lt(before))
        .select(messages::id)
        .limit(limit)
        .load(conn)
}

/// The sessions that have more messages than this, and how many more.
pub(crate) fn sessions_over(conn: &mut Conn, kept: i64) -> QueryResult<Vec<(ChatSessionId, i64)>> {
    let counted: Vec<(ChatSessionId, i64)> = messages::table
        .group_by(messages::session_id)
        .having(count_star().gt(kept))
        .select((messages::session_id, count_star()))
        .load(conn)?;
    let excess = |(id, count)| (id, count - kept);
    Ok(counted.into_iter().map(excess).collect())
}

/// The oldest messages of a session.
pub(crate) fn oldest(
    conn: &mut Conn,
    session_id: &ChatSessionId,
    limit: i64,
) -> QueryResult<Vec<ChatMessageId>> {
    messages::table
        .filter(messages::session_id.eq(session_id))
        .order((messages::timestamp, messages::id))
        .select(messages::id)
        .limit(limit)
        .load(conn)
}
