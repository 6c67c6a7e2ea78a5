//! Queries that find and take out the texts of one person. Each finds only what still has texts, so that the erasure goes
//! on where it was interrupted.

use diesel::prelude::*;

use super::{
    ApprovalRequestId, AuditLogId, ChatMessageId, ChatSessionId, QueuePauseId, UserId,
    UserPreferenceId,
};
use crate::rows::SYSTEM;
use crate::rows::lineages::NumberBase;
use crate::schema::{
    approval_requests as approvals, audit_logs as logs, chat_messages as messages,
    chat_sessions as sessions, queue_pauses as pauses, user_preferences as preferences, users,
};
use crate::sqlite::Conn;
use crate::sqlite::dialect::{audit_log_is_of_user, json_extract};
use crate::types::{Json, StringList};

/// Text in place of a message that was erased.
pub(crate) const ERASED: &str = "[erased]";

/// Returns messages that a user wrote or got, or that are in a session of the user.
pub(crate) fn messages(
    conn: &mut Conn,
    user: &UserId,
    limit: u32,
) -> QueryResult<Vec<ChatMessageId>> {
    let own_sessions = sessions::table
        .filter(sessions::user_id.eq(user))
        .select(sessions::id);
    messages::table
        .filter(messages::content.ne(ERASED))
        .filter(
            messages::session_id
                .eq_any(own_sessions)
                .or(messages::user_id.eq(user))
                .or(messages::created_by.eq(user.as_str())),
        )
        .select(messages::id)
        .limit(limit.into())
        .load(conn)
}

/// Takes the texts out of a message.
pub(crate) fn erase_message(
    conn: &mut Conn,
    id: &ChatMessageId,
    base: NumberBase,
) -> QueryResult<usize> {
    diesel::update(messages::table.find(id))
        .set((
            messages::content.eq(ERASED),
            messages::formatted_content.eq(None::<String>),
            messages::attachments.eq(None::<Json>),
            messages::edit_history.eq(None::<Json>),
            messages::topics.eq(None::<StringList>),
            messages::metadata.eq(None::<Json>),
            messages::row_version.eq(base.next_version_of(messages::row_version)),
        ))
        .execute(conn)
}

/// Returns the sessions of a user that have a title.
pub(crate) fn sessions(
    conn: &mut Conn,
    user: &UserId,
    limit: u32,
) -> QueryResult<Vec<ChatSessionId>> {
    sessions::table
        .filter(sessions::user_id.eq(user))
        .filter(sessions::title.ne(""))
        .select(sessions::id)
        .limit(limit.into())
        .load(conn)
}

/// Takes the title out of a session.
pub(crate) fn erase_session(
    conn: &mut Conn,
    id: &ChatSessionId,
    base: NumberBase,
) -> QueryResult<usize> {
    diesel::update(sessions::table.find(id))
        .set((
            sessions::title.eq(""),
            sessions::row_version.eq(base.next_version_of(sessions::row_version)),
        ))
        .execute(conn)
}

/// Returns the preferences of a user.
pub(crate) fn preferences(
    conn: &mut Conn,
    user: &UserId,
    limit: u32,
) -> QueryResult<Vec<UserPreferenceId>> {
    preferences::table
        .filter(preferences::user_id.eq(user))
        .select(preferences::id)
        .limit(limit.into())
        .load(conn)
}

/// Returns the ended requests for approval that a user decided or cancelled with a reason.
pub(crate) fn approvals(
    conn: &mut Conn,
    user: &UserId,
    limit: u32,
) -> QueryResult<Vec<ApprovalRequestId>> {
    approvals::table
        .filter(approvals::decided_at.is_not_null())
        .filter(
            approvals::updated_by
                .eq(user.as_str())
                .or(approvals::decided_by.eq(user.as_str())),
        )
        .filter(
            approvals::decision_reason
                .is_not_null()
                .or(approvals::cancellation_reason.is_not_null()),
        )
        .select(approvals::id)
        .limit(limit.into())
        .load(conn)
}

/// Takes the reasons out of an ended request for approval.
pub(crate) fn erase_approval(
    conn: &mut Conn,
    id: &ApprovalRequestId,
    base: NumberBase,
) -> QueryResult<usize> {
    diesel::update(approvals::table.find(id))
        .set((
            approvals::decision_reason.eq(None::<String>),
            approvals::cancellation_reason.eq(None::<String>),
            approvals::row_version.eq(base.next_version_of(approvals::row_version)),
        ))
        .execute(conn)
}

