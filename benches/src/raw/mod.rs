//! The limit: what the kernel does to the tables, written by hand on SQLite's C API.
//!
//! Prepared statements, the same settings of the connection, the same rows, the kernel's owned
//! structs. What one transaction needs is read once, and each statement does what this one
//! operation needs and nothing more general. [`cases::equality`](crate::cases::equality) holds the
//! tables against those that the kernel leaves.
#![allow(unsafe_code, reason = "SQLite's C interface")]

mod analytics;
mod connection;
mod copy;
mod enqueue;
mod lookups;
mod pages;
mod rows;
mod run;
mod statement;
mod trail;
mod value;

use std::sync::Arc;

use orchestra_store::types::Timestamp;
use orchestra_store::{Clock, IdGenerator};

pub use analytics::Analytics;
pub use connection::{Connection, Role};
pub use copy::{back_up, import};
pub use enqueue::Queue;
pub use lookups::{AuditReader, Preferences};
pub use pages::Pages;
pub use rows::Row;
pub use run::Worker;
pub use statement::{Columns, Statement};
pub use trail::Trail;
pub use value::{FromColumn, Handle, Value};

/// What the operations take from the outside, as those of the kernel do.
#[derive(Debug, Clone)]
pub struct Environment {
    /// Where the time comes from.
    pub clock: Arc<dyn Clock>,
    /// Where ids come from.
    pub ids: Arc<dyn IdGenerator>,
    /// Who is acting.
    pub user: String,
}

impl Environment {
    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn new_id(&self) -> String {
        self.ids.next_id()
    }
}
