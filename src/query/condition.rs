//! Conditions on the rows of an entity: typed Diesel expressions, or comparisons whose columns are
//! known only when the query runs. They compose, and what they mean doesn't depend on NULL: a
//! comparison with NULL is false, and its negation true, as in C#.

use std::fmt;

use diesel::expression::{AppearsOnTable, BoxableExpression, Expression, ValidGrouping};
use diesel::expression::{SelectableExpression, is_aggregate};
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::sql_types::Bool;

use super::columns::Column;
use super::value::SqlValue;
use crate::db::{Backend, dialect};
use crate::entity::Entity;

type Typed<E> = Box<dyn BoxableExpression<<E as Entity>::Table, Backend, SqlType = Bool> + Sync>;

/// Which rows of an entity are meant.
///
/// ```
/// use diesel::prelude::*;
/// use orchestra_store::models::Task;
/// use orchestra_store::query::Condition;
/// use orchestra_store::schema::tasks;
/// use orchestra_store::types::TaskStatus;
///
/// let failed = Condition::<Task>::matching(tasks::status.eq(TaskStatus::Failed));
/// let retried = Condition::matching(tasks::retry_count.gt(0));
/// let worth_a_look = failed.and(retried.not());
/// ```
pub struct Condition<E: Entity>(Node<E>);

enum Node<E: Entity> {
    All(Vec<Condition<E>>),
    Any(Vec<Condition<E>>),
    Not(Box<Condition<E>>),
    Typed(Typed<E>),
    Test(Test),
}

/// A test of one column, for columns that are known only when the query runs.
#[derive(Debug, Clone)]
pub(crate) enum Test {
    Compare(&'static Column, Comparison, SqlValue),
    Between(&'static Column, SqlValue, SqlValue),
    In(&'static Column, Vec<SqlValue>),
    IsNull(&'static Column),
    IsNotNull(&'static Column),
    Like(&'static Column, String),
    Has(&'static Column, SqlValue),
    Path(&'static Column, String, Comparison, SqlValue),
}

/// How a value is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Comparison {
    fn sql(self) -> &'static str {
        match self {
            Self::Equal => " = ",
            Self::Less => " < ",
            Self::LessOrEqual => " <= ",
            Self::Greater => " > ",
            Self::GreaterOrEqual => " >= ",
        }
    }
}

impl<E: Entity> Condition<E> {
    /// The rows that a Diesel expression over the entity's columns holds for.
    pub fn matching<X>(expression: X) -> Self
    where
        X: BoxableExpression<E::Table, Backend, SqlType = Bool> + Sync + 'static,
    {
        Self(Node::Typed(Box::new(expression)))
    }

    pub(crate) fn test(test: Test) -> Self {
        Self(Node::Test(test))
    }

    /// The rows that all of these hold for; every row where there are none.
    pub fn all(conditions: impl IntoIterator<Item = Self>) -> Self {
        Self(Node::All(conditions.into_iter().collect()))
    }

    /// The rows that any of these holds for; no row where there are none.
    pub fn any(conditions: impl IntoIterator<Item = Self>) -> Self {
        Self(Node::Any(conditions.into_iter().collect()))
    }

    /// The rows that both hold for.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self::all([self, other])
    }

    /// The rows that one of them holds for, or both.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self::any([self, other])
    }

    /// The rows that it doesn't hold for.
    #[must_use]
    #[expect(clippy::should_implement_trait, reason = "reads like `and` and `or`")]
    pub fn not(self) -> Self {
        Self(Node::Not(Box::new(self)))
    }
}

impl<E: Entity> fmt::Debug for Condition<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Node::All(all) => f.debug_tuple("All").field(all).finish(),
            Node::Any(any) => f.debug_tuple("Any").field(any).finish(),
            Node::Not(not) => f.debug_tuple("Not").field(not).finish(),
            Node::Typed(_) => f.write_str("Typed(…)"),
            Node::Test(test) => test.fmt(f),
        }
    }
}

impl<E: Entity> Expression for Condition<E> {
    type SqlType = Bool;
}

impl<E: Entity> ValidGrouping<()> for Condition<E> {
    type IsAggregate = is_aggregate::No;
}

impl<E: Entity> AppearsOnTable<E::Table> for Condition<E> {}
impl<E: Entity> SelectableExpression<E::Table> for Condition<E> {}

/// Its SQL depends on its value, so Diesel can't know it by its type.
impl<E: Entity> QueryId for Condition<E> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<E: Entity> QueryFragment<Backend> for Condition<E> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Backend>) -> QueryResult<()> {
        match &self.0 {
            Node::All(all) => walk_list(all, " AND ", "1", out),
            Node::Any(any) => walk_list(any, " OR ", "0", out),
            Node::Not(inner) => {
                // Unlike NOT, this is true where the condition is unknown because of a NULL.
                out.push_sql("(");
                inner.walk_ast(out.reborrow())?;
                out.push_sql(") IS NOT TRUE");
                Ok(())
            }
            Node::Typed(expression) => {
                out.push_sql("(");
                expression.walk_ast(out.reborrow())?;
                out.push_sql(")");
                Ok(())
            }
            Node::Test(test) => test.walk(E::NAME, out),
        }
    }
}

