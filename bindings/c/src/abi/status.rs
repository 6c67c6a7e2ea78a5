//! The numbers that functions return.

/// What became of a call: ORCHESTRA_OK, or the number of an error. The numbers come in blocks
/// (100 the caller, 200 the moment, 300 the machine, 400 the file, 500 a larger operation, 900 the
/// library itself); new ones may come, and a retired one is never used again.
pub type orchestra_status = i32;

/// The call did what it should.
pub const ORCHESTRA_OK: i32 = 0;

/// An argument has a value that the operation doesn't take.
pub const ORCHESTRA_INVALID_ARGUMENT: i32 = 100;
/// There is no row with this id.
pub const ORCHESTRA_NOT_FOUND: i32 = 101;
/// A row with this id or unique value is there already.
pub const ORCHESTRA_ALREADY_EXISTS: i32 = 102;
/// Somebody else changed the row, or holds it.
pub const ORCHESTRA_CONFLICT: i32 = 103;
/// The row's state doesn't allow this step.
pub const ORCHESTRA_INVALID_TRANSITION: i32 = 104;
/// A constraint of the database refused the change.
pub const ORCHESTRA_CONSTRAINT_VIOLATION: i32 = 105;
/// What was to be changed is read-only.
pub const ORCHESTRA_READ_ONLY: i32 = 106;
/// The store is closed, or the transaction has ended.
pub const ORCHESTRA_CLOSED: i32 = 107;
/// The interface was used wrongly: a NULL or foreign handle, a NULL output that is required, a
/// call where none is allowed.
pub const ORCHESTRA_MISUSE: i32 = 108;
/// A total, such as the size of all results of an execution or the memory of a query, would be above
/// its limit. The message names the limit and the way out.
pub const ORCHESTRA_LIMIT_EXCEEDED: i32 = 109;
/// A sum, or a value that a bulk update computes, is out of the range of its column's type.
pub const ORCHESTRA_OVERFLOW: i32 = 110;

/// Others held the database for longer than the busy timeout. Try again later.
pub const ORCHESTRA_BUSY: i32 = 200;
/// The operation took longer than it was given. Try again later.
pub const ORCHESTRA_TIMEOUT: i32 = 201;
/// The caller cancelled the operation.
pub const ORCHESTRA_CANCELLED: i32 = 202;
/// The commit failed in a way that leaves open whether it is durable: look before you repeat.
pub const ORCHESTRA_OUTCOME_UNKNOWN: i32 = 203;
/// Change events that were asked for are no longer kept: read the rows anew, and follow from the newest event on.
pub const ORCHESTRA_EVENTS_GONE: i32 = 204;

/// Reading or writing a file failed.
pub const ORCHESTRA_IO: i32 = 300;
/// The disk is full.
pub const ORCHESTRA_DISK_FULL: i32 = 301;
/// The operating system denied access.
pub const ORCHESTRA_PERMISSION_DENIED: i32 = 302;
/// The SQLite that was linked is older than the oldest that is safe.
pub const ORCHESTRA_SQLITE_TOO_OLD: i32 = 303;

/// The database file is damaged.
pub const ORCHESTRA_CORRUPT: i32 = 400;
/// The file is not an SQLite database.
pub const ORCHESTRA_NOT_A_DATABASE: i32 = 401;
/// The database was written by a newer version of the library.
pub const ORCHESTRA_SCHEMA_TOO_NEW: i32 = 402;
/// The file is a database, but of another program.
pub const ORCHESTRA_FOREIGN_SCHEMA: i32 = 403;
/// The database file can't be relied on: it was moved, deleted or replaced while it was open, another
/// copy of SQLite in the process uses it, or it is one of several names or on a network. A write that
/// returns this may be kept or lost; later ones write nothing.
pub const ORCHESTRA_FILE_UNSAFE: i32 = 404;

