//! What all entities have in common: a table, columns, an id, and how rows are read and written
//! when the entity is known only by a type parameter.

use std::fmt::Debug;
use std::ops::ControlFlow;
use std::sync::LazyLock;

use diesel::connection::DefaultLoadingMode;
use diesel::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::context::UserContext;
use crate::db::dialect::{self, FindRow, RowColumns, TextCell};
use crate::db::{Backend, Conn};
use crate::models::*;
use crate::query::columns::{Column, Columns, Kind, ReadEnum};
use crate::query::{AggregateOf, Changes, Condition, OrderBy, Selection, SqlValue};
use crate::schema::*;
use crate::types::*;

/// A kind of row.
///
/// The generic operations of [`data`](crate::services::data) work on any of them. It is
/// implemented by one macro for the rows in [`models`](crate::models).
pub trait Entity:
    Debug + Clone + PartialEq + Serialize + DeserializeOwned + Send + Sync + 'static
{
    /// Diesel's table.
    type Table: Table + 'static;

    /// The table's name, such as `Tasks`.
    const NAME: &'static str;

    /// Whether rows are only ever added: logs are neither changed nor audited.
    const IS_LOG: bool;

    /// Whether deleting a row only marks it.
    const KEEPS_DELETED: bool;

    /// The id.
    fn id(&self) -> &Id<Self>;

    /// Notes who made the row and when, in the columns that it has for this.
    fn stamp_created(&mut self, now: Timestamp, user: &str);

    /// Notes who changed the row and when, in the columns that it has for this, and counts its
    /// version.
    fn stamp_updated(&mut self, now: Timestamp, user: &str);

    /// How often the row was written, if it counts that.
    fn row_version(&self) -> Option<i64>;

    /// The columns whose values of this row must not be told by an audit row.
    fn secret_columns(&self) -> &'static [&'static str] {
        &[]
    }

    /// Whether the row may be neither changed nor removed.
    fn is_locked(&self) -> bool {
        false
    }

    /// Whether the row is marked as deleted; none where rows are removed for good at once.
    fn is_deleted(&self) -> Option<bool>;

    /// Marks the row as deleted, by whom and when, or as not deleted; does nothing where rows are
    /// removed for good at once.
    fn set_deleted(&mut self, deletion: Option<(Timestamp, &str)>);

    /// Which rows this user works with, where that isn't all of them: what was deleted is hidden
    /// unless `with_deleted` says otherwise, and so is what belongs to others.
    #[doc(hidden)]
    fn default_condition(user: &UserContext, with_deleted: bool) -> Option<Condition<Self>>;

    /// The columns, in the order of the table.
    #[doc(hidden)]
    fn columns() -> &'static [Column];

    /// The row with this id.
    #[doc(hidden)]
    fn find(conn: &mut Conn, id: &Id<Self>) -> QueryResult<Option<Self>>;

    /// The row with this id, if the condition holds for it.
    #[doc(hidden)]
    fn find_where(
        conn: &mut Conn,
        id: &Id<Self>,
        condition: &Condition<Self>,
    ) -> QueryResult<Option<Self>>;

    /// The rows of a selection.
    #[doc(hidden)]
    fn load(conn: &mut Conn, selection: &Selection<'_, Self>) -> QueryResult<Vec<Self>>;

    /// Calls `each` with one row of a selection after the other, until it breaks.
    #[doc(hidden)]
    fn for_each(
        conn: &mut Conn,
        selection: &Selection<'_, Self>,
        each: &mut dyn FnMut(Self) -> ControlFlow<()>,
    ) -> QueryResult<()>;

    /// One value of all rows that a condition holds for; none where there is nothing.
    #[doc(hidden)]
    fn aggregate(
        conn: &mut Conn,
        condition: Option<&Condition<Self>>,
        aggregate: AggregateOf<Self>,
    ) -> QueryResult<Option<SqlValue>>;

    /// Whether a condition holds for any row.
    #[doc(hidden)]
    fn exists(conn: &mut Conn, condition: Option<&Condition<Self>>) -> QueryResult<bool>;

    /// How many rows a condition holds for.
    #[doc(hidden)]
    fn count(conn: &mut Conn, condition: Option<&Condition<Self>>) -> QueryResult<i64>;

    /// Adds the row.
    #[doc(hidden)]
    fn insert(&self, conn: &mut Conn) -> QueryResult<()>;

    /// Writes columns of the row with this id.
    #[doc(hidden)]
    fn update(conn: &mut Conn, id: &Id<Self>, changes: &Changes<Self>) -> QueryResult<()>;

    /// Removes the row with this id.
    #[doc(hidden)]
    fn delete(conn: &mut Conn, id: &Id<Self>) -> QueryResult<usize>;
}

