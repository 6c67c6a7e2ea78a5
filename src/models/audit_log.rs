use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::UserId;
use crate::schema::audit_logs;
use crate::types::{Id, Json, JsonStr, RiskLevel, StringList, Timestamp};

/// Id of an [`AuditLog`].
pub type AuditLogId = Id<AuditLog>;

/// What was changed or done, by whom; append-only.
#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Insertable, Serialize, Deserialize,
)]
#[serde(rename_all = "PascalCase")]
#[diesel(table_name = audit_logs, check_for_backend(diesel::sqlite::Sqlite), treat_none_as_default_value = false)]
pub struct AuditLog {
    /// Primary key.
    pub id: AuditLogId,
    /// Table of the changed row.
    pub entity_type: String,
    /// Id of the changed row.
    pub entity_id: Option<String>,
    /// What was done: `Create`, `Update`, `Delete`, `Execute` …
    pub action: String,
    /// Values before.
    pub old_values: Option<Json>,
    /// Values after.
    pub new_values: Option<Json>,
    /// Names of the columns that changed.
    pub changed_properties: Option<StringList>,
    /// Who did it.
    pub user_id: Option<UserId>,
    /// In which session.
    pub session_id: Option<String>,
    /// From which address.
    pub ip_address: Option<String>,
    /// With which program.
    pub user_agent: Option<String>,
    /// In which request.
    pub request_id: Option<String>,
    /// Ties together what belongs to one request.
    pub correlation_id: Option<String>,
    /// Method of the HTTP request.
    pub http_method: Option<String>,
    /// Path of the HTTP request.
    pub request_path: Option<String>,
    /// When it was done.
    pub timestamp: Timestamp,
    /// How long it took, in milliseconds.
    pub duration: Option<i64>,
    /// Whether it succeeded.
    pub success: bool,
    /// Why it did not.
    pub error_message: Option<String>,
    /// Code of the error.
    pub error_code: Option<String>,
    /// Security-related context.
    pub security_context: Option<Json>,
    /// How risky it was.
    pub risk_level: RiskLevel,
    /// Tags, for lists.
    pub tags: Option<StringList>,
    /// Anything else.
    pub properties: Option<Json>,
}

/// The entry of one change of a row, whose values are JSON text already.
#[derive(Debug, Insertable)]
#[diesel(table_name = audit_logs, check_for_backend(diesel::sqlite::Sqlite), treat_none_as_default_value = false)]
pub(crate) struct ChangeEntry<'a> {
    pub(crate) id: &'a str,
    pub(crate) entity_type: &'a str,
    pub(crate) entity_id: &'a str,
    pub(crate) action: &'a str,
    pub(crate) old_values: Option<JsonStr<'a>>,
    pub(crate) new_values: Option<JsonStr<'a>>,
    pub(crate) changed_properties: Option<JsonStr<'a>>,
    pub(crate) user_id: &'a str,
    pub(crate) session_id: Option<&'a str>,
    pub(crate) ip_address: Option<&'a str>,
    pub(crate) user_agent: Option<&'a str>,
    pub(crate) request_id: Option<&'a str>,
    pub(crate) correlation_id: Option<&'a str>,
    pub(crate) timestamp: Timestamp,
    pub(crate) success: bool,
    pub(crate) risk_level: RiskLevel,
}
