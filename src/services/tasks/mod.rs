//! Task queue: tasks, the agents and workers that claim them, and their results.
//!
//! ```text
//! Pending ──claim──▶ Assigned ──start──▶ InProgress ──complete──▶ Completed
//!    ▲  └──────start, claim_and_start───────▶  │  └─────fail─────▶ Failed
//!    ├──────────release, rescue────────────────┤                     │
//!    ├──────────fail with retries left─────────┘                     │
//!    └──────────────────────────────retry────────────────────────────┘
//! Pending, Assigned, InProgress ──cancel──▶ Cancelled ──retry──▶ Pending
//! ```
//!
//! Any other step fails with [`ErrorCode::InvalidTransition`](crate::ErrorCode::InvalidTransition). A claimed task is
//! leased: until the lease ends it belongs to the worker that has the token, and nobody else can start, finish or
//! release it. A worker that lost its lease gets [`ErrorCode::Conflict`](crate::ErrorCode::Conflict) and must discard
//! its result.
//!
//! A task may depend on other tasks: it can't be claimed before all of them have completed.
//!
//! ```
//! use orchestra_store::services::agents::{self, NewAgent};
//! use orchestra_store::services::tasks::{self, Claim, Dependency, NewTask};
//! # use orchestra_store::{Store, StoreConfig};
//! # let directory = tempfile::tempdir()?;
//! # let store = Store::open(StoreConfig::new(directory.path().join("orchestra.db")))?;
//! let (ada, build, test) = store.write(|uow| {
//!     let ada = agents::register(uow, &NewAgent::new("Ada", "claude-code", "/srv/app"))?;
//!     let build = tasks::enqueue(uow, &NewTask::new("make", "/srv/app"))?;
//!     let mut test = NewTask::new("make test", "/srv/app");
//!     test.depends_on = vec![Dependency::Task(build.id.clone())];
//!     Ok((ada, build, tasks::enqueue(uow, &test)?))
//! })?;
//!
//! let claim = Claim::agent(&ada.id);
//! let claimed = store.write(|uow| tasks::claim(uow, &claim.clone().up_to(2)))?;
//! assert_eq!(claimed.len(), 1, "the test waits for the build");
//!
//! let token = claimed[0].lease_token.as_ref();
//! store.write(|uow| tasks::start(uow, &build.id, token))?;
//! store.write(|uow| tasks::complete(uow, &build.id, token, Some("built")))?;
//! let claimed = store.write(|uow| tasks::claim(uow, &claim))?;
//! assert_eq!(claimed[0].id, test.id);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod assign_pending;
mod backoff;
mod cancel;
mod change_dependencies;
mod change_many;
mod claim;
mod claim_place;
mod claimable;
mod dependencies;
mod end_and_claim;
mod enqueue;
mod enqueue_batch;
mod explain;
mod finish;
mod lease;
mod lists;
mod metrics;
mod new_task;
mod pause;
mod pick;
mod query;
mod queues;
mod report_progress;
mod requeue;
mod rescue;
mod set_status;
mod start;
mod topological_order;
mod transition;
mod tree;
mod way_out;

pub use crate::tables::LeaseToken;
pub use crate::tables::tasks::TaskFilter;
pub use assign_pending::assign_pending;
pub use cancel::{acknowledge_cancel, cancel};
pub(crate) use cancel::{cancel_if_open, end_before_removal};
pub use change_dependencies::{add_dependency, remove_dependency};
pub(crate) use change_dependencies::{add_edge, release_edge};
pub use change_many::{ChangedTasks, RefusedTask, TaskChange, change_many, count_changeable};
pub(crate) use claim::check as check_claim;
pub use claim::{Claim, Claimant, claim, claim_and_start};
pub(crate) use claimable::{PromisedTasks, claimable, is_away, may_have_claimable, next_due};
pub use dependencies::Dependency;
pub(crate) use dependencies::{release_dependents, set_unmet};
pub use end_and_claim::{EndedAndClaimed, complete_and_claim, fail_and_claim};
pub(crate) use enqueue::enqueue_planned;
pub use enqueue::{enqueue, enqueue_many};
pub(crate) use enqueue_batch::StagePlace;
pub use explain::{Explanation, Reason, explain};
pub use finish::{Failure, complete, complete_with_metrics, fail};
pub use lease::{Heartbeat, heartbeat};
pub use lists::{
    list_correlated, list_failed, list_long_running, list_of_agent, list_of_repository,
    list_pending,
};
pub use metrics::{Metrics, RunMetric};
pub use new_task::NewTask;
pub(crate) use new_task::new_row;
pub use pause::{QueueScope, list_pauses, pause, resume};
pub use query::{count_by_status, get, list};
pub use queues::{QueueState, list_queues};
pub use report_progress::{TaskProgress, update_progress};
pub(crate) use requeue::requeue_failed;
pub use requeue::{reassign, redrive, release, release_unleased, retry};
pub use rescue::{Rescue, rescue_expired};
pub(crate) use rescue::{begin_leases_now, make_due, retries_ahead};
pub use set_status::{TaskReport, set_status};
pub use start::start;
pub(crate) use topological_order::parents_first;
pub(crate) use transition::is_failure;
pub use tree::{
    ExecutionTree, Rollup, StageNode, TaskNode, TreeOf, WorkflowTaskTree, workflow_tree,
};