/// Whose preferences are everybody's.
pub(crate) const DEFAULT_USER: &str = "default";

/// The query of a selection.
macro_rules! selected {
    ($table:ident, $selection:ident) => {{
        let mut query = $table::table
            .select(Self::row_columns()?)
            .into_boxed::<Backend>();
        for condition in $selection.conditions {
            query = query.filter(*condition);
        }
        if let Some(limit) = $selection.limit {
            query = query.limit(limit);
        }
        if let Some(offset) = $selection.offset {
            query = query.offset(offset);
        }
        query.order(OrderBy::<Self>::new($selection.orders))
    }};
}

/// Implements [`Entity`] for a row: its table's module in [`schema`](crate::schema), which of its
/// columns are enums, which of its fields note who made it, who changed it, and how often, which
/// mark it as deleted, and which says whose it is, where others don't see it.
macro_rules! entity {
    (
        $row:ident in $table:ident as $name:literal,
        enums { $($column:ident: $enum:ty),* },
        created { $($created:ident),* } $(by $created_by:ident)?,
        updated { $($updated:ident),* } $(by $updated_by:ident)?
        $(, version $version:ident)?
        $(, deleted $is_deleted:ident at $deleted_at:ident by $deleted_by:ident)?
        $(, seen by $owner:ident)?
        $(, secret $secret:ident)? $(, locked $locked:ident)?
    ) => {
        impl $row {
            fn row_columns() -> QueryResult<RowColumns<Self>> {
                static TEXT: TextCell = TextCell::new();
                RowColumns::of(&TEXT)
            }
        }

        impl Entity for $row {
            type Table = $table::table;
            const NAME: &'static str = $name;
            const IS_LOG: bool = true $(&& stringify!($version).is_empty())?;
            const KEEPS_DELETED: bool = false $(|| !stringify!($is_deleted).is_empty())?;

            fn id(&self) -> &Id<Self> {
                &self.id
            }

            #[allow(unused_variables, reason = "not every table has these columns")]
            fn stamp_created(&mut self, now: Timestamp, user: &str) {
                $(self.$created = now.into();)*
                $(self.$created_by = user.into();)?
                $(self.$updated_by = user.into();)?
                $(self.$version = 1;)?
            }

            #[allow(unused_variables, reason = "not every table has these columns")]
            fn stamp_updated(&mut self, now: Timestamp, user: &str) {
                $(self.$updated = now.into();)*
                $(self.$updated_by = user.into();)?
                $(self.$version += 1;)?
            }

            fn row_version(&self) -> Option<i64> {
                #[allow(unused_mut, unused_assignments, reason = "logs have no version")]
                let mut version = None;
                $(version = Some(self.$version);)?
                version
            }

            $(fn secret_columns(&self) -> &'static [&'static str] {
                self.$secret()
            })?

            $(fn is_locked(&self) -> bool {
                self.$locked
            })?

            fn is_deleted(&self) -> Option<bool> {
                #[allow(unused_mut, unused_assignments, reason = "few tables have this column")]
                let mut is_deleted = None;
                $(is_deleted = Some(self.$is_deleted);)?
                is_deleted
            }

            #[allow(unused_variables, reason = "few tables have these columns")]
            fn set_deleted(&mut self, deletion: Option<(Timestamp, &str)>) {
                $(
                    self.$is_deleted = deletion.is_some();
                    self.$deleted_at = deletion.map(|(at, _)| at);
                    self.$deleted_by = deletion.map(|(_, user)| user.to_owned());
                )?
            }

            #[allow(unused_variables, unused_mut, reason = "few tables have these columns")]
            fn default_condition(
                user: &UserContext,
                with_deleted: bool,
            ) -> Option<Condition<Self>> {
                let mut conditions: Vec<Condition<Self>> = Vec::new();
                $(if !with_deleted {
                    conditions.push(Condition::matching(diesel::dsl::not($table::$is_deleted)));
                })?
                $(
                    let own = $table::$owner.eq(user.user_id.clone());
                    conditions.push(Condition::matching(own.or($table::$owner.eq(DEFAULT_USER))));
                )?
                conditions.into_iter().reduce(Condition::and)
            }

            fn columns() -> &'static [Column] {
                static COLUMNS: LazyLock<Vec<Column>> = LazyLock::new(|| {
                    let enums: &[(&str, ReadEnum)] = &[$((stringify!($column), |json| {
                        let value = serde_json::from_value::<$enum>(json.clone());
                        value.map(|v| (v.number(), v.name())).map_err(|e| e.to_string())
                    })),*];
                    describe::<<$table::table as Table>::AllColumns>(enums)
                });
                &COLUMNS
            }

            fn find(conn: &mut Conn, id: &Id<Self>) -> QueryResult<Option<Self>> {
                static TEXT: TextCell = TextCell::new();
                let query = || $table::table.find(id).select(Self::as_select());
                FindRow::like(&TEXT, query, id)?.get_result(conn).optional()
            }

            fn find_where(
                conn: &mut Conn,
                id: &Id<Self>,
                condition: &Condition<Self>,
            ) -> QueryResult<Option<Self>> {
                $table::table
                    .find(id)
                    .filter(condition)
                    .select(Self::row_columns()?)
                    .get_result(conn)
                    .optional()
            }

            fn load(conn: &mut Conn, selection: &Selection<'_, Self>) -> QueryResult<Vec<Self>> {
                let mut rows = Vec::with_capacity(selection.likely_rows());
                for row in selected!($table, selection).load_iter::<Self, DefaultLoadingMode>(conn)? {
                    rows.push(row?);
                }
                Ok(rows)
            }

            fn for_each(
                conn: &mut Conn,
                selection: &Selection<'_, Self>,
                each: &mut dyn FnMut(Self) -> ControlFlow<()>,
            ) -> QueryResult<()> {
                for row in selected!($table, selection).load_iter::<Self, DefaultLoadingMode>(conn)? {
                    if each(row?).is_break() {
                        break;
                    }
                }
                Ok(())
            }

            fn aggregate(
                conn: &mut Conn,
                condition: Option<&Condition<Self>>,
                aggregate: AggregateOf<Self>,
            ) -> QueryResult<Option<SqlValue>> {
                let mut query = $table::table.select(aggregate).into_boxed::<Backend>();
                if let Some(condition) = condition {
                    query = query.filter(condition);
                }
                query.get_result(conn)
            }

            fn exists(conn: &mut Conn, condition: Option<&Condition<Self>>) -> QueryResult<bool> {
                let mut query = $table::table.into_boxed::<Backend>();
                if let Some(condition) = condition {
                    query = query.filter(condition);
                }
                diesel::select(diesel::dsl::exists(query)).get_result(conn)
            }

            fn count(conn: &mut Conn, condition: Option<&Condition<Self>>) -> QueryResult<i64> {
                let mut query = $table::table.count().into_boxed::<Backend>();
                if let Some(condition) = condition {
                    query = query.filter(condition);
                }
                query.get_result(conn)
            }

            fn insert(&self, conn: &mut Conn) -> QueryResult<()> {
                static TEXT: TextCell = TextCell::new();
                let clause = Insertable::<$table::table>::values(self);
                dialect::insert_row(conn, &TEXT, $name, clause.values)
            }

            fn update(
                conn: &mut Conn,
                id: &Id<Self>,
                changes: &Changes<Self>,
            ) -> QueryResult<()> {
                dialect::update_row(conn, $name, id, changes)
            }

            fn delete(conn: &mut Conn, id: &Id<Self>) -> QueryResult<usize> {
                diesel::delete($table::table.find(id)).execute(conn)
            }
        }
    };
}

