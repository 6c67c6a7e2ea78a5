//! A person's data.

use std::path::PathBuf;

use kernel::maintenance::erase_user::{EraseOptions, erase_user};

use crate::abi::prelude::*;

/// Takes the texts of a user out of chat, preferences, reasons of approvals and pauses, the row in
/// Users, and the audit log's values of all these. What was done, by whom and when stays, and the
/// audit log gets entries Erasure. It works in transactions of bounded size; one that was interrupted
/// goes on when it is called again.
///
/// If `commit` is 0, nothing is changed, and `report` says what would be. `backups` is a directory of
/// backups, or NULL for that of the store's options. `report` receives a JSON object: UserId,
/// IsDryRun, Counts (rows by table), Backups (those of the directory, which may still hold the texts,
/// as orchestra_backup_list() gives them); it may be NULL. Free it with orchestra_buffer_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_user_erase(
    store: *const orchestra_store,
    user_id: *const u8,
    user_id_len: usize,
    backups: *const u8,
    backups_len: usize,
    commit: i32,
    report: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(users.erase writes; error; whole store, id user_id + user_id_len,
          optional_text backups + backups_len, flag commit -> optional report => {
        let options = EraseOptions {
            dry_run: !commit,
            backups: backups.map(PathBuf::from),
        };
        report.set_json(&erase_user(store, &user_id, &options)?)?;
    })
}
