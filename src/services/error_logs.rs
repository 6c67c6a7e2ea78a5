//! Error log: errors with their sources and codes.
//!
//! Entries are never changed, and only retention removes them.
//!
//! ```
//! use orchestra_store::services::error_logs::{self, ErrorLogFilter, NewErrorLog};
//! use orchestra_store::types::ErrorSeverity;
//! # use orchestra_store::{Store, StoreConfig};
//! # let directory = tempfile::tempdir()?;
//! # let store = Store::open(StoreConfig::new(directory.path().join("orchestra.db")))?;
//! let mut new = NewErrorLog::new("the token has expired");
//! new.source = Some("publisher".to_owned());
//! store.write(|uow| error_logs::log(uow, &new))?;
//! let severe = ErrorLogFilter {
//!     minimum_severity: Some(ErrorSeverity::Error),
//!     ..ErrorLogFilter::default()
//! };
//! let found = store.read(|reader| error_logs::list(reader, &severe, None, 10))?;
//! assert_eq!(found.items[0].message, "the token has expired");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::rows::query::{Cursor, Slice};
use crate::rows::{Reader, UnitOfWork, data};
pub use crate::tables::error_logs::{ErrorCodeCount, ErrorLogFilter};
use crate::tables::{ErrorLog, ErrorLogId, UserId, error_logs as rows};
use crate::types::{ErrorSeverity, Json, Timestamp};
use crate::validate;

/// An error to log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct NewErrorLog {
    /// Message of the error, for people.
    pub message: String,
    /// Severity.
    #[serde(default = "usual_severity")]
    pub severity: ErrorSeverity,
    /// Component in which the error occurred, up to 255 characters.
    pub source: Option<String>,
    /// Code of the error, up to 100 characters.
    pub error_code: Option<String>,
    /// Stack trace of the error.
    pub stack_trace: Option<String>,
    /// Kind of the thing that the error is about, such as `Tasks`, 1 to 100 characters.
    pub entity_type: Option<String>,
    /// Id of the thing that the error is about, 1 to 128 characters.
    pub entity_id: Option<String>,
    /// Further properties.
    #[serde(default, deserialize_with = "Json::optional_document")]
    pub properties: Option<Json>,
}

fn usual_severity() -> ErrorSeverity {
    ErrorSeverity::Error
}

impl NewErrorLog {
    /// Creates an error with this message and the severity [`ErrorSeverity::Error`].
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            severity: usual_severity(),
            source: None,
            error_code: None,
            stack_trace: None,
            entity_type: None,
            entity_id: None,
            properties: None,
        }
    }

    fn validate(&self) -> Result<()> {
        validate::text("Message", &self.message, 1..=usize::MAX)?;
        for (column, value, shortest, longest) in [
            ("Source", &self.source, 0, 255),
            ("ErrorCode", &self.error_code, 0, 100),
            ("StackTrace", &self.stack_trace, 0, usize::MAX),
            ("EntityType", &self.entity_type, 1, 100),
            ("EntityId", &self.entity_id, 1, 128),
        ] {
            validate::optional_text(column, value.as_deref(), shortest..=longest)?;
        }
        Ok(())
    }
}

/// Adds an entry, with the acting user and the ids of the session and request. The entry is part of the transaction and
/// rolled back with it: log the error of a failed transaction in another one.
pub fn log(uow: &mut UnitOfWork<'_>, new: &NewErrorLog) -> Result<ErrorLog> {
    new.validate()?;
    let user = uow.user().clone();
    let mut log = ErrorLog {
        id: uow.new_id()?,
        severity: new.severity,
        source: new.source.clone(),
        message: new.message.clone(),
        error_code: new.error_code.clone(),
        stack_trace: new.stack_trace.clone(),
        entity_type: new.entity_type.clone(),
        entity_id: new.entity_id.clone(),
        user_id: Some(UserId::new(user.user_id)?),
        session_id: user.session_id,
        request_id: user.request_id,
        correlation_id: user.correlation_id,
        properties: new.properties.clone(),
        timestamp: uow.now(),
    };
    uow.insert(&mut log)?;
    Ok(log)
}

/// Returns the entry with this id.
pub fn get(reader: &mut Reader<'_>, id: &ErrorLogId) -> Result<ErrorLog> {
    data::get(reader, id)
}

/// Returns the entries that match the filter, the newest first: `size` of them, 1 to 1000, behind `cursor` or from the
/// newest on, with the cursor for the next ones.
pub fn list(
    reader: &mut Reader<'_>,
    filter: &ErrorLogFilter,
    cursor: Option<&Cursor>,
    size: u32,
) -> Result<Slice<ErrorLog>> {
    if filter.entity_id.is_some() && filter.entity_type.is_none() {
        let reason = "must be given together with EntityId";
        return Err(Error::invalid("EntityType", reason));
    }
    data::after(reader, &rows::matching(filter), cursor, size)
}

/// Returns the number of entries with each code from `from` up to `to`, which is excluded: the most frequent first, at
/// most `limit`. Reads all entries of the period.
pub fn counts_by_code(
    reader: &mut Reader<'_>,
    from: Timestamp,
    to: Timestamp,
    limit: u32,
) -> Result<Vec<ErrorCodeCount>> {
    validate::limit(limit)?;
    Ok(rows::counts_by_code(reader.connection(), from, to, limit)?)
}
