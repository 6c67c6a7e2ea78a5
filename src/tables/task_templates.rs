//! Row and queries of the table `TaskTemplates`.

use diesel::prelude::*;

use super::{TemplateCategory, TemplateCategoryId};
use crate::rows::entity;
use crate::schema::task_templates::{self, dsl};
use crate::sqlite::Conn;
use crate::types::{Id, Json, StringList, Timestamp};

/// Id of a [`TaskTemplate`].
pub type TaskTemplateId = Id<TaskTemplate>;

entity! {
    /// A chain of commands with parameters, from which tasks are created.
    #[derive(Debug)]
    pub struct TaskTemplate in task_templates as "TaskTemplates" {
        /// Primary key.
        pub id: TaskTemplateId,
        /// Display name.
        pub name: String,
        /// Description for people.
        pub description: Option<String>,
        /// Category to group by in lists.
        pub category: Option<String>,
        /// Place in the tree of categories.
        pub category_id: Option<TemplateCategoryId>,
        /// Version.
        pub version: String,
        /// Steps and parameters.
        pub definition: Json,
        /// Tags to filter lists by.
        pub tags: Option<StringList>,
        /// True if every user can see it.
        pub is_public: bool,
        /// True if the template can be used.
        pub is_active: bool,
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
    kept {
        [name, version, definition, is_active] by "publish and activate",
    },
    given { name, version, definition, is_active },
    relations {
        Category: one TemplateCategory by "CategoryId",
    },
}

/// Returns the active version of a template.
pub(crate) fn active(conn: &mut Conn, name: &str) -> QueryResult<Option<TaskTemplate>> {
    dsl::task_templates
        .filter(dsl::name.eq(name).and(dsl::is_active))
        .select(TaskTemplate::as_select())
        .first(conn)
        .optional()
}

/// Lists the active versions, of these categories or of all, by name.
pub(crate) fn list_active(
    conn: &mut Conn,
    categories: Option<&[TemplateCategoryId]>,
) -> QueryResult<Vec<TaskTemplate>> {
    let mut query = dsl::task_templates
        .filter(dsl::is_active)
        .order(dsl::name)
        .select(TaskTemplate::as_select())
        .into_boxed();
    if let Some(categories) = categories {
        query = query.filter(dsl::category_id.eq_any(categories));
    }
    query.load(conn)
}

/// Returns the versions of a template, in no order.
pub(crate) fn versions(conn: &mut Conn, name: &str) -> QueryResult<Vec<String>> {
    dsl::task_templates
        .filter(dsl::name.eq(name))
        .select(dsl::version)
        .load(conn)
}
