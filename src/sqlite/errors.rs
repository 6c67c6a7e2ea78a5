//! Conversion of Diesel's and SQLite's errors into the library's.

use diesel::result::{DatabaseErrorInformation, DatabaseErrorKind, Error as DieselError};
use libsqlite3_sys::{
    self as ffi, SQLITE_CONSTRAINT_CHECK as CONSTRAINT_CHECK,
    SQLITE_CONSTRAINT_FOREIGNKEY as CONSTRAINT_FOREIGNKEY,
    SQLITE_CONSTRAINT_NOTNULL as CONSTRAINT_NOTNULL,
    SQLITE_CONSTRAINT_TRIGGER as CONSTRAINT_TRIGGER, SQLITE_CONSTRAINT_UNIQUE as CONSTRAINT_UNIQUE,
};

use crate::cancel;
use crate::error::{Error, ErrorCode, shortened};
use crate::schema;
use crate::sqlite::text_of_code;

impl Error {
    /// Returns the error code that one of SQLite's result codes stands for.
    pub(crate) fn from_sqlite(code: i32) -> Self {
        let text = text_of_code(code);
        let (error, _) = codes_of_message(text);
        Self::new(error, message_of(error, text)).with_details(|d| d.sqlite_code = Some(code))
    }
}

impl From<DieselError> for Error {
    fn from(error: DieselError) -> Self {
        match error {
            DieselError::DatabaseError(kind, information) => {
                database_error(&kind, information.as_ref())
            }
            DieselError::NotFound => Self::new(ErrorCode::NotFound, "no such row"),
            DieselError::DeserializationError(source) => Self::new(
                ErrorCode::Corrupt,
                format!("a stored value can't be read: {source}"),
            )
            .with_source(source),
            DieselError::SerializationError(source) => {
                Self::new(ErrorCode::InvalidArgument, source.to_string()).with_source(source)
            }
            DieselError::RollbackErrorOnCommit { commit_error, .. } => Self::from(*commit_error),
            other => Self::new(ErrorCode::Internal, other.to_string()).with_source(other),
        }
    }
}

fn database_error(kind: &DatabaseErrorKind, information: &dyn DatabaseErrorInformation) -> Error {
    let message = information.message();
    let (code, sqlite_code) = match kind {
        DatabaseErrorKind::UniqueViolation => (ErrorCode::AlreadyExists, CONSTRAINT_UNIQUE),
        DatabaseErrorKind::ForeignKeyViolation => {
            (ErrorCode::ConstraintViolation, CONSTRAINT_FOREIGNKEY)
        }
        DatabaseErrorKind::NotNullViolation => (ErrorCode::ConstraintViolation, CONSTRAINT_NOTNULL),
        DatabaseErrorKind::CheckViolation => (ErrorCode::ConstraintViolation, CONSTRAINT_CHECK),
        _ => codes_of_message(message),
    };
    // It may name an object of another program's schema.
    Error::new(code, shortened(message_of(code, message))).with_details(|d| {
        d.constraint = constraint_in(message);
        d.sqlite_code = Some(sqlite_code);
    })
}

/// Returns SQLite's message, but for a cancellation, which it calls an interruption as if by a failure.
fn message_of(code: ErrorCode, text: &str) -> &str {
    match code {
        ErrorCode::Cancelled => cancel::MESSAGE,
        _ => text,
    }
}

/// Beginnings of SQLite's messages, each with the library's code and SQLite's own.
const TEXTS: [(&str, ErrorCode, i32); 16] = [
    ("database is locked", ErrorCode::Busy, ffi::SQLITE_BUSY),
    (
        "database table is locked",
        ErrorCode::Busy,
        ffi::SQLITE_LOCKED,
    ),
    (
        "database schema is locked",
        ErrorCode::Busy,
        ffi::SQLITE_LOCKED,
    ),
    ("interrupted", ErrorCode::Cancelled, ffi::SQLITE_INTERRUPT),
    (
        "attempt to write a readonly database",
        ErrorCode::PermissionDenied,
        ffi::SQLITE_READONLY,
    ),
    ("disk I/O error", ErrorCode::Io, ffi::SQLITE_IOERR),
    (
        "unable to open database file",
        ErrorCode::Io,
        ffi::SQLITE_CANTOPEN,
    ),
    ("locking protocol", ErrorCode::Busy, ffi::SQLITE_PROTOCOL),
    (
        "database disk image is malformed",
        ErrorCode::Corrupt,
        ffi::SQLITE_CORRUPT,
    ),
    // Not "no such function", since a query of the caller's own may name a function that doesn't exist.
    ("unknown function: ", ErrorCode::Corrupt, ffi::SQLITE_ERROR),
    // The tables behind a full-text index aren't as they must be.
    (
        "vtable constructor failed: ",
        ErrorCode::Corrupt,
        ffi::SQLITE_ERROR,
    ),
    (
        "malformed database schema",
        ErrorCode::Corrupt,
        ffi::SQLITE_CORRUPT,
    ),
    (
        "file is not a database",
        ErrorCode::NotADatabase,
        ffi::SQLITE_NOTADB,
    ),
    (
        "database or disk is full",
        ErrorCode::DiskFull,
        ffi::SQLITE_FULL,
    ),
    ("integer overflow", ErrorCode::Overflow, ffi::SQLITE_ERROR),
    ("CK_", ErrorCode::ConstraintViolation, CONSTRAINT_TRIGGER),
];

