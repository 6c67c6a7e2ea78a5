//! The table `TemplateCategories`: its row and its queries.

use diesel::prelude::*;

use super::TaskTemplate;
use crate::rows::entity;
use crate::schema::template_categories::{self, dsl};
use crate::sqlite::Conn;
use crate::types::{Id, Timestamp};

/// Id of a [`TemplateCategory`].
pub type TemplateCategoryId = Id<TemplateCategory>;

entity! {
    /// A category of task templates; categories form a tree.
    #[derive(Debug)]
    pub struct TemplateCategory in template_categories as "TemplateCategories" {
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
    created { created_at, updated_at } by created_by,
    updated { updated_at } by updated_by,
    version row_version,
    relations {
        ParentCategory: one TemplateCategory by "ParentCategoryId",
        SubCategories: many TemplateCategory by "ParentCategoryId",
        Templates: many TaskTemplate by "CategoryId",
    },
}

/// All categories, siblings in their order.
pub(crate) fn list(conn: &mut Conn) -> QueryResult<Vec<TemplateCategory>> {
    dsl::template_categories
        .order((dsl::sort_order, dsl::name))
        .select(TemplateCategory::as_select())
        .load(conn)
}
