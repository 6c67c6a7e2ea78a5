//! Changing what a message says, and what it said before.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::messages::{check_content, get_message};
use crate::error::{Error, ErrorCode, Result};
use crate::rows::UnitOfWork;
use crate::tables::{ChatMessage, ChatMessageId};
use crate::types::{Json, Timestamp};
use crate::validate;

/// The new text of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Edit {
    /// The text, as for a new message.
    pub content: String,
    /// The text as HTML; none where there is no such form, which takes the present one away.
    #[serde(default)]
    pub formatted_content: Option<String>,
    /// Why it is changed, up to 500 characters.
    #[serde(default)]
    pub reason: Option<String>,
}

/// One edit of a message, as `EditHistory` keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct MessageEdit {
    /// When it was.
    pub edited_at: Timestamp,
    /// The user who did it.
    pub edited_by: String,
    /// Why.
    pub reason: Option<String>,
    /// The text before.
    pub previous_content: String,
}

/// Changes what a message says, and keeps what it said before; the same text again changes nothing.
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

/// Returns the history with one more entry; what others wrote into it stays.
fn with_entry(message: &ChatMessage, entry: &MessageEdit) -> Result<Json> {
    let entry = serde_json::to_value(entry)
        .map_err(|e| Error::new(ErrorCode::Internal, format!("an edit as JSON: {e}")))?;
    Ok(Json(Value::Array(match &message.edit_history {
        Some(Json(Value::Array(entries))) => [entries.as_slice(), &[entry]].concat(),
        Some(Json(other)) => vec![other.clone(), entry],
        None => vec![entry],
    })))
}

/// Returns the edits of a message, the oldest first.
///
/// Fails with [`ErrorCode::InvalidArgument`] where its history was not written by [`edit_message`].
pub fn edit_history(message: &ChatMessage) -> Result<Vec<MessageEdit>> {
    let Some(Json(entries)) = &message.edit_history else {
        return Ok(Vec::new());
    };
    serde_json::from_value(entries.clone()).map_err(|e| Error::invalid("EditHistory", e))
}
