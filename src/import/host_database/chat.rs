//! Chat sessions and messages.

use super::RowRefusal;
use super::writer::HostRowWriter;
use crate::import::outcome::RecordOutcome;
use crate::import::record::Record;
use crate::rows::Entity as _;
use crate::tables::{ChatMessage, ChatSession, ChatSessionId};
use crate::types::DeliveryStatus;

pub(super) fn session(
    writer: &mut HostRowWriter<'_, '_>,
    mut record: Record,
) -> Result<RecordOutcome, RowRefusal> {
    let mut row = ChatSession {
        id: record.id("Id")?,
        user_id: record.optional_id("UserId")?,
        instance_id: record.required("InstanceId")?,
        title: record.required("Title")?,
        created_at: record.required("CreatedAt")?,
        last_message_at: record.required("LastMessageAt")?,
        row_version: 1,
    };
    writer.adopt(&mut row)
}

/// Imports a message as delivered: the host kept no record of its delivery.
pub(super) fn message(
    writer: &mut HostRowWriter<'_, '_>,
    mut record: Record,
) -> Result<RecordOutcome, RowRefusal> {
    let session_id: ChatSessionId = record.id("SessionId")?;
    if ChatSession::find(writer.uow.conn(), &session_id)?.is_none() {
        let reason = format!("must be a session of the file or the database, got {session_id}");
        return Err(record.rejection("SessionId", reason).into());
    }
    let mut row = ChatMessage {
        id: record.id("Id")?,
        session_id,
        agent_id: None,
        user_id: None,
        message_type: record.required("MessageType")?,
        content: record.required("Content")?,
        formatted_content: None,
        attachments: None,
        has_files: false,
        file_count: 0,
        total_file_size: 0,
        thread_id: None,
        parent_message_id: None,
        is_edited: false,
        edit_history: None,
        delivery_status: DeliveryStatus::Delivered,
        delivered_at: None,
        read_at: None,
        acknowledged_at: None,
        processing_time: None,
        token_count: None,
        model_version: None,
        sentiment_score: None,
        language: None,
        topics: None,
        response_time: None,
        queue_time: None,
        linked_task_id: None,
        workflow_execution_id: None,
        timestamp: record.required("CreatedAt")?,
        updated_at: None,
        created_by: record.required("Author")?,
        row_version: 1,
        metadata: record.json("Metadata")?,
        number: 0,
    };
    writer.adopt(&mut row)
}
