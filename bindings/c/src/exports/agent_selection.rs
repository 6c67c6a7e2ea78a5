//! Finding the agents that could take a task, and the best of them.

use kernel::services::agents;

use crate::abi::prelude::*;

/// Lists the agents that could take a task now: idle or busy with room, with a sign of life within
/// five health intervals, and for this repository or any. Those that completed the fewest tasks come
/// first, and of these the more successful.
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
    call!(agents.find_available reads; error;
          borrow store, optional_text repository_path + repository_path_len -> required agents => {
        agents.set_json(&store.read(|reader| agents::find_available(reader, repository_path))?)?;
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
    call!(agents.find_best reads; error; borrow store, text repository_path + repository_path_len,
          json_or_default criteria + criteria_len -> required agent => {
        let best = store.read(|reader| agents::find_best(reader, repository_path, &criteria))?;
        agent.set_json_if_any(best.as_ref())?;
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
    call!(agents.load_distribution reads; error; borrow store -> required loads => {
        loads.set_json(&store.read(agents::load_distribution)?)?;
    })
}
