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

        /// <exception cref="ArgumentOutOfRangeException">A value is not positive, or too large.</exception>
        internal unsafe orchestra_store_options ToNative()
        {
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
            };
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
