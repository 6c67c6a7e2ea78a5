//! Row and queries of the table `ChatMessages`.

use std::ops::Range;

use diesel::dsl::count_star;
use diesel::prelude::*;
use serde::Deserialize;

use super::{
    Agent, AgentId, ChatSession, ChatSessionId, Task, TaskId, UserId, WorkflowExecution,
    WorkflowExecutionId, chat_sessions,
};
use crate::error::Result;
use crate::rows::query::{Direction, Specification};
use crate::rows::{Entity as _, UnitOfWork, entity};
use crate::schema::{chat_messages, chat_messages as messages};
use crate::sqlite::Conn;
use crate::types::{ChangeAction, DeliveryStatus, Id, Json, MessageType, StringList, Timestamp};

/// Id of a [`ChatMessage`].
pub type ChatMessageId = Id<ChatMessage>;

entity! {
    /// A message of a conversation.
    #[derive(Debug)]
    pub struct ChatMessage in chat_messages as "ChatMessages" {
        /// Primary key.
        pub id: ChatMessageId,
        /// Conversation that the message is part of.
        pub session_id: ChatSessionId,
        /// Agent that wrote or is addressed.
        pub agent_id: Option<AgentId>,
        /// User that wrote or is addressed.
        pub user_id: Option<UserId>,
        /// Kind of speaker.
        pub message_type: MessageType,
        /// Text.
        pub content: String,
        /// Text as HTML.
        pub formatted_content: Option<String>,
        /// Attachments, an array.
        pub attachments: Option<Json>,
        /// True if files are attached.
        pub has_files: bool,
        /// Number of attached files.
        pub file_count: i32,
        /// Size of the attached files, in bytes.
        pub total_file_size: i64,
        /// Thread within the conversation.
        pub thread_id: Option<String>,
        /// Message that this one answers.
        pub parent_message_id: Option<ChatMessageId>,
        /// True if the message was edited.
        pub is_edited: bool,
        /// Edits with their times and reasons, an array.
        pub edit_history: Option<Json>,
        /// State of the delivery.
        pub delivery_status: DeliveryStatus,
        /// Time of the delivery.
        pub delivered_at: Option<Timestamp>,
        /// Time at which the message was read.
        pub read_at: Option<Timestamp>,
        /// Time at which the message was acknowledged.
        pub acknowledged_at: Option<Timestamp>,
        /// Time taken to produce the message, in milliseconds.
        pub processing_time: Option<i64>,
        /// Number of tokens of the model.
        pub token_count: Option<i64>,
        /// Model that wrote the message.
        pub model_version: Option<String>,
        /// Sentiment, -1 to 1.
        pub sentiment_score: Option<f64>,
        /// Language, a BCP 47 tag.
        pub language: Option<String>,
        /// Topics found in the text.
        pub topics: Option<StringList>,
        /// Time until the agent answered, in milliseconds.
        pub response_time: Option<i64>,
        /// Time spent waiting, in milliseconds.
        pub queue_time: Option<i64>,
        /// Task that the message is about.
        pub linked_task_id: Option<TaskId>,
        /// Execution of a workflow that the message is about.
        pub workflow_execution_id: Option<WorkflowExecutionId>,
        /// Time at which the message was written.
        pub timestamp: Timestamp,
        /// Time of the last change.
        pub updated_at: Option<Timestamp>,
        /// User who created the row.
        pub created_by: String,
        /// Version of the row; each update raises it.
        pub row_version: i64,
        /// Data that the host keeps with the message.
        pub metadata: Option<Json>,
        /// Place of the message in its conversation, from 1, in the order in which they were written; 0 to have it
        /// assigned.
        #[serde(default)]
        pub number: i64,
    }
    created { } by created_by,
    updated { updated_at },
    version row_version,
    numbered number within session_id,
    followed by note_last_message,
    kept {
        [session_id] by "add_message",
        [content, is_edited, edit_history] by "edit_message",
        [delivery_status, delivered_at, read_at, acknowledged_at] by "set_delivery_status",
    },
    given { session_id, content },
    relations {
        Agent: one Agent by "AgentId",
        LinkedTask: one Task by "LinkedTaskId",
        ParentMessage: one ChatMessage by "ParentMessageId",
        Session: one ChatSession by "SessionId",
        WorkflowExecution: one WorkflowExecution by "WorkflowExecutionId",
        Replies: many ChatMessage by "ParentMessageId",
    },
}

