use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::UserId;
use crate::schema::error_logs;
use crate::types::{ErrorSeverity, Id, Json, Timestamp};

/// Id of an [`ErrorLog`].
pub type ErrorLogId = Id<ErrorLog>;

/// An error that happened; append-only.
#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Insertable, Serialize, Deserialize,
)]
#[serde(rename_all = "PascalCase")]
#[diesel(table_name = error_logs, check_for_backend(diesel::sqlite::Sqlite), treat_none_as_default_value = false)]
pub struct ErrorLog {
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
