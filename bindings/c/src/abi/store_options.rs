//! How a store is opened.

use crate::abi::options::Options;

/// The library's choice, which is ORCHESTRA_DURABILITY_FULL.
pub const ORCHESTRA_DURABILITY_DEFAULT: i32 = 0;
/// What was acknowledged survives a power loss.
pub const ORCHESTRA_DURABILITY_FULL: i32 = 1;
/// What was acknowledged survives a crash of the process, but after a power loss the last commits
/// may be missing. The database stays consistent.
pub const ORCHESTRA_DURABILITY_NORMAL: i32 = 2;

/// The library's choice, which is ORCHESTRA_SECOND_SQLITE_REFUSE.
pub const ORCHESTRA_SECOND_SQLITE_DEFAULT: i32 = 0;
/// Another copy of SQLite in this process that uses the file is ignored.
pub const ORCHESTRA_SECOND_SQLITE_OFF: i32 = 1;
/// Another copy of SQLite in this process that uses the file is logged.
pub const ORCHESTRA_SECOND_SQLITE_WARN: i32 = 2;
/// As long as another copy of SQLite in this process uses the file, opening and writing return
/// ORCHESTRA_FILE_UNSAFE.
pub const ORCHESTRA_SECOND_SQLITE_REFUSE: i32 = 3;

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
    /// How many writes that come at the same time share a commit at most; 1: each is committed alone.
    /// Default: 64.
    pub group_commit_max_writes: u32,
    /// How long the first of them waits at most until no other may join, in ms. Default: 10.
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
    /// Leave it 0: it keeps what follows in its place.
    pub reserved: u32,
    /// Where orchestra_store_maintain() makes backups, and when: what orchestra_backup_run_if_due() takes
    /// as `policy`, JSON, which is read while the store is opened. Default: none are made.
    pub backups: *const u8,
    /// Bytes of `backups`.
    pub backups_len: usize,
    /// Not 0: open an existing database for reading only. Nothing is created, migrated or locked, and each
    /// write returns ORCHESTRA_READ_ONLY. Works for another user, on a read-only disk and on a snapshot.
    pub read_only: u32,
    /// What is done about another copy of SQLite in this process that uses the file, such as that of
    /// Entity Framework Core: one of ORCHESTRA_SECOND_SQLITE_*. It is looked for at open and by
    /// orchestra_store_maintain(), on Linux.
    pub second_sqlite: i32,
    /// Not 0: write to an existing database that has several names (hard links) or lies on a network file
    /// system. Data is lost unless only this process uses the file.
    pub allow_unsafe_location: u32,
    /// Leave it 0: it keeps what followed in its place.
    pub reserved_2: u32,
    /// By how much clocks may differ, in ms, before a stored time that is ahead is taken for that of a wrong
    /// clock, and a warning is logged. Default: 60000. docs/operations.md, "Wrong clocks".
    pub clock_tolerance_ms: u32,
    /// How many rows of a kind one call of orchestra_store_maintain() deletes at most; -1 for all that are
    /// due. Default: 100000.
    pub max_rows_per_run: i32,
    /// After how long without a look, in s, the upkeep doesn't believe a clock after a boot. Default: 2592000,
    /// 30 days. See orchestra_store_trust_clock().
    pub max_clock_gap_s: u32,
    /// Size of the file and the write-ahead log together, in KiB, above which orchestra_store_maintain() deletes the
    /// oldest rows of the kinds above that have a time, and gives the space back. Default: none.
    /// docs/maintenance.md, "By size".
    pub max_size_kib: u32,
    /// By how much a retry comes later than its backoff at most, in percent of it, 1 to 100; -1 for not at
    /// all. Default: 10.
    pub backoff_jitter_percent: i32,
    /// Memory of one query by orchestra_sql_query() or a cursor over one, in KiB: half for the rows that
    /// are collected, half to work with. Default: 131072.
    pub sql_memory_kib: u32,
    /// How long a call may take, its waits included, in ms, before it is ended: it is ORCHESTRA_TIMEOUT, and has
    /// written nothing. A cursor may wait as long for its next row. Opening, closing and orchestra_store_maintain()
    /// aren't limited; orchestra_store_with_timeout() gives single calls more time. Writes share no commits with it.
    /// Default: calls take as long as they need.
    pub operation_timeout_ms: u32,
    /// Not 0: paths of repositories that differ only in case, or in the kind of slash, are one path, as for
    /// Windows. The spelling of the registered repository counts.
    pub windows_paths: u32,
    /// From which time on a call is logged as slow, in ms: as a warning of the part orchestra_store::slow_operations,
    /// with the number of its statements and rows, and the statement that took longest. Default: never.
    pub slow_operation_ms: u32,
    /// Not 0: log each statement when it has ended, with its time and rows, at ORCHESTRA_LOG_INFO, as the part
    /// orchestra_store::statements.
    pub log_statements: u32,
    /// Not 0: show the values of parameters in the log's statements. Values may be a secret.
    pub log_values: u32,
    /// Not 0: add to an error of the database the statement at fault, with its values, and the number of the row
    /// that can't be read: to the message, and to the details as Statement. Values may be a secret.
    pub detailed_errors: u32,
}

// SAFETY: `repr(C)`, the first field is the size, and the others are numbers and an address, each where
// the one before it ends.
unsafe impl Options for orchestra_store_options {}
