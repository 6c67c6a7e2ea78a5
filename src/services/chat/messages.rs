//! Appending and reading messages.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::sessions::get_session;
use crate::error::{Error, ErrorCode, Result};
use crate::rows::query::{Cursor, Slice};
use crate::rows::{Reader, UnitOfWork, data};
use crate::tables::chat_messages::MessageFilter;
use crate::tables::{
    AgentId, ChatMessage, ChatMessageId, ChatSessionId, TaskId, UserId, WorkflowExecutionId,
    chat_messages,
};
use crate::types::{DeliveryStatus, Json, MessageType};
use crate::validate;

/// Most characters of a message.
const MAX_CONTENT: usize = 1_000_000;
/// Most files attached to a message.
const MAX_ATTACHMENTS: usize = 100;

/// File attached to a message. The store keeps this description; the host keeps the content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Attachment {
    /// Name of the file, 1 to 255 characters.
    pub name: String,
    /// Media type, such as `image/png`, 1 to 255 characters.
    #[serde(default)]
    pub content_type: Option<String>,
    /// Size in bytes, 0 or more.
    pub size: i64,
    /// Place where the host keeps the content, 1 to 2000 characters.
    #[serde(default)]
    pub location: Option<String>,
}

/// Message to be appended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct NewMessage {
    /// Session that the message belongs to.
    pub session_id: ChatSessionId,
    /// Kind of its author.
    pub message_type: MessageType,
    /// Name of who wrote the message, 1 to 128 characters, for its `CreatedBy`; `None`: the acting user.
    #[serde(default)]
    pub author: Option<String>,
    /// Text, up to 1 000 000 characters; empty only if files are attached.
    pub content: String,
    /// Text as HTML.
    #[serde(default)]
    pub formatted_content: Option<String>,
    /// Agent that wrote the message or is addressed.
    #[serde(default)]
    pub agent_id: Option<AgentId>,
    /// User who wrote the message or is addressed.
    #[serde(default)]
    pub user_id: Option<UserId>,
    /// Attached files, up to 100.
    #[serde(default)]
    pub attachments: Vec<Attachment>,
    /// Thread, 1 to 128 characters; `None`: that of the answered message, if any.
    #[serde(default)]
    pub thread_id: Option<String>,
    /// Answered message, of the same session.
    #[serde(default)]
    pub parent_message_id: Option<ChatMessageId>,
    /// Task that the message is about.
    #[serde(default)]
    pub linked_task_id: Option<TaskId>,
    /// Workflow execution that the message is about.
    #[serde(default)]
    pub workflow_execution_id: Option<WorkflowExecutionId>,
    /// Model that wrote the message, 1 to 100 characters.
    #[serde(default)]
    pub model_version: Option<String>,
    /// Number of its tokens, 0 or more.
    #[serde(default)]
    pub token_count: Option<i64>,
    /// Time that it took to write, in milliseconds, 0 or more.
    #[serde(default)]
    pub processing_time: Option<i64>,
    /// Data that the host keeps with the message.
    #[serde(default, deserialize_with = "Json::optional_document")]
    pub metadata: Option<Json>,
}

impl NewMessage {
    /// Creates a message that has only a text.
    pub fn new(
        session_id: &ChatSessionId,
        message_type: MessageType,
        content: impl Into<String>,
    ) -> Self {
        Self {
            session_id: session_id.clone(),
            message_type,
            author: None,
            content: content.into(),
            formatted_content: None,
            agent_id: None,
            user_id: None,
            attachments: Vec::new(),
            thread_id: None,
            parent_message_id: None,
            linked_task_id: None,
            workflow_execution_id: None,
            model_version: None,
            token_count: None,
            processing_time: None,
            metadata: None,
        }
    }

    fn validate(&self) -> Result<()> {
        check_content(&self.content, self.attachments.is_empty())?;
        for (column, value, longest) in [
            ("Author", &self.author, 128),
            ("FormattedContent", &self.formatted_content, usize::MAX),
            ("ThreadId", &self.thread_id, 128),
            ("ModelVersion", &self.model_version, 100),
        ] {
            validate::optional_text(column, value.as_deref(), 1..=longest)?;
        }
        validate::number("TokenCount", self.token_count.unwrap_or(0), 0..=i64::MAX)?;
        let time = self.processing_time.unwrap_or(0);
        validate::number("ProcessingTime", time, 0..=i64::MAX)?;
        validate::number("Attachments", self.attachments.len(), 0..=MAX_ATTACHMENTS)?;
        self.attachments.iter().try_for_each(Attachment::validate)
    }
}

impl Attachment {
    fn validate(&self) -> Result<()> {
        validate::text("Attachments.Name", &self.name, 1..=255)?;
        validate::optional_text(
            "Attachments.ContentType",
            self.content_type.as_deref(),
            1..=255,
        )?;
        validate::optional_text("Attachments.Location", self.location.as_deref(), 1..=2000)?;
        validate::number("Attachments.Size", self.size, 0..=i64::MAX)
    }
}

