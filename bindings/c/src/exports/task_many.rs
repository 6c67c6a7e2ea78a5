//! Changing all tasks that meet a condition.

use kernel::query::Specification;
use kernel::services::tasks::{self, TaskChange};

use crate::abi::prelude::*;

/// Counts the tasks that orchestra_task_change_many() would try to change.
///
/// `count` receives the number. `change` and `document` are as there.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_task_count_changeable(
    store: *const orchestra_store,
    change: *const u8,
    change_len: usize,
    document: *const u8,
    document_len: usize,
    count: *mut i64,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(tasks.count_changeable reads; error; borrow store, json change + change_len,
          json document + document_len -> required count => {
        let change: TaskChange = change;
        let which = Specification::from_json(&document)?;
        count.set(store.read(|reader| tasks::count_changeable(reader, &change, &which))?);
    })
}

/// Changes tasks that a document describes, by id, at most `limit` in one transaction; one that
/// can't be changed keeps no other from it.
///
/// `change` is a JSON object: `{"Verb": "Cancel", "Reason": "too late"}` cancels those that haven't
/// ended, or asks their workers to stop; `{"Verb": "Retry"}` retries those that failed; `{"Verb":
/// "Release"}` takes those that are assigned or running from whoever has them; `{"Verb":
/// "Reassign", "AgentId": "a1"}` gives those that haven't ended to that agent alone, or with null to
/// any; `{"Verb": "SetPriority", "Priority": "High"}`. `document` is as orchestra_entity_count()
/// takes it, but has to be given: `{}` is for all tasks.
///
/// `outcome` receives a JSON object; it may be NULL: Changed, the number; Refused, an array of Id and Message;
/// Next, the id to give as `after` in the next call, or null if that was all. `after` is NULL in the
/// first one. Free it with orchestra_buffer_free(). After an interruption, begin with NULL again:
/// what is changed is no longer among the tasks. The audit log gets an entry for each call that
/// changes any, besides those of the tasks. ORCHESTRA_NOT_FOUND: there is no such agent.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_task_change_many(
    store: *const orchestra_store,
    change: *const u8,
    change_len: usize,
    document: *const u8,
    document_len: usize,
    after: *const u8,
    after_len: usize,
    limit: u32,
    outcome: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(tasks.change_many writes [NotFound]; error; borrow store, json change + change_len,
          json document + document_len, optional_id after + after_len -> optional outcome => {
        let change: TaskChange = change;
        let which = Specification::from_json(&document)?;
        outcome.set_json(&store.write_alone(|uow| {
            tasks::change_many(uow, &change, &which, after.as_ref(), limit)
        })?)?;
    })
}
