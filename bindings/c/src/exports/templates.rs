//! Templates: chains of commands with parameters.

use kernel::services::templates::{self, Instantiation, NewTemplate};

use crate::abi::boundary::boundary;
use crate::abi::buffer::orchestra_buffer;
use crate::abi::error::orchestra_error;
use crate::abi::handle;
use crate::abi::output::Output;
use crate::abi::status::orchestra_status;
use crate::abi::text::text;
use crate::exports::store::orchestra_store;

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
    // SAFETY: the header asks for this of the caller.
    let (store, new, published, error) = unsafe {
        (
            handle::borrow(store),
            text("definition", definition, definition_len),
            Output::new(published),
            Output::new(error),
        )
    };
    boundary(error, || {
        let published = published.optional("published")?;
        let new: NewTemplate = new.json()?;
        published.set_json(&store?.write(|uow| templates::publish(uow, &new))?)
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
    // SAFETY: the header asks for this of the caller.
    let (store, id, version, error) = unsafe {
        (
            handle::borrow(store),
            text("id", id, id_len),
            Output::new(version),
            Output::new(error),
        )
    };
    boundary(error, || {
        let version = version.optional("version")?;
        let id = id.id()?;
        version.set_json(&store?.write(|uow| templates::activate(uow, &id))?)
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
    // SAFETY: the header asks for this of the caller.
    let (store, id, version, error) = unsafe {
        (
            handle::borrow(store),
            text("id", id, id_len),
            Output::new(version),
            Output::new(error),
        )
    };
    boundary(error, || {
        let version = version.required("version")?;
        let id = id.id()?;
        version.set_json(&store?.read(|reader| templates::get(reader, &id))?)
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
    // SAFETY: the header asks for this of the caller.
    let (store, name, version, error) = unsafe {
        (
            handle::borrow(store),
            text("name", name, name_len),
            Output::new(version),
            Output::new(error),
        )
    };
    boundary(error, || {
        let version = version.required("version")?;
        let name = name.required()?;
        version.set_json(&store?.read(|reader| templates::active(reader, name))?)
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
    // SAFETY: the header asks for this of the caller.
    let (store, category, list, error) = unsafe {
        (
            handle::borrow(store),
            text("category_id", category_id, category_id_len),
            Output::new(templates),
            Output::new(error),
        )
    };
    boundary(error, || {
        let list = list.required("templates")?;
        let category = category.optional_id()?;
        list.set_json(&store?.read(|reader| templates::list(reader, category.as_ref()))?)
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
    // SAFETY: the header asks for this of the caller.
    let (store, id, with, tasks, error) = unsafe {
        (
            handle::borrow(store),
            text("id", id, id_len),
            text("instantiation", instantiation, instantiation_len),
            Output::new(tasks),
            Output::new(error),
        )
    };
    boundary(error, || {
        let tasks = tasks.optional("tasks")?;
        let id = id.id()?;
        let with: Instantiation = with.json_or_default()?;
        tasks.set_json(&store?.write(|uow| templates::instantiate(uow, &id, &with))?)
    })
}
