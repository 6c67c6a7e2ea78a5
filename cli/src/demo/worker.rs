//! A worker: takes tasks out of the queue, runs them, and notes how they ended.

use std::thread;
use std::time::{Duration, Instant};

use orchestra_store::models::{AgentId, LeaseToken, Task};
use orchestra_store::services::agents;
use orchestra_store::services::tasks::{self, Claim, Failure, TaskProgress};
use orchestra_store::types::TaskStatus;
use orchestra_store::{ErrorCode, Result, Store};

use super::crew::CAPACITY;
use super::effort::{Effort, End};
use super::shift::{Shift, TaskEnd};

/// The wait of a worker that finds nothing to do.
const IDLE: Duration = Duration::from_millis(10);
/// How often a worker tells that it is alive.
const PING: Duration = Duration::from_secs(1);

/// What a worker did, as it noted it itself.
#[derive(Debug)]
pub(super) struct WorkerRecord {
    pub(super) agent_id: AgentId,
    /// The tasks that it ended.
    pub(super) ends: Vec<TaskEnd>,
    /// Its runs that failed and were to be repeated.
    pub(super) failed_runs: u64,
    /// Runs whose results it had to drop, since its lease had ended.
    pub(super) lost_leases: u64,
    /// How many tasks it held when it died; none where it lives.
    pub(super) died_holding: Option<usize>,
}

impl WorkerRecord {
    /// A worker that has done nothing yet.
    pub(super) fn new(agent_id: AgentId) -> Self {
        Self {
            agent_id,
            ends: Vec::new(),
            failed_runs: 0,
            lost_leases: 0,
            died_holding: None,
        }
    }
}

/// A worker at work.
#[derive(Debug)]
pub(super) struct Worker<'a> {
    store: &'a Store,
    shift: &'a Shift,
    dies: bool,
    last_ping: Instant,
    record: WorkerRecord,
}

impl<'a> Worker<'a> {
    /// A worker of this agent, which may be to die half-way.
    pub(super) fn new(store: &'a Store, shift: &'a Shift, agent_id: AgentId, dies: bool) -> Self {
        Self {
            store,
            shift,
            dies,
            last_ping: Instant::now(),
            record: WorkerRecord::new(agent_id),
        }
    }

    /// Works until the shift is over, or until it dies.
    pub(super) fn run(mut self) -> Result<WorkerRecord> {
        let worked = self.work();
        if worked.is_err() {
            self.shift.finish();
        }
        worked.map(|()| self.record)
    }

    fn work(&mut self) -> Result<()> {
        while !self.shift.is_over() && self.record.died_holding.is_none() {
            self.ping()?;
            let claim = Claim::agent(&self.record.agent_id).up_to(CAPACITY);
            let claimed = self.store.write(|uow| tasks::claim(uow, &claim))?;
            if claimed.is_empty() {
                thread::sleep(IDLE);
            } else if self.dies && self.shift.is_half_done() {
                self.die(&claimed)?;
            } else {
                self.run_all(&claimed)?;
            }
        }
        Ok(())
    }

    fn ping(&mut self) -> Result<()> {
        if self.last_ping.elapsed() < PING {
            return Ok(());
        }
        self.last_ping = Instant::now();
        self.store
            .write(|uow| agents::heartbeat(uow, &self.record.agent_id))
    }

    /// Stops without a word, one task running and the others waiting for it.
    fn die(&mut self, claimed: &[Task]) -> Result<()> {
        if let Some(task) = claimed.first() {
            self.store
                .write(|uow| tasks::start(uow, &task.id, task.lease_token.as_ref()))?;
        }
        self.record.died_holding = Some(claimed.len());
        Ok(())
    }

    fn run_all(&mut self, claimed: &[Task]) -> Result<()> {
        for task in claimed {
            let Some(token) = &task.lease_token else {
                continue;
            };
            match self.run_task(task, token) {
                Ok(after) => self.note(after),
                // Somebody else has the task by now: what this run came to is of no use.
                Err(e) if e.code() == ErrorCode::Conflict => self.record.lost_leases += 1,
                Err(e) => return Err(e),
            }
        }
        Ok(())
    }

    fn run_task(&self, task: &Task, token: &LeaseToken) -> Result<Task> {
        let (store, id) = (self.store, &task.id);
        let effort = Effort::of(&task.command, task.retry_count);
        store.write(|uow| tasks::start(uow, id, Some(token)))?;
        thread::sleep(effort.duration / 2);
        store.write(|uow| {
            tasks::heartbeat(uow, id, token, None)?;
            tasks::update_progress(uow, id, Some(token), &TaskProgress::at(50))
        })?;
        thread::sleep(effort.duration / 2);
        store.write(|uow| match effort.end {
            End::Completes => tasks::complete(uow, id, Some(token), Some("all tests passed")),
            End::Fails => tasks::fail(uow, id, Some(token), &Failure::new("a test timed out")),
            End::FailsForGood => {
                let failure = Failure {
                    permanent: true,
                    ..Failure::new("it does not compile")
                };
                tasks::fail(uow, id, Some(token), &failure)
            }
        })
    }

    fn note(&mut self, after: Task) {
        if after.status == TaskStatus::Pending {
            self.record.failed_runs += 1;
            return;
        }
        self.shift.count_end();
        self.record.ends.push(TaskEnd {
            task_id: after.id,
            status: after.status,
        });
    }
}
