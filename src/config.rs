//! How a store is opened: every pragma, limit and policy, with its default.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::clock::{Clock, IdGenerator, SystemClock, UuidGenerator};
use crate::encryption::KeyProvider;

/// What a commit survives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Durability {
    /// A power loss: each commit is synced to the disk before it is acknowledged
    /// (`synchronous=FULL`).
    #[default]
    Full,
    /// A crash of the process, but after a power loss the last commits may be missing
    /// (`synchronous=NORMAL`). The database stays consistent.
    Normal,
}

/// How writes of one process that come at the same time share a commit, and with it the wait for
/// the disk.
///
/// One that comes while another runs adds to its transaction, in its own thread and undone by
/// itself where it fails; each returns when all of it is committed. Nobody waits for others to come:
/// a write that is alone is committed at once. Work that takes long is better done by
/// [`Store::write_alone`](crate::Store::write_alone), so that it delays nobody's commit.
///
/// Off unless it is asked for: other processes, which try again and again to get the lock, find it
/// free less often where many threads of one process share commits without a pause.
///
/// ```
/// use orchestra_store::{GroupCommit, StoreConfig};
///
/// let mut config = StoreConfig::new("orchestra.db");
/// config.group_commit = GroupCommit::SHARED;
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GroupCommit {
    /// How many writes share a commit at most.
    pub max_writes: u32,
    /// How long the first of them waits at most until no other may join; one that has joined is
    /// done first, however long it takes.
    pub max_wait: Duration,
}

impl GroupCommit {
    /// Each write is committed alone.
    pub const OFF: Self = Self {
        max_writes: 1,
        max_wait: Duration::ZERO,
    };

    /// Up to 64 writes within 10 ms share one.
    pub const SHARED: Self = Self {
        max_writes: 64,
        max_wait: Duration::from_millis(10),
    };
}

impl Default for GroupCommit {
    fn default() -> Self {
        Self::OFF
    }
}

/// How a store is opened.
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
    /// The database file. It and its directory are made when they aren't there, for the user
    /// alone (0600, 0700).
    pub path: PathBuf,
    /// How long an operation waits for others before it fails with
    /// [`ErrorCode::Busy`](crate::ErrorCode::Busy). Default: 5 s.
    pub busy_timeout: Duration,
    /// What a commit survives. Default: power loss.
    pub durability: Durability,
    /// How writes that come at the same time share a commit. Default: not at all.
    pub group_commit: GroupCommit,
    /// How many reads run at the same time; each needs a connection. Default: 4.
    pub max_readers: u32,
    /// How long a reading connection lives before it is replaced. Default: 10 min.
    pub reader_lifetime: Duration,
    /// Page cache of each connection, KiB. Default: 8192.
    pub cache_size_kib: u32,
    /// Bytes of the file to map into memory. Default: 0, since an I/O error in mapped memory
    /// is a signal that ends the host.
    pub mmap_size: u64,
    /// Pages in the write-ahead log at which a commit copies them into the database.
    /// Default: 1000.
    pub wal_autocheckpoint: u32,
    /// Bytes to which the write-ahead log is cut back after a checkpoint. Default: 64 MiB.
    pub journal_size_limit: u64,
    /// Bytes of the write-ahead log above which the store warns that something keeps it from being
    /// copied into the database, such as a read that stays open. Default: 256 MiB.
    pub wal_limit: u64,
    /// Bytes that backups, migrations and the like leave free on the disk. Default: 64 MiB.
    pub min_free_disk: u64,
    /// Whether the pages of a database are checked when it is opened after its last process was
    /// killed (`quick_check`, which reads all of it). Default: yes.
    pub check_after_crash: bool,
    /// Whether a database that has data is copied before it is migrated. Default: yes.
    pub backup_before_migration: bool,
    /// Bytes that cached rows and results may take, by an estimate from their JSON; 0 turns the
    /// cache off. Default: 16 MiB.
    pub cache_bytes: usize,
    /// How long a cached row or result is used at most. Default: 15 min.
    pub cache_expiry: Duration,
    /// How long a cached row or result stays without being used. Default: 5 min.
    pub cache_sliding_expiry: Duration,
    /// Whether each change of a row is told to the [audit log](crate::rows::audit). Without,
    /// writing is faster, and it is not known afterwards who changed what, nor how a row was
    /// before. What a host [records](crate::rows::audit::record) itself is written all the
    /// same. Default: yes.
    pub audit: bool,
    /// Whether changes are written to the outbox, for those who follow them
    /// ([`events`](crate::store::events)). Default: yes.
    pub change_events: bool,
    /// How long [`Store::maintain`](crate::Store::maintain) keeps what.
    pub retention: RetentionPolicy,
    /// Where [`Store::maintain`](crate::Store::maintain) makes backups, and when. Default: nowhere.
    pub backups: Option<BackupPolicy>,
    /// How the task queue behaves.
    pub queue: QueuePolicy,
    /// Where the time comes from.
    pub clock: Arc<dyn Clock>,
    /// Where ids come from.
    pub ids: Arc<dyn IdGenerator>,
    /// Where the keys for encrypted preferences come from. Default: nowhere, so that there can
    /// be none.
    pub keys: Option<Arc<dyn KeyProvider>>,
}

