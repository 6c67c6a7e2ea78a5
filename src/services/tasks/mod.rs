//! The task queue: what is to be done, who does it, and what came of it.
//!
//! ```text
//! Pending ──claim──▶ Assigned ──start──▶ InProgress ──complete──▶ Completed
//!    ▲  └──────────────start────────────────▶  │  └─────fail─────▶ Failed
//!    ├──────────release, rescue────────────────┤                     │
//!    ├──────────fail with retries left─────────┘                     │
//!    └──────────────────────────────retry────────────────────────────┘
//! Pending, Assigned, InProgress ──cancel──▶ Cancelled
//! ```
//!
//! Any other step is [`ErrorCode::InvalidTransition`](crate::ErrorCode::InvalidTransition). A
//! claimed task is leased: until the lease ends it belongs to the worker that has its token, and
//! nobody else can start, finish or release it. A worker that lost its lease gets
//! [`ErrorCode::Conflict`](crate::ErrorCode::Conflict) and must drop the result that it has.

mod cancel;
mod claim;
mod enqueue;
mod finish;
mod lease;
mod progress;
mod query;
mod requeue;
mod start;
mod transition;

pub use crate::models::LeaseToken;
pub use crate::repositories::tasks::TaskFilter;
pub use cancel::{acknowledge_cancel, cancel};
pub use claim::{Claim, Claimant, claim};
pub(crate) use enqueue::new_row;
pub use enqueue::{NewTask, enqueue, enqueue_many};
pub use finish::{Failure, complete, fail};
pub use lease::{Heartbeat, heartbeat};
pub use progress::{Progress, update_progress};
pub use query::{count_by_status, get, list};
pub use requeue::{Rescue, release, release_unleased, rescue_expired, retry};
pub use start::start;
