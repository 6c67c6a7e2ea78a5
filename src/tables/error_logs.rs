//! The table `ErrorLogs`: its row and its queries.

use diesel::dsl::{count_star, max};
use diesel::prelude::*;
use serde::Serialize;

use super::UserId;
use crate::rows::entity;
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
        /// How severe it is.
        pub severity: ErrorSeverity,
        /// Where it came from.
        pub source: Option<String>,
        /// What happened.
        pub message: String,
        /// Code of the error.
        pub error_code: Option<String>,
        /// Where in the program.
        pub stack_trace: Option<String>,
        /// Kind of the thing it is about.
        pub entity_type: Option<String>,
        /// Id of the thing it is about.
        pub entity_id: Option<String>,
        /// Who was acting.
        pub user_id: Option<UserId>,
        /// In which session.
        pub session_id: Option<String>,
        /// In which request.
        pub request_id: Option<String>,
        /// Ties together what belongs to one request.
        pub correlation_id: Option<String>,
        /// Anything else.
        pub properties: Option<Json>,
        /// When it happened.
        pub timestamp: Timestamp,
    }
    created { },
    updated { },
}

/// How often a code occurred.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ErrorCodeCount {
    /// The code; none for entries without one.
    pub error_code: Option<String>,
    /// How severe these entries are.
    pub severity: ErrorSeverity,
    /// How many entries.
    pub count: i64,
    /// When the last of them was.
    pub last_at: Option<Timestamp>,
}

/// The most frequent codes of a period.
pub(crate) fn counts_by_code(
    conn: &mut Conn,
    from: Timestamp,
    to: Timestamp,
    limit: i64,
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
        .limit(limit)
        .load(conn)
}
