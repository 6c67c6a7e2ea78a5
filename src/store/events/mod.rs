//! Change events, delivered after each commit and in the order of the commits.
//!
//! Each transaction writes its changes into the table `ChangeEvents`, the outbox, and commits them together. There
//! are three ways to read them:
//!
//!  | delivers | commits of |
//! |---|---|---|
//! | [`follow`] | each event exactly once and in order, from any position on | all processes |
//! | [`Store::subscribe`](crate::Store::subscribe), [`Store::on_change`](crate::Store::on_change) | at once, from memory; a slow subscriber learns which events it missed | this store |
//! | [`since`] | one page of the outbox | all processes |
//!
//! Events are of the rows of all users. One says which row changed and how, not the values. Changes that are rolled back, in whole or with a
//! savepoint, have no events. `docs/events.md` lists the changes that have.
//!
//! ```
//! use orchestra_store::events::{self, ChangeFilter};
//! use orchestra_store::services::tasks::{self, NewTask};
//! use orchestra_store::types::ChangeAction;
//! use orchestra_store::{Store, StoreConfig};
//! use std::time::Duration;
//!
//! # let directory = tempfile::tempdir()?;
//! # let store = Store::open(StoreConfig::new(directory.path().join("orchestra.db")))?;
//! // What is there, and the place behind it, from one snapshot.
//! let (tasks, place) = store.read(|reader| {
//!     Ok((tasks::count_by_status(reader)?, events::newest(reader)?))
//! })?;
//! let mut follower = events::follow(&store, place, ChangeFilter::of("Tasks"))?;
//!
//! let task = store.write(|uow| tasks::enqueue(uow, &NewTask::new("make", "/srv/app")))?;
//! let event = follower.recv_timeout(Duration::from_secs(5))?.expect("it was committed");
//! assert_eq!((event.action, event.entity_id.as_str()), (ChangeAction::Create, task.id.as_str()));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod callback;
mod filter;
mod follower;
mod hub;
mod outbox;
mod subscription;

pub use crate::tables::ChangeEvent;
pub use callback::ChangeCallback;
pub use filter::ChangeFilter;
pub use follower::{Follower, follow};
pub use outbox::{EventPage, newest, since};
pub use subscription::{Delivery, Missed, Subscription};

pub(crate) use callback::refuse_in_callback;
pub(crate) use hub::Hub;
pub(crate) use outbox::{oldest_time, trim, trim_older};
