//! The queue as plain maps: what each operation is to do, written down a second time.
//!
//! Times are whole seconds since the start. Tasks and agents are numbered, tokens are the numbers
//! of the claims that they came from.

use std::collections::{BTreeMap, BTreeSet};

use orchestra_store::ErrorCode;
use orchestra_store::types::AgentStatus;
use orchestra_store::types::TaskStatus::{
    self, Assigned, Cancelled, Completed, Failed, InProgress, Pending,
};

use super::{Outcome, Token};

pub const LEASE: u64 = 60;
const BACKOFFS: [u64; 3] = [5, 10, 20];

#[derive(Debug, Clone, PartialEq)]
pub struct Lease {
    pub owner: String,
    pub token: usize,
    pub expires: u64,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Task {
    pub path: &'static str,
    pub command: &'static str,
    pub priority: i32,
    pub pinned: bool,
    pub max_retries: i32,
    pub status: TaskStatus,
    pub agent: Option<u8>,
    pub lease: Option<Lease>,
    pub available: u64,
    pub started: Option<u64>,
    pub completed: Option<u64>,
    pub retries: i32,
    pub progress: i32,
    pub cancel_requested: bool,
    pub queue: Option<&'static str>,
    pub unmet: i32,
}

impl Task {
    fn assigned_to(&self) -> Option<u8> {
        let is_assigned = matches!(self.status, Assigned | InProgress);
        self.agent.filter(|_| is_assigned)
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct Agent {
    pub path: &'static str,
    pub capacity: i32,
    pub status: AgentStatus,
    pub deleted: bool,
    pub pinged: u64,
    pub completed: i64,
    pub failed: i64,
    pub seconds: u64,
}

#[derive(Debug, Clone, Default, PartialEq)]
pub struct Repository {
    pub total: i64,
    pub successful: i64,
    pub failed: i64,
    pub seconds: u64,
}

/// All that is compared in the end.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct State {
    pub tasks: BTreeMap<usize, Task>,
    pub agents: BTreeMap<u8, Agent>,
    pub repositories: BTreeMap<&'static str, Repository>,
    pub pauses: BTreeSet<Scope>,
}

/// What is paused: a queue, a path, or both.
pub type Scope = (Option<&'static str>, Option<&'static str>);

#[derive(Debug, Default)]
pub struct Model {
    pub state: State,
    pub now: u64,
    /// The task of each idempotency key.
    keys: BTreeMap<u8, usize>,
    /// What each task depends on, and whether it follows that when it fails.
    parents: BTreeMap<usize, (Vec<usize>, bool)>,
    claims: usize,
}

impl Model {
    // Agents

    pub fn register(&mut self, id: u8, path: &'static str, capacity: i32) -> Outcome {
        self.know(path);
        let status = self.working_status(id);
        let pinged = self.now;
        let agent = self.state.agents.entry(id).or_insert(Agent {
            path,
            capacity,
            status,
            deleted: false,
            pinged,
            completed: 0,
            failed: 0,
            seconds: 0,
        });
        (agent.path, agent.capacity, agent.status) = (path, capacity, status);
        (agent.deleted, agent.pinged) = (false, pinged);
        Outcome::Done
    }

    pub fn remove(&mut self, id: u8) -> Outcome {
        if let Err(code) = self.agent(id) {
            return Outcome::Error(code);
        }
        if self.held(id) > 0 {
            return Outcome::Error(ErrorCode::Conflict);
        }
        self.state.agents.get_mut(&id).unwrap().deleted = true;
        Outcome::Done
    }

    pub fn set_status(&mut self, id: u8, status: AgentStatus) -> Outcome {
        let now = self.now;
        match self.agent(id) {
            Ok(agent) => {
                agent.status = status;
                agent.pinged = now;
                Outcome::Done
            }
            Err(code) => Outcome::Error(code),
        }
    }

    pub fn ping(&mut self, id: u8) -> Outcome {
        let (now, working) = (self.now, self.working_status(id));
        match self.agent(id) {
            Ok(agent) => {
                agent.pinged = now;
                if matches!(agent.status, AgentStatus::Offline | AgentStatus::Unknown) {
                    agent.status = working;
                }
                Outcome::Done
            }
            Err(code) => Outcome::Error(code),
        }
    }

    // The way into the queue and out of it

