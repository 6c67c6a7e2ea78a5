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

        internal unsafe orchestra_import_options ToNative()
        {
            return new orchestra_import_options
            {
                struct_size = (uint)sizeof(orchestra_import_options),
                dry_run = DryRun ? 1u : 0u,
                strict = Strict ? 1u : 0u,
                keep_source = KeepSource ? 1u : 0u,
            };
        }
    }
}
