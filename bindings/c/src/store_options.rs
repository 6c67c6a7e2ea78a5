//! How a store is opened.

use std::time::Duration;

use kernel::{Durability, Error, GroupCommit, Result, StoreConfig};

use crate::options::Options;

/// The library's choice, which is ORCHESTRA_DURABILITY_FULL.
pub const ORCHESTRA_DURABILITY_DEFAULT: i32 = 0;
/// What was acknowledged survives a power loss.
pub const ORCHESTRA_DURABILITY_FULL: i32 = 1;
/// What was acknowledged survives a crash of the process, but after a power loss the last commits
/// may be missing. The database stays consistent.
pub const ORCHESTRA_DURABILITY_NORMAL: i32 = 2;

/// How a store is opened. Fill it with zeros, set `struct_size`, then what is to differ from the
/// default, for which 0 stands in every field.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct orchestra_store_options {
    /// sizeof(orchestra_store_options), so that the structure can grow.
    pub struct_size: u32,
    /// What a commit survives: one of ORCHESTRA_DURABILITY_*.
    pub durability: i32,
    /// How long an operation waits for others before it is ORCHESTRA_BUSY, in ms. Default: 5000.
    pub busy_timeout_ms: u32,
    /// How many reads run at the same time; each needs a connection. Default: 4.
    pub max_readers: u32,
    /// How long a reading connection lives before it is replaced, in ms. Default: 600000.
    pub reader_lifetime_ms: u32,
    /// Page cache of each connection, in KiB. Default: 8192.
    pub cache_size_kib: u32,
    /// How much of the file is mapped into memory, in KiB. Default: nothing, since an I/O error in
    /// mapped memory is a signal that ends the process.
    pub mmap_size_kib: u32,
    /// Pages in the write-ahead log at which a commit copies them into the database. Default: 1000.
    pub wal_autocheckpoint: u32,
    /// Size to which the write-ahead log is cut back after a checkpoint, in KiB. Default: 65536.
    pub journal_size_limit_kib: u32,
    /// How long a claimed task belongs to its worker without a heartbeat, in ms. Default: 60000.
    pub lease_ms: u32,
    /// How often a failed task is run again where it doesn't say, 1 to 10; -1 for never. Default: 3.
    pub max_retries: i32,
    /// The wait before the first retry, in ms; it doubles with each further one. Default: 5000.
    pub backoff_ms: u32,
    /// The longest wait before a retry, in ms. Default: 600000.
    pub max_backoff_ms: u32,
    /// How long a task waits before it counts as of the next higher priority, in ms. Default: tasks
    /// don't age.
    pub ageing_ms: u32,
    /// How many writes that come at the same time share a commit at most. Default: each is committed
    /// alone.
    pub group_commit_max_writes: u32,
    /// How long the first of them waits at most until no other may join, in ms. Default: 10 where
    /// writes share commits.
    pub group_commit_max_wait_ms: u32,
    /// Size of the write-ahead log above which the log warns that something keeps it from being copied
    /// into the database, in KiB. Default: 262144.
    pub wal_limit_kib: u32,
    /// What backups, migrations and the like leave free on the disk, in KiB. Default: 65536.
    pub min_free_disk_kib: u32,
    /// Not 0: don't check the pages of a database whose last process was killed, which reads all of it.
    pub no_check_after_crash: u32,
    /// Not 0: don't copy a database that has data before it is migrated.
    pub no_backup_before_migration: u32,
    /// What cached rows and results may take, in KiB; -1 turns the cache off. Default: 16384.
    pub cache_kib: i32,
    /// How long a cached row or result is used at most, in ms. Default: 900000.
    pub cache_expiry_ms: u32,
    /// How long a cached row or result stays without being used, in ms. Default: 300000.
    pub cache_sliding_expiry_ms: u32,
    /// Not 0: don't tell changes of rows to the audit log.
    pub no_audit: u32,
    /// Not 0: don't write changes to the outbox, so that nobody can follow them.
    pub no_change_events: u32,
    /// How long changes are kept in the outbox, in s; -1 for ever. Default: 604800, 7 days. This and the
    /// times below are what the upkeep goes by.
    pub keep_change_events_s: i32,
    /// How many changes are kept in the outbox at most, the newest; -1 for any number. Default:
    /// 1000000.
    pub max_change_events: i32,
    /// How long completed tasks are kept after their end, in s. Default: for ever, also below.
    pub keep_completed_tasks_s: u32,
    /// How long failed tasks are kept after their end, in s.
    pub keep_failed_tasks_s: u32,
    /// How long cancelled tasks are kept after their end, in s.
    pub keep_cancelled_tasks_s: u32,
    /// How long chat messages are kept, in s.
    pub keep_chat_messages_s: u32,
    /// How long single measurements are kept, in s; what was summed up from them stays.
    pub keep_metrics_s: u32,
    /// How long entries of the audit log are kept, in s.
    pub keep_audit_logs_s: u32,
    /// How long entries of the error log are kept, in s.
    pub keep_error_logs_s: u32,
    /// How long entries of the log of the orchestration are kept, in s.
    pub keep_orchestration_logs_s: u32,
}

