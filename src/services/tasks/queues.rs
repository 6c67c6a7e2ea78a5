//! The queues: which there are, how deep they are, and what is paused.

use std::collections::BTreeMap;

use serde::Serialize;

use super::pause::{list_pauses, stops};
use crate::error::Result;
use crate::rows::Reader;
use crate::tables::{QueuePause, queue_depths as rows};
use crate::types::{TaskStatus, Timestamp};

/// A queue of a repository that has tasks which haven't ended.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct QueueState {
    /// The queue; none for tasks that are in no queue.
    pub queue_name: Option<String>,
    /// The repository.
    pub repository_path: String,
    /// The tasks that are pending.
    pub pending: i64,
    /// Those of them that wait for other tasks.
    pub waiting_for_others: i64,
    /// The tasks that are assigned or running.
    pub running: i64,
    /// When the pending task became available, or becomes, that does so first.
    pub oldest_available_at: Option<Timestamp>,
    /// The pauses that stop it: its tasks aren't handed out.
    pub pauses: Vec<QueuePause>,
}

/// Returns the queues that have tasks which haven't ended, by name and repository, with those that are paused.
///
/// Costs one pass over these tasks.
pub fn list_queues(reader: &mut Reader<'_>) -> Result<Vec<QueueState>> {
    let mut queues: BTreeMap<(Option<String>, String), QueueState> = BTreeMap::new();
    for depth in rows::open_by_status(reader.connection())? {
        let key = (depth.queue_name.clone(), depth.repository_path.clone());
        let queue = queues.entry(key).or_default();
        if depth.status == TaskStatus::Pending {
            queue.pending = depth.tasks;
            queue.oldest_available_at = depth.first_available_at;
        } else {
            queue.running += depth.tasks;
        }
    }
    for (queue_name, path, tasks) in rows::waiting_for_others(reader.connection())? {
        queues
            .entry((queue_name, path))
            .or_default()
            .waiting_for_others = tasks;
    }
    let pauses = list_pauses(reader)?;
    Ok(queues
        .into_iter()
        .map(|((queue_name, repository_path), queue)| {
            let stopping = pauses.iter();
            let stopping = stopping.filter(|p| stops(p, &repository_path, queue_name.as_deref()));
            QueueState {
                pauses: stopping.cloned().collect(),
                queue_name,
                repository_path,
                ..queue
            }
        })
        .collect())
}
