//! Queries of `TaskTemplates`.

use diesel::prelude::*;

use crate::db::Conn;
use crate::models::{TaskTemplate, TemplateCategoryId};
use crate::schema::task_templates::dsl;

/// The active version of this name.
pub(crate) fn active(conn: &mut Conn, name: &str) -> QueryResult<Option<TaskTemplate>> {
    dsl::task_templates
        .filter(dsl::name.eq(name).and(dsl::is_active))
        .select(TaskTemplate::as_select())
        .first(conn)
        .optional()
}

/// The active versions, of these categories or all, by name.
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

/// The versions of this name.
pub(crate) fn versions(conn: &mut Conn, name: &str) -> QueryResult<Vec<String>> {
    dsl::task_templates
        .filter(dsl::name.eq(name))
        .select(dsl::version)
        .load(conn)
}
