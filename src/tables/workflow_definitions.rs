//! The table `WorkflowDefinitions`: its row and its queries.

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
        /// What it is, for people.
        pub description: Option<String>,
        /// Version, unique within the name.
        pub version: String,
        /// The workflow: stages and their order.
        pub definition: Json,
        /// JSON schema of the input.
        pub input_schema: Option<Json>,
        /// JSON schema of the output.
        pub output_schema: Option<Json>,
        /// Category, for lists.
        pub category: Option<String>,
        /// Tags, for lists.
        pub tags: Option<StringList>,
        /// Who wrote it.
        pub author: Option<String>,
        /// Whether every user sees it.
        pub is_public: bool,
        /// Whether it can be started.
        pub is_active: bool,
        /// Executions that were started.
        pub execution_count: i64,
        /// Executions that completed.
        pub success_count: i64,
        /// Executions that failed.
        pub failure_count: i64,
        /// Mean duration of an execution, in milliseconds.
        pub average_execution_time: f64,
        /// When it was last started.
        pub last_executed_at: Option<Timestamp>,
        /// The version before this one.
        pub previous_version_id: Option<WorkflowDefinitionId>,
        /// What changed since then.
        pub change_log: Option<String>,
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
        PreviousVersion: one WorkflowDefinition by "PreviousVersionId",
        Executions: many WorkflowExecution by "WorkflowDefinitionId",
        Tasks: many Task by "WorkflowId",
    },
}

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