    pub fn enqueue(
        &mut self,
        mut new: Task,
        key: Option<(u8, bool)>,
        parents: &BTreeSet<usize>,
        follows: bool,
    ) -> Outcome {
        if let Some((key, repeats)) = key
            && let Some(&known) = self.keys.get(&key)
        {
            return if repeats {
                Outcome::Tasks(vec![known])
            } else {
                Outcome::Error(ErrorCode::Conflict)
            };
        }
        let id = self.state.tasks.len();
        if parents.iter().any(|parent| *parent > id) {
            return Outcome::Error(ErrorCode::NotFound);
        }
        if parents.contains(&id) {
            return Outcome::Error(ErrorCode::InvalidArgument);
        }
        if let Some(agent) = new.agent
            && let Err(code) = self.agent(agent)
        {
            return Outcome::Error(code);
        }
        self.know(new.path).total += 1;
        self.keys.extend(key.map(|(key, _)| (key, id)));
        let statuses: Vec<TaskStatus> = parents.iter().map(|id| self.task(*id).status).collect();
        new.unmet = statuses.iter().filter(|s| **s != Completed).count() as i32;
        self.state.tasks.insert(id, new);
        self.parents
            .insert(id, (parents.iter().copied().collect(), follows));
        if follows && statuses.iter().any(|s| matches!(s, Failed | Cancelled)) {
            self.end(id, Cancelled);
        }
        Outcome::Tasks(vec![id])
    }

    pub fn pause(&mut self, scope: Scope) -> Outcome {
        if self.state.pauses.insert(scope) {
            Outcome::Done
        } else {
            Outcome::Error(ErrorCode::AlreadyExists)
        }
    }

    pub fn resume(&mut self, scope: Scope) -> Outcome {
        if self.state.pauses.remove(&scope) {
            Outcome::Done
        } else {
            Outcome::Error(ErrorCode::InvalidTransition)
        }
    }

    pub fn reassign(&mut self, id: usize, to: Option<u8>) -> Outcome {
        if !self.state.tasks.contains_key(&id) {
            return Outcome::Error(ErrorCode::NotFound);
        }
        if let Some(Err(code)) = to.map(|agent| self.agent(agent).map(drop)) {
            return Outcome::Error(code);
        }
        let task = self.task(id);
        if matches!(task.status, Completed | Failed | Cancelled) {
            return Outcome::Error(ErrorCode::InvalidTransition);
        }
        let holder = task.assigned_to();
        (task.agent, task.pinned, task.lease) = (to, to.is_some(), None);
        if task.status != Pending {
            self.give_back(id);
        }
        self.free(holder);
        Outcome::Task(self.task(id).status)
    }

    pub fn claim(&mut self, id: u8, limit: usize) -> Outcome {
        let (path, capacity) = match self.agent(id) {
            Err(code) => return Outcome::Error(code),
            Ok(agent) if !matches!(agent.status, AgentStatus::Idle | AgentStatus::Busy) => {
                return Outcome::Error(ErrorCode::InvalidTransition);
            }
            Ok(agent) => (agent.path, agent.capacity as usize),
        };
        let room = capacity.saturating_sub(self.held(id));
        let claimed = self.take(path, Some(id), &format!("agent-{id}"), limit.min(room));
        if !claimed.is_empty() {
            self.agent(id).unwrap().status = AgentStatus::Busy;
        }
        Outcome::Tasks(claimed)
    }

    pub fn claim_as_worker(&mut self, path: &'static str, limit: usize) -> Outcome {
        Outcome::Tasks(self.take(path, None, "worker", limit))
    }

    fn take(&mut self, path: &str, agent: Option<u8>, owner: &str, limit: usize) -> Vec<usize> {
        let now = self.now;
        let pauses = self.state.pauses.clone();
        let is_paused = |task: &Task| {
            pauses.iter().any(|(queue, path)| {
                (queue.is_none() || *queue == task.queue)
                    && path.is_none_or(|path| path == task.path)
            })
        };
        let fits = |task: &Task| {
            let is_theirs = if task.pinned {
                task.agent == agent
            } else {
                path == "*" || task.path == path
            };
            let is_open = task.status == Pending && task.unmet == 0 && !is_paused(task);
            is_open && task.available <= now && is_theirs
        };
        let mut found: Vec<usize> = self.ids(|task| fits(task));
        found.sort_by_key(|id| {
            let task = &self.state.tasks[id];
            (-task.priority, task.available, *id)
        });
        found.truncate(limit);
        for id in &found {
            let task = self.state.tasks.get_mut(id).unwrap();
            task.status = Assigned;
            task.agent = agent;
            task.lease = Some(Lease {
                owner: owner.to_owned(),
                token: self.claims,
                expires: now + LEASE,
            });
        }
        self.claims += usize::from(!found.is_empty());
        found
    }

