//! Reading the rows of any entity.

use kernel::query::Aggregate;
use kernel::{Error, Result};

use crate::abi::prelude::*;

/// The greatest value.
pub const ORCHESTRA_AGGREGATE_MAX: i32 = 1;
/// The least value.
pub const ORCHESTRA_AGGREGATE_MIN: i32 = 2;
/// The sum of numbers.
pub const ORCHESTRA_AGGREGATE_SUM: i32 = 3;
/// The mean of numbers.
pub const ORCHESTRA_AGGREGATE_AVERAGE: i32 = 4;

/// Looks a row of an entity up, one of ORCHESTRA_ENTITY_*. One that was deleted is
/// ORCHESTRA_NOT_FOUND.
///
/// `row` receives a JSON object with all columns of the table under their names. Free it with
/// orchestra_buffer_free(). Here and below, a number that is no entity is ORCHESTRA_INVALID_ARGUMENT
/// with the Column `entity`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_entity_get(
    store: *const orchestra_store,
    entity: i32,
    id: *const u8,
    id_len: usize,
    row: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(entities.get reads [NotFound, InvalidArgument]; error;
          borrow store, entity entity, any_id id + id_len -> required row => {
        row.set_json(&store.read(|reader| entity.get(reader, &id))?)?;
    })
}

/// Finds the rows of an entity that a document describes.
///
/// `document` is a JSON object, of which each part is optional; NULL is `{}`, for all rows:
///
///     {"where": {"Status": "Pending", "Priority": {"gte": "High"}},
///      "orderBy": [{"Priority": "desc"}, "CreatedAt"],
///      "include": ["Agent"],
///      "page": {"number": 1, "size": 50}}
///
/// Instead of `page`, `"after": null, "limit": 100` begins at the first row, and goes on with what
/// the last answer had in Next. A page has at most 1000 rows; without paging, all rows come. Deleted
/// rows come too with `"withDeleted": true`. docs/queries.md has the whole grammar.
///
/// `rows` receives a JSON object with the rows in Items, and TotalCount, TotalPages, PageNumber and
/// PageSize of a page, or Next behind a cursor. Free it with orchestra_buffer_free().
/// ORCHESTRA_INVALID_ARGUMENT has the place in the document as Column, such as
/// `where.Priority.gte`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_entity_query(
    store: *const orchestra_store,
    entity: i32,
    document: *const u8,
    document_len: usize,
    rows: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(entities.query reads [InvalidArgument]; error;
          borrow store, entity entity, document document + document_len -> required rows => {
        rows.set_json_text(store.read(|reader| entity.query_text(reader, &document))?);
    })
}

/// Counts the rows of an entity that a document describes, as orchestra_entity_query() takes it, but
/// without `include` and paging: `{"where": {"Status": "Pending"}}`. NULL counts all rows.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_entity_count(
    store: *const orchestra_store,
    entity: i32,
    document: *const u8,
    document_len: usize,
    count: *mut i64,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(entities.count reads; error;
          borrow store, entity entity, document document + document_len -> required count => {
        count.set(store.read(|reader| entity.count(reader, &document))?);
    })
}

/// Tells whether an entity has any row that a document describes, as orchestra_entity_count() takes
/// it. `exists` receives 1 or 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_entity_exists(
    store: *const orchestra_store,
    entity: i32,
    document: *const u8,
    document_len: usize,
    exists: *mut i32,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(entities.exists reads; error;
          borrow store, entity entity, document document + document_len -> required exists => {
        exists.set(
            store
                .read(|reader| entity.exists(reader, &document))?
                .into(),
        );
    })
}

/// Makes one value, as `function` of ORCHESTRA_AGGREGATE_* says, of a column over all rows that a
/// document describes, as orchestra_entity_count() takes it.
///
/// `value` receives it as JSON: `null` where no row has a value, a number, or a text in quotes. Free
/// it with orchestra_buffer_free(). ORCHESTRA_INVALID_ARGUMENT: there is no such function or column,
/// its values have no order, or they are to be added and are no numbers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_entity_aggregate(
    store: *const orchestra_store,
    entity: i32,
    function: i32,
    column: *const u8,
    column_len: usize,
    document: *const u8,
    document_len: usize,
    value: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(entities.aggregate reads [InvalidArgument]; error; borrow store, entity entity,
          text column + column_len, document document + document_len -> required value => {
        let function = parse_function(function)?;
        let found = store.read(|reader| entity.aggregate(reader, &document, function, column))?;
        value.set_json(&found)?;
    })
}

fn parse_function(number: i32) -> Result<Aggregate> {
    match number {
        ORCHESTRA_AGGREGATE_MAX => Ok(Aggregate::Max),
        ORCHESTRA_AGGREGATE_MIN => Ok(Aggregate::Min),
        ORCHESTRA_AGGREGATE_SUM => Ok(Aggregate::Sum),
        ORCHESTRA_AGGREGATE_AVERAGE => Ok(Aggregate::Average),
        _ => Err(Error::invalid(
            "function",
            format!("{number} is no aggregate"),
        )),
    }
}