// SAFETY: `repr(C)`, all fields are numbers of four bytes, and the first is the size.
unsafe impl Options for orchestra_store_options {
    const DEFAULTS: Self = Self {
        struct_size: 0,
        durability: 0,
        busy_timeout_ms: 0,
        max_readers: 0,
        reader_lifetime_ms: 0,
        cache_size_kib: 0,
        mmap_size_kib: 0,
        wal_autocheckpoint: 0,
        journal_size_limit_kib: 0,
        lease_ms: 0,
        max_retries: 0,
        backoff_ms: 0,
        max_backoff_ms: 0,
        ageing_ms: 0,
        group_commit_max_writes: 0,
        group_commit_max_wait_ms: 0,
        wal_limit_kib: 0,
        min_free_disk_kib: 0,
        no_check_after_crash: 0,
        no_backup_before_migration: 0,
        cache_kib: 0,
        cache_expiry_ms: 0,
        cache_sliding_expiry_ms: 0,
        no_audit: 0,
        no_change_events: 0,
        keep_change_events_s: 0,
        max_change_events: 0,
        keep_completed_tasks_s: 0,
        keep_failed_tasks_s: 0,
        keep_cancelled_tasks_s: 0,
        keep_chat_messages_s: 0,
        keep_metrics_s: 0,
        keep_audit_logs_s: 0,
        keep_error_logs_s: 0,
        keep_orchestration_logs_s: 0,
    };
}

impl orchestra_store_options {
    pub(crate) fn config(&self, path: &str) -> Result<StoreConfig> {
        let mut config = StoreConfig::new(path);
        config.durability = match self.durability {
            ORCHESTRA_DURABILITY_DEFAULT => config.durability,
            ORCHESTRA_DURABILITY_FULL => Durability::Full,
            ORCHESTRA_DURABILITY_NORMAL => Durability::Normal,
            other => return Err(Error::invalid("durability", format!("{other} is unknown"))),
        };
        config.queue.max_retries = match self.max_retries {
            0 => config.queue.max_retries,
            -1 => 0,
            given @ 1..=10 => given,
            other => {
                let reason = format!("{other}, but -1 to 10 is allowed");
                return Err(Error::invalid("max_retries", reason));
            }
        };
        set(&mut config.busy_timeout, millis(self.busy_timeout_ms));
        set(&mut config.max_readers, nonzero(self.max_readers));
        set(&mut config.reader_lifetime, millis(self.reader_lifetime_ms));
        set(&mut config.cache_size_kib, nonzero(self.cache_size_kib));
        set(&mut config.mmap_size, bytes(self.mmap_size_kib));
        set(
            &mut config.wal_autocheckpoint,
            nonzero(self.wal_autocheckpoint),
        );
        set(
            &mut config.journal_size_limit,
            bytes(self.journal_size_limit_kib),
        );
        self.set_queue(&mut config);
        self.set_commits(&mut config);
        self.set_safety(&mut config);
        self.set_cache(&mut config);
        self.set_retention(&mut config);
        Ok(config)
    }

    fn set_queue(&self, config: &mut StoreConfig) {
        let queue = &mut config.queue;
        set(&mut queue.lease, millis(self.lease_ms));
        set(&mut queue.backoff, millis(self.backoff_ms));
        set(&mut queue.max_backoff, millis(self.max_backoff_ms));
        queue.ageing = millis(self.ageing_ms);
    }

    fn set_commits(&self, config: &mut StoreConfig) {
        if self.group_commit_max_writes > 0 {
            config.group_commit = GroupCommit {
                max_writes: self.group_commit_max_writes,
                max_wait: millis(self.group_commit_max_wait_ms)
                    .unwrap_or(GroupCommit::SHARED.max_wait),
            };
        }
    }

