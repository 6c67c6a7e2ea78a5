//! The acting user and the request, which the stamps and the audit log record.

use serde::Deserialize;

/// Id of the user where nobody is named.
pub(crate) const SYSTEM: &str = "system";

/// The acting user and the request on whose behalf the user acts.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub struct UserContext {
    /// Id of the user; `system` by default.
    pub user_id: String,
    /// Session of the user.
    pub session_id: Option<String>,
    /// Request that the change belongs to.
    pub request_id: Option<String>,
    /// Correlation id shared by several requests.
    pub correlation_id: Option<String>,
    /// IP address that the request came from.
    pub ip_address: Option<String>,
    /// Program that the request came from.
    pub user_agent: Option<String>,
    /// Method of the request, such as `POST`, up to 20 characters.
    pub http_method: Option<String>,
    /// Path of the request, up to 2000 characters.
    pub request_path: Option<String>,
}

impl UserContext {
    /// Creates the context of a user, with nothing else known.
    pub fn user(user_id: impl Into<String>) -> Self {
        Self {
            user_id: user_id.into(),
            ..Self::default()
        }
    }
}

impl Default for UserContext {
    fn default() -> Self {
        Self {
            user_id: SYSTEM.to_owned(),
            session_id: None,
            request_id: None,
            correlation_id: None,
            ip_address: None,
            user_agent: None,
            http_method: None,
            request_path: None,
        }
    }
}
