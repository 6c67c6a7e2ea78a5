//! The statements on single rows, which run more often than any others, and the columns that all queries for rows
//! select. Diesel generates their texts and binds their values, but would prepare an UPDATE at each run, and walk
//! through all parts of the others.

use std::marker::PhantomData;
use std::sync::OnceLock;

use diesel::dsl::AsSelect;
use diesel::expression::{
    AppearsOnTable, Expression, SelectableExpression, ValidGrouping, is_aggregate,
};
use diesel::insertable::InsertValues;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryBuilder as _, QueryFragment, QueryId};
use diesel::sql_types::Text;
use diesel::sqlite::SqliteQueryBuilder;

use super::quoted;
use crate::sqlite::{Backend, Conn};
use crate::types::Id;

/// A place that keeps a statement's text once it is generated.
pub(crate) type TextCell = OnceLock<String>;

pub(in crate::sqlite) fn kept(
    cell: &'static TextCell,
    make: impl FnOnce() -> QueryResult<String>,
) -> QueryResult<&'static str> {
    if let Some(text) = cell.get() {
        return Ok(text);
    }
    let text = make()?;
    Ok(cell.get_or_init(|| text))
}

/// Returns the SQL that Diesel generates for a part of a statement.
pub(in crate::sqlite) fn text_of(part: &impl QueryFragment<Backend>) -> QueryResult<String> {
    let mut text = SqliteQueryBuilder::new();
    part.to_sql(&mut text, &Backend::default())?;
    Ok(text.finish())
}

/// Adds a row to a table. Each type of values has a cell of its own.
pub(crate) fn insert_row<T, V>(
    conn: &mut Conn,
    cell: &'static TextCell,
    table: &str,
    values: V,
) -> QueryResult<()>
where
    T: Table,
    V: InsertValues<Backend, T> + QueryId,
{
    insert_chunk(conn, cell, table, &[values])
}

/// Most rows that one statement adds. More at once take longer, row by row, than statements for a few.
pub(crate) const MOST_ROWS: usize = 4;

/// Adds rows to a table in their order, in statements for four, two and one of them. Each type of values has a cell of
/// its own.
pub(crate) fn insert_rows<T, V>(
    conn: &mut Conn,
    cell: &'static TextCell,
    table: &str,
    rows: &[V],
) -> QueryResult<()>
where
    T: Table,
    V: InsertValues<Backend, T> + QueryId,
{
    let (fours, rest) = rows.as_chunks::<MOST_ROWS>();
    for rows in fours {
        insert_chunk(conn, cell, table, rows)?;
    }
    let (twos, ones) = rest.as_chunks::<2>();
    for rows in twos {
        insert_chunk(conn, cell, table, rows)?;
    }
    for row in ones {
        insert_chunk(conn, cell, table, std::array::from_ref(row))?;
    }
    Ok(())
}

fn insert_chunk<T, V, const N: usize>(
    conn: &mut Conn,
    cell: &'static TextCell,
    table: &str,
    rows: &[V; N],
) -> QueryResult<()>
where
    T: Table,
    V: InsertValues<Backend, T> + QueryId,
{
    let begin = kept(cell, || {
        let columns = rows.first().map(|row| ColumnNames(row, PhantomData::<T>));
        Ok(format!(
            "INSERT INTO {} ({}) VALUES (",
            quoted(table),
            columns.map_or_else(|| Ok(String::new()), |columns| text_of(&columns))?
        ))
    })?;
    InsertRows { begin, rows }.execute(conn).map(drop)
}

struct ColumnNames<'a, V, T>(&'a V, PhantomData<T>);

impl<T: Table, V: InsertValues<Backend, T>> QueryFragment<Backend> for ColumnNames<'_, V, T> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, Backend>) -> QueryResult<()> {
        self.0.column_names(out)
    }
}

struct InsertRows<'r, V, const N: usize> {
    begin: &'static str,
    rows: &'r [V; N],
}

impl<V: QueryId, const N: usize> QueryId for InsertRows<'_, V, N> {
    type QueryId = InsertRows<'static, V::QueryId, N>;

    // Values without a static id could stand for different texts.
    const HAS_STATIC_QUERY_ID: bool = {
        assert!(V::HAS_STATIC_QUERY_ID);
        true
    };
}

impl<V: QueryFragment<Backend>, const N: usize> QueryFragment<Backend> for InsertRows<'_, V, N> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Backend>) -> QueryResult<()> {
        out.push_sql(self.begin);
        for (place, row) in self.rows.iter().enumerate() {
            if place > 0 {
                out.push_sql("), (");
            }
            row.walk_ast(out.reborrow())?;
        }
        out.push_sql(")");
        Ok(())
    }

    fn is_safe_to_cache_prepared(&self, _: &Backend) -> QueryResult<bool> {
        Ok(true)
    }
}

impl<V, const N: usize> RunQueryDsl<Conn> for InsertRows<'_, V, N> {}