    fn set_safety(&self, config: &mut StoreConfig) {
        set(&mut config.wal_limit, bytes(self.wal_limit_kib));
        set(&mut config.min_free_disk, bytes(self.min_free_disk_kib));
        config.check_after_crash = self.no_check_after_crash == 0;
        config.backup_before_migration = self.no_backup_before_migration == 0;
        config.audit = self.no_audit == 0;
        config.change_events = self.no_change_events == 0;
    }

    fn set_cache(&self, config: &mut StoreConfig) {
        config.cache_bytes = match u32::try_from(self.cache_kib) {
            Ok(kib) => bytes(kib).map_or(config.cache_bytes, |bytes| {
                usize::try_from(bytes).unwrap_or(usize::MAX)
            }),
            Err(_) => 0,
        };
        set(&mut config.cache_expiry, millis(self.cache_expiry_ms));
        let sliding = millis(self.cache_sliding_expiry_ms);
        set(&mut config.cache_sliding_expiry, sliding);
    }

    fn set_retention(&self, config: &mut StoreConfig) {
        let keep = &mut config.retention;
        keep.change_events = match u32::try_from(self.keep_change_events_s) {
            Ok(given) => seconds(given).or(keep.change_events),
            Err(_) => None,
        };
        keep.max_change_events = match u32::try_from(self.max_change_events) {
            Ok(given) => nonzero(given).or(keep.max_change_events),
            Err(_) => None,
        };
        keep.completed_tasks = seconds(self.keep_completed_tasks_s);
        keep.failed_tasks = seconds(self.keep_failed_tasks_s);
        keep.cancelled_tasks = seconds(self.keep_cancelled_tasks_s);
        keep.chat_messages = seconds(self.keep_chat_messages_s);
        keep.metrics = seconds(self.keep_metrics_s);
        keep.audit_logs = seconds(self.keep_audit_logs_s);
        keep.error_logs = seconds(self.keep_error_logs_s);
        keep.orchestration_logs = seconds(self.keep_orchestration_logs_s);
    }
}

/// Sets what is given.
pub(crate) fn set<T>(field: &mut T, given: Option<T>) {
    if let Some(given) = given {
        *field = given;
    }
}

/// A number, where 0 stands for the default.
pub(crate) fn nonzero(number: u32) -> Option<u32> {
    (number != 0).then_some(number)
}

fn bytes(kib: u32) -> Option<u64> {
    nonzero(kib).map(|kib| u64::from(kib) * 1024)
}

fn seconds(s: u32) -> Option<Duration> {
    nonzero(s).map(|s| Duration::from_secs(s.into()))
}

/// A time in milliseconds, where 0 stands for the default.
pub(crate) fn millis(ms: u32) -> Option<Duration> {
    nonzero(ms).map(|ms| Duration::from_millis(ms.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_are_the_defaults() {
        let config = orchestra_store_options::DEFAULTS.config("x.db").unwrap();
        let defaults = StoreConfig::new("x.db");
        assert_eq!(format!("{config:?}"), format!("{defaults:?}"));
    }

    #[test]
    fn none_can_be_said_where_zero_is_the_default() {
        let options = orchestra_store_options {
            cache_kib: -1,
            keep_change_events_s: -1,
            max_change_events: -1,
            max_retries: -1,
            ..orchestra_store_options::DEFAULTS
        };
        let config = options.config("x.db").unwrap();
        assert_eq!((config.cache_bytes, config.queue.max_retries), (0, 0));
        assert_eq!(config.retention.change_events, None);
        assert_eq!(config.retention.max_change_events, None);
    }

    #[test]
    fn what_is_given_is_taken() {
        let options = orchestra_store_options {
            group_commit_max_writes: 8,
            keep_completed_tasks_s: 60,
            keep_change_events_s: 5,
            cache_kib: 1,
            no_audit: 1,
            ..orchestra_store_options::DEFAULTS
        };
        let config = options.config("x.db").unwrap();
        assert_eq!(config.group_commit.max_wait, GroupCommit::SHARED.max_wait);
        assert_eq!(
            config.retention.completed_tasks,
            Some(Duration::from_secs(60))
        );
        assert_eq!(config.retention.change_events, Some(Duration::from_secs(5)));
        assert_eq!(config.cache_bytes, 1024);
        assert!(!config.audit && config.change_events);
    }
}
