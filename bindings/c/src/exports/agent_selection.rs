//! Which agents could take a task, and which is the best.

use kernel::services::agents;

use crate::abi::boundary::boundary;
use crate::abi::buffer::orchestra_buffer;
use crate::abi::error::orchestra_error;
use crate::abi::handle;
use crate::abi::output::Output;
use crate::abi::status::orchestra_status;
use crate::abi::text::text;
use crate::exports::store::orchestra_store;

/// Lists the agents that could take a task now, the least loaded first: idle or busy with room, with
/// a sign of life within five health intervals, and for this repository or any.
///
/// `repository_path` may be NULL for agents of any repository. `agents` receives a JSON array of
/// agents. Free it with orchestra_buffer_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_agent_find_available(
    store: *const orchestra_store,
    repository_path: *const u8,
    repository_path_len: usize,
    agents: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    // SAFETY: the header asks for this of the caller.
    let (store, path, available, error) = unsafe {
        (
            handle::borrow(store),
            text("repository_path", repository_path, repository_path_len),
            Output::new(agents),
            Output::new(error),
        )
    };
    boundary(error, || {
        let available = available.required("agents")?;
        let path = path.optional()?;
        available.set_json(&store?.read(|reader| agents::find_available(reader, path))?)
    })
}

/// Chooses the best of the agents that could take a task of a repository now, which are those of
/// orchestra_agent_find_available(). It reserves nothing: only a claim does.
///
/// `criteria` is a JSON object with any of Strategy (LeastLoaded, BestSuccessRate, Fastest,
/// RoundRobin or Weighted, which is the default; or 0 to 4), Type (only agents of this type),
/// MinSuccessRate (0 to 1), Capabilities (only agents that have all of these in the list
/// `capabilities` of their ConfigurationJson), PreferredAgentIds (one of these, if any of them
/// fits). NULL is `{}`.
///
/// `agent` receives the agent as orchestra_agent_get() gives it, and stays empty where none fits.
/// Free it with orchestra_buffer_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_agent_find_best(
    store: *const orchestra_store,
    repository_path: *const u8,
    repository_path_len: usize,
    criteria: *const u8,
    criteria_len: usize,
    agent: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    // SAFETY: the header asks for this of the caller.
    let (store, repository_path, criteria, agent, error) = unsafe {
        (
            handle::borrow(store),
            text("repository_path", repository_path, repository_path_len),
            text("criteria", criteria, criteria_len),
            Output::new(agent),
            Output::new(error),
        )
    };
    boundary(error, || {
        let agent = agent.required("agent")?;
        let (path, criteria) = (repository_path.required()?, criteria.json_or_default()?);
        let best = store?.read(|reader| agents::find_best(reader, path, &criteria))?;
        agent.set_json_if_any(best.as_ref())
    })
}

/// Tells the load of every agent, by id.
///
/// `loads` receives a JSON array: AgentId, AgentName, Status, CurrentTasks, MaxConcurrentTasks, Load
/// (the first over the second, 0 to 1), AverageExecutionTime (ms), SuccessRate (0 to 1). Free it with
/// orchestra_buffer_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_agent_load_distribution(
    store: *const orchestra_store,
    loads: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    // SAFETY: the header asks for this of the caller.
    let (store, loads, error) = unsafe {
        (
            handle::borrow(store),
            Output::new(loads),
            Output::new(error),
        )
    };
    boundary(error, || {
        let loads = loads.required("loads")?;
        loads.set_json(&store?.read(agents::load_distribution)?)
    })
}
