//! Row and queries of the table `WorkflowJoins`.

use diesel::dsl::exists;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::WorkflowExecutionId;
use crate::schema::workflow_joins::{self, dsl};
use crate::sqlite::Conn;

/// Stage that another one of the same execution still waits for.
#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Insertable, Serialize, Deserialize,
)]
#[serde(rename_all = "PascalCase")]
#[diesel(table_name = workflow_joins, primary_key(workflow_execution_id, stage, depends_on_stage), check_for_backend(diesel::sqlite::Sqlite))]
pub struct WorkflowJoin {
    /// Execution of both stages.
    pub workflow_execution_id: WorkflowExecutionId,
    /// Number of the stage that waits.
    pub stage: i32,
    /// Number of the stage that it waits for.
    pub depends_on_stage: i32,
}

/// Returns true if any stage waits for another one.
pub(crate) fn any(conn: &mut Conn) -> QueryResult<bool> {
    diesel::select(exists(dsl::workflow_joins.select(dsl::stage))).get_result(conn)
}

/// Inserts joins.
pub(crate) fn insert(conn: &mut Conn, joins: &[WorkflowJoin]) -> QueryResult<()> {
    for join in joins {
        diesel::insert_into(workflow_joins::table)
            .values(join)
            .execute(conn)?;
    }
    Ok(())
}

/// Returns the numbers of the stages that a stage waits for.
pub(crate) fn waited_for(
    conn: &mut Conn,
    id: &WorkflowExecutionId,
    stage: i32,
) -> QueryResult<Vec<i32>> {
    dsl::workflow_joins
        .filter(dsl::workflow_execution_id.eq(id))
        .filter(dsl::stage.eq(stage))
        .order(dsl::depends_on_stage)
        .select(dsl::depends_on_stage)
        .load(conn)
}

/// Returns the numbers of the stages that wait for a stage.
pub(crate) fn waiting_for(
    conn: &mut Conn,
    id: &WorkflowExecutionId,
    stage: i32,
) -> QueryResult<Vec<i32>> {
    dsl::workflow_joins
        .filter(dsl::workflow_execution_id.eq(id))
        .filter(dsl::depends_on_stage.eq(stage))
        .order(dsl::stage)
        .select(dsl::stage)
        .load(conn)
}

/// Deletes the joins of the stages that wait for a stage.
pub(crate) fn delete_waiting_for(
    conn: &mut Conn,
    id: &WorkflowExecutionId,
    stage: i32,
) -> QueryResult<()> {
    let joins = dsl::workflow_joins
        .filter(dsl::workflow_execution_id.eq(id))
        .filter(dsl::depends_on_stage.eq(stage));
    diesel::delete(joins).execute(conn).map(drop)
}

/// Deletes the joins of an execution.
pub(crate) fn delete(conn: &mut Conn, id: &WorkflowExecutionId) -> QueryResult<()> {
    diesel::delete(dsl::workflow_joins.filter(dsl::workflow_execution_id.eq(id)))
        .execute(conn)
        .map(drop)
}
