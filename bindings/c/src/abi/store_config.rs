//! Conversion of the options that C fills to the kernel's configuration.

use std::time::Duration;

use kernel::{Durability, Error, Result, SecondSqlite, StoreConfig};

use crate::abi::backup_policy::PolicyRequest;
use crate::abi::options::{read_options, set};
use crate::abi::scalars::{millis, nonzero};
use crate::abi::store_options::{
    ORCHESTRA_DURABILITY_DEFAULT, ORCHESTRA_DURABILITY_FULL, ORCHESTRA_DURABILITY_NORMAL,
    ORCHESTRA_SECOND_SQLITE_DEFAULT, ORCHESTRA_SECOND_SQLITE_OFF, ORCHESTRA_SECOND_SQLITE_REFUSE,
    ORCHESTRA_SECOND_SQLITE_WARN, orchestra_store_options,
};
use crate::abi::text::{TextArgument, text};

/// The options of a call, together with the text that they point to.
pub(crate) struct StoreOptions<'a> {
    given: orchestra_store_options,
    backups: TextArgument<'a>,
}

impl StoreOptions<'_> {
    /// Takes options that a caller of this or another version of the header filled.
    ///
    /// # Safety
    ///
    /// `options` is NULL, or points to as many bytes as its first field says; what its fields point to
    /// stays until the call of the exported function ends.
    pub(crate) unsafe fn read(options: *const orchestra_store_options) -> Result<Self> {
        // SAFETY: as the caller promises.
        unsafe {
            let given = read_options(options)?;
            let backups = text("backups", given.backups, given.backups_len);
            Ok(Self { given, backups })
        }
    }

    /// Returns the configuration for the store at this path.
    pub(crate) fn config(self, path: &str) -> Result<StoreConfig> {
        // The library shows none of its SQLite's functions.
        kernel::declare_sqlite_private();
        let mut config = StoreConfig::new(path);
        self.given.set(&mut config)?;
        let policy: Option<PolicyRequest> = self.backups.optional_json()?;
        config.backups = policy.map(PolicyRequest::into_policy).transpose()?;
        Ok(config)
    }
}

impl orchestra_store_options {
    /// Sets the fields that the options give as numbers.
    fn set(&self, config: &mut StoreConfig) -> Result<()> {
        let reserved = [("reserved", self.reserved), ("reserved_2", self.reserved_2)];
        for (name, value) in reserved {
            if value != 0 {
                return Err(Error::invalid(name, "not 0"));
            }
        }
        set(&mut config.clock_tolerance, millis(self.clock_tolerance_ms));
        set(&mut config.second_sqlite, self.second_sqlite()?);
        set(&mut config.durability, self.durability()?);
        set(&mut config.queue.max_retries, self.max_retries()?);
        self.set_connections(config);
        set(&mut config.queue.jitter_percent, self.jitter_percent()?);
        self.set_queue(config);
        self.set_commits(config);
        self.set_safety(config);
        self.set_log(config);
        self.set_cache(config);
        self.set_retention(config);
        Ok(())
    }

    fn durability(&self) -> Result<Option<Durability>> {
        match self.durability {
            ORCHESTRA_DURABILITY_DEFAULT => Ok(None),
            ORCHESTRA_DURABILITY_FULL => Ok(Some(Durability::Full)),
            ORCHESTRA_DURABILITY_NORMAL => Ok(Some(Durability::Normal)),
            other => Err(Error::invalid("durability", format!("{other} is unknown"))),
        }
    }

    fn second_sqlite(&self) -> Result<Option<SecondSqlite>> {
        match self.second_sqlite {
            ORCHESTRA_SECOND_SQLITE_DEFAULT => Ok(None),
            ORCHESTRA_SECOND_SQLITE_OFF => Ok(Some(SecondSqlite::Off)),
            ORCHESTRA_SECOND_SQLITE_WARN => Ok(Some(SecondSqlite::Warn)),
            ORCHESTRA_SECOND_SQLITE_REFUSE => Ok(Some(SecondSqlite::Refuse)),
            other => Err(Error::invalid(
                "second_sqlite",
                format!("{other} is unknown"),
            )),
        }
    }

    fn max_retries(&self) -> Result<Option<i32>> {
        match self.max_retries {
            0 => Ok(None),
            -1 => Ok(Some(0)),
            given @ 1..=10 => Ok(Some(given)),
            other => {
                let reason = format!("{other}, but -1 to 10 is allowed");
                Err(Error::invalid("max_retries", reason))
            }
        }
    }

    fn jitter_percent(&self) -> Result<Option<u8>> {
        match self.backoff_jitter_percent {
            0 => Ok(None),
            -1 => Ok(Some(0)),
            given => match u8::try_from(given) {
                Ok(percent @ 1..=100) => Ok(Some(percent)),
                _ => {
                    let reason = format!("must be -1 to 100, got {given}");
                    Err(Error::invalid("backoff_jitter_percent", reason))
                }
            },
        }
    }

