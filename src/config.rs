//! Configuration of a store: every pragma, limit and policy, with its default.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::clock::{Clock, IdGenerator, SystemClock, UuidGenerator};
use crate::encryption::KeyProvider;

/// Failure that commits survive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Durability {
    /// Power loss: each commit is synced to the disk before it is acknowledged (`synchronous=FULL`).
    #[default]
    Full,
    /// Crash of the process; after a power loss the last commits may be missing (`synchronous=NORMAL`). The database
    /// stays consistent.
    Normal,
}

/// Reaction to another copy of SQLite in the process that uses the database file.
///
/// SQLite can't see the locks of its own process: two copies of it that write to one file lose data without an error,
/// and one that closes the file may delete the log of the other. Let the rest of the process reach the data through
/// this library: [`maintenance::sql`](crate::maintenance::sql) runs queries,
/// [`maintenance::backup`](crate::maintenance::backup) makes a copy that others may open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SecondSqlite {
    /// Ignores it.
    Off,
    /// Logs a warning.
    Warn,
    /// Fails to open, and refuses writes, as long as it is there.
    #[default]
    Refuse,
}

/// Sharing of commits, and of the wait for the disk, by concurrent writes of one store.
///
/// A write that begins while another runs joins its transaction. It is undone alone if it fails, and returns when the
/// whole transaction is committed. No write waits for others to join: a single one is committed at once. Writes that
/// [own what they need](crate::Store::write_owned) are run by the thread that has the transaction; others run in their
/// own thread, which receives the transaction from the one before. Run long writes with
/// [`Store::write_alone`](crate::Store::write_alone), so that they delay no other commit.
///
/// Other stores and processes get their turn: one that has had the file's write lock for 10 ms, in one transaction or
/// several without a pause, leaves it free for 2 ms where another waits for it, but first ends the write that it is
/// in.
///
/// ```
/// use orchestra_store::{GroupCommit, StoreConfig};
///
/// let mut config = StoreConfig::new("orchestra.db");
/// config.group_commit = GroupCommit::OFF;
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GroupCommit {
    /// Maximum number of writes that share a commit.
    pub max_writes: u32,
    /// Maximum time from the start of the first write until no other may join. A write that has joined is finished
    /// first, however long it takes.
    pub max_wait: Duration,
}

impl GroupCommit {
    /// Commits each write alone.
    pub const OFF: Self = Self {
        max_writes: 1,
        max_wait: Duration::ZERO,
    };

    /// Lets up to 64 writes within 10 ms share a commit.
    pub const SHARED: Self = Self {
        max_writes: 64,
        max_wait: Duration::from_millis(10),
    };
}

impl Default for GroupCommit {
    fn default() -> Self {
        Self::SHARED
    }
}

