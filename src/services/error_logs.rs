//! The error log: what went wrong, where, and how often.
//!
//! Entries are never changed, and removed only by retention.
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
use crate::rows::query::{Cursor, Direction, Slice, Specification};
use crate::rows::{Reader, UnitOfWork, data};
use crate::schema::error_logs as table;
pub use crate::tables::error_logs::ErrorCodeCount;
use crate::tables::{ErrorLog, ErrorLogId, UserId, error_logs as rows};
use crate::types::{ErrorSeverity, Json, Timestamp};
use crate::validate;
use diesel::ExpressionMethods as _;

/// An error that happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct NewErrorLog {
    /// The error as a text for people.
    pub message: String,
    /// How severe it is.
    #[serde(default = "usual_severity")]
    pub severity: ErrorSeverity,
    /// Where it came from, such as a component's name, up to 255 characters.
    #[serde(default)]
    pub source: Option<String>,
    /// Code of the error, up to 100 characters.
    #[serde(default)]
    pub error_code: Option<String>,
    /// Where in the program.
    #[serde(default)]
    pub stack_trace: Option<String>,
    /// The kind of thing that it is about, such as `Tasks`, 1 to 100 characters.
    #[serde(default)]
    pub entity_type: Option<String>,
    /// The thing's id, 1 to 128 characters.
    #[serde(default)]
    pub entity_id: Option<String>,
    /// Anything else.
    #[serde(default)]
    pub properties: Option<Json>,
}

fn usual_severity() -> ErrorSeverity {
    ErrorSeverity::Error
}

impl NewErrorLog {
    /// Makes an error with this message, of the severity [`ErrorSeverity::Error`].
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

/// Adds an entry, with who acts and in which request. It is part of the transaction: what is to be
/// kept of one that fails is logged in another.
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

/// The entries that all given values hold for.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub struct ErrorLogFilter {
    /// At least as severe as this.
    pub minimum_severity: Option<ErrorSeverity>,
    /// From this source.
    pub source: Option<String>,
    /// With this code.
    pub error_code: Option<String>,
    /// About this kind of thing.
    pub entity_type: Option<String>,
    /// About the thing with this id; only together with `entity_type`.
    pub entity_id: Option<String>,
    /// Tied to this request and what belongs to it.
    pub correlation_id: Option<String>,
    /// Not before this moment.
    pub from: Option<Timestamp>,
    /// Before this moment.
    pub to: Option<Timestamp>,
}

impl ErrorLogFilter {
    fn specification(&self) -> Result<Specification<ErrorLog>> {
        if self.entity_id.is_some() && self.entity_type.is_none() {
            return Err(Error::invalid("EntityType", "missing beside EntityId"));
        }
        let mut entries = Specification::new().order_by(table::timestamp, Direction::Descending);
        if let Some(severity) = self.minimum_severity {
            entries = entries.filter(table::severity.ge(severity));
        }
        if let Some(source) = &self.source {
            entries = entries.filter(table::source.eq(source.clone()));
        }
        if let Some(code) = &self.error_code {
            entries = entries.filter(table::error_code.eq(code.clone()));
        }
        if let Some(kind) = &self.entity_type {
            entries = entries.filter(table::entity_type.eq(kind.clone()));
        }
        if let Some(id) = &self.entity_id {
            entries = entries.filter(table::entity_id.eq(id.clone()));
        }
        if let Some(id) = &self.correlation_id {
            entries = entries.filter(table::correlation_id.eq(id.clone()));
        }
        if let Some(from) = self.from {
            entries = entries.filter(table::timestamp.ge(from));
        }
        if let Some(to) = self.to {
            entries = entries.filter(table::timestamp.lt(to));
        }
        Ok(entries)
    }
}

/// Returns entries, the newest first, behind a cursor or from the newest on: `size` of them, 1 to 1000, and
/// where the next ones begin.
pub fn list(
    reader: &mut Reader<'_>,
    filter: &ErrorLogFilter,
    cursor: Option<&Cursor>,
    size: u32,
) -> Result<Slice<ErrorLog>> {
    data::after(reader, &filter.specification()?, cursor, size.into())
}

/// Returns how often each code occurred in a period, its end not included: the most frequent first, at most
/// `limit`. Reads the entries of the period.
pub fn counts_by_code(
    reader: &mut Reader<'_>,
    from: Timestamp,
    to: Timestamp,
    limit: u32,
) -> Result<Vec<ErrorCodeCount>> {
    Ok(rows::counts_by_code(
        reader.connection(),
        from,
        to,
        limit.into(),
    )?)
}
