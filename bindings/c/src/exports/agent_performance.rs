//! How well agents work.

use kernel::services::agents::{self, AgentPerformanceMetrics};

use crate::abi::boundary::boundary;
use crate::abi::buffer::orchestra_buffer;
use crate::abi::error::orchestra_error;
use crate::abi::handle;
use crate::abi::output::Output;
use crate::abi::scalars::length_or_default;
use crate::abi::status::orchestra_status;
use crate::abi::text::text;
use crate::exports::store::orchestra_store;

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
    // SAFETY: the header asks for this of the caller.
    let (store, id, statistics, error) = unsafe {
        (
            handle::borrow(store),
            text("id", id, id_len),
            Output::new(statistics),
            Output::new(error),
        )
    };
    boundary(error, || {
        let statistics = statistics.required("statistics")?;
        let (id, length) = (id.id()?, length_or_default(period_ms));
        statistics.set_json(&store?.read(|reader| agents::statistics(reader, &id, length))?)
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
    // SAFETY: the header asks for this of the caller.
    let (store, id, metrics, agent, error) = unsafe {
        (
            handle::borrow(store),
            text("id", id, id_len),
            text("metrics", metrics, metrics_len),
            Output::new(agent),
            Output::new(error),
        )
    };
    boundary(error, || {
        let agent = agent.optional("agent")?;
        let (id, measured): (_, AgentPerformanceMetrics) = (id.id()?, metrics.json()?);
        let updated =
            store?.write(|uow| agents::update_performance_metrics(uow, &id, &measured))?;
        agent.set_json(&updated)
    })
}
