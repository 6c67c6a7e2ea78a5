//! Connections to SQLite: how they are opened, pooled, and used in transactions.

mod batch;
pub(crate) mod connection;
mod control;
pub(crate) mod dialect;
mod library;
mod line;
mod location;
pub(crate) mod migrations;
mod pool;
mod rollback_journal;
mod seen;
mod transaction;
mod unit_of_work;

pub use migrations::{MigrationState, MigrationStatus};
pub use unit_of_work::{Reader, UnitOfWork};

pub(crate) use batch::Batch;
pub(crate) use library::sqlite_version;
pub(crate) use line::{Line, Turn};
pub(crate) use location::{DatabaseLocation, private_file};
pub(crate) use pool::Pools;
pub(crate) use transaction::{Kind as TransactionKind, Transaction};
pub(crate) use unit_of_work::{ChangeLog, Environment};

/// The database that the library is built for.
pub type Backend = diesel::sqlite::Sqlite;

/// A connection to it.
pub type Conn = diesel::sqlite::SqliteConnection;
