//! Editing messages, and the history of their edits.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::messages::{check_content, get_message};
use crate::error::{Error, ErrorCode, Result};
use crate::rows::UnitOfWork;
use crate::tables::{ChatMessage, ChatMessageId};
use crate::types::{Json, Timestamp};
use crate::validate;

/// New text of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Edit {
    /// Text, with the limits of a new message.
    pub content: String,
    /// Text as HTML; `None` removes the present one.
    #[serde(default)]
    pub formatted_content: Option<String>,
    /// Reason of the edit, up to 500 characters.
    #[serde(default)]
    pub reason: Option<String>,
}

/// Entry of a message's `EditHistory`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct MessageEdit {
    /// Time of the edit.
    pub edited_at: Timestamp,
    /// User who edited the message.
    pub edited_by: String,
    /// Reason of the edit.
    pub reason: Option<String>,
    /// Text before the edit.
    pub previous_content: String,
}

/// Replaces the text of a message, adds the previous text to its history, and returns the message. An unchanged text
/// changes nothing.
pub fn edit_message(
    uow: &mut UnitOfWork<'_>,
    id: &ChatMessageId,
    edit: &Edit,
) -> Result<ChatMessage> {
    validate::optional_text("Reason", edit.reason.as_deref(), 0..=500)?;
    let mut message = get_message(uow, id)?;
    check_content(&edit.content, !message.has_files)?;
    if message.content == edit.content && message.formatted_content == edit.formatted_content {
        return Ok(message);
    }
    let previous_content = std::mem::replace(&mut message.content, edit.content.clone());
    let entry = MessageEdit {
        edited_at: uow.now(),
        edited_by: uow.user().user_id.clone(),
        reason: edit.reason.clone(),
        previous_content,
    };
    message.edit_history = Some(with_entry(&message, &entry)?);
    message
        .formatted_content
        .clone_from(&edit.formatted_content);
    message.is_edited = true;
    uow.update(&mut message)?;
    Ok(message)
}

/// Returns the history of a message with one more entry. Entries that the host wrote in another form stay.
fn with_entry(message: &ChatMessage, entry: &MessageEdit) -> Result<Json> {
    let entry = serde_json::to_value(entry)
        .map_err(|e| Error::new(ErrorCode::Internal, format!("writing an edit as JSON: {e}")))?;
    Ok(Json(Value::Array(match &message.edit_history {
        Some(Json(Value::Array(entries))) => [entries.as_slice(), &[entry]].concat(),
        Some(Json(other)) => vec![other.clone(), entry],
        None => vec![entry],
    })))
}

/// Returns the edits of a message, the oldest first.
///
/// Fails with [`ErrorCode::InvalidArgument`] if its history has an entry that [`edit_message`] didn't write.
pub fn edit_history(message: &ChatMessage) -> Result<Vec<MessageEdit>> {
    let Some(Json(entries)) = &message.edit_history else {
        return Ok(Vec::new());
    };
    serde_json::from_value(entries.clone()).map_err(|e| {
        let reason = format!("must be a list of edits as edit_message writes them, got {e}");
        Error::invalid("EditHistory", reason)
    })
}
