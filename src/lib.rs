//! The storage kernel of AI-agent orchestrators: agents and a durable task queue in one SQLite
//! file, for any number of threads and processes.
//!
//! Everything goes through a [`Store`]. [`Store::write`] is one transaction and [`Store::read`] one
//! snapshot; the [`services`] are functions that take part in them.
//!
//! ```
//! use orchestra_store::services::agents::{self, NewAgent};
//! use orchestra_store::services::tasks::{self, Claim, NewTask};
//! use orchestra_store::{Store, StoreConfig};
//!
//! # let directory = tempfile::tempdir()?;
//! # let path = directory.path().join("orchestra.db");
//! let store = Store::open(StoreConfig::new(path))?;
//!
//! // One transaction: both are there afterwards, or neither.
//! let agent = store.write(|uow| {
//!     tasks::enqueue(uow, &NewTask::new("cargo test", "/srv/git/search"))?;
//!     agents::register(uow, &NewAgent::new("Ada", "claude-code", "/srv/git/search"))
//! })?;
//!
//! // A claimed task belongs to its agent until the lease ends. The end of one takes the next: one commit a task.
//! let claim = Claim::agent(&agent.id);
//! let mut next = store.write(|uow| tasks::claim_and_start(uow, &claim))?;
//! while let Some(task) = next.pop() {
//!     let (token, result) = (task.lease_token.as_ref(), Some("all tests passed"));
//!     let turn = store.write(|uow| tasks::complete_and_claim(uow, &task.id, token, result, &claim))?;
//!     next = turn.claimed;
//! }
//!
//! let agent = store.read(|reader| agents::get(reader, &agent.id))?;
//! assert_eq!(agent.total_tasks_completed, 1);
//! store.close()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Acknowledged writes survive a power loss ([`Durability`]), a task is run by one worker at a time
//! ([`services::tasks`]), and every failure is an [`Error`] with a stable [`ErrorCode`].
//!
//! # One SQLite per process and file
//!
//! POSIX file locks belong to a process. If other code in the same process opens and closes the
//! same file, with another copy of SQLite or with plain file functions, the locks of this library
//! are gone, and data with them. Use this library for all that a host does with the file, or build
//! it without the `bundled` feature against the SQLite that the host uses.

#![cfg_attr(not(test), deny(clippy::too_many_lines, clippy::disallowed_methods))]

mod cancel;
mod clock;
mod command_line;
mod config;
mod encryption;
mod error;
pub mod import;
pub mod maintenance;
mod rows;
pub mod schema;
pub mod services;
mod sqlite;
mod store;
mod tables;
pub mod types;
mod validate;

pub use cancel::CancelToken;
pub use clock::{
    BootTime, Clock, IdGenerator, ManualClock, SequentialIds, SystemClock, UuidGenerator,
};
pub use command_line::CommandLine;
pub use config::{
    BackupPolicy, Durability, GroupCommit, LogPolicy, QueuePolicy, RetentionPolicy, SecondSqlite,
    StoreConfig,
};
pub use encryption::{EncryptionKey, KeyProvider, StaticKeys};
pub use error::{Error, ErrorCode, ErrorDetails, Result};
pub use rows::{Entity, Reader, UnitOfWork, UserContext, query};
pub use sqlite::{Backend, Conn, MigrationState, MigrationStatus};

#[doc(hidden)]
pub use sqlite::second_sqlite::declare_private as declare_sqlite_private;
pub use store::{CacheStatistics, Store, TableDependency, Transaction, events, registry};

/// Rows of the tables, with the types of their ids.
pub mod models {
    pub use crate::tables::*;
}

/// The version of the SQLite that is linked.
pub fn sqlite_version() -> &'static str {
    sqlite::sqlite_version()
}

/// The examples of the README are compiled and run as tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
