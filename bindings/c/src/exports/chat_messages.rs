//! Chat: messages in threads, edits with their history, and delivery.

use kernel::services::chat;

use crate::abi::prelude::*;

/// The message wasn't sent yet.
pub const ORCHESTRA_DELIVERY_PENDING: i32 = 0;
/// The message was sent.
pub const ORCHESTRA_DELIVERY_SENT: i32 = 1;
/// The message arrived.
pub const ORCHESTRA_DELIVERY_DELIVERED: i32 = 2;
/// The message was read.
pub const ORCHESTRA_DELIVERY_READ: i32 = 3;
/// The message couldn't be delivered.
pub const ORCHESTRA_DELIVERY_FAILED: i32 = 4;

/// Adds a message to a session, as one that is not sent yet.
///
/// `message` is a JSON object: SessionId, MessageType (User, System, Agent), Content (up to 1000000
/// characters; empty only with attachments); optional Author (who wrote it, 1 to 128 characters, for
/// CreatedBy; the acting user), Metadata (any JSON), FormattedContent (HTML), AgentId, UserId,
/// Attachments (up to 100 objects with Name and Size in bytes, and optional ContentType and
/// Location), ThreadId, ParentMessageId (the message that is answered, of the same session and
/// thread), LinkedTaskId, WorkflowExecutionId, ModelVersion, TokenCount, ProcessingTime (ms).
///
/// `appended` receives the message as orchestra_chat_get_message() gives it; it may be NULL. Free
/// it with orchestra_buffer_free(). ORCHESTRA_NOT_FOUND: there is no such session or message to
/// answer; ORCHESTRA_CONSTRAINT_VIOLATION: there is no such agent, task or execution;
/// ORCHESTRA_INVALID_ARGUMENT: an answer would leave its session or thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_chat_append_message(
    store: *const orchestra_store,
    message: *const u8,
    message_len: usize,
    appended: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(chat.append_message writes [NotFound, ConstraintViolation, InvalidArgument]; error;
          borrow store, json message + message_len -> optional appended => {
        appended.set_json(&store.write(move |uow| chat::append_message(uow, &message))?)?;
    })
}

/// Looks a message up.
///
/// `message` receives a JSON object with all columns of the table ChatMessages under their names.
/// Free it with orchestra_buffer_free(). ORCHESTRA_NOT_FOUND: there is no such message, which all
/// functions that take the id of one can answer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_chat_get_message(
    store: *const orchestra_store,
    id: *const u8,
    id_len: usize,
    message: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(chat.get_message reads [NotFound]; error;
          borrow store, id id + id_len -> required message => {
        message.set_json(&store.read(|reader| chat::get_message(reader, &id))?)?;
    })
}

/// Lists messages of a session, the newest first: `size` of them, 1 to 1000. The cost doesn't grow
/// with the length of the session.
///
/// `filter` is a JSON object with any of ThreadId, ParentMessageId, DeliveryStatus (Pending, Sent,
/// Delivered, Read, Failed), From and To (ISO 8601; the second is not included); NULL for all
/// messages. `after` and `messages` are as for orchestra_chat_list_sessions(): the older ones begin
/// at Next.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_chat_list_messages(
    store: *const orchestra_store,
    session_id: *const u8,
    session_id_len: usize,
    filter: *const u8,
    filter_len: usize,
    after: *const u8,
    after_len: usize,
    size: u32,
    messages: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(chat.list_messages reads; error;
          borrow store, id session_id + session_id_len, json_or_default filter + filter_len,
          page_cursor after + after_len -> required messages => {
        let listed = store.read(|reader| {
            chat::list_messages(reader, &session_id, &filter, after.as_ref(), size)
        })?;
        messages.set_json(&listed)?;
    })
}

/// Changes what a message says, and keeps what it said before; the same text again changes nothing.
///
/// `edit` is a JSON object: Content, as for a new message; optional FormattedContent (the present
/// one goes away where it is absent), Reason (up to 500 characters). `message` receives the
/// message; it may be NULL. Free it with orchestra_buffer_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_chat_edit_message(
    store: *const orchestra_store,
    id: *const u8,
    id_len: usize,
    edit: *const u8,
    edit_len: usize,
    message: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(chat.edit_message writes; error;
          borrow store, id id + id_len, json edit + edit_len -> optional message => {
        message.set_json(&store.write(move |uow| chat::edit_message(uow, &id, &edit))?)?;
    })
}

/// Lists the edits of a message, the oldest first.
///
/// `edits` receives a JSON array: EditedAt, EditedBy, Reason, PreviousContent. Free it with
/// orchestra_buffer_free(). ORCHESTRA_INVALID_ARGUMENT: the history was not written by
/// orchestra_chat_edit_message().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_chat_edit_history(
    store: *const orchestra_store,
    id: *const u8,
    id_len: usize,
    edits: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(chat.edit_history reads [InvalidArgument]; error;
          borrow store, id id + id_len -> required edits => {
        let message = store.read(|reader| chat::get_message(reader, &id))?;
        edits.set_json(&chat::edit_history(&message)?)?;
    })
}

/// Moves a message on, to one of ORCHESTRA_DELIVERY_*: from pending to sent, delivered and read,
/// one after the other, or from pending or sent to failed.
///
/// `message` receives the message; it may be NULL. Free it with orchestra_buffer_free().
/// ORCHESTRA_INVALID_TRANSITION: it is another step; ORCHESTRA_INVALID_ARGUMENT: the number is no
/// state.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_chat_set_delivery_status(
    store: *const orchestra_store,
    id: *const u8,
    id_len: usize,
    status: i32,
    message: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(chat.set_delivery_status writes [InvalidTransition, InvalidArgument]; error;
          borrow store, id id + id_len, choice status -> optional message => {
        message.set_json(&store.write(move |uow| chat::set_delivery_status(uow, &id, status))?)?;
    })
}

/// Notes that a person or a program took note of a message that reached it, now. The first
/// acknowledgement counts; another one changes nothing.
///
/// `message` receives the message; it may be NULL. Free it with orchestra_buffer_free().
/// ORCHESTRA_INVALID_TRANSITION: it is neither delivered nor read.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_chat_acknowledge_message(
    store: *const orchestra_store,
    id: *const u8,
    id_len: usize,
    message: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(chat.acknowledge_message writes [InvalidTransition]; error;
          borrow store, id id + id_len -> optional message => {
        message.set_json(&store.write(move |uow| chat::acknowledge_message(uow, &id))?)?;
    })
}
