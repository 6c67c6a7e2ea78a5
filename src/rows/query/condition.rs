//! Conditions on the rows of an entity: typed Diesel expressions, or comparisons whose columns are known only when
//! the query runs.
//!
//! Conditions can be combined, and their meaning does not depend on NULL: a comparison with NULL is false, and its
//! negation true, as in C#.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use diesel::expression::{AppearsOnTable, BoxableExpression, Expression, ValidGrouping};
use diesel::expression::{SelectableExpression, is_aggregate};
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::sql_types::{Bool, BoolOrNullableBool};

use super::columns::{Column, ColumnKind};
use super::value::StoredValue;
use crate::rows::Entity;
use crate::sqlite::{Backend, dialect};

/// A Diesel expression that is known to be a condition on the entity's table.
struct Typed(Box<dyn QueryFragment<Backend> + Send + Sync>);

impl fmt::Debug for Typed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

/// Condition that selects rows of an entity.
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
///
/// Cloning is cheap, so that a named condition can be used again and again.
pub struct Condition<E: Entity> {
    node: Arc<Node>,
    entity: PhantomData<fn() -> E>,
}

#[derive(Debug)]
enum Node {
    All(Vec<Arc<Node>>),
    Any(Vec<Arc<Node>>),
    Not(Arc<Node>),
    Typed(Typed),
    Test(Test),
}

/// A test of one column, for columns that are known only when the query runs.
#[derive(Debug, Clone)]
pub(crate) enum Test {
    Compare(&'static Column, Comparison, StoredValue),
    /// Compares the first column that differs.
    CompareRow(Vec<&'static Column>, Comparison, Vec<StoredValue>),
    Between(&'static Column, StoredValue, StoredValue),
    In(&'static Column, Vec<StoredValue>),
    IsNull(&'static Column),
    IsNotNull(&'static Column),
    Like(&'static Column, String),
    /// Holds if the column equals one of the items of a JSON array, given as text.
    InJson(&'static Column, String),
    Has(&'static Column, Scalar),
    Path(&'static Column, String, Comparison, Scalar),
}

/// Value inside a JSON document. Only values of one type are compared.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Scalar {
    /// Value as SQLite extracts it from the document.
    pub(crate) value: StoredValue,
    /// Names of its JSON types, as SQL.
    pub(crate) types: &'static str,
}

/// Operator of a comparison.
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
    /// Creates the condition of a Diesel expression over the columns of the entity. A row for which it is NULL does
    /// not match.
    pub fn matching<X>(expression: X) -> Self
    where
        X: BoxableExpression<E::Table, Backend> + Send + Sync + 'static,
        X::SqlType: BoolOrNullableBool,
    {
        Self::node(Node::Typed(Typed(Box::new(expression))))
    }

    pub(crate) fn test(test: Test) -> Self {
        Self::node(Node::Test(test))
    }

    fn node(node: Node) -> Self {
        Self {
            node: Arc::new(node),
            entity: PhantomData,
        }
    }

    /// Combines conditions that must all hold; every row matches if there are none.
    pub fn all(conditions: impl IntoIterator<Item = Self>) -> Self {
        Self::node(Node::All(nodes(conditions)))
    }

    /// Combines conditions of which at least one must hold; no row matches if there are none.
    pub fn any(conditions: impl IntoIterator<Item = Self>) -> Self {
        Self::node(Node::Any(nodes(conditions)))
    }

    /// Combines two conditions that must both hold.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self::all([self, other])
    }

    /// Combines two conditions of which at least one must hold.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self::any([self, other])
    }

    /// Negates the condition.
    #[must_use]
    #[expect(clippy::should_implement_trait, reason = "reads like `and` and `or`")]
    pub fn not(self) -> Self {
        Self::node(Node::Not(self.node))
    }
}

impl<E: Entity> Clone for Condition<E> {
    fn clone(&self) -> Self {
        Self {
            node: Arc::clone(&self.node),
            entity: PhantomData,
        }
    }
}

impl<E: Entity> fmt::Debug for Condition<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.node.fmt(f)
    }
}

fn nodes<E: Entity>(conditions: impl IntoIterator<Item = Condition<E>>) -> Vec<Arc<Node>> {
    conditions
        .into_iter()
        .map(|condition| condition.node)
        .collect()
}

impl<E: Entity> Expression for Condition<E> {
    type SqlType = Bool;
}

impl<E: Entity> ValidGrouping<()> for Condition<E> {
    type IsAggregate = is_aggregate::No;
}

impl<E: Entity> AppearsOnTable<E::Table> for Condition<E> {}
impl<E: Entity> SelectableExpression<E::Table> for Condition<E> {}

/// The SQL depends on the value, so that Diesel can't identify it by the type.
impl<E: Entity> QueryId for Condition<E> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<E: Entity> QueryFragment<Backend> for Condition<E> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, Backend>) -> QueryResult<()> {
        self.node.walk(E::NAME, out)
    }
}

impl Node {
    fn walk<'b>(&'b self, table: &str, mut out: AstPass<'_, 'b, Backend>) -> QueryResult<()> {
        match self {
            Self::All(all) => walk_list(all, " AND ", "1", table, out),
            Self::Any(any) => walk_list(any, " OR ", "0", table, out),
            Self::Not(inner) => {
                // Unlike NOT, this is true where the condition is unknown because of a NULL.
                out.push_sql("((");
                inner.walk(table, out.reborrow())?;
                out.push_sql(") IS NOT TRUE)");
                Ok(())
            }
            Self::Typed(Typed(expression)) => {
                out.push_sql("(");
                expression.walk_ast(out.reborrow())?;
                out.push_sql(")");
                Ok(())
            }
            Self::Test(test) => test.walk(table, out),
        }
    }
}

fn walk_list<'b>(
    nodes: &'b [Arc<Node>],
    between: &str,
    empty: &str,
    table: &str,
    mut out: AstPass<'_, 'b, Backend>,
) -> QueryResult<()> {
    if nodes.is_empty() {
        out.push_sql(empty);
        return Ok(());
    }
    push_list(nodes, between, &mut out, |node, out| {
        node.walk(table, out.reborrow())
    })
}

