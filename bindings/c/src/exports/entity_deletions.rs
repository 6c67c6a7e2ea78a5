//! Deleting rows of any entity, and taking that back.

use crate::abi::json::borrowed;
use crate::abi::prelude::*;

/// Deletes a row of an entity: marks it as deleted where the table has IsDeleted, so that
/// orchestra_entity_restore() brings it back; elsewhere for good.
///
/// ORCHESTRA_NOT_FOUND: there is no such row; ORCHESTRA_READ_ONLY: rows of this entity are only added;
/// ORCHESTRA_CONSTRAINT_VIOLATION: other rows refer to it. An open task is cancelled first.
/// ORCHESTRA_CONFLICT: it is at work: a leased task, one of an execution that hasn't ended, such an
/// execution, an agent that holds tasks.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_entity_delete(
    store: *const orchestra_store,
    entity: i32,
    id: *const u8,
    id_len: usize,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(entities.delete writes [NotFound, ReadOnly, ConstraintViolation, Conflict]; error;
          borrow store, entity entity, any_id id + id_len => {
        store.write(move |uow| entity.delete(uow, &id))?;
    })
}

/// Deletes a row of an entity as orchestra_entity_delete() does, if it still has the RowVersion that it was read
/// with. ORCHESTRA_CONFLICT: somebody else changed it since; the details have the row as it is now in Current.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_entity_delete_unchanged(
    store: *const orchestra_store,
    entity: i32,
    id: *const u8,
    id_len: usize,
    row_version: i64,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(entities.delete_unchanged writes [Conflict]; error;
          borrow store, entity entity, any_id id + id_len => {
        store.write(move |uow| entity.delete_unchanged(uow, &id, row_version))?;
    })
}

/// Deletes a row of an entity and all below it, such as a task with its subtasks and theirs, in one transaction, as
/// orchestra_entity_delete() does each: all or, when one can't be deleted, none.
///
/// `count` receives how many there were; it may be NULL. ORCHESTRA_INVALID_ARGUMENT: rows of this entity have none
/// below them; ORCHESTRA_CONSTRAINT_VIOLATION: another row still refers to one of them, and the message says which.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_entity_delete_subtree(
    store: *const orchestra_store,
    entity: i32,
    id: *const u8,
    id_len: usize,
    count: *mut i64,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(entities.delete_subtree writes [InvalidArgument, ConstraintViolation]; error;
          borrow store, entity entity, any_id id + id_len -> optional count => {
        count.set_count(store.write_alone(|uow| entity.delete_subtree(uow, &id))?);
    })
}

/// Deletes rows of an entity as orchestra_entity_delete() does, in one transaction: all or, when one
/// fails, none. Rows that refer to each other may come in any order.
///
/// `ids` is a JSON array, such as `["u1", "u2"]`. `count` receives how many there were; it may be
/// NULL. The details of an error tell the Index of the id at fault, from 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_entity_delete_many(
    store: *const orchestra_store,
    entity: i32,
    ids: *const u8,
    ids_len: usize,
    count: *mut i64,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(entities.delete_many writes; error;
          borrow store, entity entity, json_texts ids + ids_len -> optional count => {
        count.set_count(store.write(move |uow| entity.delete_many(uow, &borrowed(&ids)))?);
    })
}

/// Deletes a row of an entity for good, marked as deleted or not, with the rows that depend on it as
/// the schema says. The errors are those of orchestra_entity_delete().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_entity_hard_delete(
    store: *const orchestra_store,
    entity: i32,
    id: *const u8,
    id_len: usize,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(entities.hard_delete writes; error; borrow store, entity entity, any_id id + id_len => {
        store.write(move |uow| entity.hard_delete(uow, &id))?;
    })
}

/// Takes back that a row was marked as deleted; one that wasn't stays as it is.
///
/// `restored` receives the row as it is then; it may be NULL. Free it with orchestra_buffer_free().
/// ORCHESTRA_NOT_FOUND: there is no such row; ORCHESTRA_MISUSE: the entity's rows are deleted for
/// good; ORCHESTRA_READ_ONLY: rows of this entity are only added.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_entity_restore(
    store: *const orchestra_store,
    entity: i32,
    id: *const u8,
    id_len: usize,
    restored: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(entities.restore writes [NotFound, Misuse, ReadOnly]; error;
          borrow store, entity entity, any_id id + id_len -> optional restored => {
        restored.set_json(&store.write(move |uow| entity.restore(uow, &id))?)?;
    })
}

/// Deletes all rows of an entity that a document describes, as orchestra_entity_delete() does, in one
/// transaction: all or, when one can't be deleted, none. Rows that refer to each other, such as tasks and
/// their subtasks, are deleted together.
///
/// `document` is as orchestra_entity_count() takes it, but has to be given: `{}` is for all rows.
/// `count` receives how many there were; it may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_entity_bulk_delete(
    store: *const orchestra_store,
    entity: i32,
    document: *const u8,
    document_len: usize,
    count: *mut i64,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(entities.bulk_delete writes; error;
          borrow store, entity entity, json document + document_len -> optional count => {
        count.set_count(store.write_alone(|uow| entity.bulk_delete(uow, &document))?);
    })
}

/// Deletes all rows of an entity that a document describes for good, as orchestra_entity_hard_delete() does, in
/// one transaction: all or, when one can't be deleted, none. Rows that are marked as deleted are among them if the
/// document says `"withDeleted": true`.
///
/// `document` has to be given: `{"withDeleted": true}` is for all rows. `count` receives how many there were; it may
/// be NULL. A log isn't emptied so: ORCHESTRA_READ_ONLY.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_entity_bulk_hard_delete(
    store: *const orchestra_store,
    entity: i32,
    document: *const u8,
    document_len: usize,
    count: *mut i64,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(entities.bulk_hard_delete writes [ReadOnly]; error;
          borrow store, entity entity, json document + document_len -> optional count => {
        count.set_count(store.write_alone(|uow| entity.bulk_hard_delete(uow, &document))?);
    })
}
