//! The storage kernel of AI-agent orchestrators.

mod clock;
pub mod config;
mod context;
mod db;
mod error;
pub mod maintenance;
pub mod models;
mod repositories;
pub mod schema;
pub mod services;
mod store;
pub mod types;
mod validate;

pub use clock::{Clock, IdGenerator, ManualClock, SequentialIds, SystemClock, UuidGenerator};
pub use config::{Durability, QueuePolicy, StoreConfig};
pub use context::UserContext;
pub use db::{Backend, Conn, MigrationState, MigrationStatus, Reader, UnitOfWork};
pub use error::{Error, ErrorCode, ErrorDetails, Result};
pub use store::Store;

/// The version of the SQLite that is linked.
pub fn sqlite_version() -> &'static str {
    db::sqlite_version()
}
