//! Queries of `WorkflowDefinitions`.

use diesel::prelude::*;

use crate::db::Conn;
use crate::models::{WorkflowDefinition, WorkflowDefinitionId};
use crate::schema::workflow_definitions::dsl;

/// The active version of this name.
pub(crate) fn active(conn: &mut Conn, name: &str) -> QueryResult<Option<WorkflowDefinition>> {
    dsl::workflow_definitions
        .filter(dsl::name.eq(name).and(dsl::is_active))
        .select(WorkflowDefinition::as_select())
        .first(conn)
        .optional()
}

/// The active versions, by name.
pub(crate) fn list_active(conn: &mut Conn) -> QueryResult<Vec<WorkflowDefinition>> {
    dsl::workflow_definitions
        .filter(dsl::is_active)
        .order(dsl::name)
        .select(WorkflowDefinition::as_select())
        .load(conn)
}

/// The versions of this name.
pub(crate) fn versions(
    conn: &mut Conn,
    name: &str,
) -> QueryResult<Vec<(WorkflowDefinitionId, String)>> {
    dsl::workflow_definitions
        .filter(dsl::name.eq(name))
        .select((dsl::id, dsl::version))
        .load(conn)
}

/// The versions of this name, the newest first.
pub(crate) fn history(conn: &mut Conn, name: &str) -> QueryResult<Vec<WorkflowDefinition>> {
    dsl::workflow_definitions
        .filter(dsl::name.eq(name))
        .order((dsl::created_at.desc(), dsl::id.desc()))
        .select(WorkflowDefinition::as_select())
        .load(conn)
}
