//! Rows of any table: the [`Entity`] trait, queries, the generic operations, tracking of changes, and the tables that
//! each change writes to: the audit log and the outbox.

pub mod audit;
pub(crate) mod audit_logs;
pub(crate) mod cell;
pub(crate) mod change_events;
mod change_log;
mod context;
pub mod data;
pub(crate) mod entity;
pub(crate) mod entity_macro;
pub mod query;
pub(crate) mod seen;
pub(crate) mod tracking;
mod unit_of_work;
mod users;

pub use audit_logs::{AuditLog, AuditLogId};
pub use change_events::ChangeEvent;
pub use context::UserContext;
pub use entity::Entity;
pub use unit_of_work::{Reader, UnitOfWork};
pub use users::{User, UserId};

pub(crate) use audit_logs::ChangeEntry;
pub(crate) use change_events::NewChangeEvent;
pub(crate) use change_log::ChangeLog;
pub(crate) use entity_macro::entity;
pub(crate) use unit_of_work::Environment;
