//! Taking out the texts of one person, all of them, and naming the backups that still hold them.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::backup::{self, BackupFile};
use super::rehearse;
use crate::cancel;
use crate::error::Result;
use crate::services::erasure::{self, Counts};
use crate::sqlite::dialect;
use crate::store::Store;
use crate::tables::UserId;

/// Number of rows that one transaction changes at most, beside the entries of the audit log on them.
const BATCH: u32 = 500;

/// Rows that an erasure took texts out of, or would take them out of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ErasureReport {
    /// User whose texts were erased.
    pub user_id: UserId,
    /// True if nothing was changed.
    pub is_dry_run: bool,
    /// Numbers of the rows that changed, by table.
    pub counts: Counts,
    /// Backups of the directory that may hold the texts, the oldest first: all that were made before the erasure.
    pub backups: Vec<BackupFile>,
}

/// Options of an erasure.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EraseOptions {
    /// True to change nothing, and to return what would change.
    pub dry_run: bool,
    /// Directory of the backups to name; `None`: that of the store's policy, if it has one.
    pub backups: Option<PathBuf>,
}

/// Takes a user's texts out of chat (the messages that the user wrote or got, and all messages and titles of the user's
/// sessions), the user's preferences, the reasons of approvals and pauses, the names and the address in `Users`, and the
/// values of all these in the audit log. All facts stay, with who did it and when, and an entry `Erasure` of the audit log
/// says how many rows changed.
///
/// Works in transactions of bounded size; interrupted, it goes on when it is called again. A dry run makes all changes in
/// one transaction that is rolled back. Old backups keep the texts: delete the ones that the report names, or let their
/// time pass. The audit log is read once for each transaction, and the search index is rewritten at the end.
pub fn erase_user(store: &Store, id: &UserId, options: &EraseOptions) -> Result<ErasureReport> {
    let backups = backups(store, options.backups.as_deref())?;
    let counts = if options.dry_run {
        rehearse(store, |uow| total(|| erasure::erase_batch(uow, id, BATCH)))?
    } else {
        let counts = total(|| store.write(|uow| erasure::erase_batch(uow, id, BATCH)))?;
        // Also after an interruption between the last batch and here, when no batch finds anything.
        store.write(|uow| {
            Ok(dialect::merge_full_text_index(
                uow.connection(),
                "ChatSearch",
            )?)
        })?;
        counts
    };
    Ok(ErasureReport {
        user_id: id.clone(),
        is_dry_run: options.dry_run,
        counts,
        backups,
    })
}

/// Returns the backups in a directory, or in that of the store's policy, which may not be there yet.
fn backups(store: &Store, directory: Option<&Path>) -> Result<Vec<BackupFile>> {
    if let Some(directory) = directory {
        return backup::list(directory, false);
    }
    let connections = store.connections()?;
    let policy = connections.config().backups.as_ref();
    match policy.filter(|policy| policy.directory.exists()) {
        Some(policy) => backup::list(&policy.directory, false),
        None => Ok(Vec::new()),
    }
}

/// Adds up batches until one finds nothing.
fn total(mut next: impl FnMut() -> Result<Counts>) -> Result<Counts> {
    let mut total = Counts::new();
    loop {
        cancel::check()?;
        let batch = next()?;
        if batch.is_empty() {
            return Ok(total);
        }
        for (table, rows) in batch {
            *total.entry(table).or_default() += rows;
        }
    }
}
