//! The table `ChatMessages`: its row and its queries.

use diesel::dsl::count_star;
use diesel::prelude::*;
use serde::Deserialize;

use super::{
    Agent, AgentId, ChatSession, ChatSessionId, Task, TaskId, UserId, WorkflowExecution,
    WorkflowExecutionId,
};
use crate::rows::entity;
use crate::rows::query::{Direction, Specification};
use crate::schema::{chat_messages, chat_messages as messages};
use crate::sqlite::Conn;
use crate::types::{DeliveryStatus, Id, Json, MessageType, StringList, Timestamp};

/// Id of a [`ChatMessage`].
pub type ChatMessageId = Id<ChatMessage>;

entity! {
    /// A message of a conversation.
    #[derive(Debug)]
    pub struct ChatMessage in chat_messages as "ChatMessages" {
        /// Primary key.
        pub id: ChatMessageId,
        /// Conversation it is part of.
        pub session_id: ChatSessionId,
        /// Agent that wrote or is addressed.
        pub agent_id: Option<AgentId>,
        /// User that wrote or is addressed.
        pub user_id: Option<UserId>,
        /// Who speaks.
        pub message_type: MessageType,
        /// Text.
        pub content: String,
        /// Text as HTML.
        pub formatted_content: Option<String>,
        /// Attachments, an array.
        pub attachments: Option<Json>,
        /// Whether files are attached.
        pub has_files: bool,
        /// Files attached.
        pub file_count: i32,
        /// Size of the files, in bytes.
        pub total_file_size: i64,
        /// Thread within the conversation.
        pub thread_id: Option<String>,
        /// Message that is answered.
        pub parent_message_id: Option<ChatMessageId>,
        /// Whether it was edited.
        pub is_edited: bool,
        /// Edits with time and reason, an array.
        pub edit_history: Option<Json>,
        /// How far it came.
        pub delivery_status: DeliveryStatus,
        /// When it was delivered.
        pub delivered_at: Option<Timestamp>,
        /// When it was read.
        pub read_at: Option<Timestamp>,
        /// When it was acknowledged.
        pub acknowledged_at: Option<Timestamp>,
        /// Time to produce it, in milliseconds.
        pub processing_time: Option<i64>,
        /// Tokens of the model.
        pub token_count: Option<i64>,
        /// Model that wrote it.
        pub model_version: Option<String>,
        /// Sentiment, -1 to 1.
        pub sentiment_score: Option<f64>,
        /// Language, a BCP 47 tag.
        pub language: Option<String>,
        /// Topics that were found.
        pub topics: Option<StringList>,
        /// Time until the agent answered, in milliseconds.
        pub response_time: Option<i64>,
        /// Time spent waiting, in milliseconds.
        pub queue_time: Option<i64>,
        /// Task it is about.
        pub linked_task_id: Option<TaskId>,
        /// Run of a workflow it is about.
        pub workflow_execution_id: Option<WorkflowExecutionId>,
        /// When it was written.
        pub timestamp: Timestamp,
        /// When it was last changed.
        pub updated_at: Option<Timestamp>,
        /// Who created the row.
        pub created_by: String,
        /// Version of the row: each update adds one.
        pub row_version: i64,
        /// What the host keeps with it.
        pub metadata: Option<Json>,
    }
    created { } by created_by,
    updated { updated_at },
    version row_version,
    relations {
        Agent: one Agent by "AgentId",
        LinkedTask: one Task by "LinkedTaskId",
        ParentMessage: one ChatMessage by "ParentMessageId",
        Session: one ChatSession by "SessionId",
        WorkflowExecution: one WorkflowExecution by "WorkflowExecutionId",
        Replies: many ChatMessage by "ParentMessageId",
    },
}

/// Conditions on the messages of a session, all of which must hold; `None` is no condition.
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

impl MessageFilter {
    /// Returns the messages of a session that meet the conditions, the newest first.
    pub(crate) fn newest_in(&self, session_id: &ChatSessionId) -> Specification<ChatMessage> {
        let mut found = Specification::new()
            .filter(messages::session_id.eq(session_id.clone()))
            .order_by(messages::timestamp, Direction::Descending);
        if let Some(thread_id) = &self.thread_id {
            found = found.filter(messages::thread_id.eq(thread_id.clone()));
        }
        if let Some(parent_id) = &self.parent_message_id {
            found = found.filter(messages::parent_message_id.eq(parent_id.clone()));
        }
        if let Some(status) = self.delivery_status {
            found = found.filter(messages::delivery_status.eq(status));
        }
        if let Some(from) = self.from {
            found = found.filter(messages::timestamp.ge(from));
        }
        if let Some(to) = self.to {
            found = found.filter(messages::timestamp.lt(to));
        }
        found
    }
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
