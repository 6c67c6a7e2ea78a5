//! SQLite: connections and their pool, transactions, migrations, the file as such, errors, and the dialect. Knows
//! no table.

pub(crate) mod commit_watch;
pub(crate) mod connection;
mod connection_files;
mod copy_before_migration;
pub(crate) mod copy_file;
pub(crate) mod copy_stream;
pub(crate) mod dialect;
pub(crate) mod disk;
mod errors;
mod file_guard;
pub(crate) mod file_identity;
mod file_lock;
pub(crate) mod file_names;
mod file_place;
mod foreign_query;
pub(crate) mod gzip;
mod io_cause;
mod kept;
mod library;
mod location;
mod log_index;
pub(crate) mod migration_history;
pub(crate) mod migrations;
pub(crate) mod online_backup;
pub(crate) mod open_databases;
pub(crate) mod orphans;
pub(crate) mod other_programs;
pub(crate) mod plain_file;
pub(crate) mod pool;
mod raw;
pub(crate) mod read_only;
mod rollback_journal;
pub(crate) mod second_sqlite;
pub(crate) mod sole_use;
pub(crate) mod soundness;
pub(crate) mod standing;
pub(crate) mod statement_log;
pub(crate) mod store_lock;
pub(crate) mod target;
pub(crate) mod transaction;
pub(crate) mod transaction_statements;
pub(crate) mod unclean_end;
mod write_lock;
mod writing_connection;

pub use foreign_query::{OnSqlStep, SqlStep, SqlValue};
pub use migrations::{MigrationState, MigrationStatus};

pub(crate) use file_identity::is_same_file;
pub(crate) use foreign_query::{QueryLimits, SqlParameter, memory_of_rows};
pub(crate) use kept::{Kept, KeptText};
pub(crate) use location::{DatabaseLocation, make_private_directory};
pub(crate) use pool::Connections;
pub(crate) use raw::{RawHandle, sqlite_version, text_of_code};
pub(crate) use transaction::{ConnectionTransaction, TransactionKind};

/// The database engine that the library is built for.
pub type Backend = diesel::sqlite::Sqlite;

/// A connection to that engine.
pub type Conn = diesel::sqlite::SqliteConnection;
