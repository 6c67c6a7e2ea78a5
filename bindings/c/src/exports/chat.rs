//! Chat: the sessions that messages belong to.

use kernel::services::chat;

use crate::abi::prelude::*;

/// Creates a chat session, even if the user has others with this instance of the host.
///
/// `session` is a JSON object: InstanceId (1 to 128 characters); optional Id (a new one is made),
/// UserId (nobody), Title (up to 200 characters). `created` receives the session; it may be NULL.
/// Free it with orchestra_buffer_free(). ORCHESTRA_ALREADY_EXISTS: there is a session with this Id.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_chat_create_session(
    store: *const orchestra_store,
    session: *const u8,
    session_len: usize,
    created: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(chat.create_session writes [AlreadyExists]; error;
          borrow store, json session + session_len -> optional created => {
        created.set_json(&store.write(move |uow| chat::create_session(uow, &session))?)?;
    })
}

/// Gives the latest session of a user with an instance of the host, or begins one with this title.
/// A session that is there keeps its title.
///
/// `user_id` is NULL for a user whom the host doesn't know: such sessions belong to nobody.
/// `instance_id` has 1 to 128 characters, `title` up to 200. `session` receives a JSON object with
/// all columns of the table ChatSessions under their names; it may be NULL. Free it with
/// orchestra_buffer_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_chat_get_or_create_session(
    store: *const orchestra_store,
    user_id: *const u8,
    user_id_len: usize,
    instance_id: *const u8,
    instance_id_len: usize,
    title: *const u8,
    title_len: usize,
    session: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(chat.get_or_create_session writes; error;
          borrow store, optional_id user_id + user_id_len, text instance_id + instance_id_len,
          text title + title_len -> optional session => {
        let instance_id = instance_id.to_owned();
        let title = title.to_owned();
        let found = store.write(move |uow| {
            chat::get_or_create_session(uow, user_id.as_ref(), &instance_id, &title)
        })?;
        session.set_json(&found)?;
    })
}

/// Looks a chat session up.
///
/// `session` receives the session. Free it with orchestra_buffer_free(). ORCHESTRA_NOT_FOUND: there
/// is no such session.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_chat_get_session(
    store: *const orchestra_store,
    id: *const u8,
    id_len: usize,
    session: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(chat.get_session reads [NotFound]; error;
          borrow store, id id + id_len -> required session => {
        session.set_json(&store.read(|reader| chat::get_session(reader, &id))?)?;
    })
}

/// Gives a chat session another title, of up to 200 characters.
///
/// `session` receives the session; it may be NULL. Free it with orchestra_buffer_free().
/// ORCHESTRA_NOT_FOUND: there is no such session.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_chat_rename_session(
    store: *const orchestra_store,
    id: *const u8,
    id_len: usize,
    title: *const u8,
    title_len: usize,
    session: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(chat.rename_session writes [NotFound]; error;
          borrow store, id id + id_len, text title + title_len -> optional session => {
        let title = title.to_owned();
        session.set_json(&store.write(move |uow| chat::rename_session(uow, &id, &title))?)?;
    })
}

/// Lists sessions of a user, those with the latest messages first: `size` of them, 1 to 1000.
///
/// `after` is NULL for the first ones, and then the Next of the answer before. `sessions` receives
/// a JSON object: Items, an array of sessions, and Next, where the next ones begin, as a text; null
/// where there are no more. Free it with orchestra_buffer_free(). ORCHESTRA_INVALID_ARGUMENT with
/// the Column `cursor`: `after` is no Next of this function. This holds for all functions that take
/// `after`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_chat_list_sessions(
    store: *const orchestra_store,
    user_id: *const u8,
    user_id_len: usize,
    after: *const u8,
    after_len: usize,
    size: u32,
    sessions: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(chat.list_sessions reads [InvalidArgument]; error; borrow store, id user_id + user_id_len,
          page_cursor after + after_len -> required sessions => {
        let listed =
            store.read(|reader| chat::list_sessions(reader, &user_id, after.as_ref(), size))?;
        sessions.set_json(&listed)?;
    })
}
