//! Templates: chains of commands with parameters.

use kernel::services::templates;

use crate::abi::prelude::*;

/// Publishes a version of a template of tasks, which is the active one from then on. Those before
/// stay.
///
/// `definition` is a JSON object: Name (1 to 255 characters, the same for all versions) and
/// Definition; optional Description, Category, CategoryId, Version (semantic and greater than those
/// that are there; the next minor one where there is none), Tags (an array of texts), IsPublic.
///
/// Definition is an object with steps and optional parameters. A step is what a task of
/// orchestra_workflow_publish() is. Parameters is an object by name: type (string, number, integer
/// or boolean), and optional description, default, required.
///
/// `published` receives the version as orchestra_definitionget() gives it; it may be NULL. Free it
/// with orchestra_buffer_free(). ORCHESTRA_INVALID_ARGUMENT names the place at fault, such as
/// Definition.steps[0].command; ORCHESTRA_CONFLICT: the version is not greater than those that are
/// there; ORCHESTRA_NOT_FOUND: there is no such category.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_template_publish(
    store: *const orchestra_store,
    definition: *const u8,
    definition_len: usize,
    published: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(templates.publish writes [InvalidArgument, Conflict, NotFound]; error;
          borrow store, json definition + definition_len -> optional published => {
        published.set_json(&store.write(move |uow| templates::publish(uow, &definition))?)?;
    })
}

/// Makes a version of a template the active one; the one that was is no longer.
///
/// `version` receives the version; it may be NULL. Free it with orchestra_buffer_free().
/// ORCHESTRA_NOT_FOUND: there is no such version.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_template_activate(
    store: *const orchestra_store,
    id: *const u8,
    id_len: usize,
    version: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(templates.activate writes [NotFound]; error;
          borrow store, id id + id_len -> optional version => {
        version.set_json(&store.write(move |uow| templates::activate(uow, &id))?)?;
    })
}

/// Looks a version of a template up.
///
/// `version` receives a JSON object with all columns of the table TaskTemplates under their names.
/// Free it with orchestra_buffer_free(). ORCHESTRA_NOT_FOUND: there is no such version.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_template_get(
    store: *const orchestra_store,
    id: *const u8,
    id_len: usize,
    version: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(templates.get reads [NotFound]; error;
          borrow store, id id + id_len -> required version => {
        version.set_json(&store.read(|reader| templates::get(reader, &id))?)?;
    })
}

/// Looks the active version of the template with this name up.
///
/// `version` receives the version as orchestra_template_get() gives it. Free it with
/// orchestra_buffer_free(). ORCHESTRA_NOT_FOUND: there is no active one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_template_get_active(
    store: *const orchestra_store,
    name: *const u8,
    name_len: usize,
    version: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(templates.get_active reads [NotFound]; error;
          borrow store, text name + name_len -> required version => {
        version.set_json(&store.read(|reader| templates::active(reader, name))?)?;
    })
}

/// Lists the active version of each template, by name: all for NULL, otherwise those of a category
/// and what is in it.
///
/// `templates` receives a JSON array of versions. Free it with orchestra_buffer_free().
/// ORCHESTRA_NOT_FOUND: there is no such category.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_template_list(
    store: *const orchestra_store,
    category_id: *const u8,
    category_id_len: usize,
    templates: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(templates.list reads [NotFound]; error;
          borrow store, optional_id category_id + category_id_len -> required templates => {
        templates.set_json(&store.read(|reader| templates::list(reader, category_id.as_ref()))?)?;
    })
}

/// Puts the steps of an active template into the queue as a chain: each waits for the one before.
/// All or none.
///
/// `instantiation` is a JSON object with any of Parameters (an object by name), RepositoryPath (of
/// steps that name none), AgentId, Priority, CorrelationId, QueueName, OnFailure (Block or Cancel:
/// what becomes of the steps behind one that fails); NULL for none of them.
///
/// `tasks` receives a JSON array of the tasks in their order; it may be NULL. Free it with
/// orchestra_buffer_free(). ORCHESTRA_INVALID_ARGUMENT names a parameter that is missing, unknown
/// or of another type, such as Parameters.branch; ORCHESTRA_CONFLICT: the version isn't the active
/// one; ORCHESTRA_NOT_FOUND: there is no such version.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_template_instantiate(
    store: *const orchestra_store,
    id: *const u8,
    id_len: usize,
    instantiation: *const u8,
    instantiation_len: usize,
    tasks: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(templates.instantiate writes [InvalidArgument, Conflict, NotFound]; error; borrow store,
          id id + id_len, json_or_default instantiation + instantiation_len -> optional tasks => {
        tasks
            .set_json(&store.write(move |uow| templates::instantiate(uow, &id, &instantiation))?)?;
    })
}
