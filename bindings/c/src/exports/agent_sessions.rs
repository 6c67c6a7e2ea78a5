//! Sessions of agents: the runs of an agent's process, with what they cost.

use kernel::services::agents::sessions;

use crate::abi::prelude::*;

/// Begins a session of an agent, or goes on with one that is known: it is active again, with this
/// process and directory, and keeps what it has used. An active one is taken over.
///
/// `session` is a JSON object: AgentId, SessionId (the agent's own name of the session, 1 to 128
/// characters), WorkingDirectory (1 to 500 characters); optional ProcessId.
///
/// `opened` receives the session as orchestra_agent_session_get() gives it; it may be NULL. Free it
/// with orchestra_buffer_free(). ORCHESTRA_NOT_FOUND: there is no such agent;
/// ORCHESTRA_ALREADY_EXISTS: the session is another agent's; ORCHESTRA_INVALID_TRANSITION: it is
/// closed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_agent_session_open(
    store: *const orchestra_store,
    session: *const u8,
    session_len: usize,
    opened: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(agent_sessions.open writes [NotFound, AlreadyExists, InvalidTransition]; error;
          borrow store, json session + session_len -> optional opened => {
        opened.set_json(&store.write(move |uow| sessions::open(uow, &session))?)?;
    })
}

/// Looks a session up by the name that its agent gave it.
///
/// `session` receives a JSON object with all columns of the table AgentSessions under their names.
/// Free it with orchestra_buffer_free(). ORCHESTRA_NOT_FOUND: there is no such session, which all
/// functions that take the name of one can answer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_agent_session_get(
    store: *const orchestra_store,
    session_id: *const u8,
    session_id_len: usize,
    session: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(agent_sessions.get reads [NotFound]; error;
          borrow store, text session_id + session_id_len -> required session => {
        session.set_json(&store.read(|reader| sessions::get(reader, session_id))?)?;
    })
}

/// Lists the newest sessions that fit, at most `limit`, 1 to 1000.
///
/// `filter` is a JSON object with any of AgentId, Status (Active, Paused, Closed, Error); NULL for
/// all sessions. `sessions` receives a JSON array of sessions. Free it with
/// orchestra_buffer_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_agent_session_list(
    store: *const orchestra_store,
    filter: *const u8,
    filter_len: usize,
    limit: u32,
    sessions: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(agent_sessions.list reads; error;
          borrow store, json_or_default filter + filter_len -> required sessions => {
        sessions.set_json(&store.read(|reader| sessions::list(reader, &filter, limit))?)?;
    })
}

/// Adds to what a session has used; the bill may come after it was closed.
///
/// `usage` is a JSON object with any of CostUsd (US dollars), DurationMs, Messages, each 0 or more.
/// `session` receives the session; it may be NULL. Free it with orchestra_buffer_free().
/// ORCHESTRA_INVALID_ARGUMENT names what is negative or too much.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_agent_session_add_usage(
    store: *const orchestra_store,
    session_id: *const u8,
    session_id_len: usize,
    usage: *const u8,
    usage_len: usize,
    session: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(agent_sessions.add_usage writes [InvalidArgument]; error; borrow store,
          text session_id + session_id_len, json usage + usage_len -> optional session => {
        let session_id = session_id.to_owned();
        session
            .set_json(&store.write(move |uow| sessions::add_usage(uow, &session_id, &usage))?)?;
    })
}

/// Records what changed of a session in one call; what isn't given stays as it is.
///
/// `report` is a JSON object with any of Status (Active, Paused, Closed, Error), ProcessId (null for
/// none), WorkingDirectory (1 to 500 characters), Usage (what orchestra_agent_session_add_usage()
/// takes). `session` receives the session; it may be NULL. Free it with orchestra_buffer_free().
/// ORCHESTRA_INVALID_TRANSITION: it is closed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_agent_session_report(
    store: *const orchestra_store,
    session_id: *const u8,
    session_id_len: usize,
    report: *const u8,
    report_len: usize,
    session: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(agent_sessions.report writes [InvalidTransition]; error;
          borrow store, text session_id + session_id_len,
          json report + report_len -> optional session => {
        let session_id = session_id.to_owned();
        session.set_json(&store.write(move |uow| sessions::report(uow, &session_id, &report))?)?;
    })
}

/// Holds an active session.
///
/// `session` receives the session; it may be NULL. Free it with orchestra_buffer_free().
/// ORCHESTRA_INVALID_TRANSITION: the session is in another state, as for the other steps of a
/// session.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_agent_session_pause(
    store: *const orchestra_store,
    session_id: *const u8,
    session_id_len: usize,
    session: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(agent_sessions.pause writes [InvalidTransition]; error;
          borrow store, text session_id + session_id_len -> optional session => {
        let session_id = session_id.to_owned();
        session.set_json(&store.write(move |uow| sessions::pause(uow, &session_id))?)?;
    })
}

/// Goes on with a paused session.
///
/// `session` receives the session; it may be NULL. Free it with orchestra_buffer_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_agent_session_resume(
    store: *const orchestra_store,
    session_id: *const u8,
    session_id_len: usize,
    session: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(agent_sessions.resume writes; error;
          borrow store, text session_id + session_id_len -> optional session => {
        let session_id = session_id.to_owned();
        session.set_json(&store.write(move |uow| sessions::resume(uow, &session_id))?)?;
    })
}

/// Notes that an active or paused session broke off. Opening it again goes on with it.
///
/// `session` receives the session; it may be NULL. Free it with orchestra_buffer_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_agent_session_mark_error(
    store: *const orchestra_store,
    session_id: *const u8,
    session_id_len: usize,
    session: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(agent_sessions.mark_error writes; error;
          borrow store, text session_id + session_id_len -> optional session => {
        let session_id = session_id.to_owned();
        session.set_json(&store.write(move |uow| sessions::mark_error(uow, &session_id))?)?;
    })
}

/// Ends a session for good.
///
/// `session` receives the session; it may be NULL. Free it with orchestra_buffer_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_agent_session_close(
    store: *const orchestra_store,
    session_id: *const u8,
    session_id_len: usize,
    session: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(agent_sessions.close writes; error;
          borrow store, text session_id + session_id_len -> optional session => {
        let session_id = session_id.to_owned();
        session.set_json(&store.write(move |uow| sessions::close(uow, &session_id))?)?;
    })
}
