using System;

namespace Orchestra.Store
{
    /// <summary>How a store is opened. What is <c>null</c> has the library's default.</summary>
    public sealed class StoreOptions
    {
        /// <summary>What a commit survives.</summary>
        public Durability Durability { get; set; }

        /// <summary>How long an operation waits for others before it is
        /// <see cref="OrchestraErrorCode.Busy"/>. Default: 5 s.</summary>
        public TimeSpan? BusyTimeout { get; set; }

        /// <summary>How many reads run at the same time; each needs a connection. Default: 4.</summary>
        public int? MaxReaders { get; set; }

        /// <summary>How long a reading connection lives before it is replaced. Default: 10 min.</summary>
        public TimeSpan? ReaderLifetime { get; set; }

        /// <summary>Page cache of each connection, in KiB. Default: 8192.</summary>
        public int? CacheSizeKib { get; set; }

        /// <summary>How much of the file is mapped into memory, in KiB. Default: nothing, since an
        /// I/O error in mapped memory is a signal that ends the process.</summary>
        public int? MmapSizeKib { get; set; }

        /// <summary>Pages in the write-ahead log at which a commit copies them into the database.
        /// Default: 1000.</summary>
        public int? WalAutocheckpoint { get; set; }

        /// <summary>Size to which the write-ahead log is cut back after a checkpoint, in KiB.
        /// Default: 65536.</summary>
        public int? JournalSizeLimitKib { get; set; }

        /// <summary>How long a claimed task belongs to its worker without a heartbeat. Default: 1 min.</summary>
        public TimeSpan? Lease { get; set; }

        /// <summary>How often a failed task is run again where it doesn't say, 0 to 10. Default: 3.</summary>
        public int? MaxRetries { get; set; }

        /// <summary>The wait before the first retry; it doubles with each further one. Default: 5 s.</summary>
        public TimeSpan? Backoff { get; set; }

        /// <summary>The longest wait before a retry. Default: 10 min.</summary>
        public TimeSpan? MaxBackoff { get; set; }

        /// <summary>How long a task waits before it counts as of the next higher priority. Default: tasks
        /// don't age.</summary>
        public TimeSpan? Ageing { get; set; }

        /// <summary>How many writes that come at the same time share a commit at most; 1: each is committed
        /// alone. Default: 64.</summary>
        public int? GroupCommitMaxWrites { get; set; }

        /// <summary>How long the first of them waits at most until no other may join. Default:
        /// 10 ms.</summary>
        public TimeSpan? GroupCommitMaxWait { get; set; }

        /// <summary>Size of the write-ahead log above which the log warns, in KiB. Default:
        /// 262144.</summary>
        public int? WalLimitKib { get; set; }

        /// <summary>What backups, migrations and the like leave free on the disk, in KiB. Default:
        /// 65536.</summary>
        public int? MinFreeDiskKib { get; set; }

        /// <summary>Memory of one query in SQL, in KiB: half for the rows that are collected, half to work with.
        /// Default: 131072.</summary>
        public int? SqlMemoryKib { get; set; }

        /// <summary>Don't check the pages of a database whose last process was killed.</summary>
        public bool NoCheckAfterCrash { get; set; }

        /// <summary>Don't copy a database that has data before it is migrated.</summary>
        public bool NoBackupBeforeMigration { get; set; }

        /// <summary>What cached rows and results may take, in KiB; 0 turns the cache off. Default:
        /// 16384.</summary>
        public int? CacheKib { get; set; }

        /// <summary>How long a cached row or result is used at most. Default: 15 min.</summary>
        public TimeSpan? CacheExpiry { get; set; }

        /// <summary>How long a cached row or result stays without being used. Default: 5 min.</summary>
        public TimeSpan? CacheSlidingExpiry { get; set; }

        /// <summary>Don't tell changes of rows to the audit log.</summary>
        public bool NoAudit { get; set; }

        /// <summary>Don't write changes to the outbox, so that nobody can follow them.</summary>
        public bool NoChangeEvents { get; set; }

        /// <summary>How long changes are kept in the outbox; <see cref="TimeSpan.MaxValue"/> for ever.
        /// Default: 7 days. This and the times below are what the upkeep goes by.</summary>
        public TimeSpan? KeepChangeEvents { get; set; }

        /// <summary>How many changes are kept in the outbox at most, the newest;
        /// <see cref="int.MaxValue"/> for any number. Default: 1000000.</summary>
        public int? MaxChangeEvents { get; set; }

        /// <summary>How long completed tasks are kept after their end. Default: for ever, also
        /// below.</summary>
        public TimeSpan? KeepCompletedTasks { get; set; }

        /// <summary>How long failed tasks are kept after their end.</summary>
        public TimeSpan? KeepFailedTasks { get; set; }

        /// <summary>How long cancelled tasks are kept after their end.</summary>
        public TimeSpan? KeepCancelledTasks { get; set; }

        /// <summary>How long chat messages are kept.</summary>
        public TimeSpan? KeepChatMessages { get; set; }

        /// <summary>How long single measurements are kept.</summary>
        public TimeSpan? KeepMetrics { get; set; }

        /// <summary>How long entries of the audit log are kept.</summary>
        public TimeSpan? KeepAuditLogs { get; set; }

        /// <summary>How long entries of the error log are kept.</summary>
        public TimeSpan? KeepErrorLogs { get; set; }

