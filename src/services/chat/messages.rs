//! Writing and reading messages.

use diesel::ExpressionMethods as _;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::{Error, ErrorCode, Result};
use crate::rows::query::{Cursor, Direction, Slice, Specification};
use crate::rows::{Entity as _, Reader, UnitOfWork, data};
use crate::schema::chat_messages as table;
use crate::tables::{
    AgentId, ChatMessage, ChatMessageId, ChatSession, ChatSessionId, TaskId, UserId,
    WorkflowExecutionId, chat_messages as rows,
};
use crate::types::{ChangeAction, DeliveryStatus, Json, MessageType, Timestamp};
use crate::validate;

/// The most characters that a message may have.
const MAX_CONTENT: usize = 1_000_000;
/// The most files that may be attached to a message.
const MAX_ATTACHMENTS: usize = 100;

/// A file that belongs to a message. Its bytes are the host's to keep.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Attachment {
    /// The file's name, 1 to 255 characters.
    pub name: String,
    /// Its media type, such as `image/png`.
    #[serde(default)]
    pub content_type: Option<String>,
    /// Its size in bytes, from 0.
    pub size: i64,
    /// Where the host keeps it.
    #[serde(default)]
    pub location: Option<String>,
}

/// A message to be written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct NewMessage {
    /// The session that it belongs to.
    pub session_id: ChatSessionId,
    /// The kind of its author.
    pub message_type: MessageType,
    /// The text, up to 1 000 000 characters; empty only where files are attached.
    pub content: String,
    /// The text as HTML.
    #[serde(default)]
    pub formatted_content: Option<String>,
    /// The agent that wrote it or is addressed.
    #[serde(default)]
    pub agent_id: Option<AgentId>,
    /// The user that wrote it or is addressed.
    #[serde(default)]
    pub user_id: Option<UserId>,
    /// Attached files, up to 100.
    #[serde(default)]
    pub attachments: Vec<Attachment>,
    /// The thread, 1 to 128 characters; none for that of the message that is answered.
    #[serde(default)]
    pub thread_id: Option<String>,
    /// The message that is answered, of the same session.
    #[serde(default)]
    pub parent_message_id: Option<ChatMessageId>,
    /// The task that it is about.
    #[serde(default)]
    pub linked_task_id: Option<TaskId>,
    /// The run of a workflow that it is about.
    #[serde(default)]
    pub workflow_execution_id: Option<WorkflowExecutionId>,
    /// The model that wrote it, up to 100 characters.
    #[serde(default)]
    pub model_version: Option<String>,
    /// Its tokens, from 0.
    #[serde(default)]
    pub token_count: Option<i64>,
    /// The time that it took to write, in milliseconds, from 0.
    #[serde(default)]
    pub processing_time: Option<i64>,
}

impl NewMessage {
    /// Makes a message with nothing but a text.
    pub fn new(
        session_id: &ChatSessionId,
        message_type: MessageType,
        content: impl Into<String>,
    ) -> Self {
        Self {
            session_id: session_id.clone(),
            message_type,
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
        }
    }

    fn validate(&self) -> Result<()> {
        check_content(&self.content, self.attachments.is_empty())?;
        for (column, value, longest) in [
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

/// Refuses a text that a message may not have.
pub(super) fn check_content(content: &str, is_needed: bool) -> Result<()> {
    validate::text("Content", content, usize::from(is_needed)..=MAX_CONTENT)
}

/// Adds a message to its session, as [`DeliveryStatus::Pending`].
///
/// An answer belongs to the thread of the message that it answers; where that has none, its id
/// names the thread that begins with it. Fails with [`ErrorCode::NotFound`] for a session or a
/// message to answer that isn't there, and with [`ErrorCode::InvalidArgument`] where the answer
/// would leave the session or thread.
pub fn append_message(uow: &mut UnitOfWork<'_>, new: &NewMessage) -> Result<ChatMessage> {
    new.validate()?;
    let session: ChatSession = data::get(uow, &new.session_id)?;
    let thread_id = thread_of(uow, new)?;
    let mut message = message(uow, new, thread_id)?;
    uow.insert(&mut message)?;
    if rows::touch_session(uow.connection(), &session.id, message.timestamp)? > 0 {
        let columns = vec!["LastMessageAt"];
        uow.note_change(
            ChatSession::NAME,
            session.id.as_str(),
            ChangeAction::Update,
            columns,
        );
    }
    Ok(message)
}

fn thread_of(uow: &mut UnitOfWork<'_>, new: &NewMessage) -> Result<Option<String>> {
    let Some(parent_id) = &new.parent_message_id else {
        return Ok(new.thread_id.clone());
    };
    let parent = get_message(uow, parent_id)?;
    if parent.session_id != new.session_id {
        let reason = format!("'{parent_id}' is of another session");
        return Err(Error::invalid("ParentMessageId", reason));
    }
    let thread = parent.thread_id.unwrap_or_else(|| parent_id.to_string());
    match &new.thread_id {
        Some(given) if *given != thread => {
            let reason = format!("'{given}', but the message that is answered is of '{thread}'");
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
        metadata: None,
    })
}

fn attachments(files: &[Attachment]) -> Result<Option<Json>> {
    let listed: Result<Vec<Value>, _> = files.iter().map(serde_json::to_value).collect();
    let listed =
        listed.map_err(|e| Error::new(ErrorCode::Internal, format!("attachments as JSON: {e}")))?;
    Ok((!listed.is_empty()).then_some(Json(Value::Array(listed))))
}

/// Returns the message with this id.
pub fn get_message(reader: &mut Reader<'_>, id: &ChatMessageId) -> Result<ChatMessage> {
    data::get(reader, id)
}

/// Which messages of a session are meant: those that all given values hold for.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub struct MessageFilter {
    /// Of this thread.
    pub thread_id: Option<String>,
    /// Answers to this message.
    pub parent_message_id: Option<ChatMessageId>,
    /// Delivered as far as this.
    pub delivery_status: Option<DeliveryStatus>,
    /// Not before this moment.
    pub from: Option<Timestamp>,
    /// Before this moment.
    pub to: Option<Timestamp>,
}

/// Messages of a session, the newest first, before a cursor or from the newest on: `size` of them,
/// 1 to 1000, and where the older ones begin. The cost doesn't grow with the length of the session.
pub fn list_messages(
    reader: &mut Reader<'_>,
    session_id: &ChatSessionId,
    filter: &MessageFilter,
    cursor: Option<&Cursor>,
    size: u32,
) -> Result<Slice<ChatMessage>> {
    let mut messages = Specification::new()
        .filter(table::session_id.eq(session_id.clone()))
        .order_by(table::timestamp, Direction::Descending);
    if let Some(thread_id) = &filter.thread_id {
        messages = messages.filter(table::thread_id.eq(thread_id.clone()));
    }
    if let Some(parent_id) = &filter.parent_message_id {
        messages = messages.filter(table::parent_message_id.eq(parent_id.clone()));
    }
    if let Some(status) = filter.delivery_status {
        messages = messages.filter(table::delivery_status.eq(status));
    }
    if let Some(from) = filter.from {
        messages = messages.filter(table::timestamp.ge(from));
    }
    if let Some(to) = filter.to {
        messages = messages.filter(table::timestamp.lt(to));
    }
    data::after(reader, &messages, cursor, size.into())
}