/// A migration failed; the database is as it was.
pub const ORCHESTRA_MIGRATION_FAILED: i32 = 500;
/// An import failed; the database is as it was.
pub const ORCHESTRA_IMPORT_FAILED: i32 = 501;
/// A backup failed; no backup file was left.
pub const ORCHESTRA_BACKUP_FAILED: i32 = 502;
/// A value could not be encrypted or decrypted.
pub const ORCHESTRA_ENCRYPTION_FAILED: i32 = 503;

/// A fault of the library.
pub const ORCHESTRA_INTERNAL: i32 = 900;

#[cfg(test)]
mod tests {
    use kernel::ErrorCode::{self, *};

    use super::*;

    /// Every code, by an exhaustive list that the compiler can't check for a non-exhaustive enum;
    /// the numbers in between are probed below.
    const CODES: &[(i32, ErrorCode)] = &[
        (ORCHESTRA_INVALID_ARGUMENT, InvalidArgument),
        (ORCHESTRA_NOT_FOUND, NotFound),
        (ORCHESTRA_ALREADY_EXISTS, AlreadyExists),
        (ORCHESTRA_CONFLICT, Conflict),
        (ORCHESTRA_INVALID_TRANSITION, InvalidTransition),
        (ORCHESTRA_CONSTRAINT_VIOLATION, ConstraintViolation),
        (ORCHESTRA_READ_ONLY, ReadOnly),
        (ORCHESTRA_CLOSED, Closed),
        (ORCHESTRA_MISUSE, Misuse),
        (ORCHESTRA_LIMIT_EXCEEDED, LimitExceeded),
        (ORCHESTRA_OVERFLOW, Overflow),
        (ORCHESTRA_BUSY, Busy),
        (ORCHESTRA_TIMEOUT, Timeout),
        (ORCHESTRA_CANCELLED, Cancelled),
        (ORCHESTRA_OUTCOME_UNKNOWN, OutcomeUnknown),
        (ORCHESTRA_EVENTS_GONE, EventsGone),
        (ORCHESTRA_IO, Io),
        (ORCHESTRA_DISK_FULL, DiskFull),
        (ORCHESTRA_PERMISSION_DENIED, PermissionDenied),
        (ORCHESTRA_SQLITE_TOO_OLD, SqliteTooOld),
        (ORCHESTRA_CORRUPT, Corrupt),
        (ORCHESTRA_NOT_A_DATABASE, NotADatabase),
        (ORCHESTRA_SCHEMA_TOO_NEW, SchemaTooNew),
        (ORCHESTRA_FOREIGN_SCHEMA, ForeignSchema),
        (ORCHESTRA_FILE_UNSAFE, FileUnsafe),
        (ORCHESTRA_MIGRATION_FAILED, MigrationFailed),
        (ORCHESTRA_IMPORT_FAILED, ImportFailed),
        (ORCHESTRA_BACKUP_FAILED, BackupFailed),
        (ORCHESTRA_ENCRYPTION_FAILED, EncryptionFailed),
        (ORCHESTRA_INTERNAL, Internal),
    ];

    #[test]
    fn the_numbers_are_those_of_the_kernel() {
        for &(status, code) in CODES {
            assert_eq!(status, code.number(), "{code:?}");
        }
    }

    /// The kernel's source is read, since its enum can grow without failing to compile here.
    #[test]
    fn every_code_of_the_kernel_has_a_number_here() {
        let source = include_str!("../../../../src/error.rs");
        let (_, from_enum) = source.split_once("pub enum ErrorCode {").unwrap();
        let (body, _) = from_enum.split_once('}').unwrap();
        let numbers: Vec<i32> = body
            .lines()
            .filter_map(|line| line.split_once(" = ")?.1.strip_suffix(',')?.parse().ok())
            .collect();
        let ours: Vec<i32> = CODES.iter().map(|&(status, _)| status).collect();
        assert_eq!(numbers, ours);
    }
}
