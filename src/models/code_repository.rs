use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::UserId;
use crate::schema::repositories;
use crate::types::{AccessLevel, Id, Json, RepositoryType, StringList, TimeSpan, Timestamp};

/// Id of a [`CodeRepository`].
pub type RepositoryId = Id<CodeRepository>;

/// A code repository that agents work in.
#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Insertable, Serialize, Deserialize,
)]
#[serde(rename_all = "PascalCase")]
#[diesel(table_name = repositories, check_for_backend(diesel::sqlite::Sqlite), treat_none_as_default_value = false)]
pub struct CodeRepository {
    /// Primary key.
    pub id: RepositoryId,
    /// Display name.
    pub name: String,
    /// Path of the repository, unique.
    pub path: String,
    /// What it is, for people.
    pub description: Option<String>,
    /// Kind of repository.
    pub type_: RepositoryType,
    /// Whether it is in use.
    pub is_active: bool,
    /// Settings of the host.
    pub settings_json: Option<Json>,
    /// Branch that work starts from.
    pub default_branch: Option<String>,
    /// Names of the operations that are allowed; none: all.
    pub allowed_operations: Option<StringList>,
    /// Who may see it.
    pub access_level: AccessLevel,
    /// User that owns it.
    pub owner_user_id: Option<UserId>,
    /// Tasks that ended, cancelled ones included.
    pub total_tasks: i64,
    /// Tasks that ended as completed.
    pub successful_tasks: i64,
    /// Tasks that ended as failed.
    pub failed_tasks: i64,
    /// Time spent on tasks.
    pub total_execution_time: TimeSpan,
    /// Mean duration of a task, in milliseconds.
    pub average_task_duration: f64,
    /// When a task last ended.
    pub last_task_executed_at: Option<Timestamp>,
    /// When the row was created.
    pub created_at: Timestamp,
    /// When the row was last changed.
    pub updated_at: Timestamp,
    /// When it was last used.
    pub last_accessed_at: Option<Timestamp>,
    /// Who created the row.
    pub created_by: String,
    /// Who last changed the row.
    pub updated_by: String,
    /// Rating from 0 to 10.
    pub performance_rating: f64,
    /// Score from 0 to 1.
    pub reliability_score: f64,
    /// Version of the row: each update adds one.
    pub row_version: i64,
}
