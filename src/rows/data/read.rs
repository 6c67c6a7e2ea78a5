//! Operations that find, list, page and count rows.

use std::ops::ControlFlow;

use crate::error::{Error, Result};
use crate::rows::answer_size::AnswerSize;
use crate::rows::query::{Condition, Cursor, Page, Selection, Slice, Specification};
use crate::rows::{Entity, Reader};
use crate::types::Id;

/// Maximum number of rows of a page.
pub(crate) const MAX_PAGE: u32 = 1000;

/// Returns the row with this id if it exists and the user can see it.
pub fn find<E: Entity>(reader: &mut Reader<'_>, id: &Id<E>) -> Result<Option<E>> {
    find_visible(reader, id, false)
}

/// Returns the row with this id if the user can see it; soft-deleted ones only if `with_deleted` is true.
pub(crate) fn find_visible<E: Entity>(
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

/// Returns the row with this id, or fails with [`ErrorCode::NotFound`](crate::ErrorCode::NotFound).
pub fn get<E: Entity>(reader: &mut Reader<'_>, id: &Id<E>) -> Result<E> {
    find(reader, id)?.ok_or_else(|| Error::not_found(E::NAME, id))
}

/// Returns all rows of a specification.
///
/// Fails with [`ErrorCode::LimitExceeded`](crate::ErrorCode::LimitExceeded) above [`MAX_ROWS`](crate::services::data::MAX_ROWS) rows or
/// [`MAX_ANSWER_BYTES`](super::MAX_ANSWER_BYTES), as pages do: [`for_each`] has no limit.
pub fn list<E: Entity>(
    reader: &mut Reader<'_>,
    specification: &Specification<E>,
) -> Result<Vec<E>> {
    load(reader, specification, None, None, None)
}

/// Returns the first row of a specification, if there is one.
pub fn first<E: Entity>(
    reader: &mut Reader<'_>,
    specification: &Specification<E>,
) -> Result<Option<E>> {
    Ok(load(reader, specification, None, Some(1), None)?.pop())
}

/// Returns one page of a specification, by number from 1, and the total number of rows, both from the same moment. A
/// page costs as much as all pages before it together; with [`after`] it does not.
pub fn page<E: Entity>(
    reader: &mut Reader<'_>,
    specification: &Specification<E>,
    number: i64,
    size: u32,
) -> Result<Page<E>> {
    crate::validate::number("page number", number, 1..=i64::MAX)?;
    crate::validate::number("page size", size, 1..=MAX_PAGE)?;
    let rows = i64::from(size);
    let offset = (number - 1).saturating_mul(rows);
    let total_count = count(reader, specification)?;
    Ok(Page {
        items: load(reader, specification, None, Some(size), Some(offset))?,
        total_count,
        page_number: number,
        page_size: size,
        total_pages: total_count.div_euclid(rows) + i64::from(total_count % rows > 0),
    })
}

/// Returns the rows of a specification behind a cursor, or the first ones, and the cursor of the next ones.
///
/// Continuing with the cursors visits each row once, even while rows are added and removed. Each step costs the same
/// if an index has the order of the specification.
pub fn after<E: Entity>(
    reader: &mut Reader<'_>,
    specification: &Specification<E>,
    cursor: Option<&Cursor>,
    size: u32,
) -> Result<Slice<E>> {
    crate::validate::number("page size", size, 1..=MAX_PAGE)?;
    let orders = specification.total_order()?;
    let behind = cursor.map(|c| c.condition(&orders)).transpose()?;
    let mut items = load(reader, specification, behind.as_ref(), Some(size + 1), None)?;
    let most = usize::try_from(size).unwrap_or(usize::MAX);
    let has_more = items.len() > most;
    items.truncate(most);
    let last = items.last().filter(|_| has_more);
    let next = last.map(|last| Cursor::behind(last, &orders)).transpose()?;
    Ok(Slice { items, next })
}

/// Counts the rows of a specification.
pub fn count<E: Entity>(reader: &mut Reader<'_>, specification: &Specification<E>) -> Result<i64> {
    let condition = specification.condition_for(reader.user());
    Ok(E::count(reader.connection(), condition.as_ref())?)
}

/// Returns true if a specification has any row.
pub fn exists<E: Entity>(
    reader: &mut Reader<'_>,
    specification: &Specification<E>,
) -> Result<bool> {
    let condition = specification.condition_for(reader.user());
    Ok(E::exists(reader.connection(), condition.as_ref())?)
}

/// Calls `each` with one row of a specification after the other, until it breaks.
///
/// One row is in memory at a time if an index has the order of the specification; otherwise SQLite sorts the rows
/// first.
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

/// Calls `each` with all rows of a table by id, whoever may see them, until it breaks.
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
    limit: Option<u32>,
    offset: Option<i64>,
) -> Result<Vec<E>> {
    let orders = specification.total_order()?;
    let condition = specification.condition_for(reader.user());
    let conditions: Vec<_> = condition.iter().chain(behind).collect();
    let selection = Selection {
        conditions: &conditions,
        orders: &orders,
        limit: limit.map(i64::from),
        offset,
    };
    let (mut rows, mut size, mut refused) = (Vec::new(), AnswerSize::default(), None);
    E::for_each(reader.connection(), &selection, &mut |row| {
        refused = size.add(&row).err();
        match refused {
            Some(_) => ControlFlow::Break(()),
            None => {
                rows.push(row);
                ControlFlow::Continue(())
            }
        }
    })?;
    refused.map_or(Ok(rows), Err)
}
