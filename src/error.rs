//! The error type of the library.

use std::fmt;

use serde::Serialize;

/// Result of every fallible operation of the library.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Kind of an error, as a number that stays the same across releases.
///
/// The numbers come in blocks: 100 for the caller, 200 for the moment, 300 for the machine, 400 for the file, 500 for
/// a larger operation, 900 for the library itself. A retired number is never used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[repr(i32)]
#[non_exhaustive]
pub enum ErrorCode {
    /// An argument has a value that the operation does not accept.
    InvalidArgument = 100,
    /// No row has this id.
    NotFound = 101,
    /// A row with this id or unique value already exists.
    AlreadyExists = 102,
    /// Someone else has changed the row, or holds it.
    Conflict = 103,
    /// The row's state doesn't allow this step.
    InvalidTransition = 104,
    /// A constraint of the database refused the change.
    ConstraintViolation = 105,
    /// The row or the database is read-only.
    ReadOnly = 106,
    /// The store is closed, or the transaction has ended.
    Closed = 107,
    /// The call is not allowed here, such as a write inside a write.
    Misuse = 108,
    /// A total, such as the size of all results of an execution or the memory of a query, would be above its limit.
    /// The message names the limit and the way out.
    LimitExceeded = 109,
    /// A sum, or a value that a bulk update computes, is out of the range of its column's type.
    Overflow = 110,
    /// Others held the database for longer than the busy timeout, or a write that shared the transaction
    /// ([`GroupCommit`](crate::GroupCommit)) made SQLite roll all of it back.
    Busy = 200,
    /// The operation took longer than allowed.
    Timeout = 201,
    /// The caller cancelled the operation.
    Cancelled = 202,
    /// The commit failed in a way that leaves open whether it is durable: check before you repeat it.
    OutcomeUnknown = 203,
    /// The change events asked for are no longer kept, or are from before a restore: read the rows again, and follow from
    /// the newest event on.
    EventsGone = 204,
    /// Reading or writing a file failed.
    Io = 300,
    /// The disk is full.
    DiskFull = 301,
    /// The operating system denied access.
    PermissionDenied = 302,
    /// The linked SQLite is older than the oldest safe version.
    SqliteTooOld = 303,
    /// The database file is damaged.
    Corrupt = 400,
    /// The file is not an SQLite database.
    NotADatabase = 401,
    /// The database was written by a newer version of the library.
    SchemaTooNew = 402,
    /// The file is a database of another program.
    ForeignSchema = 403,
    /// The database file can't be relied on: it was moved, deleted or replaced while it was open, another copy of
    /// SQLite in the process uses it, or it is one of several names or on a network. A write that fails with it may be
    /// kept or lost; later ones write nothing.
    FileUnsafe = 404,
    /// A migration failed; the database is unchanged.
    MigrationFailed = 500,
    /// An import failed; the database is unchanged.
    ImportFailed = 501,
    /// A backup failed; no backup file was left.
    BackupFailed = 502,
    /// A value could not be encrypted or decrypted.
    EncryptionFailed = 503,
    /// A fault of the library.
    Internal = 900,
}

impl ErrorCode {
    /// Returns the number, as the C ABI does.
    pub const fn number(self) -> i32 {
        self as i32
    }

    /// Returns true if the same call, with the same arguments, may succeed later.
    pub const fn is_retryable(self) -> bool {
        matches!(self, Self::Busy | Self::Timeout)
    }
}

/// Details of an error for programs, beside its code.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct ErrorDetails {
    /// Table of the row at fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entity: Option<&'static str>,
    /// Id of the row at fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Column or argument at fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// Constraint that was violated, such as `CK_Tasks_Progress` or `Tasks.Id`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub constraint: Option<String>,
    /// State that the row is in, for [`ErrorCode::InvalidTransition`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// State that was asked for, for [`ErrorCode::InvalidTransition`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// Index of the item at fault in a batch, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index: Option<usize>,
    /// Current row, for [`ErrorCode::Conflict`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current: Option<serde_json::Value>,
    /// Statement at fault, with the values of its parameters, where
    /// [`StoreConfig::detailed_errors`](crate::StoreConfig::detailed_errors) is set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub statement: Option<String>,
    /// Extended result code of SQLite.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sqlite_code: Option<i32>,
}

/// An error with a code for programs, a message for people, and details.
///
/// It is one pointer in size, so that returning a `Result` is cheap.
pub struct Error(Box<Inner>);

