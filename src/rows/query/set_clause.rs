//! New values for some columns of a row, known only when the statement runs.

use std::marker::PhantomData;

use diesel::query_builder::{AsChangeset, AstPass, QueryFragment, QueryId};
use diesel::result::QueryResult;

use super::columns::Column;
use super::value::StoredValue;
use crate::rows::Entity;
use crate::sqlite::Backend;

/// Values that a SET clause writes; NULL where there is no value.
pub struct Changes<E> {
    values: Vec<(&'static Column, Option<StoredValue>)>,
    entity: PhantomData<fn() -> E>,
}

impl<E> Changes<E> {
    pub(crate) fn new(values: Vec<(&'static Column, Option<StoredValue>)>) -> Self {
        Self {
            values,
            entity: PhantomData,
        }
    }
}

impl<E: Entity> AsChangeset for &Changes<E> {
    type Target = E::Table;
    type Changeset = Self;

    fn as_changeset(self) -> Self {
        self
    }
}

impl<E> QueryId for Changes<E> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<E> QueryFragment<Backend> for Changes<E> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Backend>) -> QueryResult<()> {
        for (index, (column, value)) in self.values.iter().enumerate() {
            out.push_sql(if index == 0 { "" } else { ", " });
            out.push_identifier(column.name)?;
            out.push_sql(" = ");
            match value {
                Some(value) => value.bind(&mut out)?,
                None => out.push_sql("NULL"),
            }
        }
        Ok(())
    }
}
