//! Row and queries of the table `ErrorLogs`.

use diesel::dsl::{count_star, max};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::UserId;
use crate::rows::entity;
use crate::rows::query::{Direction, Specification};
use crate::schema::error_logs::{self, dsl};
use crate::sqlite::Conn;
use crate::types::{ErrorSeverity, Id, Json, Timestamp};

/// Id of an [`ErrorLog`].
pub type ErrorLogId = Id<ErrorLog>;

entity! {
    /// An error that happened; append-only.
    #[derive(Debug)]
    pub struct ErrorLog in error_logs as "ErrorLogs" {
        /// Primary key.
        pub id: ErrorLogId,
        /// Severity.
        pub severity: ErrorSeverity,
        /// Component in which the error occurred.
        pub source: Option<String>,
        /// Message of the error.
        pub message: String,
        /// Code of the error.
        pub error_code: Option<String>,
        /// Stack trace of the error.
        pub stack_trace: Option<String>,
        /// Kind of the thing that the error is about.
        pub entity_type: Option<String>,
        /// Id of the thing that the error is about.
        pub entity_id: Option<String>,
        /// User who was acting.
        pub user_id: Option<UserId>,
        /// Session in which the error occurred.
        pub session_id: Option<String>,
        /// Request in which the error occurred.
        pub request_id: Option<String>,
        /// Correlation id shared by everything that belongs to one request.
        pub correlation_id: Option<String>,
        /// Further properties.
        pub properties: Option<Json>,
        /// Time at which the error occurred.
        pub timestamp: Timestamp,
    }
    created { },
    updated { },
}

/// Conditions for the entries to list; an empty filter lists all.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub struct ErrorLogFilter {
    /// Minimum severity.
    pub minimum_severity: Option<ErrorSeverity>,
    /// Component in which the error occurred.
    pub source: Option<String>,
    /// Code of the error.
    pub error_code: Option<String>,
    /// Kind of the thing that the error is about.
    pub entity_type: Option<String>,
    /// Id of the thing that the error is about; only together with `entity_type`.
    pub entity_id: Option<String>,
    /// Correlation id of a request.
    pub correlation_id: Option<String>,
    /// Earliest time.
    pub from: Option<Timestamp>,
    /// End of the times, which is excluded.
    pub to: Option<Timestamp>,
}

/// Returns the entries that match the filter, the newest first.
pub(crate) fn matching(filter: &ErrorLogFilter) -> Specification<ErrorLog> {
    Specification::new()
        .order_by(dsl::timestamp, Direction::Descending)
        .filter_some(filter.minimum_severity, |least| dsl::severity.ge(least))
        .filter_some(filter.source.clone(), |source| dsl::source.eq(source))
        .filter_some(filter.error_code.clone(), |code| dsl::error_code.eq(code))
        .filter_some(filter.entity_type.clone(), |kind| dsl::entity_type.eq(kind))
        .filter_some(filter.entity_id.clone(), |id| dsl::entity_id.eq(id))
        .filter_some(filter.correlation_id.clone(), |id| {
            dsl::correlation_id.eq(id)
        })
        .filter_some(filter.from, |from| dsl::timestamp.ge(from))
        .filter_some(filter.to, |to| dsl::timestamp.lt(to))
}

/// Number of entries with one error code and severity.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ErrorCodeCount {
    /// Error code; none for entries without one.
    pub error_code: Option<String>,
    /// Severity of these entries.
    pub severity: ErrorSeverity,
    /// Number of entries.
    pub count: i64,
    /// Time of the latest entry.
    pub last_at: Option<Timestamp>,
}

/// Returns the most frequent error codes from `from` up to `to`.
pub(crate) fn counts_by_code(
    conn: &mut Conn,
    from: Timestamp,
    to: Timestamp,
    limit: u32,
) -> QueryResult<Vec<ErrorCodeCount>> {
    dsl::error_logs
        .group_by((dsl::error_code, dsl::severity))
        .filter(dsl::timestamp.ge(from))
        .filter(dsl::timestamp.lt(to))
        .select((
            dsl::error_code,
            dsl::severity,
            count_star(),
            max(dsl::timestamp),
        ))
        .order((count_star().desc(), dsl::error_code, dsl::severity.desc()))
        .limit(limit.into())
        .load(conn)
}
