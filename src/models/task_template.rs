use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::TemplateCategoryId;
use crate::schema::task_templates;
use crate::types::{Id, Json, StringList, Timestamp};

/// Id of a [`TaskTemplate`].
pub type TaskTemplateId = Id<TaskTemplate>;

/// A chain of commands with parameters, to be made into tasks.
#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Insertable, Serialize, Deserialize,
)]
#[serde(rename_all = "PascalCase")]
#[diesel(table_name = task_templates, check_for_backend(diesel::sqlite::Sqlite), treat_none_as_default_value = false)]
pub struct TaskTemplate {
    /// Primary key.
    pub id: TaskTemplateId,
    /// Display name.
    pub name: String,
    /// What it is, for people.
    pub description: Option<String>,
    /// Category, for lists.
    pub category: Option<String>,
    /// Place in the tree of categories.
    pub category_id: Option<TemplateCategoryId>,
    /// Version.
    pub version: String,
    /// Steps and parameters.
    pub definition: Json,
    /// Tags, for lists.
    pub tags: Option<StringList>,
    /// Whether every user sees it.
    pub is_public: bool,
    /// Whether it can be used.
    pub is_active: bool,
    /// When the row was created.
    pub created_at: Timestamp,
    /// When the row was last changed.
    pub updated_at: Timestamp,
    /// Who created the row.
    pub created_by: String,
    /// Who last changed the row.
    pub updated_by: String,
    /// Version of the row: each update adds one.
    pub row_version: i64,
}
