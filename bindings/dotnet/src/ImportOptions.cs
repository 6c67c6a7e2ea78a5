namespace Orchestra.Store
{
    /// <summary>How a file is imported.</summary>
    public sealed class ImportOptions
    {
        /// <summary>Only report what would be imported, and write nothing.</summary>
        public bool DryRun { get; set; }

        /// <summary>Import nothing if any record can't be taken.</summary>
        public bool Strict { get; set; }

        /// <summary>Leave the file where it is, instead of renaming it after success.</summary>
        public bool KeepSource { get; set; }

        /// <summary>Leave tasks that are assigned or running as they are, instead of making them pending again.</summary>
        public bool KeepRunning { get; set; }

        /// <summary>Write records over rows that differ from them, if the record is the newer one.</summary>
        public bool Update { get; set; }

        internal unsafe orchestra_import_options ToNative()
        {
            return new orchestra_import_options
            {
                struct_size = (uint)sizeof(orchestra_import_options),
                dry_run = DryRun ? 1u : 0u,
                strict = Strict ? 1u : 0u,
                keep_source = KeepSource ? 1u : 0u,
                keep_running = KeepRunning ? 1u : 0u,
                update = Update ? 1u : 0u,
            };
        }
    }
}