    fn set_connections(&self, config: &mut StoreConfig) {
        set(&mut config.busy_timeout, millis(self.busy_timeout_ms));
        config.operation_timeout = millis(self.operation_timeout_ms);
        set(&mut config.max_readers, nonzero(self.max_readers));
        set(&mut config.reader_lifetime, millis(self.reader_lifetime_ms));
        set(&mut config.cache_size_kib, nonzero(self.cache_size_kib));
        set(&mut config.mmap_size, bytes(self.mmap_size_kib));
        let autocheckpoint = nonzero(self.wal_autocheckpoint);
        set(&mut config.wal_autocheckpoint, autocheckpoint);
        let limit = bytes(self.journal_size_limit_kib);
        set(&mut config.journal_size_limit, limit);
    }

    fn set_queue(&self, config: &mut StoreConfig) {
        let queue = &mut config.queue;
        set(&mut queue.lease, millis(self.lease_ms));
        set(&mut queue.backoff, millis(self.backoff_ms));
        set(&mut queue.max_backoff, millis(self.max_backoff_ms));
        queue.ageing = millis(self.ageing_ms);
    }

    fn set_commits(&self, config: &mut StoreConfig) {
        let group = &mut config.group_commit;
        if self.group_commit_max_writes > 0 {
            group.max_writes = self.group_commit_max_writes;
        }
        set(&mut group.max_wait, millis(self.group_commit_max_wait_ms));
    }

    fn set_safety(&self, config: &mut StoreConfig) {
        set(&mut config.wal_limit, bytes(self.wal_limit_kib));
        set(&mut config.min_free_disk, bytes(self.min_free_disk_kib));
        set(&mut config.sql_memory, bytes(self.sql_memory_kib));
        config.read_only = self.read_only != 0;
        config.windows_paths = self.windows_paths != 0;
        config.allow_unsafe_location = self.allow_unsafe_location != 0;
        config.check_after_crash = self.no_check_after_crash == 0;
        config.backup_before_migration = self.no_backup_before_migration == 0;
        config.audit = self.no_audit == 0;
        config.change_events = self.no_change_events == 0;
    }

