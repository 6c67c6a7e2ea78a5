//! A worker: takes tasks out of the queue, runs them, and notes how they ended.

use std::collections::VecDeque;
use std::thread;
use std::time::{Duration, Instant};

use orchestra_store::models::{AgentId, LeaseToken, Task};
use orchestra_store::services::agents;
use orchestra_store::services::tasks::{self, Claim, EndedAndClaimed, Failure, TaskProgress};
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
        let claim = Claim::agent(&self.record.agent_id).up_to(CAPACITY);
        let mut held = VecDeque::new();
        while !self.shift.is_over() {
            self.ping()?;
            if self.dies && self.shift.is_half_done() && !held.is_empty() {
                // Without a word: the leases of its tasks have to end by themselves.
                self.record.died_holding = Some(held.len());
                return Ok(());
            }
            match held.pop_front() {
                Some(task) => held.extend(self.run_task(&task, &claim)?),
                None => held.extend(self.claim(&claim)?),
            }
        }
        Ok(())
    }

    fn claim(&self, claim: &Claim) -> Result<Vec<Task>> {
        let claimed = self.store.write(|uow| tasks::claim_and_start(uow, claim))?;
        if claimed.is_empty() {
            thread::sleep(IDLE);
        }
        Ok(claimed)
    }

    fn ping(&mut self) -> Result<()> {
        if self.last_ping.elapsed() < PING {
            return Ok(());
        }
        self.last_ping = Instant::now();
        self.store
            .write(|uow| agents::heartbeat(uow, &self.record.agent_id))
    }

    /// Runs a task, and returns those that its end made room for.
    fn run_task(&mut self, task: &Task, claim: &Claim) -> Result<Vec<Task>> {
        let Some(token) = &task.lease_token else {
            return Ok(Vec::new());
        };
        match self.run_to_end(task, token, claim) {
            Ok(turn) => {
                self.note(turn.ended);
                Ok(turn.claimed)
            }
            // Somebody else has the task by now: what this run came to is of no use.
            Err(e) if e.code() == ErrorCode::Conflict => {
                self.record.lost_leases += 1;
                Ok(Vec::new())
            }
            Err(e) => Err(e),
        }
    }

    fn run_to_end(
        &self,
        task: &Task,
        token: &LeaseToken,
        claim: &Claim,
    ) -> Result<EndedAndClaimed> {
        let (store, id) = (self.store, &task.id);
        let effort = Effort::of(&task.command, task.retry_count);
        thread::sleep(effort.duration / 2);
        store.write(|uow| {
            tasks::heartbeat(uow, id, token, None)?;
            tasks::update_progress(uow, id, Some(token), &TaskProgress::at(50))
        })?;
        thread::sleep(effort.duration / 2);
        let fail = |failure: &Failure| {
            store.write(|uow| tasks::fail_and_claim(uow, id, Some(token), failure, claim))
        };
        match effort.end {
            End::Completes => store.write(|uow| {
                tasks::complete_and_claim(uow, id, Some(token), Some("all tests passed"), claim)
            }),
            End::Fails => fail(&Failure::new("a test timed out")),
            End::FailsForGood => fail(&Failure {
                permanent: true,
                ..Failure::new("it does not compile")
            }),
        }
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
