//! Queues: their depths and pauses.

use std::collections::BTreeMap;

use serde::Serialize;

use super::pause::{list_pauses, stops};
use crate::error::Result;
use crate::rows::Reader;
use crate::services::code_repositories::ANY_PATH;
use crate::tables::{QueuePause, queue_depths as rows};
use crate::types::{TaskStatus, Timestamp};

/// State of a queue in a repository that has tasks which haven't ended, or of the scope of a pause that has none.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct QueueState {
    /// Name of the queue; `None` for tasks without a queue.
    pub queue_name: Option<String>,
    /// Path of the repository; `*` for a pause of all of them.
    pub repository_path: String,
    /// Number of pending tasks.
    pub pending: i64,
    /// Number of pending tasks that have unmet dependencies.
    pub waiting_for_others: i64,
    /// Number of assigned or running tasks.
    pub running: i64,
    /// Earliest time at which one of the pending tasks became or becomes available.
    pub oldest_available_at: Option<Timestamp>,
    /// Pauses because of which its tasks can't be claimed.
    pub pauses: Vec<QueuePause>,
}

/// Returns the queues with tasks that haven't ended, by name and repository, paused ones included. A pause that stops none
/// of them has an entry of its own, without tasks.
///
/// The cost is one pass over these tasks.
pub fn list_queues(reader: &mut Reader<'_>) -> Result<Vec<QueueState>> {
    let mut queues: BTreeMap<(Option<String>, String), QueueState> = BTreeMap::new();
    for depth in rows::open_by_status(reader.conn())? {
        let key = (depth.queue_name.clone(), depth.repository_path.clone());
        let queue = queues.entry(key).or_default();
        if depth.status == TaskStatus::Pending {
            queue.pending = depth.tasks;
            queue.oldest_available_at = depth.first_available_at;
        } else {
            queue.running += depth.tasks;
        }
    }
    for (queue_name, path, tasks) in rows::waiting_for_others(reader.conn())? {
        queues
            .entry((queue_name, path))
            .or_default()
            .waiting_for_others = tasks;
    }
    let pauses = list_pauses(reader)?;
    for pause in &pauses {
        let is_stopped =
            |(queue, path): &(Option<String>, String)| stops(pause, path, queue.as_deref());
        if !queues.keys().any(is_stopped) {
            let path = pause.repository_path.as_deref().unwrap_or(ANY_PATH);
            queues
                .entry((pause.queue_name.clone(), path.to_owned()))
                .or_default();
        }
    }
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