impl StoreConfig {
    /// The defaults, for this file.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            busy_timeout: Duration::from_secs(5),
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
            check_after_crash: true,
            backup_before_migration: true,
            cache_bytes: 16 << 20,
            cache_expiry: Duration::from_secs(15 * 60),
            cache_sliding_expiry: Duration::from_secs(5 * 60),
            audit: true,
            change_events: true,
            retention: RetentionPolicy::default(),
            backups: None,
            queue: QueuePolicy::default(),
            clock: Arc::new(SystemClock),
            ids: Arc::new(UuidGenerator),
            keys: None,
        }
    }
}

/// How the task queue behaves where a call doesn't say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct QueuePolicy {
    /// How long a claimed task belongs to its worker without a heartbeat. Default: 60 s.
    pub lease: Duration,
    /// How often a failed task is run again, 0 to 10. Default: 3.
    pub max_retries: i32,
    /// The wait before the first retry; it doubles with each further one. Default: 5 s.
    pub backoff: Duration,
    /// The longest wait before a retry. Default: 10 min.
    pub max_backoff: Duration,
    /// How long a task waits before it counts as of the next higher priority, and again as long for
    /// the one after, up to Critical. Its `Priority` stays what it is. Default: none, tasks don't age.
    pub ageing: Option<Duration>,
}

impl Default for QueuePolicy {
    fn default() -> Self {
        Self {
            lease: Duration::from_secs(60),
            max_retries: 3,
            backoff: Duration::from_secs(5),
            max_backoff: Duration::from_secs(600),
            ageing: None,
        }
    }
}

impl QueuePolicy {
    /// The wait before retry number `retry`, from 1: doubling, up to the longest.
    pub fn backoff_before(&self, retry: i32) -> Duration {
        let doublings = u32::try_from(retry.saturating_sub(1)).unwrap_or(0).min(31);
        self.backoff
            .saturating_mul(1 << doublings)
            .min(self.max_backoff)
    }
}

/// How long what is kept. Where no time is given, it is kept for ever.
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
    /// Events of the outbox, by their age. Default: 7 days.
    pub change_events: Option<Duration>,
    /// How many events of the outbox are kept at most, the newest. Default: 1 000 000.
    pub max_change_events: Option<u32>,
    /// Completed tasks, by their end. Default: for ever.
    pub completed_tasks: Option<Duration>,
    /// Failed tasks, by their end. Default: for ever.
    pub failed_tasks: Option<Duration>,
    /// Cancelled tasks, by their end. Default: for ever.
    pub cancelled_tasks: Option<Duration>,
    /// Chat messages. Default: for ever.
    pub chat_messages: Option<Duration>,
    /// Single measurements; what was summed up from them stays. Default: for ever.
    pub metrics: Option<Duration>,
    /// Entries of the audit log. Default: for ever.
    pub audit_logs: Option<Duration>,
    /// Entries of the error log. Default: for ever.
    pub error_logs: Option<Duration>,
    /// Entries of the log of the orchestration. Default: for ever.
    pub orchestration_logs: Option<Duration>,
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
        }
    }
}

/// When backups are made by themselves, and how long they stay.
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
    /// Where they are; made for the user alone where it isn't there. Best on another disk.
    pub directory: PathBuf,
    /// The least time between two. Default: a day.
    pub interval: Duration,
    /// How many of the newest always stay, at least 1. Default: 7.
    pub keep: usize,
    /// How old those beyond may get. Default: nothing beyond stays.
    pub keep_for: Duration,
    /// Whether they are compressed. Default: no.
    pub compress: bool,
}

impl BackupPolicy {
    /// A backup each day into this directory, of which seven stay.
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
