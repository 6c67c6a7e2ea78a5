//! The value types of the columns: each knows its one text or number form in the database and in JSON.
//!
//! | type | in the database | in JSON |
//! |---|---|---|
//! | [`Timestamp`] | `2026-03-01 12:30:00.0000000` | `"2026-03-01T12:30:00.0000000Z"` |
//! | [`TimeSpan`] | `1.02:30:00` | `"1.02:30:00"` |
//! | [`Json`] | compact JSON text | the value itself |
//! | [`StringList`] | `["a","b"]` | `["a","b"]` |
//! | [`Id`] | text | string |
//! | enums, e.g. [`TaskStatus`] | integer | name |
//!
//! Writing is exact: each value has one text, and reading that text returns the value. Reading is tolerant of the
//! texts of other programs (EF Core, SQLite's `CURRENT_TIMESTAMP`, older files), and never guesses: a text that isn't
//! exactly one value is an [`InvalidValue`].

#[cfg(feature = "chrono")]
mod chrono_conversions;
mod digits;
mod enums;
mod field_change;
mod id;
mod invalid_value;
mod json;
mod short_text;
pub mod sql_types;
mod std_conversions;
mod string_list;
mod text_visitor;
mod time_span;
mod timestamp;

pub use enums::{
    AccessLevel, AgentStatus, ApprovalStatus, ChangeAction, DeliveryStatus, ErrorSeverity,
    FailurePolicy, MessageType, PreferenceType, RepositoryType, RiskLevel, SelectionStrategy,
    SessionStatus, StageFailurePolicy, TaskPriority, TaskStatus, WorkflowExecutionStatus,
};
pub use field_change::FieldChange;
pub use id::Id;
pub use invalid_value::InvalidValue;
pub use json::Json;
pub(crate) use json::JsonStr;
pub use string_list::StringList;
pub use time_span::TimeSpan;
pub use timestamp::Timestamp;
