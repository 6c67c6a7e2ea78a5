namespace Orchestra.Store
{
    /// <summary>What went wrong. The numbers are stable; new ones may come.</summary>
    public enum OrchestraErrorCode
    {
        /// <summary>An argument has a value that the operation doesn't take.</summary>
        InvalidArgument = NativeMethods.ORCHESTRA_INVALID_ARGUMENT,

        /// <summary>There is no row with this id.</summary>
        NotFound = NativeMethods.ORCHESTRA_NOT_FOUND,

        /// <summary>A row with this id or unique value is there already.</summary>
        AlreadyExists = NativeMethods.ORCHESTRA_ALREADY_EXISTS,

        /// <summary>Somebody else changed the row, or holds it.</summary>
        Conflict = NativeMethods.ORCHESTRA_CONFLICT,

        /// <summary>The row's state doesn't allow this step.</summary>
        InvalidTransition = NativeMethods.ORCHESTRA_INVALID_TRANSITION,

        /// <summary>A constraint of the database refused the change.</summary>
        ConstraintViolation = NativeMethods.ORCHESTRA_CONSTRAINT_VIOLATION,

        /// <summary>What was to be changed is read-only.</summary>
        ReadOnly = NativeMethods.ORCHESTRA_READ_ONLY,

        /// <summary>The store is closed.</summary>
        Closed = NativeMethods.ORCHESTRA_CLOSED,

        /// <summary>The interface was used wrongly.</summary>
        Misuse = NativeMethods.ORCHESTRA_MISUSE,

        /// <summary>A total would be above its limit; the message names the limit and the way out.</summary>
        LimitExceeded = NativeMethods.ORCHESTRA_LIMIT_EXCEEDED,

        /// <summary>A sum, or a value that a bulk update computes, is out of the range of its column's type.</summary>
        Overflow = NativeMethods.ORCHESTRA_OVERFLOW,

        /// <summary>Others held the database for longer than the busy timeout. Try again later.</summary>
        Busy = NativeMethods.ORCHESTRA_BUSY,

        /// <summary>The operation took longer than it was given. Try again later.</summary>
        Timeout = NativeMethods.ORCHESTRA_TIMEOUT,

        /// <summary>The caller cancelled the operation.</summary>
        Cancelled = NativeMethods.ORCHESTRA_CANCELLED,

        /// <summary>The commit may be durable or not: look before you repeat.</summary>
        OutcomeUnknown = NativeMethods.ORCHESTRA_OUTCOME_UNKNOWN,

        /// <summary>Change events that were asked for are no longer kept: read the rows anew, and follow
        /// from the newest event on.</summary>
        EventsGone = NativeMethods.ORCHESTRA_EVENTS_GONE,

        /// <summary>Reading or writing a file failed.</summary>
        Io = NativeMethods.ORCHESTRA_IO,

        /// <summary>The disk is full.</summary>
        DiskFull = NativeMethods.ORCHESTRA_DISK_FULL,

        /// <summary>The operating system denied access.</summary>
        PermissionDenied = NativeMethods.ORCHESTRA_PERMISSION_DENIED,

        /// <summary>The SQLite that was linked is older than the oldest that is safe.</summary>
        SqliteTooOld = NativeMethods.ORCHESTRA_SQLITE_TOO_OLD,

        /// <summary>The database file is damaged.</summary>
        Corrupt = NativeMethods.ORCHESTRA_CORRUPT,

        /// <summary>The file is not an SQLite database.</summary>
        NotADatabase = NativeMethods.ORCHESTRA_NOT_A_DATABASE,

        /// <summary>The database was written by a newer version of the library.</summary>
        SchemaTooNew = NativeMethods.ORCHESTRA_SCHEMA_TOO_NEW,

        /// <summary>The file is a database, but of another program.</summary>
        ForeignSchema = NativeMethods.ORCHESTRA_FOREIGN_SCHEMA,

        /// <summary>The database file can't be relied on: it was moved, deleted or replaced while it was open, another
        /// copy of SQLite in the process uses it, or it is one of several names or on a network.</summary>
        FileUnsafe = NativeMethods.ORCHESTRA_FILE_UNSAFE,

        /// <summary>A migration failed; the database is as it was.</summary>
        MigrationFailed = NativeMethods.ORCHESTRA_MIGRATION_FAILED,

        /// <summary>An import failed; the database is as it was.</summary>
        ImportFailed = NativeMethods.ORCHESTRA_IMPORT_FAILED,

        /// <summary>A backup failed; no backup file was left.</summary>
        BackupFailed = NativeMethods.ORCHESTRA_BACKUP_FAILED,

        /// <summary>A value could not be encrypted or decrypted.</summary>
        EncryptionFailed = NativeMethods.ORCHESTRA_ENCRYPTION_FAILED,

        /// <summary>A fault of the library.</summary>
        Internal = NativeMethods.ORCHESTRA_INTERNAL,
    }
}