        /// <summary>How long entries of the log of the orchestration are kept.</summary>
        public TimeSpan? KeepOrchestrationLogs { get; set; }

        /// <summary>Size of the file and the write-ahead log together, in KiB, above which the upkeep deletes
        /// the oldest rows of the kinds above that have a time, and gives the space back. Default: none.</summary>
        public int? MaxSizeKib { get; set; }

        /// <summary>Where the upkeep makes backups, and when: what <see cref="OrchestraStore.BackupIfDue"/>
        /// takes as policy, a JSON object. Default: none are made.</summary>
        public string Backups { get; set; }

        /// <summary>What the library takes, until the call ends; <c>null</c> for the defaults.</summary>
        /// <exception cref="ArgumentOutOfRangeException">A value is not positive, or too large.</exception>
        internal static orchestra_store_options ToNative(StoreOptions options, NativeCall call) =>
            (options ?? new StoreOptions()).ToNative(call);

        private unsafe orchestra_store_options ToNative(NativeCall call)
        {
            NativeText backups = call.Text(Backups);
            return new orchestra_store_options
            {
                struct_size = (uint)sizeof(orchestra_store_options),
                durability = (int)Durability,
                busy_timeout_ms = Milliseconds.OrDefault("BusyTimeout", BusyTimeout),
                max_readers = Positive("MaxReaders", MaxReaders),
                reader_lifetime_ms = Milliseconds.OrDefault("ReaderLifetime", ReaderLifetime),
                cache_size_kib = Positive("CacheSizeKib", CacheSizeKib),
                mmap_size_kib = Positive("MmapSizeKib", MmapSizeKib),
                wal_autocheckpoint = Positive("WalAutocheckpoint", WalAutocheckpoint),
                journal_size_limit_kib = Positive("JournalSizeLimitKib", JournalSizeLimitKib),
                lease_ms = Milliseconds.OrDefault("Lease", Lease),
                max_retries = Retries(MaxRetries),
                backoff_ms = Milliseconds.OrDefault("Backoff", Backoff),
                max_backoff_ms = Milliseconds.OrDefault("MaxBackoff", MaxBackoff),
                ageing_ms = Milliseconds.OrDefault("Ageing", Ageing),
                group_commit_max_writes = Positive("GroupCommitMaxWrites", GroupCommitMaxWrites),
                group_commit_max_wait_ms = Milliseconds.OrDefault("GroupCommitMaxWait", GroupCommitMaxWait),
                wal_limit_kib = Positive("WalLimitKib", WalLimitKib),
                min_free_disk_kib = Positive("MinFreeDiskKib", MinFreeDiskKib),
                sql_memory_kib = Positive("SqlMemoryKib", SqlMemoryKib),
                no_check_after_crash = NoCheckAfterCrash ? 1u : 0,
                no_backup_before_migration = NoBackupBeforeMigration ? 1u : 0,
                cache_kib = CacheKib == 0 ? -1 : (int)Positive("CacheKib", CacheKib),
                cache_expiry_ms = Milliseconds.OrDefault("CacheExpiry", CacheExpiry),
                cache_sliding_expiry_ms = Milliseconds.OrDefault("CacheSlidingExpiry", CacheSlidingExpiry),
                no_audit = NoAudit ? 1u : 0,
                no_change_events = NoChangeEvents ? 1u : 0,
                keep_change_events_s = KeepChangeEvents == TimeSpan.MaxValue
                    ? -1 : checked((int)Seconds("KeepChangeEvents", KeepChangeEvents)),
                max_change_events = MaxChangeEvents == int.MaxValue
                    ? -1 : (int)Positive("MaxChangeEvents", MaxChangeEvents),
                keep_completed_tasks_s = Seconds("KeepCompletedTasks", KeepCompletedTasks),
                keep_failed_tasks_s = Seconds("KeepFailedTasks", KeepFailedTasks),
                keep_cancelled_tasks_s = Seconds("KeepCancelledTasks", KeepCancelledTasks),
                keep_chat_messages_s = Seconds("KeepChatMessages", KeepChatMessages),
                keep_metrics_s = Seconds("KeepMetrics", KeepMetrics),
                keep_audit_logs_s = Seconds("KeepAuditLogs", KeepAuditLogs),
                keep_error_logs_s = Seconds("KeepErrorLogs", KeepErrorLogs),
                keep_orchestration_logs_s = Seconds("KeepOrchestrationLogs", KeepOrchestrationLogs),
                max_size_kib = Positive("MaxSizeKib", MaxSizeKib),
                backups = backups.Pointer,
                backups_len = backups.Length,
            };
        }

        private static uint Seconds(string name, TimeSpan? duration)
        {
            if (duration == null)
            {
                return 0;
            }
            double seconds = duration.Value.TotalSeconds;
            if (seconds < 1 || seconds > uint.MaxValue)
            {
                throw new ArgumentOutOfRangeException(name, duration, "must be 1 s to 136 years");
            }
            return (uint)seconds;
        }

        private static uint Positive(string name, int? number)
        {
            if (number <= 0)
            {
                throw new ArgumentOutOfRangeException(name, number, "must be positive");
            }
            return (uint)(number ?? 0);
        }

        // In C, 0 stands for the default and -1 for none.
        private static int Retries(int? retries)
        {
            if (retries < 0)
            {
                throw new ArgumentOutOfRangeException("MaxRetries", retries, "must not be negative");
            }
            return retries == 0 ? -1 : retries ?? 0;
        }
    }
}
