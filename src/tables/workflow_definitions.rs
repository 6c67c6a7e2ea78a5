//! Row and queries of the table `WorkflowDefinitions`.

use diesel::prelude::*;

use super::{Task, WorkflowExecution};
use crate::rows::entity;
use crate::schema::workflow_definitions::{self, dsl};
use crate::sqlite::Conn;
use crate::types::{Id, Json, StringList, Timestamp};

/// Id of a [`WorkflowDefinition`].
pub type WorkflowDefinitionId = Id<WorkflowDefinition>;

entity! {
    /// A version of a workflow.
    #[derive(Debug)]
    pub struct WorkflowDefinition in workflow_definitions as "WorkflowDefinitions" {
        /// Primary key.
        pub id: WorkflowDefinitionId,
        /// Name, shared by the versions of one workflow.
        pub name: String,
        /// Description for people.
        pub description: Option<String>,
        /// Version, unique within the name.
        pub version: String,
        /// Stages of the workflow and their order.
        pub definition: Json,
        /// JSON schema of the input.
        pub input_schema: Option<Json>,
        /// JSON schema of the output.
        pub output_schema: Option<Json>,
        /// Category to group by in lists.
        pub category: Option<String>,
        /// Tags to filter lists by.
        pub tags: Option<StringList>,
        /// Author of the version.
        pub author: Option<String>,
        /// True if every user can see it.
        pub is_public: bool,
        /// True if the version can be started.
        pub is_active: bool,
        /// Number of executions that were started.
        pub execution_count: i64,
        /// Number of executions that completed.
        pub success_count: i64,
        /// Number of executions that failed.
        pub failure_count: i64,
        /// Mean duration of an execution, in milliseconds.
        pub average_execution_time: f64,
        /// Time at which an execution was last started.
        pub last_executed_at: Option<Timestamp>,
        /// Version before this one.
        pub previous_version_id: Option<WorkflowDefinitionId>,
        /// Changes since that version.
        pub change_log: Option<String>,
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
        [
            name, version, definition, input_schema, output_schema, is_active, previous_version_id,
        ] by "publish and activate",
        [
            execution_count, success_count, failure_count, average_execution_time, last_executed_at,
        ] by "the ends of executions",
    },
    given { name, version, definition, input_schema, output_schema, is_active, previous_version_id },
    relations {
        PreviousVersion: one WorkflowDefinition by "PreviousVersionId",
        Executions: many WorkflowExecution by "WorkflowDefinitionId",
        Tasks: many Task by "WorkflowId",
    },
}

/// Returns the active version of a workflow.
pub(crate) fn active(conn: &mut Conn, name: &str) -> QueryResult<Option<WorkflowDefinition>> {
    dsl::workflow_definitions
        .filter(dsl::name.eq(name).and(dsl::is_active))
        .select(WorkflowDefinition::as_select())
        .first(conn)
        .optional()
}

/// Lists the active versions, by name.
pub(crate) fn list_active(conn: &mut Conn) -> QueryResult<Vec<WorkflowDefinition>> {
    dsl::workflow_definitions
        .filter(dsl::is_active)
        .order(dsl::name)
        .select(WorkflowDefinition::as_select())
        .load(conn)
}

/// Returns the ids and versions of a workflow, in no order.
pub(crate) fn versions(
    conn: &mut Conn,
    name: &str,
) -> QueryResult<Vec<(WorkflowDefinitionId, String)>> {
    dsl::workflow_definitions
        .filter(dsl::name.eq(name))
        .select((dsl::id, dsl::version))
        .load(conn)
}

/// Returns the versions of a workflow, the newest first.
pub(crate) fn history(conn: &mut Conn, name: &str) -> QueryResult<Vec<WorkflowDefinition>> {
    dsl::workflow_definitions
        .filter(dsl::name.eq(name))
        .order((dsl::created_at.desc(), dsl::id.desc()))
        .select(WorkflowDefinition::as_select())
        .load(conn)
}
