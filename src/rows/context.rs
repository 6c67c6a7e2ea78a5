//! Who is acting: what the stamps and the audit log record.

use serde::Deserialize;

/// Who is acting, and in which request.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub struct UserContext {
    /// The user; `system` where nobody is named.
    pub user_id: String,
    /// The user's session.
    pub session_id: Option<String>,
    /// The request that the change belongs to.
    pub request_id: Option<String>,
    /// What ties several requests together.
    pub correlation_id: Option<String>,
    /// The address that the request came from.
    pub ip_address: Option<String>,
    /// The program that the request came from.
    pub user_agent: Option<String>,
}

impl UserContext {
    /// The context of a user, with nothing else known.
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
            user_id: "system".to_owned(),
            session_id: None,
            request_id: None,
            correlation_id: None,
            ip_address: None,
            user_agent: None,
        }
    }
}