fn describe<C: Columns>(enums: &[(&str, ReadEnum)]) -> Vec<Column> {
    let mut columns = C::describe();
    for column in &mut columns {
        if let Some((_, read)) = enums.iter().find(|(name, _)| *name == column.name) {
            column.kind = Kind::Enum(*read);
        }
    }
    columns
}

entity!(Agent in agents as "Agents",
    enums { Status: AgentStatus },
    created { created_at, updated_at } by created_by,
    updated { updated_at } by updated_by, version row_version,
    deleted is_deleted at deleted_at by deleted_by);
entity!(AgentSession in agent_sessions as "AgentSessions",
    enums { Status: SessionStatus },
    created { created_at, updated_at }, updated { updated_at }, version row_version);
entity!(ApprovalRequest in approval_requests as "ApprovalRequests",
    enums { Status: ApprovalStatus },
    created { created_at, updated_at } by created_by,
    updated { updated_at } by updated_by, version row_version);
entity!(AuditLog in audit_logs as "AuditLogs",
    enums { RiskLevel: RiskLevel }, created { }, updated { });
entity!(ChatMessage in chat_messages as "ChatMessages",
    enums { MessageType: MessageType, DeliveryStatus: DeliveryStatus },
    created { } by created_by, updated { updated_at }, version row_version);