/// Returns the codes that a message of SQLite stands for. Diesel passes on SQLite's text, not its number, for all
/// but constraint errors; the texts are those of `sqlite3_errstr`, which are part of SQLite's stable interface.
fn codes_of_message(message: &str) -> (ErrorCode, i32) {
    if lacks_a_part_of_the_schema(message) {
        return (ErrorCode::Corrupt, ffi::SQLITE_ERROR);
    }
    TEXTS
        .iter()
        .find(|(text, ..)| message.starts_with(text))
        .map_or(
            (ErrorCode::Internal, ffi::SQLITE_ERROR),
            |&(_, code, sqlite)| (code, sqlite),
        )
}

/// Returns whether a message says that a table of the schema, or a column of one, isn't there: damage has changed its
/// name. Queries of a host's own may name what doesn't exist.
fn lacks_a_part_of_the_schema(message: &str) -> bool {
    let table = message
        .strip_prefix("no such table: ")
        .or_else(|| Some(message.strip_prefix("no such column: ")?.split_once('.')?.0))
        .or_else(|| {
            Some(
                message
                    .strip_prefix("table ")?
                    .split_once(" has no column named ")?
                    .0,
            )
        });
    table.is_some_and(schema::has_table)
}

/// Returns whether SQLite may be the cause of an error with this code.
pub(super) fn is_from_sqlite(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::AlreadyExists
            | ErrorCode::ConstraintViolation
            | ErrorCode::Busy
            | ErrorCode::Cancelled
            | ErrorCode::OutcomeUnknown
            | ErrorCode::PermissionDenied
            | ErrorCode::Io
            | ErrorCode::DiskFull
            | ErrorCode::Corrupt
            | ErrorCode::NotADatabase
            | ErrorCode::Internal
    )
}

/// Returns the name behind `CHECK constraint failed: `, `UNIQUE constraint failed: ` and the like, or the name that
/// one of the schema's triggers raised.
fn constraint_in(message: &str) -> Option<String> {
    match message.split_once(" constraint failed: ") {
        Some((_, name)) => Some(name.to_owned()),
        None if message.starts_with("CK_") => message.split([':', ' ']).next().map(str::to_owned),
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sqlite(kind: DatabaseErrorKind, message: &str) -> Error {
        DieselError::DatabaseError(kind, Box::new(message.to_owned())).into()
    }

    #[test]
    fn a_constraint_is_named() {
        let error = sqlite(
            DatabaseErrorKind::CheckViolation,
            "CHECK constraint failed: CK_Tasks_Progress",
        );
        assert_eq!(error.code(), ErrorCode::ConstraintViolation);
        assert_eq!(
            error.details().constraint.as_deref(),
            Some("CK_Tasks_Progress")
        );

        let error = sqlite(
            DatabaseErrorKind::UniqueViolation,
            "UNIQUE constraint failed: Tasks.Id",
        );
        assert_eq!(error.code(), ErrorCode::AlreadyExists);
        assert_eq!(error.details().constraint.as_deref(), Some("Tasks.Id"));
        assert_eq!(error.details().sqlite_code, Some(2067));

        let error = sqlite(DatabaseErrorKind::Unknown, "CK_Tasks_ParentCycle: a cycle");
        assert_eq!(error.code(), ErrorCode::ConstraintViolation);
        assert_eq!(
            error.details().constraint.as_deref(),
            Some("CK_Tasks_ParentCycle")
        );
    }

    #[test]
    fn only_waiting_is_retryable() {
        let busy = sqlite(DatabaseErrorKind::Unknown, "database is locked");
        assert_eq!(busy.code(), ErrorCode::Busy);
        assert!(busy.is_retryable());
        assert!(!sqlite(DatabaseErrorKind::Unknown, "database or disk is full").is_retryable());
    }

    #[test]
    fn a_function_that_a_damaged_schema_names_is_told_from_one_of_a_query() {
        let code = |message| sqlite(DatabaseErrorKind::Unknown, message).code();
        assert_eq!(code("unknown function: json_typg()"), ErrorCode::Corrupt);
        assert_eq!(code("no such function: json_typg"), ErrorCode::Internal);
    }

    #[test]
    fn a_missing_part_of_the_schema_is_damage() {
        let code = |message| sqlite(DatabaseErrorKind::Unknown, message).code();
        for message in [
            "no such table: TaskDependencies",
            "no such column: Tasks.Comm\u{1}nd",
            "table Agents has no column named Name",
        ] {
            assert_eq!(code(message), ErrorCode::Corrupt, "{message}");
        }
        assert_eq!(code("no such table: Notes"), ErrorCode::Internal);
        assert_eq!(code("no such column: Text"), ErrorCode::Internal);
    }
}
