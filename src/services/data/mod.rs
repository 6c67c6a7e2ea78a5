//! Generic operations on the rows of any entity, as a generic repository offers them.
//!
//! They work on the rows that are visible to the acting user. Soft-deleted rows are not, unless a specification says
//! [`with_deleted`](crate::rows::query::Specification::with_deleted), nor are the preferences of other
//! users: what is meant for such a row fails with [`ErrorCode::NotFound`](crate::ErrorCode::NotFound), and a row that
//! would belong to another user is refused with [`ErrorCode::InvalidArgument`](crate::ErrorCode::InvalidArgument).
//!
//! An update changes only columns that are the caller's. One that operations or the store write, such as the status of a
//! task, is refused with the names of these operations; as it was read, it passes, so that whole rows can be given back.
//!
//! Rows that an operation adds or removes are added and removed by it: adding a [`Task`](crate::models::Task) enqueues it,
//! adding a [`WorkflowExecution`](crate::models::WorkflowExecution) starts it, and removing an open task cancels it first. A
//! new row leaves out what operations or the store write.

mod adding;
mod delete;
mod json_columns;
mod new_value;
mod removing;
mod write;

pub use delete::*;
pub(crate) use json_columns::taken;
pub use write::*;

pub use crate::rows::data::*;
pub use crate::validate::MAX_ROWS;
