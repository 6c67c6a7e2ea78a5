//! The operations that every entity has: what a host's generic repository offers.
//!
//! They work on the rows that the acting user sees: not on those that are marked as deleted, unless
//! a specification says [`with_deleted`](crate::rows::query::Specification::with_deleted), and not on
//! preferences of others.

mod aggregate;
mod answer;
mod include;
mod read;
mod write;

pub use aggregate::*;
pub use answer::*;
pub use include::*;
pub use read::*;
pub use write::*;
