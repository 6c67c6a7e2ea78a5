//! Aggregates of one column over the rows of a specification.

use diesel::Column as DieselColumn;
use diesel::deserialize::FromSql;
use diesel::sql_types::IntoNotNullable;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::{Error, ErrorCode, Result};
use crate::rows::query::{Aggregate, AggregateOf, Specification, column};
use crate::rows::{Entity, Reader};
use crate::sqlite::Backend;

/// Returns the greatest value of a column; none if no row has a value.
///
/// Fails with [`ErrorCode::InvalidArgument`] for time spans, JSON documents and lists, which have no order.
pub fn max<E, C, T>(
    reader: &mut Reader<'_>,
    specification: &Specification<E>,
    _: C,
) -> Result<Option<T>>
where
    E: Entity,
    C: DieselColumn<Table = E::Table>,
    C::SqlType: IntoNotNullable,
    T: FromSql<<C::SqlType as IntoNotNullable>::NotNullable, Backend> + DeserializeOwned,
{
    typed(
        C::NAME,
        aggregate(reader, specification, Aggregate::Max, C::NAME)?,
    )
}

/// Returns the least value of a column; none if no row has a value. Fails as [`max`] does.
pub fn min<E, C, T>(
    reader: &mut Reader<'_>,
    specification: &Specification<E>,
    _: C,
) -> Result<Option<T>>
where
    E: Entity,
    C: DieselColumn<Table = E::Table>,
    C::SqlType: IntoNotNullable,
    T: FromSql<<C::SqlType as IntoNotNullable>::NotNullable, Backend> + DeserializeOwned,
{
    typed(
        C::NAME,
        aggregate(reader, specification, Aggregate::Min, C::NAME)?,
    )
}

/// Returns the sum of a column of numbers; none if no row has a value. The sum of whole numbers is an `i64`, that of
/// others an `f64`.
pub fn sum<E, C, T>(
    reader: &mut Reader<'_>,
    specification: &Specification<E>,
    _: C,
) -> Result<Option<T>>
where
    E: Entity,
    C: DieselColumn<Table = E::Table>,
    T: DeserializeOwned,
{
    typed(
        C::NAME,
        aggregate(reader, specification, Aggregate::Sum, C::NAME)?,
    )
}

/// Returns the mean of a column of numbers; none if no row has a value.
pub fn average<E, C>(
    reader: &mut Reader<'_>,
    specification: &Specification<E>,
    _: C,
) -> Result<Option<f64>>
where
    E: Entity,
    C: DieselColumn<Table = E::Table>,
{
    typed(
        C::NAME,
        aggregate(reader, specification, Aggregate::Average, C::NAME)?,
    )
}

/// Returns an aggregate of a column that is known by name alone. The value is in its JSON form, and `null` if no row
/// has one.
///
/// Fails with [`ErrorCode::InvalidArgument`] if there is no such column, if its values have no order, or if they
/// can't be added up.
pub fn aggregate<E: Entity>(
    reader: &mut Reader<'_>,
    specification: &Specification<E>,
    aggregate: Aggregate,
    name: &str,
) -> Result<Value> {
    let column = column::<E>(name)?;
    if aggregate.adds_up() && !column.is_number() {
        return Err(Error::invalid(name, "must be a column of numbers"));
    }
    if !column.is_sortable() {
        return Err(Error::invalid(name, column.without_order()));
    }
    let condition = specification.condition_for(reader.user());
    let value = E::aggregate(
        reader.connection(),
        condition.as_ref(),
        AggregateOf::new(aggregate, column),
    )?;
    Ok(value.map_or(Value::Null, |value| column.json(value)))
}

fn typed<T: DeserializeOwned>(column: &str, value: Value) -> Result<Option<T>> {
    serde_json::from_value(value)
        .map_err(|e| Error::new(ErrorCode::Internal, format!("{column}: {e}")))
}
