use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::schema::template_categories;
use crate::types::{Id, Timestamp};

/// Id of a [`TemplateCategory`].
pub type TemplateCategoryId = Id<TemplateCategory>;

/// A category of task templates; categories form a tree.
#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Insertable, Serialize, Deserialize,
)]
#[serde(rename_all = "PascalCase")]
#[diesel(table_name = template_categories, check_for_backend(diesel::sqlite::Sqlite), treat_none_as_default_value = false)]
pub struct TemplateCategory {
    /// Primary key.
    pub id: TemplateCategoryId,
    /// Name, unique among its siblings.
    pub name: String,
    /// What it is, for people.
    pub description: Option<String>,
    /// Category it is in; none: a root.
    pub parent_category_id: Option<TemplateCategoryId>,
    /// Place among its siblings.
    pub sort_order: i32,
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
