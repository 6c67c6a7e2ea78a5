namespace Orchestra.Store
{
    /// <summary>How important an entry of the library's log is.</summary>
    public enum LogLevel
    {
        /// <summary>Something failed, and the caller may not have heard of it.</summary>
        Error = NativeMethods.ORCHESTRA_LOG_ERROR,

        /// <summary>Something is not as it should be, but was dealt with.</summary>
        Warn = NativeMethods.ORCHESTRA_LOG_WARN,

        /// <summary>What happens rarely: a store opens, a database is migrated.</summary>
        Info = NativeMethods.ORCHESTRA_LOG_INFO,

        /// <summary>What helps to find a fault in the host.</summary>
        Debug = NativeMethods.ORCHESTRA_LOG_DEBUG,

        /// <summary>What helps to find a fault in the library.</summary>
        Trace = NativeMethods.ORCHESTRA_LOG_TRACE,
    }
}
