//! Finding, listing, paging and counting rows.

use std::ops::ControlFlow;

use crate::error::{Error, Result};
use crate::rows::query::{Condition, Cursor, Page, Selection, Slice, Specification};
use crate::rows::{Entity, Reader};
use crate::types::Id;

/// The most rows that one page may have.
const MAX_PAGE: i64 = 1000;

/// The row with this id, if there is one that the user sees.
pub fn find<E: Entity>(reader: &mut Reader<'_>, id: &Id<E>) -> Result<Option<E>> {
    find_visible(reader, id, false)
}

/// The row with this id, deleted ones included if asked for, unless it is somebody else's.
pub(super) fn find_visible<E: Entity>(
    reader: &mut Reader<'_>,
    id: &Id<E>,
    with_deleted: bool,
) -> Result<Option<E>> {
    let row = match E::default_condition(reader.user(), with_deleted) {
        Some(condition) => E::find_where(reader.connection(), id, &condition)?,
        None => E::find(reader.connection(), id)?,
    };
    Ok(row)
}

/// The row with this id.
pub fn get<E: Entity>(reader: &mut Reader<'_>, id: &Id<E>) -> Result<E> {
    find(reader, id)?.ok_or_else(|| Error::not_found(E::NAME, id))
}

/// All rows of a specification.
pub fn list<E: Entity>(
    reader: &mut Reader<'_>,
    specification: &Specification<E>,
) -> Result<Vec<E>> {
    load(reader, specification, None, None, None)
}

/// The first row of a specification, if it has any.
pub fn first<E: Entity>(
    reader: &mut Reader<'_>,
    specification: &Specification<E>,
) -> Result<Option<E>> {
    Ok(load(reader, specification, None, Some(1), None)?.pop())
}

/// One page of a specification, by number from 1, and how many rows there are in all: both of the
/// same moment. A page far behind costs as much as all pages before it; [`after`] doesn't.
pub fn page<E: Entity>(
    reader: &mut Reader<'_>,
    specification: &Specification<E>,
    number: i64,
    size: i64,
) -> Result<Page<E>> {
    crate::validate::number("page number", number, 1..=i64::MAX)?;
    crate::validate::number("page size", size, 1..=MAX_PAGE)?;
    let offset = (number - 1).saturating_mul(size);
    let total_count = count(reader, specification)?;
    Ok(Page {
        items: load(reader, specification, None, Some(size), Some(offset))?,
        total_count,
        page_number: number,
        page_size: size,
        total_pages: total_count.div_euclid(size) + i64::from(total_count % size > 0),
    })
}

/// The rows of a specification behind a cursor, or the first ones, and where the next ones begin.
///
/// Going on like this visits each row once, also while others are added and removed, and each step
/// costs the same where an index has the specification's order.
pub fn after<E: Entity>(
    reader: &mut Reader<'_>,
    specification: &Specification<E>,
    cursor: Option<&Cursor>,
    size: i64,
) -> Result<Slice<E>> {
    crate::validate::number("page size", size, 1..=MAX_PAGE)?;
    let orders = specification.total_order()?;
    let behind = cursor.map(|c| c.condition(&orders)).transpose()?;
    let mut items = load(reader, specification, behind.as_ref(), Some(size + 1), None)?;
    let has_more = items.len() as i64 > size;
    items.truncate(usize::try_from(size).unwrap_or(usize::MAX));
    let last = items.last().filter(|_| has_more);
    let next = last.map(|last| Cursor::behind(last, &orders)).transpose()?;
    Ok(Slice { items, next })
}

/// How many rows a specification has.
pub fn count<E: Entity>(reader: &mut Reader<'_>, specification: &Specification<E>) -> Result<i64> {
    let condition = specification.condition_for(reader.user());
    Ok(E::count(reader.connection(), condition.as_ref())?)
}

/// Whether a specification has any row.
pub fn exists<E: Entity>(
    reader: &mut Reader<'_>,
    specification: &Specification<E>,
) -> Result<bool> {
    let condition = specification.condition_for(reader.user());
    Ok(E::exists(reader.connection(), condition.as_ref())?)
}

/// Calls `each` with one row of a specification after the other, until it breaks.
///
/// Only one row is in memory at a time, however many there are, where an index has the
/// specification's order; otherwise SQLite sorts them first.
pub fn for_each<E: Entity>(
    reader: &mut Reader<'_>,
    specification: &Specification<E>,
    mut each: impl FnMut(E) -> ControlFlow<()>,
) -> Result<()> {
    let orders = specification.total_order()?;
    let condition = specification.condition_for(reader.user());
    let conditions: Vec<_> = condition.iter().collect();
    let selection = Selection {
        conditions: &conditions,
        orders: &orders,
        limit: None,
        offset: None,
    };
    Ok(E::for_each(reader.connection(), &selection, &mut each)?)
}

/// The same with all rows there are, by id, whoever may see them.
pub(crate) fn for_each_row<E: Entity>(
    reader: &mut Reader<'_>,
    mut each: impl FnMut(E) -> ControlFlow<()>,
) -> Result<()> {
    let orders = Specification::<E>::new().total_order()?;
    let selection = Selection {
        conditions: &[],
        orders: &orders,
        limit: None,
        offset: None,
    };
    Ok(E::for_each(reader.connection(), &selection, &mut each)?)
}

pub(super) fn load<E: Entity>(
    reader: &mut Reader<'_>,
    specification: &Specification<E>,
    behind: Option<&Condition<E>>,
    limit: Option<i64>,
    offset: Option<i64>,
) -> Result<Vec<E>> {
    let orders = specification.total_order()?;
    let condition = specification.condition_for(reader.user());
    let conditions: Vec<_> = condition.iter().chain(behind).collect();
    let selection = Selection {
        conditions: &conditions,
        orders: &orders,
        limit,
        offset,
    };
    Ok(E::load(reader.connection(), &selection)?)
}
