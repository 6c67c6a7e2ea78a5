//! Rows in general: everything that works alike on the rows of all tables.
//!
//! - [`Entity`] is the trait of a row. `entity!` declares a row and implements it, and `cell` visits its columns.
//! - [`query`] describes which rows to load, in which order; [`data`] loads and writes them.
//! - [`Reader`] and [`UnitOfWork`] are the read and the write transaction that all operations take.
//! - `visibility` is the rule of who sees a row that belongs to a user.
//! - `writers` is the rule of who may change a column, which the table's file names in its `kept` clause.
//! - `tracking` writes a row: it compares, stamps, audits, and notes the change for caches and subscribers.
//! - `recording` says what the audit log records of a change, `imports` and `removals` how it
//!   tells of many rows at once.
//! - `writing` is what a write has done so far, with the audit entries that are still to be written.
//! - `refusals` says of a row that the database refuses which column is at fault.
//! - [`audit`] and `change_events` are the two tables that each change writes to, the audit log and the outbox.
//! - `users` is the table of the users to whom these refer, `lineages` the one from which their numbers begin.
//!
//! The rows themselves, but for these four tables, are in `tables`.

mod answer_size;
pub mod audit;
pub(crate) mod audit_logs;
pub(crate) mod cell;
pub(crate) mod change_events;
mod change_log;
mod context;
pub(crate) mod data;
pub(crate) mod entity;
pub(crate) mod entity_macro;
pub(crate) mod imports;
pub(crate) mod lineages;
pub(crate) mod new_audit_log;
pub mod query;
mod recording;
mod refusals;
pub(crate) mod removals;
pub(crate) mod seen;
pub(crate) mod tracking;
mod unit_of_work;
mod users;
pub(crate) mod visibility;
pub(crate) mod writers;
mod writing;

pub use audit_logs::{AuditLog, AuditLogId};
pub use change_events::ChangeEvent;
pub(crate) use context::SYSTEM;
pub use context::UserContext;
pub use entity::Entity;
pub use lineages::Lineage;
pub use unit_of_work::{Reader, UnitOfWork};
pub use users::{User, UserId};

pub(crate) use audit_logs::{ChangeEntry, newest_audit_time};
pub(crate) use change_events::NewChangeEvent;
pub(crate) use change_log::ChangeLog;
pub(crate) use entity_macro::entity;
pub(crate) use unit_of_work::Environment;

/// Returns how many rows are left of a limit when some were found.
pub(crate) fn room_left(limit: u32, found: usize) -> u32 {
    limit.saturating_sub(u32::try_from(found).unwrap_or(u32::MAX))
}
