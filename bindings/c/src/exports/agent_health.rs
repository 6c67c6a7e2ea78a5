//! Agents that sent no heartbeat, or need maintenance.

use kernel::services::agents;
use kernel::types::TimeSpan;

use crate::abi::prelude::*;

/// Lists the agents whose last sign of life is older than this, the longest ago first, whatever
/// their state and their own health intervals.
///
/// `threshold_ms` is in milliseconds, more than 0 and ten years at the most. `agents` receives a
/// JSON array of agents. Free it with orchestra_buffer_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_agent_list_stale(
    store: *const orchestra_store,
    threshold_ms: i64,
    agents: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(agents.list_stale reads; error; borrow store -> required agents => {
        let threshold = TimeSpan::from_millis(threshold_ms);
        agents.set_json(&store.read(|reader| agents::list_stale(reader, threshold))?)?;
    })
}

/// Lists the agents that a person should look after, by id. It reads all agents, the tasks that
/// ended in the last 24 hours, and the expired leases.
///
/// `agents` receives a JSON array of agents, each with a further property Reasons, an array of
/// objects that have a Reason: Error (it says that it can't work), NoPing (with LastPing),
/// ManyFailures (with Ended and Failed: more than half of at least five tasks failed),
/// ExpiredLeases (with Count). Free it with orchestra_buffer_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_agent_list_requiring_maintenance(
    store: *const orchestra_store,
    agents: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(agents.list_requiring_maintenance reads; error; borrow store -> required agents => {
        agents.set_json(&store.read(agents::list_requiring_maintenance)?)?;
    })
}

/// Marks agents offline that gave no sign of life for five of their health intervals, and those
/// idle or busy that are offline and gave one since; at most `limit`, 1 to 1000. A host calls it
/// now and then, until it changes less. An agent that is broken stays as it is. Tasks that an agent
/// leaves behind are for orchestra_task_rescue_expired().
/// A sign of life in the future, by a clock that was wrong, counts as one of now (Corrected).
///
/// `sweep` receives a JSON object with the ids in WentOffline, CameBack and Corrected; it may be
/// NULL. Free it with orchestra_buffer_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_agent_sweep_health(
    store: *const orchestra_store,
    limit: u32,
    sweep: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(agents.sweep_health writes; error; borrow store -> optional sweep => {
        sweep.set_json(&store.write(move |uow| agents::sweep_health(uow, limit))?)?;
    })
}