/// Advances the `LastMessageAt` of a new message's session, whoever adds the message.
fn note_last_message(message: &ChatMessage, uow: &mut UnitOfWork<'_>) -> Result<()> {
    let (base, session) = (uow.number_base(), &message.session_id);
    let at = message.timestamp;
    if chat_sessions::save_last_message(uow.conn(), session, at, base)? > 0 {
        let (name, columns) = (ChatSession::NAME, vec!["LastMessageAt"]);
        uow.note_change(name, session.as_str(), ChangeAction::Update, columns);
    }
    Ok(())
}

/// Conditions for the messages of a session to list; an empty filter lists all.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub struct MessageFilter {
    /// Thread of the messages.
    pub thread_id: Option<String>,
    /// Message that they answer.
    pub parent_message_id: Option<ChatMessageId>,
    /// Delivery state of the messages.
    pub delivery_status: Option<DeliveryStatus>,
    /// Earliest time of the messages.
    pub from: Option<Timestamp>,
    /// End of the time range, not included.
    pub to: Option<Timestamp>,
}

/// Returns the messages of a session that match the filter, the last one first.
pub(crate) fn matching(
    session_id: &ChatSessionId,
    filter: &MessageFilter,
) -> Specification<ChatMessage> {
    Specification::new()
        .filter(messages::session_id.eq(session_id.clone()))
        .order_by(messages::number, Direction::Descending)
        .filter_some(filter.thread_id.clone(), |id| messages::thread_id.eq(id))
        .filter_some(filter.parent_message_id.clone(), |id| {
            messages::parent_message_id.eq(id)
        })
        .filter_some(filter.delivery_status, |state| {
            messages::delivery_status.eq(state)
        })
        .filter_some(filter.from, |from| messages::timestamp.ge(from))
        .filter_some(filter.to, |to| messages::timestamp.lt(to))
}

/// Counts the messages that are older than `before`.
pub(crate) fn count_older(conn: &mut Conn, before: Timestamp) -> QueryResult<i64> {
    messages::table
        .filter(messages::delivery_status.eq_any(DeliveryStatus::ALL))
        .filter(messages::timestamp.lt(before))
        .count()
        .get_result(conn)
}

/// Returns messages of a time, the oldest first, with their times.
///
/// Each state is asked for by itself, since the index by time begins with the state.
pub(crate) fn of_time(
    conn: &mut Conn,
    time: &Range<Timestamp>,
    limit: u32,
) -> QueryResult<Vec<(ChatMessageId, Timestamp)>> {
    let mut found: Vec<(ChatMessageId, Timestamp)> = Vec::new();
    for status in DeliveryStatus::ALL {
        let in_state = messages::table
            .filter(messages::delivery_status.eq(status))
            .filter(messages::timestamp.ge(time.start))
            .filter(messages::timestamp.lt(time.end))
            .order(messages::timestamp)
            .select((messages::id, messages::timestamp))
            .limit(limit.into());
        found.extend(in_state.load::<(ChatMessageId, Timestamp)>(conn)?);
    }
    found.sort_by_key(|&(_, time)| time);
    found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(found)
}

/// Returns the sessions with more than `kept` messages, each with the number of messages in excess.
pub(crate) fn sessions_over(conn: &mut Conn, kept: i64) -> QueryResult<Vec<(ChatSessionId, i64)>> {
    let counted: Vec<(ChatSessionId, i64)> = messages::table
        .group_by(messages::session_id)
        .having(count_star().gt(kept))
        .select((messages::session_id, count_star()))
        .load(conn)?;
    let excess = |(id, count)| (id, count - kept);
    Ok(counted.into_iter().map(excess).collect())
}

/// Returns the oldest messages of a session.
pub(crate) fn oldest(
    conn: &mut Conn,
    session_id: &ChatSessionId,
    limit: u32,
) -> QueryResult<Vec<ChatMessageId>> {
    messages::table
        .filter(messages::session_id.eq(session_id))
        .order((messages::number, messages::id))
        .select(messages::id)
        .limit(limit.into())
        .load(conn)
}