entity!(ChatSession in chat_sessions as "ChatSessions",
    enums { }, created { created_at }, updated { }, version row_version);
entity!(CodeRepository in repositories as "Repositories",
    enums { Type: RepositoryType, AccessLevel: AccessLevel },
    created { created_at, updated_at } by created_by,
    updated { updated_at } by updated_by, version row_version);
entity!(ErrorLog in error_logs as "ErrorLogs",
    enums { Severity: ErrorSeverity }, created { }, updated { });
entity!(OrchestrationLog in orchestration_logs as "OrchestrationLogs",
    enums { Level: ErrorSeverity }, created { created_at }, updated { });
entity!(PerformanceMetric in performance_metrics as "PerformanceMetrics",
    enums { }, created { created_at } by created_by, updated { }, version row_version);
entity!(QueuePause in queue_pauses as "QueuePauses",
    enums { }, created { created_at } by created_by, updated { }, version row_version);
entity!(Task in tasks as "Tasks",
    enums { Status: TaskStatus, Priority: TaskPriority },
    created { created_at, updated_at } by created_by,
    updated { updated_at } by updated_by, version row_version);
entity!(TaskDependency in task_dependencies as "TaskDependencies",
    enums { OnFailure: FailurePolicy },
    created { created_at } by created_by, updated { }, version row_version);
entity!(TaskTemplate in task_templates as "TaskTemplates",
    enums { },
    created { created_at, updated_at } by created_by,
    updated { updated_at } by updated_by, version row_version);
entity!(TemplateCategory in template_categories as "TemplateCategories",
    enums { },
    created { created_at, updated_at } by created_by,
    updated { updated_at } by updated_by, version row_version);
entity!(User in users as "Users",
    enums { },
    created { created_at, updated_at } by created_by,
    updated { updated_at } by updated_by, version row_version);
entity!(UserPreference in user_preferences as "UserPreferences",
    enums { Type: PreferenceType },
    created { created_at, updated_at } by created_by,
    updated { updated_at } by updated_by, version row_version,
    seen by user_id, secret sealed_columns, locked is_read_only);
entity!(WorkflowDefinition in workflow_definitions as "WorkflowDefinitions",
    enums { },
    created { created_at, updated_at } by created_by,
    updated { updated_at } by updated_by, version row_version);
entity!(WorkflowExecution in workflow_executions as "WorkflowExecutions",
    enums { Status: WorkflowExecutionStatus },
    created { updated_at } by created_by, updated { updated_at }, version row_version);
