//! Row and queries of the table `TemplateCategories`.

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
        /// Description for people.
        pub description: Option<String>,
        /// Parent category; none for a root.
        pub parent_category_id: Option<TemplateCategoryId>,
        /// Position among its siblings.
        pub sort_order: i32,
        /// Time at which the row was created.
        pub created_at: Timestamp,
        /// Time of the last change to the row.
        pub updated_at: Timestamp,
        /// User who created the row.
        pub created_by: String,
        /// User who last changed the row.
        pub updated_by: String,
        /// Version of the row; each update raises it.
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

/// Lists all categories, siblings in their order.
pub(crate) fn list(conn: &mut Conn) -> QueryResult<Vec<TemplateCategory>> {
    dsl::template_categories
        .order((dsl::sort_order, dsl::name))
        .select(TemplateCategory::as_select())
        .load(conn)
}
