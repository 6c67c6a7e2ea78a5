//! Deletion of rows that the store's [`RetentionPolicy`](crate::RetentionPolicy) doesn't keep: those that are too old,
//! and the oldest of a database that is too large.

mod by_size;
mod held_space;
mod kind;
mod size_batch;
mod size_report;

pub(super) use by_size::{keep_within_size, try_out};
pub(super) use kind::Kind;

pub use held_space::{HeldSpace, TableSize};
pub use size_report::{DeletedRows, SizeReport};