/// Pushes the value that a column is compared with: bound, but for the number of an enum, whose literal tells SQLite
/// whether a partial index by state has the rows.
fn push_compared<'b>(
    column: &Column,
    value: &'b StoredValue,
    out: &mut AstPass<'_, 'b, Backend>,
) -> QueryResult<()> {
    match (column.kind, value) {
        (ColumnKind::Enum(_), StoredValue::Integer(number)) => {
            out.push_sql(&number.to_string());
            Ok(())
        }
        _ => value.bind(out),
    }
}

impl Test {
    fn walk<'b>(&'b self, table: &str, mut out: AstPass<'_, 'b, Backend>) -> QueryResult<()> {
        match self {
            Self::Compare(column, comparison, value) => {
                name(table, column, &mut out)?;
                out.push_sql(comparison.sql());
                push_compared(column, value, &mut out)
            }
            Self::CompareRow(columns, comparison, values) => {
                push_list(columns, ", ", &mut out, |column, out| {
                    name(table, column, out)
                })?;
                out.push_sql(comparison.sql());
                push_list(values, ", ", &mut out, StoredValue::bind)
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
                out.push_sql(" IN ");
                push_list(values, ", ", &mut out, StoredValue::bind)
            }
            Self::IsNull(column) => push_null_test(table, column, " IS NULL", &mut out),
            Self::IsNotNull(column) => push_null_test(table, column, " IS NOT NULL", &mut out),
            Self::Like(column, pattern) => {
                name(table, column, &mut out)?;
                out.push_sql(" LIKE ");
                out.push_bind_param::<diesel::sql_types::Text, _>(pattern)?;
                out.push_sql(" ESCAPE '\\'");
                Ok(())
            }
            Self::InJson(column, values) => {
                name(table, column, &mut out)?;
                out.push_sql(dialect::IN_JSON);
                out.push_bind_param::<diesel::sql_types::Text, _>(values)?;
                out.push_sql("))");
                Ok(())
            }
            Self::Has(column, scalar) => scalar.walk_as_member(table, column, &mut out),
            Self::Path(column, path, comparison, scalar) => {
                scalar.walk_at_path(table, column, path, *comparison, &mut out)
            }
        }
    }
}

fn push_null_test(
    table: &str,
    column: &Column,
    test: &str,
    out: &mut AstPass<'_, '_, Backend>,
) -> QueryResult<()> {
    name(table, column, out)?;
    out.push_sql(test);
    Ok(())
}

impl Scalar {
    /// Writes the test that the list in a column has this value.
    fn walk_as_member<'b>(
        &'b self,
        table: &str,
        column: &Column,
        out: &mut AstPass<'_, 'b, Backend>,
    ) -> QueryResult<()> {
        out.push_sql(dialect::LIST_HAS_BEFORE_LIST);
        name(table, column, out)?;
        out.push_sql(dialect::LIST_HAS_BEFORE_TYPES);
        out.push_sql(self.types);
        out.push_sql(dialect::LIST_HAS_BEFORE_VALUE);
        self.value.bind(out)?;
        out.push_sql(")");
        Ok(())
    }

    /// Writes the comparison of the value at a path of the JSON in a column with this one.
    fn walk_at_path<'b>(
        &'b self,
        table: &str,
        column: &Column,
        path: &'b str,
        comparison: Comparison,
        out: &mut AstPass<'_, 'b, Backend>,
    ) -> QueryResult<()> {
        out.push_sql("(");
        json_at(dialect::JSON_TYPE, table, column, path, out)?;
        out.push_sql(" IN (");
        out.push_sql(self.types);
        out.push_sql(") AND ");
        json_at(dialect::JSON_EXTRACT, table, column, path, out)?;
        out.push_sql(comparison.sql());
        self.value.bind(out)?;
        out.push_sql(")");
        Ok(())
    }
}

/// Writes all items in parentheses, with `between` in between.
fn push_list<'a, 'b, T>(
    items: &'a [T],
    between: &str,
    out: &mut AstPass<'_, 'b, Backend>,
    mut push: impl FnMut(&'a T, &mut AstPass<'_, 'b, Backend>) -> QueryResult<()>,
) -> QueryResult<()> {
    out.push_sql("(");
    for (index, item) in items.iter().enumerate() {
        out.push_sql(if index == 0 { "" } else { between });
        push(item, out)?;
    }
    out.push_sql(")");
    Ok(())
}

fn json_at<'b>(
    function: &str,
    table: &str,
    column: &Column,
    path: &'b str,
    out: &mut AstPass<'_, 'b, Backend>,
) -> QueryResult<()> {
    out.push_sql(function);
    name(table, column, out)?;
    out.push_sql(", ");
    out.push_bind_param::<diesel::sql_types::Text, _>(path)?;
    out.push_sql(")");
    Ok(())
}

fn name(table: &str, column: &Column, out: &mut AstPass<'_, '_, Backend>) -> QueryResult<()> {
    out.push_identifier(table)?;
    out.push_sql(".");
    out.push_identifier(column.name)
}