/// Settings with which a store is opened.
///
/// ```
/// use orchestra_store::{Durability, StoreConfig};
///
/// let mut config = StoreConfig::new("orchestra.db");
/// config.durability = Durability::Normal;
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct StoreConfig {
    /// Database file. It and its directory are created if they do not exist, for the user alone (0600, 0700).
    pub path: PathBuf,
    /// Time that an operation waits for others before it fails with [`ErrorCode::Busy`](crate::ErrorCode::Busy).
    /// Default: 5 s.
    pub busy_timeout: Duration,
    /// Time that a call may take, its waits included, before it is ended with
    /// [`ErrorCode::Timeout`](crate::ErrorCode::Timeout) and has written nothing. Each step of a
    /// [`Transaction`](crate::Transaction) is a call, and one that has reached its commit is done. With it, a write
    /// shares commits only where it [owns what it needs](crate::Store::write_owned). Opening, closing and [`Store::maintain`](crate::Store::maintain), which has a budget, are
    /// not limited; [`Store::with_operation_timeout`](crate::Store::with_operation_timeout) gives a backup or an import
    /// more time. Default: none.
    pub operation_timeout: Option<Duration>,
    /// Failure that commits survive. Default: power loss.
    pub durability: Durability,
    /// Sharing of commits by concurrent writes. Default: up to 64 writes within 10 ms.
    pub group_commit: GroupCommit,
    /// Maximum number of concurrent reads, each of which needs a connection. Default: 4.
    pub max_readers: u32,
    /// Time after which a reading connection is replaced. Default: 10 min.
    pub reader_lifetime: Duration,
    /// Page cache of each connection, in KiB. Default: 8192.
    pub cache_size_kib: u32,
    /// Size of the part of the file that is mapped into memory, in bytes. Default: 0, since an I/O error in mapped
    /// memory is a signal that ends the host.
    pub mmap_size: u64,
    /// Number of pages in the write-ahead log at which a commit copies them into the database. Default: 1000.
    pub wal_autocheckpoint: u32,
    /// Size to which the write-ahead log is cut after a checkpoint, in bytes. Default: 64 MiB.
    pub journal_size_limit: u64,
    /// Size of the write-ahead log, in bytes, above which the store warns that something, such as a long read, keeps
    /// it from being copied into the database. Default: 256 MiB.
    pub wal_limit: u64,
    /// Free space that backups, migrations and similar work leave on the disk, in bytes. Default: 64 MiB.
    pub min_free_disk: u64,
    /// Memory of one query in SQL ([`maintenance::sql`](crate::maintenance::sql)), in bytes. Default: 128 MiB.
    pub sql_memory: u64,
    /// True to open an existing database for reading only: nothing is created, migrated or locked, and each write fails
    /// with [`ErrorCode::ReadOnly`](crate::ErrorCode::ReadOnly). Works for another user, on a read-only disk and on a
    /// snapshot. Default: false.
    pub read_only: bool,
    /// Reaction to another copy of SQLite in this process that uses the file, which is looked for when the store is
    /// opened and by [`Store::maintain`](crate::Store::maintain), on Linux. Default: refuse.
    pub second_sqlite: SecondSqlite,
    /// True to write to an existing database that has several names (hard links) or lies on a network file system.
    /// Data is lost unless only this process uses the file. Default: false.
    pub allow_unsafe_location: bool,
    /// True to check the pages of a database when it is opened after its last process was killed (`quick_check`,
    /// which reads the whole file). Default: true.
    pub check_after_crash: bool,
    /// True to copy a database that has data before it is migrated. Default: true.
    pub backup_before_migration: bool,
    /// Memory for cached rows and results, in bytes, as estimated from their JSON; 0 turns the cache off. Default: 16
    /// MiB.
    pub cache_bytes: usize,
    /// Maximum age of a cached row or result. Default: 15 min.
    pub cache_expiry: Duration,
    /// Time after which an unused row or result leaves the cache. Default: 5 min.
    pub cache_sliding_expiry: Duration,
    /// True to record each change of a row in the [audit log](crate::rows::audit). If false, writes are faster, but
    /// the author and the old values of a change are unknown afterwards; entries that the host
    /// [records](crate::rows::audit::record) are written all the same. Default: true.
    pub audit: bool,
    /// True to write changes to the outbox, which [`events`](crate::store::events) read. Default: true.
    pub change_events: bool,
    /// Log of statements and of slow operations. Default: none.
    pub log: LogPolicy,
    /// True to add to an error of the database the statement at fault, with its values, and the number of the row that
    /// couldn't be read: to the message and to [`ErrorDetails::statement`](crate::ErrorDetails::statement). Values may be
    /// a secret, and each statement costs some microseconds more. Default: false.
    pub detailed_errors: bool,
    /// Retention of rows that [`Store::maintain`](crate::Store::maintain) enforces.
    pub retention: RetentionPolicy,
    /// Backups that [`Store::maintain`](crate::Store::maintain) makes. Default: none.
    pub backups: Option<BackupPolicy>,
    /// Defaults of the task queue.
    pub queue: QueuePolicy,
    /// True to treat paths of repositories that differ only in case, or in the kind of slash, as one path, as Windows
    /// does: the spelling of the registered repository counts for agents, new tasks and claims. Default: false.
    pub windows_paths: bool,
    /// Difference by which the clocks of processes that share the database, and the clock of this one before and after
    /// it is corrected, may differ. A stored time that lies further ahead is taken for that of a wrong clock, and logged
    /// as a warning. Default: 1 min.
    pub clock_tolerance: Duration,
    /// Source of the time.
    pub clock: Arc<dyn Clock>,
    /// Source of ids.
    pub ids: Arc<dyn IdGenerator>,
    /// Source of the keys for encrypted preferences. Default: none, so that no preference can be encrypted.
    pub keys: Option<Arc<dyn KeyProvider>>,
}