#[derive(Debug, thiserror::Error)]
#[error("{message}")]
struct Inner {
    code: ErrorCode,
    message: String,
    details: ErrorDetails,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// Creates an error with this code and message, and no details.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            code,
            message: message.into(),
            details: ErrorDetails::default(),
            source: None,
        }))
    }

    /// Creates the error that no row has this id.
    pub fn not_found(entity: &'static str, id: impl fmt::Display) -> Self {
        Self::new(
            ErrorCode::NotFound,
            format!("{entity}: no row with id '{id}'"),
        )
        .with_details(|d| {
            d.entity = Some(entity);
            d.id = Some(id.to_string());
        })
    }

    /// Creates the error that an argument or column has a wrong value. `reason` continues the name `what` and a
    /// colon: "must be …, got …".
    pub fn invalid(what: impl Into<String>, reason: impl fmt::Display) -> Self {
        let what = what.into();
        Self::new(ErrorCode::InvalidArgument, format!("{what}: {reason}"))
            .with_details(|d| d.column = Some(what))
    }

    /// Creates the error that a total would be above its limit. `reason` continues the name `what` and a colon: "must
    /// have at most …, got …", and names the way out.
    pub(crate) fn limit_exceeded(what: impl Into<String>, reason: impl fmt::Display) -> Self {
        let what = what.into();
        Self::new(ErrorCode::LimitExceeded, format!("{what}: {reason}"))
            .with_details(|d| d.column = Some(what))
    }

    /// Creates the error that a computed value of a column is out of the range of its type. `reason` continues the name
    /// and a colon.
    pub(crate) fn overflow(column: &str, reason: impl fmt::Display) -> Self {
        Self::new(ErrorCode::Overflow, format!("{column}: {reason}"))
            .with_details(|d| d.column = Some(column.to_owned()))
    }

    /// Creates the error that a row of this entity can't be written as JSON.
    pub(crate) fn no_json_form(entity: &str) -> Self {
        let message = format!("a row of {entity} has no JSON form");
        Self::new(ErrorCode::Internal, message)
    }

    /// Creates the error that the state of a row does not allow a step.
    pub fn invalid_transition(
        entity: &'static str,
        id: impl fmt::Display,
        from: impl fmt::Display,
        to: impl fmt::Display,
    ) -> Self {
        let message = format!("{entity}: '{id}' is {from} and can't become {to}");
        Self::new(ErrorCode::InvalidTransition, message).with_details(|d| {
            d.entity = Some(entity);
            d.id = Some(id.to_string());
            d.from = Some(from.to_string());
            d.to = Some(to.to_string());
        })
    }

    /// Changes the details.
    #[must_use]
    pub fn with_details(mut self, change: impl FnOnce(&mut ErrorDetails)) -> Self {
        change(&mut self.0.details);
        self
    }

    /// Adds the cause.
    #[must_use]
    pub fn with_source(
        mut self,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// Puts the name of the failed activity in front of the message.
    #[must_use]
    pub fn while_doing(mut self, what: impl fmt::Display) -> Self {
        self.0.message = format!("{what}: {}", self.0.message);
        self
    }

    /// Adds to the message.
    #[must_use]
    pub(crate) fn with_addition(mut self, addition: impl fmt::Display) -> Self {
        self.0.message = format!("{}; {addition}", self.0.message);
        self
    }

    /// Changes the code, for an operation that has one of its own.
    #[must_use]
    pub(crate) fn recoded(mut self, code: ErrorCode) -> Self {
        self.0.code = code;
        self
    }

    /// Copies the error, without its source, for another write that shares its failure.
    #[must_use]
    pub(crate) fn for_another(&self) -> Self {
        let mut error = Self::new(self.0.code, self.0.message.clone());
        error.0.details = self.0.details.clone();
        error
    }

    /// Returns the code.
    pub fn code(&self) -> ErrorCode {
        self.0.code
    }

    /// Returns the message for people.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Returns the details for programs.
    pub fn details(&self) -> &ErrorDetails {
        &self.0.details
    }

    /// Returns true if the same call, with the same arguments, may succeed later.
    pub fn is_retryable(&self) -> bool {
        self.0.code.is_retryable()
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        std::error::Error::source(&*self.0)
    }
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        use std::io::ErrorKind;
        let code = match error.kind() {
            ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
                ErrorCode::PermissionDenied
            }
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => ErrorCode::DiskFull,
            _ => ErrorCode::Io,
        };
        let message = match has_too_many_files(&error) {
            true => format!(
                "{error}; raise the limit of the process (`ulimit -n`), or lower max_readers"
            ),
            false => error.to_string(),
        };
        Self::new(code, message).with_source(error)
    }
}

/// Returns whether the process, or the machine, has too many files open.
pub(crate) fn has_too_many_files(error: &std::io::Error) -> bool {
    const ENFILE: i32 = 23;
    const EMFILE: i32 = 24;
    cfg!(unix) && matches!(error.raw_os_error(), Some(ENFILE | EMFILE))
}

/// Maximum number of characters of a text of others in a message.
const LONGEST_TEXT: usize = 200;

/// Cuts a text for a message that may hold much of a file, such as a name in the schema of another program.
pub(crate) fn shortened(text: impl Into<String>) -> String {
    let mut text = text.into();
    if let Some((end, _)) = text.char_indices().nth(LONGEST_TEXT) {
        text.truncate(end);
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn details_are_json_without_what_is_not_known() {
        let error = Error::invalid_transition("Tasks", "t1", "Pending", "Completed");
        let json = serde_json::to_string(error.details()).unwrap();
        assert_eq!(
            json,
            r#"{"Entity":"Tasks","Id":"t1","From":"Pending","To":"Completed"}"#
        );
    }

    #[test]
    fn an_error_is_one_pointer() {
        assert_eq!(size_of::<Error>(), size_of::<usize>());
    }

    #[test]
    fn a_text_of_others_stays_short() {
        let longest = "é".repeat(LONGEST_TEXT);
        assert_eq!(shortened(longest.as_str()), longest);
        assert_eq!(shortened(format!("{longest}e")), format!("{longest}…"));
    }
}