/// Returns the pauses that a user made with a reason.
pub(crate) fn pauses(conn: &mut Conn, user: &UserId, limit: u32) -> QueryResult<Vec<QueuePauseId>> {
    pauses::table
        .filter(pauses::created_by.eq(user.as_str()))
        .filter(pauses::reason.is_not_null())
        .select(pauses::id)
        .limit(limit.into())
        .load(conn)
}

/// Takes the reason out of a pause.
pub(crate) fn erase_pause(
    conn: &mut Conn,
    id: &QueuePauseId,
    base: NumberBase,
) -> QueryResult<usize> {
    diesel::update(pauses::table.find(id))
        .set((
            pauses::reason.eq(None::<String>),
            pauses::row_version.eq(base.next_version_of(pauses::row_version)),
        ))
        .execute(conn)
}

/// Returns the id of a user whose row has a name, or none.
pub(crate) fn named_user(conn: &mut Conn, user: &UserId) -> QueryResult<Option<UserId>> {
    users::table
        .find(user)
        .filter(
            users::user_name
                .ne(user.as_str())
                .or(users::display_name.is_not_null())
                .or(users::email.is_not_null()),
        )
        .select(users::id)
        .first(conn)
        .optional()
}

/// Takes the names and the address out of a user's row.
pub(crate) fn erase_user_row(conn: &mut Conn, id: &UserId, base: NumberBase) -> QueryResult<usize> {
    diesel::update(users::table.find(id))
        .set((
            users::user_name.eq(id.as_str()),
            users::display_name.eq(None::<String>),
            users::email.eq(None::<String>),
            users::row_version.eq(base.next_version_of(users::row_version)),
        ))
        .execute(conn)
}

/// Returns rows of a table whose entries in the audit log have values with the user at this path, such as `$.UserId`.
pub(crate) fn audited_rows(
    conn: &mut Conn,
    table: &str,
    path: &str,
    user: &UserId,
    limit: u32,
) -> QueryResult<Vec<String>> {
    let before = json_extract(logs::old_values, path).eq(user.as_str());
    let after = json_extract(logs::new_values, path).eq(user.as_str());
    logs::table
        .filter(logs::entity_type.eq(table))
        .filter(before.or(after))
        .select(logs::entity_id.assume_not_null())
        .distinct()
        .limit(limit.into())
        .load(conn)
}

/// Returns messages of a user's sessions whose entries in the audit log have values.
pub(crate) fn audited_messages(
    conn: &mut Conn,
    user: &UserId,
    limit: u32,
) -> QueryResult<Vec<String>> {
    let own_sessions = || {
        sessions::table
            .filter(sessions::user_id.eq(user))
            .select(sessions::id.nullable())
    };
    let before = json_extract(logs::old_values, "$.SessionId").eq_any(own_sessions());
    let after = json_extract(logs::new_values, "$.SessionId").eq_any(own_sessions());
    logs::table
        .filter(logs::entity_type.eq("ChatMessages"))
        .filter(before.or(after))
        .select(logs::entity_id.assume_not_null())
        .distinct()
        .limit(limit.into())
        .load(conn)
}

/// Takes the values out of all entries of a row in the audit log, and returns their number.
pub(crate) fn erase_values_of(conn: &mut Conn, table: &str, id: &str) -> QueryResult<usize> {
    let entries = logs::table
        .filter(logs::entity_type.eq(table))
        .filter(logs::entity_id.eq(id))
        .filter(
            logs::old_values
                .is_not_null()
                .or(logs::new_values.is_not_null()),
        );
    diesel::update(entries).set(no_values()).execute(conn)
}

/// Takes the values out of entries that a user wrote about rows of a table, at most `limit`, and returns their number.
pub(crate) fn erase_values_by(
    conn: &mut Conn,
    table: &str,
    user: &UserId,
    limit: u32,
) -> QueryResult<usize> {
    let mut found = logs::table
        .filter(logs::user_id.eq(user))
        .filter(logs::entity_type.eq(table))
        .filter(
            logs::old_values
                .is_not_null()
                .or(logs::new_values.is_not_null()),
        )
        .select(logs::id)
        .limit(limit.into())
        .into_boxed();
    if user.as_str() != SYSTEM {
        found = found.filter(audit_log_is_of_user());
    }
    let found: Vec<AuditLogId> = found.load(conn)?;
    let entries = logs::table.filter(logs::id.eq_any(found));
    diesel::update(entries).set(no_values()).execute(conn)
}

type NoValues = (
    diesel::dsl::Eq<logs::old_values, Option<Json>>,
    diesel::dsl::Eq<logs::new_values, Option<Json>>,
);

fn no_values() -> NoValues {
    (
        logs::old_values.eq(None::<Json>),
        logs::new_values.eq(None::<Json>),
    )
}
