//! Agents: who works, where, with what load, and who is to be looked after.
//!
//! An agent is *available* when it is idle or busy with room for a task, and has given a sign of
//! life within five of its health intervals. [`find_best`] chooses one of those; the choice
//! reserves nothing: only a claim does.

mod available;
mod health;
mod load;
mod maintenance;
mod metrics;
mod query;
mod register;
mod selection;
pub mod sessions;
mod statistics;
mod status;

pub use available::find_available;
pub use health::{HealthSweep, sweep_health};
pub use load::{AgentLoad, load_distribution};
pub use maintenance::{AgentMaintenance, MaintenanceReason, list_requiring_maintenance};
pub use metrics::{AgentPerformanceMetrics, Measurement, update_performance_metrics};
pub use query::{get, list, list_by_status, list_stale};
pub(crate) use register::blank;
pub use register::{NewAgent, register, remove};
pub use selection::{SelectionCriteria, find_best};
pub use statistics::{AgentStatistics, statistics};
pub(crate) use status::is_alive;
pub(crate) use status::working_status;
pub use status::{heartbeat, set_status};
