//! Aggregates of one column over the rows of a specification.

use diesel::Column as DieselColumn;
use diesel::deserialize::FromSql;
use diesel::sql_types::IntoNotNullable;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::{Error, ErrorCode, Result};
use crate::rows::query::columns::Column;
use crate::rows::query::{
    Aggregate, AggregateOf, Condition, Specification, StoredValue, ValueOf, column,
};
use crate::rows::{Entity, Reader};
use crate::sqlite::Backend;
use crate::types::TimeSpan;
use crate::types::sql_types::Interval;

/// Returns the greatest value of a column; none if no row has a value.
///
/// Fails with [`ErrorCode::InvalidArgument`] for JSON documents and lists, which have no order. Those of time spans, which
/// the database can't compare, are all read.
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
    typed(reader, specification, Aggregate::Max, C::NAME)
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
    typed(reader, specification, Aggregate::Min, C::NAME)
}

/// Returns the sum of a column of numbers or time spans; none if no row has a value. The sum of whole numbers is an `i64`,
/// that of others an `f64`, that of time spans a [`TimeSpan`].
///
/// Fails with [`ErrorCode::Overflow`] where the type can't hold it.
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
    typed(reader, specification, Aggregate::Sum, C::NAME)
}

/// Returns the mean of a column of numbers; none if no row has a value. [`average_span`] does of time spans.
pub fn average<E, C>(
    reader: &mut Reader<'_>,
    specification: &Specification<E>,
    _: C,
) -> Result<Option<f64>>
where
    E: Entity,
    C: DieselColumn<Table = E::Table>,
{
    typed(reader, specification, Aggregate::Average, C::NAME)
}

/// Returns the mean of a column of time spans, to the nearest tick; none if no row has a value.
pub fn average_span<E, C>(
    reader: &mut Reader<'_>,
    specification: &Specification<E>,
    _: C,
) -> Result<Option<TimeSpan>>
where
    E: Entity,
    C: DieselColumn<Table = E::Table>,
    C::SqlType: IntoNotNullable<NotNullable = Interval>,
{
    typed(reader, specification, Aggregate::Average, C::NAME)
}

/// Returns an aggregate of a column that is known by name alone. The value is in its JSON form, and `null` if no row
/// has one.
///
/// Fails with [`ErrorCode::InvalidArgument`] if there is no such column, if its values have no order, or if they
/// can't be added up; with [`ErrorCode::Overflow`] for a sum that the column's type can't hold.
pub fn aggregate<E: Entity>(
    reader: &mut Reader<'_>,
    specification: &Specification<E>,
    aggregate: Aggregate,
    name: &str,
) -> Result<Value> {
    let column = column::<E>(name)?;
    let condition = specification.condition_for(reader.user());
    if column.is_span() {
        return of_spans(reader, condition.as_ref(), aggregate, column);
    }
    if aggregate.adds_up() && !column.is_number() {
        return Err(Error::invalid(
            name,
            "must be a column of numbers or time spans",
        ));
    }
    if !column.is_sortable() {
        return Err(Error::invalid(name, column.without_order()));
    }
    let of_column = AggregateOf::new(aggregate, column);
    let value = E::aggregate(reader.connection(), condition.as_ref(), of_column);
    match value.map_err(Error::from) {
        Ok(Some(StoredValue::Real(sum))) if !sum.is_finite() => Err(too_large(name)),
        Ok(value) => Ok(value.map_or(Value::Null, |value| column.json(value))),
        Err(error) if error.code() == ErrorCode::Overflow => {
            Err(too_large(name).with_source(error))
        }
        Err(error) => Err(error),
    }
}

/// Aggregates time spans here: the database holds them as text.
fn of_spans<E: Entity>(
    reader: &mut Reader<'_>,
    condition: Option<&Condition<E>>,
    aggregate: Aggregate,
    column: &'static Column,
) -> Result<Value> {
    let (mut spans, mut unreadable) = (SpanTotal::default(), None);
    E::each_value(
        reader.connection(),
        condition,
        ValueOf::new(column),
        &mut |value| match column.span(&value) {
            Some(span) => spans.add(span),
            None => unreadable = Some(value),
        },
    )?;
    if let Some(value) = unreadable {
        let message = format!("{}: must be a time span, got {value:?}", column.name);
        return Err(Error::new(ErrorCode::Corrupt, message));
    }
    let ticks = match aggregate {
        Aggregate::Max => spans.most.map(i128::from),
        Aggregate::Min => spans.least.map(i128::from),
        Aggregate::Sum => (spans.count > 0).then_some(spans.sum),
        Aggregate::Average => spans.average(),
    };
    let Some(ticks) = ticks else {
        return Ok(Value::Null);
    };
    let ticks = i64::try_from(ticks).map_err(|_| too_large(column.name))?;
    Ok(serde_json::json!(TimeSpan::from_ticks(ticks)))
}

/// Aggregates of time spans, in ticks. A sum of as many as a table can hold fits.
#[derive(Debug, Default)]
struct SpanTotal {
    count: i128,
    sum: i128,
    least: Option<i64>,
    most: Option<i64>,
}

impl SpanTotal {
    fn add(&mut self, span: TimeSpan) {
        let ticks = span.ticks();
        self.count += 1;
        self.sum += i128::from(ticks);
        self.least = Some(self.least.map_or(ticks, |least| least.min(ticks)));
        self.most = Some(self.most.map_or(ticks, |most| most.max(ticks)));
    }

    fn average(&self) -> Option<i128> {
        let half = self.count / 2;
        let rounded = match self.sum >= 0 {
            true => self.sum + half,
            false => self.sum - half,
        };
        rounded.checked_div(self.count)
    }
}

fn too_large(column: &str) -> Error {
    Error::overflow(
        column,
        "the sum must fit into the column's type, and doesn't; add up fewer rows at a time",
    )
}

/// Returns an [aggregate](aggregate()) as a value of a type; none if no row has one.
fn typed<E: Entity, T: DeserializeOwned>(
    reader: &mut Reader<'_>,
    specification: &Specification<E>,
    kind: Aggregate,
    name: &str,
) -> Result<Option<T>> {
    serde_json::from_value(aggregate(reader, specification, kind, name)?)
        .map_err(|e| Error::new(ErrorCode::Internal, format!("{name}: {e}")))
}
