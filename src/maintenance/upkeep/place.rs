//! Place at which the upkeep of an open store continues. Only the order of its work depends on it, so that one from
//! before a restore leaves nothing out.

use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::pause::Pause;
use crate::store::Store;
use crate::tables::workflow_executions::ExecutionPosition;

/// Place at which [`Store::maintain`] continues.
#[derive(Debug, Default)]
pub(super) struct UpkeepPlace {
    /// Index of the next step in the list.
    pub(super) next_step: AtomicUsize,
    /// Execution of a workflow that was examined last, if there are more.
    last_recovered: Mutex<Option<ExecutionPosition>>,
    /// Time in which no backup is tried.
    pub(super) backup_pause: Pause,
    /// Time in which nobody is warned about the size again.
    pub(super) size_warning_pause: Pause,
}

impl UpkeepPlace {
    /// Returns the place in this store.
    pub(super) fn of(store: &Store) -> Arc<Self> {
        store.attachment()
    }

    /// Locks the place in the list of executions.
    pub(super) fn last_recovered(&self) -> MutexGuard<'_, Option<ExecutionPosition>> {
        self.last_recovered
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