    pub fn rescue(&mut self, limit: usize) -> Outcome {
        let now = self.now;
        let has_expired = |task: &Task| task.lease.as_ref().is_some_and(|l| l.expires < now);
        let mut expired = self.ids(has_expired);
        expired.sort_by_key(|id| (self.state.tasks[id].lease.as_ref().unwrap().expires, *id));
        expired.truncate(limit);
        for &id in &expired {
            let next = match self.task(id).status {
                InProgress => self.next_run(id),
                _ => now,
            };
            self.end_failed_run(id, Some(next));
        }
        Outcome::Tasks(expired)
    }

    pub fn release_unleased(&mut self, limit: usize) -> Outcome {
        let is_unleased = |t: &Task| t.lease.is_none() && matches!(t.status, Assigned | InProgress);
        let mut unleased = self.ids(is_unleased);
        unleased.truncate(limit);
        for &id in &unleased {
            self.give_back(id);
        }
        Outcome::Count(unleased.len())
    }

    // One task

    pub fn start(&mut self, id: usize, token: Token) -> Outcome {
        let waits = self.state.tasks.get(&id).is_some_and(|t| t.unmet > 0);
        let from: &[TaskStatus] = if waits { &[] } else { &[Pending, Assigned] };
        self.step(id, token, from, |model| {
            let now = model.now;
            let task = model.task(id);
            task.status = InProgress;
            task.started = Some(now);
            let of = task.assigned_to().filter(|_| task.lease.is_none());
            if let Some(Ok(agent)) = of.map(|id| model.agent(id))
                && agent.status == AgentStatus::Idle
            {
                agent.status = AgentStatus::Busy;
            }
        })
    }

    pub fn heartbeat(&mut self, id: usize, token: Token) -> Outcome {
        let expires = self.now + LEASE;
        self.step(id, token, &[Assigned, InProgress], |model| {
            model.task(id).lease.as_mut().unwrap().expires = expires;
        })
    }

    pub fn progress(&mut self, id: usize, token: Token, percent: i32, back: bool) -> Outcome {
        if !(0..=100).contains(&percent) {
            return Outcome::Error(ErrorCode::InvalidArgument);
        }
        let before = self.state.tasks.get(&id).map_or(0, |task| task.progress);
        let outcome = self.step(id, token, &[InProgress], |model| {
            if percent >= before || back {
                model.task(id).progress = percent;
            }
        });
        if matches!(outcome, Outcome::Task(_)) && percent < before && !back {
            return Outcome::Error(ErrorCode::InvalidArgument);
        }
        outcome
    }

    pub fn complete(&mut self, id: usize, token: Token) -> Outcome {
        self.step(id, token, &[InProgress], |model| {
            model.task(id).progress = 100;
            model.end(id, Completed);
        })
    }

    pub fn fail(&mut self, id: usize, token: Token, permanent: bool) -> Outcome {
        self.step(id, token, &[InProgress], |model| {
            let next = model.next_run(id);
            model.end_failed_run(id, (!permanent).then_some(next));
        })
    }

    /// Cancelling needs no token: it is a request where somebody else has the task.
    pub fn cancel(&mut self, id: usize) -> Outcome {
        let Some(task) = self.state.tasks.get_mut(&id) else {
            return Outcome::Error(ErrorCode::NotFound);
        };
        match (task.status, &task.lease) {
            (Completed | Failed | Cancelled, _) => {
                return Outcome::Error(ErrorCode::InvalidTransition);
            }
            (_, Some(_)) => task.cancel_requested = true,
            (_, None) => self.end(id, Cancelled),
        }
        Outcome::Task(self.task(id).status)
    }

    pub fn acknowledge(&mut self, id: usize, token: Token) -> Outcome {
        let open = [Pending, Assigned, InProgress];
        self.step(id, token, &open, |model| model.end(id, Cancelled))
    }

    pub fn release(&mut self, id: usize, token: Token) -> Outcome {
        self.step(id, token, &[Assigned, InProgress], |model| {
            model.give_back(id)
        })
    }

    pub fn retry(&mut self, id: usize) -> Outcome {
        let now = self.now;
        let Some(task) = self.state.tasks.get_mut(&id) else {
            return Outcome::Error(ErrorCode::NotFound);
        };
        if !matches!(task.status, Failed | Cancelled) {
            return Outcome::Error(ErrorCode::InvalidTransition);
        }
        let (path, seconds) = (task.path, seconds_of(task));
        let has_failed = task.status == Failed;
        task.retries = 0;
        task.cancel_requested = false;
        if has_failed {
            let repository = self.know(path);
            repository.failed -= 1;
            repository.seconds -= seconds;
        }
        self.put_back(id, now);
        Outcome::Task(Pending)
    }

