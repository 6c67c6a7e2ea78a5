//! Actions that a host records in the audit log, and which it can't.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::types::{Json, RiskLevel, StringList};
use crate::validate;

/// Actions that change a row; only the change itself may record them.
pub(super) const CHANGES: [&str; 4] = ["Create", "Update", "Delete", "Restore"];

/// Refuses the actions that the change of a row records itself, and texts that are none.
pub(crate) fn check_action(action: &str) -> Result<()> {
    validate::text("Action", action, 1..=100)?;
    if CHANGES.contains(&action) {
        let reason = format!("must not be '{action}', which the change of a row records itself");
        return Err(Error::invalid("Action", reason));
    }
    Ok(())
}

/// An action to record that is not a change of a row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct NewAuditLog {
    /// Action, such as `Execute` or `Login`, 1 to 100 characters; not `Create`, `Update`, `Delete` or `Restore`.
    pub action: String,
    /// Kind of the object of the action, such as `Tasks`, 1 to 100 characters.
    pub entity_type: String,
    /// Id of the object, 1 to 128 characters.
    #[serde(default)]
    pub entity_id: Option<String>,
    /// Duration in milliseconds, at least 0.
    #[serde(default)]
    pub duration: Option<i64>,
    /// True if the action succeeded.
    #[serde(default = "succeeded")]
    pub success: bool,
    /// Reason of the failure.
    #[serde(default)]
    pub error_message: Option<String>,
    /// Code of the error, up to 100 characters.
    #[serde(default)]
    pub error_code: Option<String>,
    /// Method of the HTTP request, up to 20 characters.
    #[serde(default)]
    pub http_method: Option<String>,
    /// Path of the HTTP request, up to 2000 characters.
    #[serde(default)]
    pub request_path: Option<String>,
    /// Risk of the action; none means [`RiskLevel::Medium`] for a failed action and [`RiskLevel::Low`] for others.
    #[serde(default)]
    pub risk_level: Option<RiskLevel>,
    /// Security-related context.
    #[serde(default, deserialize_with = "Json::optional_document")]
    pub security_context: Option<Json>,
    /// Tags to filter lists by.
    #[serde(default)]
    pub tags: Option<StringList>,
    /// Further properties.
    #[serde(default, deserialize_with = "Json::optional_document")]
    pub properties: Option<Json>,
}

fn succeeded() -> bool {
    true
}

impl NewAuditLog {
    /// Creates the record of a successful action on this kind of object.
    pub fn new(action: impl Into<String>, entity_type: impl Into<String>) -> Self {
        Self {
            action: action.into(),
            entity_type: entity_type.into(),
            entity_id: None,
            duration: None,
            success: true,
            error_message: None,
            error_code: None,
            http_method: None,
            request_path: None,
            risk_level: None,
            security_context: None,
            tags: None,
            properties: None,
        }
    }

    /// Sets the properties, which [`AuditLog::properties_as`](super::AuditLog::properties_as) reads.
    pub(super) fn with_properties(mut self, properties: &impl Serialize) -> Result<Self> {
        let json = serde_json::to_value(properties);
        let json = json.map_err(|e| Error::no_json_form(&self.entity_type).with_source(e))?;
        self.properties = Some(Json(json));
        Ok(self)
    }

    pub(super) fn validate(&self) -> Result<()> {
        check_action(&self.action)?;
        validate::text("EntityType", &self.entity_type, 1..=100)?;
        for (column, value, longest) in [
            ("ErrorMessage", &self.error_message, usize::MAX),
            ("ErrorCode", &self.error_code, 100),
            ("HttpMethod", &self.http_method, 20),
            ("RequestPath", &self.request_path, 2000),
        ] {
            validate::optional_text(column, value.as_deref(), 0..=longest)?;
        }
        validate::optional_text("EntityId", self.entity_id.as_deref(), 1..=128)?;
        validate::number("Duration", self.duration.unwrap_or(0), 0..=i64::MAX)
    }

    pub(super) fn default_risk(&self) -> RiskLevel {
        if self.success {
            RiskLevel::Low
        } else {
            RiskLevel::Medium
        }
    }
}
