//! Connections to SQLite: how they are opened, pooled, and used in transactions.

mod batch;
mod change_log;
pub(crate) mod connection;
mod control;
mod copy_before_migration;
pub(crate) mod copy_file;
pub(crate) mod dialect;
pub(crate) mod disk;
mod foreign_query;
pub(crate) mod gzip;
mod kept;
mod library;
mod line;
mod location;
pub(crate) mod migrations;
pub(crate) mod online_backup;
pub(crate) mod orphans;
mod pool;
pub(crate) mod pump;
mod rollback_journal;
mod seen;
pub(crate) mod soundness;
pub(crate) mod store_lock;
mod transaction;
pub(crate) mod unclean_end;
mod unit_of_work;

pub use foreign_query::{OnSqlStep, SqlStep, SqlValue};
pub use migrations::{MigrationState, MigrationStatus};
pub use unit_of_work::{Reader, UnitOfWork};

pub(crate) use batch::{WriteTransaction, Written, rolled_back};
pub(crate) use change_log::ChangeLog;
pub(crate) use foreign_query::Parameter;
pub(crate) use kept::Kept;
pub(crate) use library::{sqlite_version, text_of_code};
pub(crate) use line::{InTurn, WriteQueue};
pub(crate) use location::{DatabaseLocation, is_same_file, private_directory, private_file};
pub(crate) use pool::Connections;
pub(crate) use transaction::{Kind as TransactionKind, Transaction};
pub(crate) use unit_of_work::Environment;

/// The database that the library is built for.
pub type Backend = diesel::sqlite::Sqlite;

/// A connection to it.
pub type Conn = diesel::sqlite::SqliteConnection;
