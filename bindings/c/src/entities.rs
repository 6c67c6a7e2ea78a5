//! The operations that every entity has.

use kernel::query::Aggregate;
use kernel::registry;
use kernel::{Error, Result};
use serde_json::{Map, Value};

use crate::boundary::boundary;
use crate::buffer::orchestra_buffer;
use crate::error::orchestra_error;
use crate::handle;
use crate::json::borrowed;
use crate::output::Output;
use crate::status::orchestra_status;
use crate::store::orchestra_store;
use crate::text::{Text, text};

/// The table Agents; a deleted row is only marked, and can be restored.
pub const ORCHESTRA_ENTITY_AGENTS: i32 = 1;
/// The table AgentSessions.
pub const ORCHESTRA_ENTITY_AGENT_SESSIONS: i32 = 2;
/// The table ApprovalRequests.
pub const ORCHESTRA_ENTITY_APPROVAL_REQUESTS: i32 = 3;
/// The table AuditLogs; rows are only added.
pub const ORCHESTRA_ENTITY_AUDIT_LOGS: i32 = 4;
/// The table ChatMessages.
pub const ORCHESTRA_ENTITY_CHAT_MESSAGES: i32 = 5;
/// The table ChatSessions.
pub const ORCHESTRA_ENTITY_CHAT_SESSIONS: i32 = 6;
/// The table Repositories.
pub const ORCHESTRA_ENTITY_REPOSITORIES: i32 = 7;
/// The table ErrorLogs; rows are only added.
pub const ORCHESTRA_ENTITY_ERROR_LOGS: i32 = 8;
/// The table OrchestrationLogs; rows are only added.
pub const ORCHESTRA_ENTITY_ORCHESTRATION_LOGS: i32 = 9;
/// The table PerformanceMetrics.
pub const ORCHESTRA_ENTITY_PERFORMANCE_METRICS: i32 = 10;
/// The table Tasks.
pub const ORCHESTRA_ENTITY_TASKS: i32 = 11;
/// The table TaskTemplates.
pub const ORCHESTRA_ENTITY_TASK_TEMPLATES: i32 = 12;
/// The table TemplateCategories.
pub const ORCHESTRA_ENTITY_TEMPLATE_CATEGORIES: i32 = 13;
/// The table Users.
pub const ORCHESTRA_ENTITY_USERS: i32 = 14;
/// The table UserPreferences; a user sees its own.
pub const ORCHESTRA_ENTITY_USER_PREFERENCES: i32 = 15;
/// The table WorkflowDefinitions.
pub const ORCHESTRA_ENTITY_WORKFLOW_DEFINITIONS: i32 = 16;
/// The table WorkflowExecutions.
pub const ORCHESTRA_ENTITY_WORKFLOW_EXECUTIONS: i32 = 17;
/// The table TaskDependencies.
pub const ORCHESTRA_ENTITY_TASK_DEPENDENCIES: i32 = 18;
/// The table QueuePauses.
pub const ORCHESTRA_ENTITY_QUEUE_PAUSES: i32 = 19;

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
    // SAFETY: the header asks for this of the caller.
    let (store, id, row, error) = unsafe {
        (
            handle::borrow(store),
            text("id", id, id_len),
            Output::new(row),
            Output::new(error),
        )
    };
    boundary(error, || {
        let row = row.required("row")?;
        let (entity, id) = (registry::by_number(entity)?, checked_id(id)?);
        row.set_json(&store?.read(|reader| entity.get(reader, &id))?)
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
    // SAFETY: the header asks for this of the caller.
    let (store, document, rows, error) = unsafe {
        (
            handle::borrow(store),
            text("document", document, document_len),
            Output::new(rows),
            Output::new(error),
        )
    };
    boundary(error, || {
        let rows = rows.required("rows")?;
        let (entity, document) = (registry::by_number(entity)?, document_or_all(document)?);
        rows.set_json(&store?.read(|reader| entity.query(reader, &document))?)
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
        let count = count.required("count")?;
        let (entity, document) = (registry::by_number(entity)?, document_or_all(document)?);
        count.set(store?.read(|reader| entity.count(reader, &document))?);
        Ok(())
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
    // SAFETY: the header asks for this of the caller.
    let (store, document, exists, error) = unsafe {
        (
            handle::borrow(store),
            text("document", document, document_len),
            Output::new(exists),
            Output::new(error),
        )
    };
    boundary(error, || {
        let exists = exists.required("exists")?;
        let (entity, document) = (registry::by_number(entity)?, document_or_all(document)?);
        let found = store?.read(|reader| entity.exists(reader, &document))?;
        exists.set(found.into());
        Ok(())
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
    // SAFETY: the header asks for this of the caller.
    let (store, column, document, value, error) = unsafe {
        (
            handle::borrow(store),
            text("column", column, column_len),
            text("document", document, document_len),
            Output::new(value),
            Output::new(error),
        )
    };
    boundary(error, || {
        let value = value.required("value")?;
        let (entity, function) = (registry::by_number(entity)?, parse_function(function)?);
        let (column, document) = (column.required()?, document_or_all(document)?);
        let found = store?.read(|reader| entity.aggregate(reader, &document, function, column))?;
        value.set_json(&found)
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

/// Adds a row to an entity.
///
/// `row` is a JSON object with columns of the table, such as `{"UserName": "ann"}`. Left out may be:
/// Id (a new one is made), what may be null or has a default; CreatedAt, CreatedBy, UpdatedAt,
/// UpdatedBy and RowVersion are the store's.
///
/// `inserted` receives the row as it is then; it may be NULL. Free it with orchestra_buffer_free().
/// ORCHESTRA_INVALID_ARGUMENT names the column that is unknown, missing, or doesn't take its value;
/// ORCHESTRA_ALREADY_EXISTS: the id or a unique value is there; ORCHESTRA_CONSTRAINT_VIOLATION: it
/// refers to a row that is not there.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_entity_insert(
    store: *const orchestra_store,
    entity: i32,
    row: *const u8,
    row_len: usize,
    inserted: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    // SAFETY: the header asks for this of the caller.
    let (store, row, inserted, error) = unsafe {
        (
            handle::borrow(store),
            text("row", row, row_len),
            Output::new(inserted),
            Output::new(error),
        )
    };
    boundary(error, || {
        let inserted = inserted.optional("inserted")?;
        let (entity, row): (_, Value) = (registry::by_number(entity)?, row.json()?);
        inserted.set_json(&store?.write(|uow| entity.insert(uow, &row))?)
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
    // SAFETY: the header asks for this of the caller.
    let (store, rows, inserted, error) = unsafe {
        (
            handle::borrow(store),
            text("rows", rows, rows_len),
            Output::new(inserted),
            Output::new(error),
        )
    };
    boundary(error, || {
        let inserted = inserted.optional("inserted")?;
        let (entity, rows): (_, Vec<Value>) = (registry::by_number(entity)?, rows.json_array()?);
        inserted.set_json(&store?.write(|uow| entity.insert_many(uow, &rows))?)
    })
}

/// Changes a row of an entity.
///
/// `row` is a JSON object with the Id and the columns to set, such as
/// `{"Id": "u1", "RowVersion": 3, "Email": null}`. RowVersion may be left out; where it is given and
/// somebody else changed the row since, that is ORCHESTRA_CONFLICT, and the details have the row as it
/// is now in Current. A row can be given back as it was read: what only the store writes is passed
/// over.
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
    // SAFETY: the header asks for this of the caller.
    let (store, row, updated, error) = unsafe {
        (
            handle::borrow(store),
            text("row", row, row_len),
            Output::new(updated),
            Output::new(error),
        )
    };
    boundary(error, || {
        let updated = updated.optional("updated")?;
        let (entity, row): (_, Value) = (registry::by_number(entity)?, row.json()?);
        updated.set_json(&store?.write(|uow| entity.update(uow, &row))?)
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
    // SAFETY: the header asks for this of the caller.
    let (store, rows, updated, error) = unsafe {
        (
            handle::borrow(store),
            text("rows", rows, rows_len),
            Output::new(updated),
            Output::new(error),
        )
    };
    boundary(error, || {
        let updated = updated.optional("updated")?;
        let (entity, rows): (_, Vec<Value>) = (registry::by_number(entity)?, rows.json_array()?);
        updated.set_json(&store?.write(|uow| entity.update_many(uow, &rows))?)
    })
}

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
        let (entity, id) = (registry::by_number(entity)?, checked_id(id)?);
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
        count.set(number(store?.write(|uow| entity.delete_many(uow, &ids))?));
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
        let (entity, id) = (registry::by_number(entity)?, checked_id(id)?);
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
        let (entity, id) = (registry::by_number(entity)?, checked_id(id)?);
        restored.set_json(&store?.write(|uow| entity.restore(uow, &id))?)
    })
}

/// Sets columns of all rows of an entity that a document describes, in one transaction: of all or,
/// when one can't be changed, of none.
///
/// `document` is as orchestra_entity_count() takes it, but has to be given: `{}` is for all rows.
/// `changes` is a JSON object with the columns to set, such as `{"Email": null, "IsActive": false}`;
/// one that the store itself writes is ORCHESTRA_INVALID_ARGUMENT. `count` receives how many rows this
/// changed; it may be NULL. The other errors are those of orchestra_entity_update().
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
    // SAFETY: the header asks for this of the caller.
    let (store, document, changes, count, error) = unsafe {
        (
            handle::borrow(store),
            text("document", document, document_len),
            text("changes", changes, changes_len),
            Output::new(count),
            Output::new(error),
        )
    };
    boundary(error, || {
        let count = count.optional("count")?;
        let entity = registry::by_number(entity)?;
        let (document, changes): (Value, Value) = (document.json()?, changes.json()?);
        let changed = store?.write(|uow| entity.bulk_update(uow, &document, &changes))?;
        count.set(number(changed));
        Ok(())
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
        count.set(number(deleted));
        Ok(())
    })
}

/// An id of any entity, refused under the name of the argument.
fn checked_id(id: Text<'_>) -> Result<String> {
    id.id::<()>().map(|id| id.as_str().to_owned())
}

/// A document, or for NULL the one that describes all rows.
pub(crate) fn document_or_all(document: Text<'_>) -> Result<Value> {
    document.json_or_default::<Map<_, _>>().map(Value::Object)
}

fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_entities_are_those_of_the_kernel() {
        let ours = [
            (ORCHESTRA_ENTITY_AGENTS, "Agents"),
            (ORCHESTRA_ENTITY_AGENT_SESSIONS, "AgentSessions"),
            (ORCHESTRA_ENTITY_APPROVAL_REQUESTS, "ApprovalRequests"),
            (ORCHESTRA_ENTITY_AUDIT_LOGS, "AuditLogs"),
            (ORCHESTRA_ENTITY_CHAT_MESSAGES, "ChatMessages"),
            (ORCHESTRA_ENTITY_CHAT_SESSIONS, "ChatSessions"),
            (ORCHESTRA_ENTITY_REPOSITORIES, "Repositories"),
            (ORCHESTRA_ENTITY_ERROR_LOGS, "ErrorLogs"),
            (ORCHESTRA_ENTITY_ORCHESTRATION_LOGS, "OrchestrationLogs"),
            (ORCHESTRA_ENTITY_PERFORMANCE_METRICS, "PerformanceMetrics"),
            (ORCHESTRA_ENTITY_TASKS, "Tasks"),
            (ORCHESTRA_ENTITY_TASK_TEMPLATES, "TaskTemplates"),
            (ORCHESTRA_ENTITY_TEMPLATE_CATEGORIES, "TemplateCategories"),
            (ORCHESTRA_ENTITY_USERS, "Users"),
            (ORCHESTRA_ENTITY_USER_PREFERENCES, "UserPreferences"),
            (ORCHESTRA_ENTITY_WORKFLOW_DEFINITIONS, "WorkflowDefinitions"),
            (ORCHESTRA_ENTITY_WORKFLOW_EXECUTIONS, "WorkflowExecutions"),
            (ORCHESTRA_ENTITY_TASK_DEPENDENCIES, "TaskDependencies"),
            (ORCHESTRA_ENTITY_QUEUE_PAUSES, "QueuePauses"),
        ];
        let entities = registry::entities().iter();
        let kernels: Vec<_> = entities.map(|e| (e.number(), e.name())).collect();
        assert_eq!(kernels, ours);
    }
}
