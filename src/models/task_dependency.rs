use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::TaskId;
use crate::schema::task_dependencies;
use crate::types::{FailurePolicy, Id, Timestamp};

/// Id of a [`TaskDependency`].
pub type TaskDependencyId = Id<TaskDependency>;

/// That a task waits for another one to complete.
#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Insertable, Serialize, Deserialize,
)]
#[serde(rename_all = "PascalCase")]
#[diesel(table_name = task_dependencies, check_for_backend(diesel::sqlite::Sqlite), treat_none_as_default_value = false)]
pub struct TaskDependency {
    /// Primary key.
    pub id: TaskDependencyId,
    /// Task that waits.
    pub task_id: TaskId,
    /// Task that has to complete before.
    pub depends_on_task_id: TaskId,
    /// What becomes of the waiting task if the other one fails or is cancelled.
    pub on_failure: FailurePolicy,
    /// When the row was created.
    pub created_at: Timestamp,
    /// Who created the row.
    pub created_by: String,
    /// Version of the row: each update adds one.
    pub row_version: i64,
}