    /// A step that only the holder of the lease may do, and only from these states.
    fn step(
        &mut self,
        id: usize,
        token: Token,
        from: &[TaskStatus],
        work: impl FnOnce(&mut Self),
    ) -> Outcome {
        let Some(task) = self.state.tasks.get(&id) else {
            return Outcome::Error(ErrorCode::NotFound);
        };
        let held = task.lease.as_ref().map(|lease| lease.token);
        let shown = match token {
            Token::None => None,
            Token::OfClaim(claim) => Some(claim),
            Token::Unknown => Some(usize::MAX),
        };
        if held != shown {
            return Outcome::Error(ErrorCode::Conflict);
        }
        if !from.contains(&task.status) {
            return Outcome::Error(ErrorCode::InvalidTransition);
        }
        work(self);
        Outcome::Task(self.task(id).status)
    }

    // What follows from it

    fn next_run(&mut self, id: usize) -> u64 {
        let backoff = BACKOFFS.get(self.task(id).retries as usize);
        self.now + backoff.copied().unwrap_or(0)
    }

    fn end_failed_run(&mut self, id: usize, next: Option<u64>) {
        let task = self.task(id);
        match next {
            _ if task.cancel_requested => self.end(id, Cancelled),
            Some(at) if task.retries < task.max_retries => {
                task.retries += 1;
                self.put_back(id, at);
            }
            _ => self.end(id, Failed),
        }
    }

    fn give_back(&mut self, id: usize) {
        if self.task(id).cancel_requested {
            self.end(id, Cancelled);
        } else {
            let now = self.now;
            self.put_back(id, now);
        }
    }

    fn put_back(&mut self, id: usize, available: u64) {
        let task = self.task(id);
        let holder = task.assigned_to();
        task.status = Pending;
        task.available = available;
        (task.started, task.completed, task.lease) = (None, None, None);
        task.progress = 0;
        task.agent = task.agent.filter(|_| task.pinned);
        self.free(holder);
    }

    fn end(&mut self, id: usize, status: TaskStatus) {
        self.end_alone(id, status);
        let now = self.now;
        let waiting = self.ids(|task| task.status == Pending);
        for other in waiting {
            let (parents, follows) = self.parents[&other].clone();
            if !parents.contains(&id) {
                continue;
            }
            let task = self.task(other);
            if status == Completed {
                task.unmet -= 1;
                if task.unmet == 0 {
                    task.available = task.available.max(now);
                }
            } else if follows && task.status == Pending {
                self.end(other, Cancelled);
            }
        }
    }

    fn end_alone(&mut self, id: usize, status: TaskStatus) {
        let now = self.now;
        let task = self.task(id);
        let holder = task.assigned_to();
        task.status = status;
        task.completed = Some(now);
        task.lease = None;
        let (path, agent, seconds) = (task.path, task.agent, seconds_of(task));
        if status != Cancelled {
            let (completed, failed) = (i64::from(status == Completed), i64::from(status == Failed));
            let repository = self.know(path);
            repository.successful += completed;
            repository.failed += failed;
            repository.seconds += seconds;
            if let Some(agent) = agent.and_then(|agent| self.state.agents.get_mut(&agent)) {
                agent.completed += completed;
                agent.failed += failed;
                agent.seconds += seconds;
            }
        }
        self.free(holder);
    }

    fn free(&mut self, holder: Option<u8>) {
        if let Some(id) = holder
            && self.held(id) == 0
            && let Ok(agent) = self.agent(id)
            && agent.status == AgentStatus::Busy
        {
            agent.status = AgentStatus::Idle;
        }
    }

    // Looking

    fn task(&mut self, id: usize) -> &mut Task {
        self.state.tasks.get_mut(&id).unwrap()
    }

    fn agent(&mut self, id: u8) -> Result<&mut Agent, ErrorCode> {
        let agent = self.state.agents.get_mut(&id);
        agent
            .filter(|agent| !agent.deleted)
            .ok_or(ErrorCode::NotFound)
    }

    fn know(&mut self, path: &'static str) -> &mut Repository {
        // No repository is called `*`, but nothing asks for its counters either.
        self.state.repositories.entry(path).or_default()
    }

    fn ids(&self, fits: impl Fn(&Task) -> bool) -> Vec<usize> {
        let tasks = self.state.tasks.iter();
        tasks
            .filter(|(_, task)| fits(task))
            .map(|(id, _)| *id)
            .collect()
    }

    fn held(&self, agent: u8) -> usize {
        self.ids(|task| task.assigned_to() == Some(agent)).len()
    }

    fn working_status(&self, agent: u8) -> AgentStatus {
        if self.held(agent) > 0 {
            AgentStatus::Busy
        } else {
            AgentStatus::Idle
        }
    }
}

fn seconds_of(task: &Task) -> u64 {
    match (task.started, task.completed) {
        (Some(started), Some(completed)) => completed - started,
        _ => 0,
    }
}
