//! Agents: registration, state and heartbeats, load, selection for work, sessions, and the need for attention.
//!
//! An agent is *available* if it is idle or busy, has capacity left for a task, and has sent a heartbeat within five of
//! its health intervals. [`find_best`] chooses one of those. The choice reserves nothing; only a claim does.
//!
//! ```
//! use orchestra_store::services::agents::{self, NewAgent, SelectionCriteria};
//! use orchestra_store::services::tasks::{self, Claim, NewTask};
//! use orchestra_store::types::SelectionStrategy;
//! # use orchestra_store::{Store, StoreConfig};
//! # let directory = tempfile::tempdir()?;
//! # let store = Store::open(StoreConfig::new(directory.path().join("orchestra.db")))?;
//! let (ada, grace) = store.write(|uow| {
//!     tasks::enqueue(uow, &NewTask::new("make", "/srv/app"))?;
//!     let ada = agents::register(uow, &NewAgent::new("Ada", "claude-code", "/srv/app"))?;
//!     let grace = agents::register(uow, &NewAgent::new("Grace", "claude-code", "/srv/app"))?;
//!     tasks::claim(uow, &Claim::agent(&ada.id))?;
//!     Ok((ada, grace))
//! })?;
//! let criteria = SelectionCriteria::by(SelectionStrategy::LeastLoaded);
//! let best = store.read(|reader| agents::find_best(reader, "/srv/app", &criteria))?;
//! assert_eq!(best.map(|agent| agent.id), Some(grace.id));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod available;
mod health;
mod load;
mod metrics;
mod needs_attention;
mod query;
mod register;
mod selection;
pub mod sessions;
mod statistics;
mod status;

pub use available::find_available;
pub(crate) use health::correct_pings;
pub use health::{HealthSweep, sweep_health};
pub use load::{AgentLoad, load_distribution};
pub use metrics::{AgentPerformanceMetrics, Measurement, update_performance_metrics};
pub use needs_attention::{AgentMaintenance, MaintenanceReason, list_requiring_maintenance};
pub(crate) use query::find;
pub use query::{get, list, list_by_status, list_stale};
pub use register::{NewAgent, register, remove};
pub(crate) use register::{blank, refuse_held_tasks, refuse_pinned_tasks};
pub use selection::{SelectionCriteria, find_best};
pub use statistics::{AgentStatistics, statistics};
pub use status::{AgentReport, heartbeat, report, set_status};
pub(crate) use status::{busy_without_task, is_alive, is_at_work, set_idle, working_status};
