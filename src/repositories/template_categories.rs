//! Queries of `TemplateCategories`.

use diesel::prelude::*;

use crate::db::Conn;
use crate::models::TemplateCategory;
use crate::schema::template_categories::dsl;

/// All categories, siblings in their order.
pub(crate) fn list(conn: &mut Conn) -> QueryResult<Vec<TemplateCategory>> {
    dsl::template_categories
        .order((dsl::sort_order, dsl::name))
        .select(TemplateCategory::as_select())
        .load(conn)
}
