//! Queries that find the rows of a kind which retention may delete, by age or by size: those of a time, the oldest
//! first.

use std::ops::Range;

use diesel::dsl::{exists, not};
use diesel::prelude::*;

use super::{
    AuditLogId, ErrorLogId, OrchestrationLogId, PerformanceMetricId, RetentionMark, TaskId,
};
use crate::schema::{
    audit_logs, error_logs, orchestration_logs, performance_metrics, retention_marks,
    task_dependencies, tasks, workflow_executions,
};
use crate::sqlite::{Conn, dialect};
use crate::types::{TaskStatus, Timestamp};

diesel::alias!(tasks as children: Children);

/// Rows with their times.
pub(crate) type Timed<I> = Vec<(I, Timestamp)>;

/// Returns tasks that ended in this state at such a time and that nothing refers to: no subtask, no dependent task, no
/// execution of a workflow that is still running.
pub(crate) fn ended_tasks(
    conn: &mut Conn,
    status: TaskStatus,
    time: Range<Timestamp>,
    limit: u32,
) -> QueryResult<Timed<TaskId>> {
    let parent = children.field(tasks::parent_task_id);
    let has_children = exists(children.filter(parent.eq(tasks::id.nullable())));
    let has_dependants = exists(
        task_dependencies::table.filter(task_dependencies::depends_on_task_id.eq(tasks::id)),
    );
    let execution = workflow_executions::id.nullable();
    let is_in_use = exists(
        workflow_executions::table
            .filter(execution.eq(tasks::workflow_execution_id))
            .filter(workflow_executions::completed_at.is_null()),
    );
    tasks::table
        .filter(tasks::completed_at.ge(time.start))
        .filter(tasks::completed_at.lt(time.end))
        .filter(dialect::task_is_in(status))
        .filter(not(has_children))
        .filter(not(has_dependants))
        .filter(not(is_in_use))
        .order(tasks::completed_at)
        .limit(limit.into())
        .select((tasks::id, tasks::completed_at.assume_not_null()))
        .load(conn)
}

/// Defines a query for rows of a log of a time.
macro_rules! of_time {
    ($table:ident, $time:ident, $id:ty) => {
        pub(crate) fn $table(
            conn: &mut Conn,
            time: Range<Timestamp>,
            limit: u32,
        ) -> QueryResult<Timed<$id>> {
            $table::table
                .filter($table::$time.ge(time.start))
                .filter($table::$time.lt(time.end))
                .order($table::$time)
                .limit(limit.into())
                .select(($table::id, $table::$time))
                .load(conn)
        }
    };
}

of_time!(audit_logs, timestamp, AuditLogId);
of_time!(error_logs, timestamp, ErrorLogId);
of_time!(orchestration_logs, created_at, OrchestrationLogId);

/// Returns single values of a time that are part of their rollups. Rollups, which have a start, stay.
pub(crate) fn metrics(
    conn: &mut Conn,
    time: Range<Timestamp>,
    limit: u32,
) -> QueryResult<Timed<PerformanceMetricId>> {
    performance_metrics::table
        .filter(performance_metrics::timestamp.ge(time.start))
        .filter(performance_metrics::timestamp.lt(time.end))
        .filter(performance_metrics::period_start.is_null())
        .filter(performance_metrics::is_rolled_up)
        .order(performance_metrics::timestamp)
        .limit(limit.into())
        .select((performance_metrics::id, performance_metrics::timestamp))
        .load(conn)
}

/// Allows rows of a log that are older than `delete_before` to be deleted, and returns the number of rows written: 0
/// if these were allowed already.
pub(crate) fn move_mark(
    conn: &mut Conn,
    table_name: &str,
    delete_before: Timestamp,
    updated_at: Timestamp,
    updated_by: &str,
) -> QueryResult<usize> {
    let mark = RetentionMark {
        table_name: table_name.to_owned(),
        delete_before,
        updated_at,
        updated_by: updated_by.to_owned(),
    };
    let known: Option<Timestamp> = retention_marks::table
        .find(table_name)
        .select(retention_marks::delete_before)
        .first(conn)
        .optional()?;
    match known {
        None => diesel::insert_into(retention_marks::table)
            .values(mark)
            .execute(conn),
        Some(known) if known < delete_before => diesel::update(retention_marks::table)
            .filter(retention_marks::table_name.eq(table_name))
            .set((
                retention_marks::delete_before.eq(delete_before),
                retention_marks::updated_at.eq(updated_at),
                retention_marks::updated_by.eq(updated_by),
            ))
            .execute(conn),
        Some(_) => Ok(0),
    }
}
