//! The time in which the workers work, one thread each, until nothing is left to do.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, ScopedJoinHandle};

use indicatif::ProgressBar;
use orchestra_store::models::{AgentId, TaskId};
use orchestra_store::services::tasks::Rescue;
use orchestra_store::types::TaskStatus;
use orchestra_store::{Error, ErrorCode, Result, Store};

use super::supervisor::{self, Loads};
use super::worker::{Worker, WorkerRecord};

/// What the threads share.
#[derive(Debug)]
pub(super) struct Shift {
    expected: u64,
    ended: AtomicU64,
    over: AtomicBool,
}

impl Shift {
    /// A shift in which this many tasks should end.
    pub(super) fn new(expected: u64) -> Self {
        Self {
            expected,
            ended: AtomicU64::new(0),
            over: AtomicBool::new(false),
        }
    }

    pub(super) fn expected(&self) -> u64 {
        self.expected
    }

    /// Counts a task that ended.
    pub(super) fn count_end(&self) {
        self.ended.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn ended(&self) -> u64 {
        self.ended.load(Ordering::Relaxed)
    }

    pub(super) fn is_half_done(&self) -> bool {
        2 * self.ended() >= self.expected
    }

    /// Sends everybody home.
    pub(super) fn finish(&self) {
        self.over.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_over(&self) -> bool {
        self.over.load(Ordering::Relaxed)
    }
}

/// A task that ended, as the one who ended it noted it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TaskEnd {
    pub(super) task_id: TaskId,
    pub(super) status: TaskStatus,
}

/// What came of a shift.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) workers: Vec<WorkerRecord>,
    pub(super) rescue: Rescue,
    pub(super) loads: Loads,
}

impl Outcome {
    /// All ends that anybody noted, and whose they are; none for those of the rescue.
    pub(super) fn ends(&self) -> impl Iterator<Item = (Option<&AgentId>, TaskEnd)> {
        let by_workers = self.workers.iter().flat_map(|worker| {
            let ends = worker.ends.iter();
            ends.map(|end| (Some(&worker.agent_id), end.clone()))
        });
        let rescued = |ids: &[TaskId], status| {
            let end = move |task_id: &TaskId| {
                (
                    None,
                    TaskEnd {
                        task_id: task_id.clone(),
                        status,
                    },
                )
            };
            ids.iter().map(end).collect::<Vec<_>>()
        };
        by_workers
            .chain(rescued(&self.rescue.failed, TaskStatus::Failed))
            .chain(rescued(&self.rescue.cancelled, TaskStatus::Cancelled))
    }
}

/// Lets a worker for each agent work until nothing is left to do. The first dies half-way.
pub(super) fn work(
    store: &Store,
    shift: &Shift,
    crew: &[AgentId],
    bar: &ProgressBar,
) -> Result<Outcome> {
    thread::scope(|scope| {
        let threads: Vec<_> = crew
            .iter()
            .enumerate()
            .map(|(index, agent_id)| {
                let worker = Worker::new(store, shift, agent_id.clone(), index == 0);
                scope.spawn(move || worker.run())
            })
            .collect();
        let supervised = supervisor::supervise(store, shift, bar);
        shift.finish();
        let workers = threads
            .into_iter()
            .map(joined)
            .collect::<Result<Vec<_>>>()?;
        let (rescue, loads) = supervised?;
        Ok(Outcome {
            workers,
            rescue,
            loads,
        })
    })
}

fn joined(thread: ScopedJoinHandle<'_, Result<WorkerRecord>>) -> Result<WorkerRecord> {
    let panicked = |_| {
        Err(Error::new(
            ErrorCode::Internal,
            "a worker's thread panicked",
        ))
    };
    thread.join().unwrap_or_else(panicked)
}
