namespace Orchestra.Store
{
    /// <summary>Owns an <c>orchestra_error</c>.</summary>
    internal sealed unsafe class ErrorHandle : NativeHandle
    {
        internal ErrorHandle(orchestra_error* error)
            : base(error)
        {
        }

        /// <summary>The status of the failed call.</summary>
        internal int Code => NativeMethods.orchestra_error_code(Error);

        /// <summary>SQLite's extended result code, or 0.</summary>
        internal int SqliteCode => NativeMethods.orchestra_error_sqlite_code(Error);

        /// <summary>Whether the same call may succeed later.</summary>
        internal bool IsRetryable => NativeMethods.orchestra_error_retryable(Error) != 0;

        /// <summary>What went wrong, for people.</summary>
        internal string Message => NativeText.ReadToNul(NativeMethods.orchestra_error_message(Error));

        /// <summary>What went wrong, for programs: a JSON object.</summary>
        internal string Details => NativeText.ReadToNul(NativeMethods.orchestra_error_details(Error));

        private orchestra_error* Error => (orchestra_error*)handle;

        /// <inheritdoc/>
        protected override void Free() => NativeMethods.orchestra_error_free(Error);
    }
}
