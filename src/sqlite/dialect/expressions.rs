//! Expressions and functions for queries in Diesel's DSL.

use diesel::dsl::sql;
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text};

use crate::types::TaskStatus;

/// `COLUMN IN (SELECT … json_each(LIST))`, between column and list; two parentheses follow.
pub(crate) const IN_JSON: &str = " IN (SELECT value FROM json_each(";
/// `EXISTS (… json_each(LIST) … type IN (TYPES) AND atom = VALUE)`, before the list.
pub(crate) const LIST_HAS_BEFORE_LIST: &str = "EXISTS (SELECT 1 FROM json_each(";
/// The part between list and types.
pub(crate) const LIST_HAS_BEFORE_TYPES: &str = ") AS item WHERE item.type IN (";
/// The part between types and value; a closing parenthesis follows the value.
pub(crate) const LIST_HAS_BEFORE_VALUE: &str = ") AND item.atom = ";
/// The beginning of a call that takes a JSON text and a path, and returns the type of the value there.
pub(crate) const JSON_TYPE: &str = "json_type(";
/// The beginning of a call that takes a JSON text and a path, and returns the value there.
pub(crate) const JSON_EXTRACT: &str = "json_extract(";

/// Returns `RiskLevel > 0` as the index of risky rows has it: with a bound value, the index wouldn't be used.
pub(crate) fn audit_log_is_risky() -> SqlLiteral<Bool> {
    sql("AuditLogs.RiskLevel > 0")
}

/// Returns the condition of the index of entries by user, which those of nobody in particular aren't in.
pub(crate) fn audit_log_is_of_user() -> SqlLiteral<Bool> {
    sql("AuditLogs.UserId <> 'system'")
}

/// Returns `EntityType` in a form that the index by entity doesn't match: where a query asks for no id, that index
/// doesn't give the order of time.
pub(crate) fn audit_log_entity_type_unindexed() -> SqlLiteral<Text> {
    sql("+AuditLogs.EntityType")
}

/// Returns the condition of the index of tasks that are assigned or running.
pub(crate) fn task_is_assigned() -> SqlLiteral<Bool> {
    sql("(Tasks.Status = 1 OR Tasks.Status = 2)")
}

/// Returns the condition of the index of tasks that are pending, have failed or were cancelled.
pub(crate) fn task_waits_or_failed() -> SqlLiteral<Bool> {
    sql("(Tasks.Status = 0 OR Tasks.Status = 4 OR Tasks.Status = 5)")
}

/// Returns the condition for tasks in a state, from which SQLite sees whether one of these indexes has them: a bound
/// value wouldn't say it.
pub(crate) fn task_is_in(status: TaskStatus) -> SqlLiteral<Bool> {
    sql(match status {
        TaskStatus::Pending => "Tasks.Status = 0",
        TaskStatus::Assigned => "Tasks.Status = 1",
        TaskStatus::InProgress => "Tasks.Status = 2",
        TaskStatus::Completed => "Tasks.Status = 3",
        TaskStatus::Failed => "Tasks.Status = 4",
        TaskStatus::Cancelled => "Tasks.Status = 5",
    })
}

/// Returns `AgentId` of a task in a form that no index matches.
pub(crate) fn task_agent_unindexed() -> SqlLiteral<Nullable<Text>> {
    sql("+Tasks.AgentId")
}

/// Returns `RepositoryId` of a task in a form that no index matches.
pub(crate) fn task_repository_unindexed() -> SqlLiteral<Nullable<Text>> {
    sql("+Tasks.RepositoryId")
}

mod full_text {
    use diesel::sql_types::Bool;

    diesel::infix_operator!(Matches, " MATCH ", Bool, backend: diesel::sqlite::Sqlite);
}

/// Returns whether a row of a full-text index matches an expression; `index` is the column that has the table's
/// name.
pub(crate) fn matches<C>(index: C, expression: &str) -> full_text::Matches<C, Bound<'_>>
where
    C: Expression<SqlType = Text>,
{
    full_text::Matches::new(index, expression.into_sql::<Text>())
}

/// A bound text.
type Bound<'a> = diesel::dsl::AsExprOf<&'a str, Text>;

#[diesel::declare_sql_function]
extern "SQL" {
    /// Returns the words of a column around a match in a full-text index, with texts that mark the beginning and
    /// the end of the match and the words left out.
    fn snippet(
        index: Text,
        column: Integer,
        before: Text,
        behind: Text,
        left_out: Text,
        words: Integer,
    ) -> Text;

    /// Returns the length of a text in bytes, without reading it.
    fn octet_length(
        text: diesel::sql_types::Nullable<Text>,
    ) -> diesel::sql_types::Nullable<Integer>;

    /// Returns the value at a path of a JSON text.
    fn json_extract(
        json: diesel::sql_types::Nullable<crate::types::sql_types::JsonText>,
        path: Text,
    ) -> diesel::sql_types::Nullable<Text>;

    /// Returns the place of a text in a JSON text, counted from 1; 0 if it isn't in it.
    fn instr(
        json: diesel::sql_types::Nullable<crate::types::sql_types::JsonText>,
        text: Text,
    ) -> diesel::sql_types::Nullable<Integer>;

    /// Returns the greater of two numbers.
    #[sql_name = "max"]
    fn greater_of(one: BigInt, other: BigInt) -> BigInt;
}