impl StoreConfig {
    /// Creates the default configuration for a file.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            busy_timeout: Duration::from_secs(5),
            operation_timeout: None,
            durability: Durability::default(),
            group_commit: GroupCommit::default(),
            max_readers: 4,
            reader_lifetime: Duration::from_secs(600),
            cache_size_kib: 8192,
            mmap_size: 0,
            wal_autocheckpoint: 1000,
            journal_size_limit: 64 << 20,
            wal_limit: 256 << 20,
            min_free_disk: 64 << 20,
            sql_memory: 128 << 20,
            read_only: false,
            second_sqlite: SecondSqlite::default(),
            allow_unsafe_location: false,
            check_after_crash: true,
            backup_before_migration: true,
            cache_bytes: 16 << 20,
            cache_expiry: Duration::from_secs(15 * 60),
            cache_sliding_expiry: Duration::from_secs(5 * 60),
            audit: true,
            change_events: true,
            log: LogPolicy::default(),
            detailed_errors: false,
            retention: RetentionPolicy::default(),
            backups: None,
            queue: QueuePolicy::default(),
            windows_paths: false,
            clock_tolerance: Duration::from_secs(60),
            clock: Arc::new(SystemClock),
            ids: Arc::new(UuidGenerator),
            keys: None,
        }
    }
}

/// Log of what the store does in the database, through `tracing` as everything else. Without it, statements cost nothing.
///
/// ```
/// use orchestra_store::StoreConfig;
/// use std::time::Duration;
///
/// let mut config = StoreConfig::new("orchestra.db");
/// config.log.slow_operation = Some(Duration::from_millis(500));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct LogPolicy {
    /// True to log each statement when it has ended, with its time and the number of rows that it returned or changed:
    /// level INFO, target `orchestra_store::statements`. Default: false.
    pub statements: bool,
    /// Time from which a call is logged as slow, with the number of its statements and of their rows, and the statement
    /// that took longest: level WARN, target `orchestra_store::slow_operations`. Default: none.
    pub slow_operation: Option<Duration>,
    /// True to show the values of parameters in statements; otherwise there are placeholders. Values may be a secret.
    /// Default: false.
    pub values: bool,
}

/// Defaults of the task queue, for calls that do not give a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct QueuePolicy {
    /// Time for which a claimed task belongs to its worker without a heartbeat. Default: 60 s.
    pub lease: Duration,
    /// Number of times that a failed task is run again, 0 to 10. Default: 3.
    pub max_retries: i32,
    /// Wait before the first retry, which doubles with each further one. Default: 5 s.
    pub backoff: Duration,
    /// Maximum wait before a retry. Default: 10 min.
    pub max_backoff: Duration,
    /// Share of the wait, in percent, by which a retry comes later at most, a different part of it for each task, so
    /// that tasks that failed together don't come back together. Default: 10.
    pub jitter_percent: u8,
    /// Wait after which a task is treated as of the next higher priority, and again after as long, up to Critical.
    /// Its `Priority` does not change. Default: none, tasks do not age.
    pub ageing: Option<Duration>,
}

impl Default for QueuePolicy {
    fn default() -> Self {
        Self {
            lease: Duration::from_secs(60),
            max_retries: 3,
            backoff: Duration::from_secs(5),
            max_backoff: Duration::from_secs(600),
            jitter_percent: 10,
            ageing: None,
        }
    }
}

impl QueuePolicy {
    /// Returns the wait before retry number `retry`, from 1, which doubles up to the maximum.
    pub fn backoff_before(&self, retry: i32) -> Duration {
        let doublings = u32::try_from(retry.saturating_sub(1)).unwrap_or(0).min(31);
        self.backoff
            .saturating_mul(1 << doublings)
            .min(self.max_backoff)
    }
}

