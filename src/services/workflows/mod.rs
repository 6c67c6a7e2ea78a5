//! Workflows: stages of tasks that depend on each other.
//!
//! A [definition](WorkflowSpec) is [published](publish) in versions, one of which is active. Starting an execution of
//! it enqueues the tasks of all stages; the tasks of a stage wait for the stages that it depends on.
//!
//! ```text
//! Pending ──first task starts──▶ Running ──all stages ended──▶ Completed
//!    │                           ▲  │  │
//!    │                     resume│  │  └──a stage failed─────▶ Failed ─────┐
//!    └────────pause────────────▶ Paused                                    │
//! Pending, Running, Paused ──cancel──▶ Cancelled ──retry──▶ Running ◀──retry┘
//! ```
//!
//! Any other transition fails with [`ErrorCode::InvalidTransition`](crate::ErrorCode::InvalidTransition). A paused
//! execution may end when a task that was running at the pause ends.
//!
//! The state of an execution follows from its stages and the states of their tasks alone. It is written in the
//! transaction that ends a task.
//!
//! ```
//! use orchestra_store::services::workflows::{self, NewDefinition, StageState, Start};
//! use orchestra_store::types::Json;
//! use serde_json::json;
//! # use orchestra_store::{Store, StoreConfig};
//! # let directory = tempfile::tempdir()?;
//! # let store = Store::open(StoreConfig::new(directory.path().join("orchestra.db")))?;
//! let release = Json(json!({ "stages": [
//!     { "name": "build", "tasks": [{ "command": "make linux" }, { "command": "make windows" }] },
//!     { "name": "publish", "tasks": [{ "command": "make publish" }] }
//! ]}));
//! let execution = store.write(|uow| {
//!     let definition = workflows::publish(uow, &NewDefinition::new("Release", release))?;
//!     let start = Start { repository_path: "/srv/app".to_owned(), ..Start::default() };
//!     workflows::start(uow, &definition.id, &start)
//! })?;
//! let stages = store.read(|reader| workflows::stages(reader, &execution.id))?;
//! assert_eq!((stages[0].tasks.len(), stages[1].tasks.len()), (2, 1));
//! assert_eq!(stages[0].state, StageState::Pending);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod advance;
mod check;
mod control;
mod output;
mod plan;
mod publish;
mod query;
mod recover;
mod spec;
mod stage_rows;
mod stages;
mod start;
mod transition;
mod waits;

pub use crate::tables::workflow_executions::ExecutionFilter;
pub(crate) use advance::{task_ended, task_started};
pub(crate) use check::miscounted;
pub use control::{cancel, pause, resume, retry};
pub use plan::{Plan, PlannedStage, StageState};
pub(crate) use publish::add_version;
pub use publish::{NewDefinition, activate, active, get_definition, history, list_active, publish};
pub(crate) use query::refuse_removal;
pub use query::{StageProgress, get, list, stages};
pub use recover::recover;
pub(crate) use recover::{RecoveredExecutions, recover_one, recover_some};
pub use spec::{OnFailure, Stage, WorkflowSpec};
pub use start::{Start, start};
pub(crate) use waits::{AlongJoins, waited_for};