/// Writes columns of the row with an id, if there is one.
///
/// The statement is identified by its text, which has as many forms as there are sets of columns that change
/// together: Diesel's own UPDATE is never kept, since Diesel can't know that these are few. Preparing an UPDATE of
/// a task, with all its triggers and foreign keys, takes longer than running it.
pub(crate) fn update_row<E, C>(
    conn: &mut Conn,
    table: &'static str,
    id: &Id<E>,
    changes: C,
) -> QueryResult<()>
where
    C: AsChangeset,
    C::Changeset: QueryFragment<Backend>,
{
    let update = UpdateRow {
        table,
        id,
        changes: changes.as_changeset(),
    };
    update.execute(conn).map(drop)
}

struct UpdateRow<'a, E, C> {
    table: &'static str,
    id: &'a Id<E>,
    changes: C,
}

impl<E, C> QueryId for UpdateRow<'_, E, C> {
    type QueryId = ();

    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<E, C: QueryFragment<Backend>> QueryFragment<Backend> for UpdateRow<'_, E, C> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Backend>) -> QueryResult<()> {
        out.push_sql("UPDATE ");
        out.push_identifier(self.table)?;
        out.push_sql(" SET ");
        self.changes.walk_ast(out.reborrow())?;
        out.push_sql(" WHERE ");
        out.push_identifier("Id")?;
        out.push_sql(" = ");
        out.push_bind_param::<Text, _>(self.id)
    }

    fn is_safe_to_cache_prepared(&self, _: &Backend) -> QueryResult<bool> {
        Ok(true)
    }
}

impl<E, C> RunQueryDsl<Conn> for UpdateRow<'_, E, C> {}

/// A query for the row with an id; the type `S` holds what it selects. Each selection has a cell of its own.
pub(crate) struct FindRow<'a, E, S> {
    before_id: &'static str,
    behind_id: &'static str,
    id: &'a Id<E>,
    selected: PhantomData<S>,
}

impl<'a, E, S> FindRow<'a, E, S> {
    /// Creates the query for a row from a Diesel query that binds nothing but the id.
    pub(crate) fn like<Q>(
        cell: &'static TextCell,
        query: impl FnOnce() -> Q,
        id: &'a Id<E>,
    ) -> QueryResult<Self>
    where
        Q: Query<SqlType = S> + QueryFragment<Backend>,
    {
        let text = kept(cell, || text_of(&query()))?;
        let (before_id, behind_id) = text.rsplit_once('?').unwrap_or((text, ""));
        Ok(Self {
            before_id,
            behind_id,
            id,
            selected: PhantomData,
        })
    }
}

impl<E: 'static, S: 'static> QueryId for FindRow<'_, E, S> {
    type QueryId = FindRow<'static, E, S>;

    const HAS_STATIC_QUERY_ID: bool = true;
}

impl<E, S> Query for FindRow<'_, E, S> {
    type SqlType = S;
}

impl<E, S> QueryFragment<Backend> for FindRow<'_, E, S> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Backend>) -> QueryResult<()> {
        out.push_sql(self.before_id);
        out.push_bind_param::<Text, _>(self.id)?;
        out.push_sql(self.behind_id);
        Ok(())
    }
}

impl<E, S> RunQueryDsl<Conn> for FindRow<'_, E, S> {}

/// The columns of a row, as Diesel selects them. Each type of row has a cell of its own.
pub(crate) struct RowColumns<E> {
    text: &'static str,
    row: PhantomData<fn() -> E>,
}

impl<E> RowColumns<E>
where
    E: Selectable<Backend, SelectExpression: QueryFragment<Backend>>,
{
    pub(crate) fn of(cell: &'static TextCell) -> QueryResult<Self> {
        let text = kept(cell, || text_of(&E::as_select()))?;
        let row = PhantomData;
        Ok(Self { text, row })
    }
}

impl<E: Selectable<Backend>> Expression for RowColumns<E> {
    type SqlType = AsSelect<E, Backend>;
}

impl<E> ValidGrouping<()> for RowColumns<E> {
    type IsAggregate = is_aggregate::No;
}

impl<E, T> AppearsOnTable<T> for RowColumns<E>
where
    E: Selectable<Backend>,
    AsSelect<E, Backend>: AppearsOnTable<T>,
{
}

impl<E, T> SelectableExpression<T> for RowColumns<E>
where
    E: Selectable<Backend>,
    AsSelect<E, Backend>: SelectableExpression<T>,
{
}

impl<E> QueryId for RowColumns<E> {
    type QueryId = ();

    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<E> QueryFragment<Backend> for RowColumns<E> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Backend>) -> QueryResult<()> {
        out.push_sql(self.text);
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::schema::agents::dsl;
    use crate::sqlite::connection::in_new_database;

    #[test]
    fn an_update_stays_prepared() {
        let directory = tempfile::tempdir().unwrap();
        let mut connection = in_new_database(directory.path());
        let mut kept_after = |id: &str, path: Option<&str>| {
            let changes = (
                dsl::max_concurrent_tasks.eq(2),
                path.map(|path| dsl::repository_path.eq(path)),
            );
            let id: Id<()> = id.parse().unwrap();
            update_row(&mut connection, "Agents", &id, changes).unwrap();
            connection.handle().prepared_statements()
        };
        let first = kept_after("a", None);
        assert_eq!(kept_after("b", None), first);
        // Another text is another statement.
        assert_eq!(kept_after("a", Some("/src")), first + 1);
        assert_eq!(kept_after("b", None), first + 1);
    }
}
