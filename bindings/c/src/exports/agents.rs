//! Agents: registering, listing and removing them, and their state.

use kernel::services::agents;

use crate::abi::prelude::*;

/// The agent's state is not known.
pub const ORCHESTRA_AGENT_UNKNOWN: i32 = 0;
/// The agent waits for tasks.
pub const ORCHESTRA_AGENT_IDLE: i32 = 1;
/// The agent works.
pub const ORCHESTRA_AGENT_BUSY: i32 = 2;
/// The agent is gone.
pub const ORCHESTRA_AGENT_OFFLINE: i32 = 3;
/// The agent is broken.
pub const ORCHESTRA_AGENT_ERROR: i32 = 4;

/// Makes an agent known, or takes over what changed of one that is; one that was removed is back
/// with its statistics. It is idle, or busy while it holds tasks, and has just given a sign of life.
///
/// `agent` is a JSON object: Name, Type and RepositoryPath (`*` for any); optional Id (a new one is
/// made), MaxConcurrentTasks (1 to 10, default 1), HealthCheckInterval (`hh:mm:ss`, default one
/// minute), ConfigurationJson (any JSON), SessionId.
///
/// `registered` receives the agent as orchestra_agent_get() gives it; it may be NULL. Free it with
/// orchestra_buffer_free(). ORCHESTRA_INVALID_ARGUMENT names the property at fault.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_agent_register(
    store: *const orchestra_store,
    agent: *const u8,
    agent_len: usize,
    registered: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(agents.register writes [InvalidArgument]; error;
          borrow store, json agent + agent_len -> optional registered => {
        registered.set_json(&store.write(move |uow| agents::register(uow, &agent))?)?;
    })
}

/// Looks an agent up. One that was removed is ORCHESTRA_NOT_FOUND.
///
/// `agent` receives a JSON object with all columns of the table Agents under their names. Free it
/// with orchestra_buffer_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_agent_get(
    store: *const orchestra_store,
    id: *const u8,
    id_len: usize,
    agent: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(agents.get reads [NotFound]; error; borrow store, id id + id_len -> required agent => {
        agent.set_json(&store.read(|reader| agents::get(reader, &id))?)?;
    })
}

/// Lists all agents that were not removed, by id.
///
/// `agents` receives a JSON array of agents. Free it with orchestra_buffer_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_agent_list(
    store: *const orchestra_store,
    agents: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(agents.list reads; error; borrow store -> required agents => {
        agents.set_json(&store.read(agents::list)?)?;
    })
}

/// Lists all agents in a state, one of ORCHESTRA_AGENT_*, that were not removed, by id.
///
/// `agents` receives a JSON array of agents. Free it with orchestra_buffer_free().
/// ORCHESTRA_INVALID_ARGUMENT: the number is no state.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_agent_list_by_status(
    store: *const orchestra_store,
    status: i32,
    agents: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(agents.list_by_status reads [InvalidArgument]; error;
          borrow store, choice status -> required agents => {
        agents.set_json(&store.read(|reader| agents::list_by_status(reader, status))?)?;
    })
}

/// Removes an agent: it is no longer found, but its history stays, and registering it again brings
/// it back. One that holds tasks is ORCHESTRA_CONFLICT; one that isn't there is ORCHESTRA_NOT_FOUND.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_agent_remove(
    store: *const orchestra_store,
    id: *const u8,
    id_len: usize,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(agents.remove writes [Conflict, NotFound]; error; borrow store, id id + id_len => {
        store.write(move |uow| agents::remove(uow, &id))?;
    })
}

/// Records what an agent says of itself, and that it lives. What isn't given stays as it is.
///
/// `report` is a JSON object with any of Status (Unknown, Idle, Busy, Offline, Error), LastPing (ISO
/// 8601; now), CurrentTask (up to 2000 characters; null for none). An idle agent has no current task.
/// Without Status, one that was offline is back at work. NULL is `{}`.
///
/// `agent` receives the agent; it may be NULL. Free it with orchestra_buffer_free().
/// ORCHESTRA_NOT_FOUND: there is no such agent.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_agent_report(
    store: *const orchestra_store,
    id: *const u8,
    id_len: usize,
    report: *const u8,
    report_len: usize,
    agent: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(agents.report writes [NotFound]; error; borrow store, id id + id_len,
          json_or_default report + report_len -> optional agent => {
        agent.set_json(&store.write(move |uow| agents::report(uow, &id, &report))?)?;
    })
}

/// Sets an agent's state, one of ORCHESTRA_AGENT_*, and what it says that it works on, as
/// orchestra_agent_report() does. NULL: a busy agent works on nothing in particular, and what others
/// worked on stays. An agent that is offline or broken claims no tasks.
///
/// `agent` receives the agent; it may be NULL. Free it with orchestra_buffer_free().
/// ORCHESTRA_INVALID_ARGUMENT: the number is no state; ORCHESTRA_NOT_FOUND: there is no such agent.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_agent_set_status(
    store: *const orchestra_store,
    id: *const u8,
    id_len: usize,
    status: i32,
    current_task: *const u8,
    current_task_len: usize,
    agent: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(agents.set_status writes [InvalidArgument, NotFound]; error; borrow store, id id + id_len,
          choice status, optional_text current_task + current_task_len -> optional agent => {
        let current_task = current_task.map(str::to_owned);
        let set = store
            .write(move |uow| agents::set_status(uow, &id, status, current_task.as_deref()))?;
        agent.set_json(&set)?;
    })
}

/// Notes a sign of life of an agent. One that was offline is back at work. It doesn't extend the
/// leases of the agent's tasks: that is orchestra_task_heartbeat().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_agent_heartbeat(
    store: *const orchestra_store,
    id: *const u8,
    id_len: usize,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(agents.heartbeat writes; error; borrow store, id id + id_len => {
        store.write(move |uow| agents::heartbeat(uow, &id))?;
    })
}