/// Retention of rows, by kind. A kind without a time is kept forever.
///
/// ```
/// use orchestra_store::StoreConfig;
/// use std::time::Duration;
///
/// let mut config = StoreConfig::new("orchestra.db");
/// config.retention.completed_tasks = Some(Duration::from_secs(90 * 24 * 3600));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct RetentionPolicy {
    /// Age at which events of the outbox are deleted. Default: 7 days.
    pub change_events: Option<Duration>,
    /// Maximum number of events in the outbox; the newest are kept. Default: 1 000 000.
    pub max_change_events: Option<u32>,
    /// Time for which completed tasks are kept after their end. Default: forever.
    pub completed_tasks: Option<Duration>,
    /// Time for which failed tasks are kept after their end. Default: forever.
    pub failed_tasks: Option<Duration>,
    /// Time for which cancelled tasks are kept after their end. Default: forever.
    pub cancelled_tasks: Option<Duration>,
    /// Time for which chat messages are kept. Default: forever.
    pub chat_messages: Option<Duration>,
    /// Time for which single measurements are kept; their rollups stay. Default: forever.
    pub metrics: Option<Duration>,
    /// Time for which entries of the audit log are kept. Default: forever.
    pub audit_logs: Option<Duration>,
    /// Time for which entries of the error log are kept. Default: forever.
    pub error_logs: Option<Duration>,
    /// Time for which entries of the orchestration log are kept. Default: forever.
    pub orchestration_logs: Option<Duration>,
    /// Size of the database file and its write-ahead log together, in bytes, above which the oldest rows are deleted
    /// before their time, and the space is given back. Only kinds that have a time are deleted from; a warning is logged
    /// where that isn't enough. Default: none.
    pub max_size: Option<u64>,
    /// Most rows of one kind that one call of [`Store::maintain`](crate::Store::maintain) deletes, by time and by size;
    /// `None`: as many as are due. Default: 100 000.
    pub max_rows_per_run: Option<u32>,
    /// Longest time without a retention, such as that of a machine that was switched off, after which the clock is
    /// believed; after a longer one, retention goes on from the time that it knew until it is
    /// [told](crate::services::retention_clock::trust) that the clock is right. Default: 30 days.
    pub max_clock_gap: Duration,
}

impl Default for RetentionPolicy {
    fn default() -> Self {
        Self {
            change_events: Some(Duration::from_secs(7 * 24 * 3600)),
            max_change_events: Some(1_000_000),
            completed_tasks: None,
            failed_tasks: None,
            cancelled_tasks: None,
            chat_messages: None,
            metrics: None,
            audit_logs: None,
            error_logs: None,
            orchestration_logs: None,
            max_size: None,
            max_rows_per_run: Some(100_000),
            max_clock_gap: Duration::from_secs(30 * 24 * 3600),
        }
    }
}

/// Schedule and retention of automatic backups.
///
/// ```
/// use orchestra_store::{BackupPolicy, StoreConfig};
///
/// let mut config = StoreConfig::new("orchestra.db");
/// config.backups = Some(BackupPolicy::new("/backups/orchestra"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct BackupPolicy {
    /// Directory of the backups, best on another disk. It is created, for the user alone, if it does not exist.
    pub directory: PathBuf,
    /// Minimum time between two backups. Default: one day.
    pub interval: Duration,
    /// Number of the newest backups that are always kept, at least 1. Default: 7.
    pub keep: usize,
    /// Maximum age of further backups. Default: 0, none are kept.
    pub keep_for: Duration,
    /// True to compress backups. Default: false.
    pub compress: bool,
}

impl BackupPolicy {
    /// Creates the policy of a daily backup into this directory, of which seven are kept.
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self {
            directory: directory.into(),
            interval: Duration::from_secs(24 * 3600),
            keep: 7,
            keep_for: Duration::ZERO,
            compress: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_backoff_doubles_up_to_its_limit() {
        let policy = QueuePolicy::default();
        let seconds = |retry| policy.backoff_before(retry).as_secs();
        assert_eq!([seconds(1), seconds(2), seconds(3)], [5, 10, 20]);
        assert_eq!([seconds(8), seconds(i32::MAX), seconds(0)], [600, 600, 5]);
    }
}
