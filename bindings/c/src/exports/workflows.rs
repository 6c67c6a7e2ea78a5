//! Workflows: their versions, and starting them.

use kernel::services::tasks::{self, TreeOf};
use kernel::services::workflows;

use crate::abi::prelude::*;

/// Publishes a version of a workflow, which is the active one from then on. Those before stay.
///
/// `workflow` is a JSON object: Name (1 to 255 characters, the same for all versions) and
/// Definition; optional Description, Version (semantic and greater than those that are there; the
/// next minor one where there is none), InputSchema and OutputSchema (JSON schemas), Category, Tags
/// (an array of texts), Author, IsPublic, ChangeLog.
///
/// Definition is an object with stages and optional repository. A stage is an object with name and
/// tasks, and optional description, dependsOn (names of stages; the one before where it is absent),
/// onFailure (fail, continue or retry) and retries. A task is an object with command, and optional
/// description, repository, agent, priority and retries. Command, repository and agent may have
/// placeholders for values of the input: their names in two pairs of braces.
///
/// `published` receives the version as orchestra_workflow_get() gives it; it may be NULL. Free it
/// with orchestra_buffer_free(). ORCHESTRA_INVALID_ARGUMENT names the place at fault, such as
/// Definition.stages[1].dependsOn[0]; ORCHESTRA_CONFLICT: the version is not greater than those
/// that are there.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_workflow_publish(
    store: *const orchestra_store,
    workflow: *const u8,
    workflow_len: usize,
    published: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(workflows.publish writes [InvalidArgument, Conflict]; error;
          borrow store, json workflow + workflow_len -> optional published => {
        published.set_json(&store.write(move |uow| workflows::publish(uow, &workflow))?)?;
    })
}

/// Makes a version the one that orchestra_workflow_start() starts; the one that was is no longer.
///
/// `workflow` receives the version; it may be NULL. Free it with orchestra_buffer_free().
/// ORCHESTRA_NOT_FOUND: there is no such version.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_workflow_activate(
    store: *const orchestra_store,
    id: *const u8,
    id_len: usize,
    workflow: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(workflows.activate writes [NotFound]; error;
          borrow store, id id + id_len -> optional workflow => {
        workflow.set_json(&store.write(move |uow| workflows::activate(uow, &id))?)?;
    })
}

/// Looks a version of a workflow up.
///
/// `workflow` receives a JSON object with all columns of the table WorkflowDefinitions under their
/// names. Free it with orchestra_buffer_free(). ORCHESTRA_NOT_FOUND: there is no such version.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_workflow_get(
    store: *const orchestra_store,
    id: *const u8,
    id_len: usize,
    workflow: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(workflows.get reads [NotFound]; error;
          borrow store, id id + id_len -> required workflow => {
        workflow.set_json(&store.read(|reader| workflows::get_definition(reader, &id))?)?;
    })
}

/// Looks the active version of the workflow with this name up.
///
/// `workflow` receives the version as orchestra_workflow_get() gives it. Free it with
/// orchestra_buffer_free(). ORCHESTRA_NOT_FOUND: there is no active one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_workflow_get_active(
    store: *const orchestra_store,
    name: *const u8,
    name_len: usize,
    workflow: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(workflows.get_active reads [NotFound]; error;
          borrow store, text name + name_len -> required workflow => {
        workflow.set_json(&store.read(|reader| workflows::active(reader, name))?)?;
    })
}

/// Lists the active version of each workflow, by name.
///
/// `workflows` receives a JSON array of versions. Free it with orchestra_buffer_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_workflow_list_active(
    store: *const orchestra_store,
    workflows: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(workflows.list_active reads; error; borrow store -> required workflows => {
        workflows.set_json(&store.read(workflows::list_active)?)?;
    })
}

/// Lists all versions of the workflow with this name, the newest first; PreviousVersionId of each
/// is the one that it followed.
///
/// `workflows` receives a JSON array of versions, empty where the name isn't known. Free it with
/// orchestra_buffer_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_workflow_history(
    store: *const orchestra_store,
    name: *const u8,
    name_len: usize,
    workflows: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(workflows.history reads; error;
          borrow store, text name + name_len -> required workflows => {
        workflows.set_json(&store.read(|reader| workflows::history(reader, name))?)?;
    })
}

/// Starts an execution of a version of a workflow that is active: checks the input and puts the
/// tasks of all stages into the queue, where those of a stage wait for those of the stages that it
/// depends on.
///
/// `start` is a JSON object with any of Id (a new one is made where there is none; a second start
/// with the same is ORCHESTRA_ALREADY_EXISTS), InputParameters (an object), RepositoryPath (of
/// tasks whose definition names none), Priority, CorrelationId, QueueName, TriggerType,
/// ParentExecutionId; NULL for none of them.
///
/// `execution` receives the execution as orchestra_execution_get() gives it; it may be NULL. Free
/// it with orchestra_buffer_free(). ORCHESTRA_INVALID_ARGUMENT: the input isn't what the schema
/// asks for, or has no value for a placeholder; ORCHESTRA_CONFLICT: the version isn't the active
/// one; ORCHESTRA_NOT_FOUND: there is no such version.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_workflow_start(
    store: *const orchestra_store,
    id: *const u8,
    id_len: usize,
    start: *const u8,
    start_len: usize,
    execution: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(workflows.start writes [AlreadyExists, InvalidArgument, Conflict, NotFound]; error;
          borrow store, id id + id_len, json_or_default start + start_len -> optional execution => {
        execution.set_json(&store.write(move |uow| workflows::start(uow, &id, &start))?)?;
    })
}

/// Shows the tasks of all executions of a version of a workflow, as orchestra_execution_task_tree()
/// does for one. Tasks that belong to the version but to no execution come first.
///
/// `tree` receives a JSON object with Executions. Free it with orchestra_buffer_free().
/// ORCHESTRA_NOT_FOUND: there is no such version; ORCHESTRA_INVALID_ARGUMENT: it has more than
/// 10000 tasks.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_workflow_task_tree(
    store: *const orchestra_store,
    id: *const u8,
    id_len: usize,
    tree: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(workflows.task_tree reads [NotFound, InvalidArgument]; error;
          borrow store, id id + id_len -> required tree => {
        tree.set_json(
            &store.read(|reader| tasks::workflow_tree(reader, &TreeOf::Definition(id)))?,
        )?;
    })
}
