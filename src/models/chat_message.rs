use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::{AgentId, ChatSessionId, TaskId, UserId, WorkflowExecutionId};
use crate::schema::chat_messages;
use crate::types::{DeliveryStatus, Id, Json, MessageType, StringList, Timestamp};

/// Id of a [`ChatMessage`].
pub type ChatMessageId = Id<ChatMessage>;

/// A message of a conversation.
#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Insertable, Serialize, Deserialize,
)]
#[serde(rename_all = "PascalCase")]
#[diesel(table_name = chat_messages, check_for_backend(diesel::sqlite::Sqlite), treat_none_as_default_value = false)]
pub struct ChatMessage {
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