/// Checks the text of a message, which may be empty unless it is needed.
pub(super) fn check_content(content: &str, is_needed: bool) -> Result<()> {
    validate::text("Content", content, usize::from(is_needed)..=MAX_CONTENT)
}

/// Appends a message to its session, whose `LastMessageAt` advances, as [`DeliveryStatus::Pending`], and returns it.
///
/// An answer belongs to the thread of the answered message; if that has none, its id becomes the name of the thread.
/// Fails with [`ErrorCode::NotFound`] if the session or the answered message doesn't exist, and with
/// [`ErrorCode::InvalidArgument`] if the answer is in another session or thread than the answered message.
pub fn append_message(uow: &mut UnitOfWork<'_>, new: &NewMessage) -> Result<ChatMessage> {
    new.validate()?;
    get_session(uow, &new.session_id)?;
    let thread_id = thread_of(uow, new)?;
    let mut message = message(uow, new, thread_id)?;
    uow.insert_as(&mut message, new.author.as_deref())?;
    Ok(message)
}

fn thread_of(uow: &mut UnitOfWork<'_>, new: &NewMessage) -> Result<Option<String>> {
    let Some(parent_id) = &new.parent_message_id else {
        return Ok(new.thread_id.clone());
    };
    let parent = get_message(uow, parent_id)?;
    if parent.session_id != new.session_id {
        let (wanted, other) = (&new.session_id, &parent.session_id);
        let reason = format!(
            "must be a message of session '{wanted}', got '{parent_id}' of session '{other}'"
        );
        return Err(Error::invalid("ParentMessageId", reason));
    }
    let thread = parent.thread_id.unwrap_or_else(|| parent_id.to_string());
    match &new.thread_id {
        Some(given) if *given != thread => {
            let reason = format!("must be that of the answered message, '{thread}', got '{given}'");
            Err(Error::invalid("ThreadId", reason))
        }
        _ => Ok(Some(thread)),
    }
}

fn message(
    uow: &UnitOfWork<'_>,
    new: &NewMessage,
    thread_id: Option<String>,
) -> Result<ChatMessage> {
    let sizes = new.attachments.iter().map(|file| file.size);
    Ok(ChatMessage {
        id: uow.new_id()?,
        session_id: new.session_id.clone(),
        agent_id: new.agent_id.clone(),
        user_id: new.user_id.clone(),
        message_type: new.message_type,
        content: new.content.clone(),
        formatted_content: new.formatted_content.clone(),
        attachments: attachments(&new.attachments)?,
        has_files: !new.attachments.is_empty(),
        file_count: i32::try_from(new.attachments.len()).unwrap_or(i32::MAX),
        total_file_size: sizes.fold(0, i64::saturating_add),
        thread_id,
        parent_message_id: new.parent_message_id.clone(),
        is_edited: false,
        edit_history: None,
        delivery_status: DeliveryStatus::Pending,
        delivered_at: None,
        read_at: None,
        acknowledged_at: None,
        processing_time: new.processing_time,
        token_count: new.token_count,
        model_version: new.model_version.clone(),
        sentiment_score: None,
        language: None,
        topics: None,
        response_time: None,
        queue_time: None,
        linked_task_id: new.linked_task_id.clone(),
        workflow_execution_id: new.workflow_execution_id.clone(),
        timestamp: uow.now(),
        updated_at: None,
        created_by: String::new(),
        row_version: 1,
        metadata: new.metadata.clone(),
        number: 0,
    })
}

fn attachments(files: &[Attachment]) -> Result<Option<Json>> {
    let listed: Result<Vec<Value>, _> = files.iter().map(serde_json::to_value).collect();
    let listed = listed.map_err(|e| {
        Error::new(
            ErrorCode::Internal,
            format!("writing attachments as JSON: {e}"),
        )
    })?;
    Ok((!listed.is_empty()).then_some(Json(Value::Array(listed))))
}

/// Returns the message with this id.
pub fn get_message(reader: &mut Reader<'_>, id: &ChatMessageId) -> Result<ChatMessage> {
    data::get(reader, id)
}

/// Returns a page of the messages of a session that meet the conditions, the last one first, in the order in which they
/// were written, whatever the clocks showed: the first page, or the one after a cursor. It has `size` messages, 1 to 1000, and the cursor of the next page.
///
/// The cost doesn't grow with the length of the session.
pub fn list_messages(
    reader: &mut Reader<'_>,
    session_id: &ChatSessionId,
    filter: &MessageFilter,
    cursor: Option<&Cursor>,
    size: u32,
) -> Result<Slice<ChatMessage>> {
    let messages = chat_messages::matching(session_id, filter);
    data::after(reader, &messages, cursor, size)
}
