//! Queries of `ErrorLogs`.

use diesel::dsl::{count_star, max};
use diesel::prelude::*;
use serde::Serialize;

use crate::db::Conn;
use crate::schema::error_logs::dsl;
use crate::types::{ErrorSeverity, Timestamp};

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