    fn set_log(&self, config: &mut StoreConfig) {
        config.log.slow_operation = millis(self.slow_operation_ms);
        config.log.statements = self.log_statements != 0;
        config.log.values = self.log_values != 0;
        config.detailed_errors = self.detailed_errors != 0;
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
        keep.max_rows_per_run = match u32::try_from(self.max_rows_per_run) {
            Ok(given) => nonzero(given).or(keep.max_rows_per_run),
            Err(_) => None,
        };
        set(&mut keep.max_clock_gap, seconds(self.max_clock_gap_s));
        keep.max_size = bytes(self.max_size_kib);
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

fn bytes(kib: u32) -> Option<u64> {
    nonzero(kib).map(|kib| u64::from(kib) * 1024)
}

fn seconds(s: u32) -> Option<Duration> {
    nonzero(s).map(|s| Duration::from_secs(s.into()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use kernel::{BackupPolicy, ErrorCode, GroupCommit};

    use super::*;
    use crate::abi::options::Options;

    const POLICY: &str =
        r#"{"Directory":"/b","Interval":"01:00:00","Keep":2,"KeepFor":"00:00:01","Compress":true}"#;

    fn config(options: &orchestra_store_options) -> Result<StoreConfig> {
        // SAFETY: the size is that of the structure, or 0, and the policy is a constant.
        unsafe { StoreOptions::read(options) }?.config("x.db")
    }

    fn defaults() -> orchestra_store_options {
        orchestra_store_options {
            struct_size: size_of::<orchestra_store_options>() as u32,
            ..orchestra_store_options::DEFAULTS
        }
    }

    fn with_backups(policy: &'static str) -> orchestra_store_options {
        orchestra_store_options {
            backups: policy.as_ptr(),
            backups_len: policy.len(),
            ..defaults()
        }
    }

    /// Returns options that all differ from the defaults.
    fn all_different() -> orchestra_store_options {
        orchestra_store_options {
            durability: ORCHESTRA_DURABILITY_NORMAL,
            read_only: 1,
            second_sqlite: ORCHESTRA_SECOND_SQLITE_WARN,
            allow_unsafe_location: 1,
            busy_timeout_ms: 1,
            operation_timeout_ms: 1,
            slow_operation_ms: 1,
            log_statements: 1,
            log_values: 1,
            detailed_errors: 1,
            max_readers: 1,
            reader_lifetime_ms: 1,
            cache_size_kib: 1,
            mmap_size_kib: 1,
            wal_autocheckpoint: 1,
            journal_size_limit_kib: 1,
            lease_ms: 1,
            max_retries: 1,
            backoff_ms: 1,
            max_backoff_ms: 1,
            backoff_jitter_percent: 1,
            ageing_ms: 1,
            group_commit_max_writes: 2,
            group_commit_max_wait_ms: 1,
            wal_limit_kib: 1,
            min_free_disk_kib: 1,
            sql_memory_kib: 1,
            no_check_after_crash: 1,
            no_backup_before_migration: 1,
            cache_kib: 1,
            cache_expiry_ms: 1,
            cache_sliding_expiry_ms: 1,
            no_audit: 1,
            no_change_events: 1,
            keep_change_events_s: 1,
            max_change_events: 1,
            keep_completed_tasks_s: 1,
            keep_failed_tasks_s: 1,
            keep_cancelled_tasks_s: 1,
            keep_chat_messages_s: 1,
            keep_metrics_s: 1,
            keep_audit_logs_s: 1,
            keep_error_logs_s: 1,
            keep_orchestration_logs_s: 1,
            clock_tolerance_ms: 1,
            max_rows_per_run: 1,
            max_clock_gap_s: 1,
            max_size_kib: 1,
            windows_paths: 1,
            ..with_backups(POLICY)
        }
    }

    /// Returns the single values of a configuration, by the names of the fields that lead to them.
    fn values(config: &StoreConfig) -> BTreeMap<String, String> {
        let (mut values, mut path) = (BTreeMap::new(), Vec::new());
        for line in format!("{config:#?}").lines() {
            let line = line.trim().trim_end_matches(',');
            let (name, value) = line.split_once(": ").unwrap_or(("", line));
            if value.ends_with(['{', '(']) {
                path.push(name.to_owned());
            } else if value.starts_with(['}', ')']) {
                path.pop();
            } else {
                let names = path.iter().map(String::as_str).chain([name]);
                let names: Vec<&str> = names.filter(|name| !name.is_empty()).collect();
                values.insert(names.join("."), value.to_owned());
            }
        }
        values
    }

    /// Settings that no option sets, with the reasons.
    const EXCEPTIONS: [(&str, &str); 4] = [
        ("path", "it is an argument of its own"),
        ("keys", "orchestra_store_open_with_keys takes them"),
        ("clock", "for tests of Rust hosts: others have the system's"),
        ("ids", "for tests of Rust hosts: a record may bring its own"),
    ];

    #[test]
    fn whatever_a_rust_host_sets_can_be_set() {
        let mut before = StoreConfig::new("x.db");
        before.backups = Some(BackupPolicy::new("/elsewhere"));
        let (before, after) = (values(&before), values(&config(&all_different()).unwrap()));
        assert_eq!(Vec::from_iter(before.keys()), Vec::from_iter(after.keys()));
        let mut unset: Vec<&str> = before
            .keys()
            .filter(|name| before[*name] == after[*name])
            .map(String::as_str)
            .collect();
        let mut excepted = EXCEPTIONS.map(|(name, _)| name);
        unset.sort_unstable();
        excepted.sort_unstable();
        assert_eq!(unset, excepted);
        assert!(
            before.contains_key("retention.metrics") && before.contains_key("backups.keep_for")
        );
    }

    #[test]
    fn zeros_and_no_options_are_the_defaults() {
        let expected = format!("{:?}", StoreConfig::new("x.db"));
        assert_eq!(format!("{:?}", config(&defaults()).unwrap()), expected);
        // SAFETY: NULL is allowed.
        let none = unsafe { StoreOptions::read(std::ptr::null()) }.unwrap();
        assert_eq!(format!("{:?}", none.config("x.db").unwrap()), expected);
    }

    #[test]
    fn none_can_be_said_where_zero_is_the_default() {
        let options = orchestra_store_options {
            cache_kib: -1,
            keep_change_events_s: -1,
            max_change_events: -1,
            max_retries: -1,
            ..defaults()
        };
        let config = config(&options).unwrap();
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
            ..with_backups(POLICY)
        };
        let config = config(&options).unwrap();
        assert_eq!(config.group_commit.max_wait, GroupCommit::SHARED.max_wait);
        assert_eq!(
            config.retention.completed_tasks,
            Some(Duration::from_secs(60))
        );
        assert_eq!(config.retention.change_events, Some(Duration::from_secs(5)));
        assert_eq!(config.cache_bytes, 1024);
        assert!(!config.audit && config.change_events);
        let mut backups = BackupPolicy::new("/b");
        backups.interval = Duration::from_secs(3600);
        backups.keep = 2;
        backups.keep_for = Duration::from_secs(1);
        backups.compress = true;
        assert_eq!(config.backups, Some(backups));
    }

    #[test]
    fn what_can_not_be_is_refused_under_its_name() {
        let refused = |options: orchestra_store_options, name: &str, reason: &str| {
            let error = config(&options).unwrap_err();
            assert_eq!(error.code(), ErrorCode::InvalidArgument);
            assert_eq!(error.details().column.as_deref(), Some(name));
            assert!(error.message().contains(reason), "{error}");
        };
        let reserved = orchestra_store_options {
            reserved: 1,
            ..defaults()
        };
        refused(reserved, "reserved", "not 0");
        let nowhere = orchestra_store_options {
            backups_len: 1,
            ..defaults()
        };
        refused(nowhere, "backups", "NULL");
        refused(with_backups(""), "backups", "EOF");
        refused(with_backups("{}"), "backups", "missing field `Directory`");
        refused(with_backups(r#"{"Directory":""}"#), "Directory", "empty");
        let negative = with_backups(r#"{"Directory":"/b","Interval":"-1"}"#);
        refused(negative, "Interval", "negative");
    }
}