fn walk_list<'b, E: Entity>(
    conditions: &'b [Condition<E>],
    between: &str,
    empty: &str,
    mut out: AstPass<'_, 'b, Backend>,
) -> QueryResult<()> {
    if conditions.is_empty() {
        out.push_sql(empty);
    }
    for (index, condition) in conditions.iter().enumerate() {
        out.push_sql(if index == 0 { "(" } else { between });
        condition.walk_ast(out.reborrow())?;
    }
    if !conditions.is_empty() {
        out.push_sql(")");
    }
    Ok(())
}

impl Test {
    fn walk<'b>(&'b self, table: &str, mut out: AstPass<'_, 'b, Backend>) -> QueryResult<()> {
        match self {
            Self::Compare(column, comparison, value) => {
                name(table, column, &mut out)?;
                out.push_sql(comparison.sql());
                value.bind(&mut out)
            }
            Self::Between(column, least, most) => {
                name(table, column, &mut out)?;
                out.push_sql(" BETWEEN ");
                least.bind(&mut out)?;
                out.push_sql(" AND ");
                most.bind(&mut out)
            }
            Self::In(column, values) => {
                name(table, column, &mut out)?;
                out.push_sql(" IN (");
                for (index, value) in values.iter().enumerate() {
                    out.push_sql(if index == 0 { "" } else { ", " });
                    value.bind(&mut out)?;
                }
                out.push_sql(")");
                Ok(())
            }
            Self::IsNull(column) => {
                name(table, column, &mut out)?;
                out.push_sql(" IS NULL");
                Ok(())
            }
            Self::IsNotNull(column) => {
                name(table, column, &mut out)?;
                out.push_sql(" IS NOT NULL");
                Ok(())
            }
            Self::Like(column, pattern) => {
                name(table, column, &mut out)?;
                out.push_sql(" LIKE ");
                out.push_bind_param::<diesel::sql_types::Text, _>(pattern)?;
                out.push_sql(" ESCAPE '\\'");
                Ok(())
            }
            Self::Has(column, value) => {
                out.push_sql(dialect::LIST_HAS_BEFORE_LIST);
                name(table, column, &mut out)?;
                out.push_sql(dialect::LIST_HAS_BEFORE_VALUE);
                value.bind(&mut out)?;
                out.push_sql(")");
                Ok(())
            }
            Self::Path(column, path, comparison, value) => {
                out.push_sql(dialect::JSON_EXTRACT);
                name(table, column, &mut out)?;
                out.push_sql(", ");
                out.push_bind_param::<diesel::sql_types::Text, _>(path)?;
                out.push_sql(")");
                out.push_sql(comparison.sql());
                value.bind(&mut out)
            }
        }
    }
}

fn name(table: &str, column: &Column, out: &mut AstPass<'_, '_, Backend>) -> QueryResult<()> {
    out.push_identifier(table)?;
    out.push_sql(".");
    out.push_identifier(column.name)
}
