//! Adding and changing rows of any entity.

use crate::abi::prelude::*;

/// Adds a row to an entity.
///
/// `row` is a JSON object with columns of the table, such as `{"UserName": "ann"}`. Left out may be:
/// Id (a new one is made), what may be null or has a default. What operations or the store write, such as
/// Status, CreatedAt or RowVersion, has to be left out, or to be as if nobody had set it (0, null, the
/// year 1). A row that an operation adds is added by it: a task is enqueued, an execution started, a
/// dependency added.
///
/// `inserted` receives the row as it is then; it may be NULL. Free it with orchestra_buffer_free().
/// ORCHESTRA_INVALID_ARGUMENT names the column that is unknown, missing, or doesn't take its value,
/// such as the UserId of another user's preference;
/// ORCHESTRA_ALREADY_EXISTS: the id or a unique value is there; ORCHESTRA_CONSTRAINT_VIOLATION: it
/// refers to a row that is not there. The errors of the operation come besides.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_entity_insert(
    store: *const orchestra_store,
    entity: i32,
    row: *const u8,
    row_len: usize,
    inserted: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(entities.insert writes [InvalidArgument, AlreadyExists, ConstraintViolation]; error;
          borrow store, entity entity, json row + row_len -> optional inserted => {
        inserted.set_json(&store.write(move |uow| entity.insert(uow, &row))?)?;
    })
}

/// Adds rows to an entity in one transaction: all or, when one fails, none.
///
/// `rows` is a JSON array of what orchestra_entity_insert() takes. `inserted` receives a JSON array
/// of the rows in the same order; it may be NULL. Free it with orchestra_buffer_free(). The details
/// of an error tell the Index of the row at fault, from 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_entity_insert_many(
    store: *const orchestra_store,
    entity: i32,
    rows: *const u8,
    rows_len: usize,
    inserted: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(entities.insert_many writes; error;
          borrow store, entity entity, json_array rows + rows_len -> optional inserted => {
        inserted.set_json(&store.write(move |uow| entity.insert_many(uow, &rows))?)?;
    })
}

/// Changes a row of an entity.
///
/// `row` is a JSON object with the Id and the columns to set, such as
/// `{"Id": "u1", "RowVersion": 3, "Email": null}`. RowVersion may be left out; where it is given and
/// somebody else changed the row since, that is ORCHESTRA_CONFLICT, and the details have the row as it
/// is now in Current. A row can be given back as it was read. A column that operations or the store
/// write, such as the Status of a task, is ORCHESTRA_INVALID_ARGUMENT if it differs, with the names of
/// the operations that change it; orchestra_entity_describe_all() has these columns, too.
///
/// `updated` receives the row as it is then; it may be NULL. Free it with orchestra_buffer_free().
/// ORCHESTRA_INVALID_ARGUMENT names the column at fault; ORCHESTRA_NOT_FOUND: there is no such row;
/// ORCHESTRA_READ_ONLY: rows of this entity are only added.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_entity_update(
    store: *const orchestra_store,
    entity: i32,
    row: *const u8,
    row_len: usize,
    updated: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(entities.update writes [Conflict, InvalidArgument, NotFound, ReadOnly]; error;
          borrow store, entity entity, json row + row_len -> optional updated => {
        updated.set_json(&store.write(move |uow| entity.update(uow, &row))?)?;
    })
}

/// Changes rows of an entity in one transaction: all or, when one fails, none.
///
/// `rows` is a JSON array of what orchestra_entity_update() takes. `updated` receives a JSON array of
/// the rows in the same order; it may be NULL. Free it with orchestra_buffer_free(). The details of an
/// error tell the Index of the row at fault, from 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_entity_update_many(
    store: *const orchestra_store,
    entity: i32,
    rows: *const u8,
    rows_len: usize,
    updated: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(entities.update_many writes; error;
          borrow store, entity entity, json_array rows + rows_len -> optional updated => {
        updated.set_json(&store.write(move |uow| entity.update_many(uow, &rows))?)?;
    })
}

/// Sets columns of all rows of an entity that a document describes, in one transaction: of all or,
/// when one can't be changed, of none.
///
/// `document` is as orchestra_entity_count() takes it, but has to be given: `{}` is for all rows.
/// `changes` is a JSON object with the columns to set, such as `{"Email": null, "IsActive": false}`, or with
/// what to compute from the value before, such as `{"MaxRetries": {"add": 1}}`: add, multiply, append or ifNull
/// (docs/queries.md). One that operations or the store write is ORCHESTRA_INVALID_ARGUMENT;
/// ORCHESTRA_OVERFLOW: a result doesn't fit into its column. `count` receives how many rows this changed; it may
/// be NULL. The other errors are those of orchestra_entity_update().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_entity_bulk_update(
    store: *const orchestra_store,
    entity: i32,
    document: *const u8,
    document_len: usize,
    changes: *const u8,
    changes_len: usize,
    count: *mut i64,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(entities.bulk_update writes [InvalidArgument, Overflow]; error;
          borrow store, entity entity, json document + document_len,
          json changes + changes_len -> optional count => {
        count.set_count(store.write_alone(|uow| entity.bulk_update(uow, &document, &changes))?);
    })
}
