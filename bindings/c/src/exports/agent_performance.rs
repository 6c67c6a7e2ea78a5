//! Statistics and measurements of agents.

use kernel::services::agents;

use crate::abi::prelude::*;

/// Tells what the tasks of an agent show that were made in the last `period_ms`, or in 30 days if
/// that is 0; ten years at the most.
///
/// `statistics` receives a JSON object: AgentId, AgentName, AgentStatus, and what
/// orchestra_task_analytics() tells. Free it with orchestra_buffer_free(). ORCHESTRA_NOT_FOUND:
/// there is no such agent.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_agent_statistics(
    store: *const orchestra_store,
    id: *const u8,
    id_len: usize,
    period_ms: i64,
    statistics: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(agents.statistics reads [NotFound]; error;
          borrow store, id id + id_len, span period_ms -> required statistics => {
        statistics.set_json(&store.read(|reader| agents::statistics(reader, &id, period_ms))?)?;
    })
}

/// Adds what a host measured to what is known of an agent, all of it or nothing. Tasks of the queue
/// are counted by the queue: to report them here would count them twice.
///
/// `metrics` is a JSON object with any of TasksCompleted and TasksFailed (0 to 1000000),
/// ExecutionTime (`[d.]hh:mm:ss`, what these took together), and Measurements (an array of up to
/// 100 objects with MetricName, MetricValue, and optional MetricUnit), which become rows of
/// PerformanceMetrics.
///
/// `agent` receives the agent; it may be NULL. Free it with orchestra_buffer_free().
/// ORCHESTRA_INVALID_ARGUMENT names the property, and has the Index of the measurement at fault;
/// ORCHESTRA_NOT_FOUND: there is no such agent.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_agent_update_performance_metrics(
    store: *const orchestra_store,
    id: *const u8,
    id_len: usize,
    metrics: *const u8,
    metrics_len: usize,
    agent: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(agents.update_performance_metrics writes [InvalidArgument, NotFound]; error;
          borrow store, id id + id_len, json metrics + metrics_len -> optional agent => {
        let updated =
            store.write(move |uow| agents::update_performance_metrics(uow, &id, &metrics))?;
        agent.set_json(&updated)?;
    })
}
