//! Deleting rows of any entity, and taking that back.

use kernel::registry;
use serde_json::Value;

use crate::abi::boundary::boundary;
use crate::abi::buffer::orchestra_buffer;
use crate::abi::error::orchestra_error;
use crate::abi::handle;
use crate::abi::json::borrowed;
use crate::abi::output::Output;
use crate::abi::status::orchestra_status;
use crate::abi::text::text;
use crate::exports::store::orchestra_store;

/// Deletes a row of an entity: marks it as deleted where the table has IsDeleted, so that
/// orchestra_entity_restore() brings it back; elsewhere for good.
///
/// ORCHESTRA_NOT_FOUND: there is no such row; ORCHESTRA_READ_ONLY: rows of this entity are only added;
/// ORCHESTRA_CONSTRAINT_VIOLATION: other rows refer to it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_entity_delete(
    store: *const orchestra_store,
    entity: i32,
    id: *const u8,
    id_len: usize,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    // SAFETY: the header asks for this of the caller.
    let (store, id, error) = unsafe {
        (
            handle::borrow(store),
            text("id", id, id_len),
            Output::new(error),
        )
    };
    boundary(error, || {
        let (entity, id) = (registry::by_number(entity)?, id.any_id()?);
        store?.write(|uow| entity.delete(uow, &id)).map(drop)
    })
}

/// Deletes rows of an entity as orchestra_entity_delete() does, in one transaction: all or, when one
/// fails, none.
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
    // SAFETY: the header asks for this of the caller.
    let (store, ids, count, error) = unsafe {
        (
            handle::borrow(store),
            text("ids", ids, ids_len),
            Output::new(count),
            Output::new(error),
        )
    };
    boundary(error, || {
        let count = count.optional("count")?;
        let (entity, ids) = (registry::by_number(entity)?, ids.json_texts()?);
        let ids = borrowed(&ids);
        count.set_count(store?.write(|uow| entity.delete_many(uow, &ids))?);
        Ok(())
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
    // SAFETY: the header asks for this of the caller.
    let (store, id, error) = unsafe {
        (
            handle::borrow(store),
            text("id", id, id_len),
            Output::new(error),
        )
    };
    boundary(error, || {
        let (entity, id) = (registry::by_number(entity)?, id.any_id()?);
        store?.write(|uow| entity.hard_delete(uow, &id)).map(drop)
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
    // SAFETY: the header asks for this of the caller.
    let (store, id, restored, error) = unsafe {
        (
            handle::borrow(store),
            text("id", id, id_len),
            Output::new(restored),
            Output::new(error),
        )
    };
    boundary(error, || {
        let restored = restored.optional("restored")?;
        let (entity, id) = (registry::by_number(entity)?, id.any_id()?);
        restored.set_json(&store?.write(|uow| entity.restore(uow, &id))?)
    })
}

/// Deletes all rows of an entity that a document describes, as orchestra_entity_delete() does, in one
/// transaction: all or, when one can't be deleted, none.
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
    // SAFETY: the header asks for this of the caller.
    let (store, document, count, error) = unsafe {
        (
            handle::borrow(store),
            text("document", document, document_len),
            Output::new(count),
            Output::new(error),
        )
    };
    boundary(error, || {
        let count = count.optional("count")?;
        let (entity, document): (_, Value) = (registry::by_number(entity)?, document.json()?);
        let deleted = store?.write(|uow| entity.bulk_delete(uow, &document))?;
        count.set_count(deleted);
        Ok(())
    })
}
