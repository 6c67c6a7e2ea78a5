//! The results that the specification keeps in memory.

use kernel::services::analytics::TaskScope;

use crate::abi::prelude::*;

/// Lists the agents that could take a task now, as orchestra_agent_find_available() does, from memory where that was asked
/// for in the last 2 minutes and nobody, in this process or another, has written an agent or a task since. An agent
/// that has fallen silent meanwhile may still be among them.
///
/// `agents` receives a JSON array of agents. Free it with orchestra_buffer_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_cache_available_agents(
    store: *const orchestra_store,
    repository_path: *const u8,
    repository_path_len: usize,
    agents: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(cache.available_agents reads; error; whole store,
          optional_text repository_path + repository_path_len -> required agents => {
        agents.set_json(&*store.available_agents(repository_path)?)?;
    })
}

/// Tells the statistics of an agent, as orchestra_agent_statistics() does, from memory where they were asked for in the
/// last 10 minutes and nobody has written an agent or a task since. The period then ends when they were computed.
///
/// `statistics` receives what that function gives. Free it with orchestra_buffer_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_cache_agent_statistics(
    store: *const orchestra_store,
    id: *const u8,
    id_len: usize,
    period_ms: i64,
    statistics: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(cache.agent_statistics reads; error;
          whole store, id id + id_len, span period_ms -> required statistics => {
        statistics.set_json(&*store.agent_statistics(&id, period_ms)?)?;
    })
}

/// Tells what the tasks show that were made in a period until now, as orchestra_task_analytics() does, from memory where
/// that was asked for in the last 15 minutes and nobody has written a task since. The period then ends when they were
/// computed.
///
/// `period_ms` is its length; 0 is 30 days. `agent_id` and `repository_id` narrow it down, or are NULL. `analytics`
/// receives what that function gives. Free it with orchestra_buffer_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_cache_task_analytics(
    store: *const orchestra_store,
    period_ms: i64,
    agent_id: *const u8,
    agent_id_len: usize,
    repository_id: *const u8,
    repository_id_len: usize,
    analytics: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(cache.task_analytics reads; error; whole store, span period_ms,
          optional_id agent_id + agent_id_len,
          optional_id repository_id + repository_id_len -> required analytics => {
        let scope = TaskScope {
            agent_id,
            repository_id,
        };
        analytics.set_json(&*store.task_analytics(period_ms, &scope)?)?;
    })
}
