//! What the answers of the calls say about the queue, and what must follow from that.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;
use orchestra_store::models::{AgentId, LeaseToken, Task, TaskId};
use orchestra_store::schema::{agents, tasks};
use orchestra_store::services::tasks::Rescue;
use orchestra_store::types::{AgentStatus, TaskStatus};
use orchestra_store::{Reader, Result};

/// What calls said that they did.
#[derive(Debug, Default)]
pub struct Effect {
    /// Tasks that the answers show, with the state that each had last.
    shown: BTreeMap<TaskId, TaskStatus>,
    removed: BTreeSet<TaskId>,
    /// Numbers of tasks that the answers give without the tasks.
    added: usize,
    /// Tasks besides those shown may have been added.
    may_add: bool,
    /// Tasks that have ended may be pending again.
    may_reopen: bool,
    /// Other open tasks may have been put back or ended.
    may_change_others: bool,
    /// Agents that registered, and so are idle or busy by what they hold.
    working: BTreeSet<AgentId>,
    /// Agents whose state was set.
    stated: BTreeSet<AgentId>,
}

impl Effect {
    pub fn shows(&mut self, task: &Task) {
        self.shown.insert(task.id.clone(), task.status);
        self.removed.remove(&task.id);
    }

    pub fn shows_all(&mut self, tasks: &[Task]) {
        tasks.iter().for_each(|task| self.shows(task));
    }

    pub fn is_in(&mut self, id: &TaskId, status: TaskStatus) {
        self.shown.insert(id.clone(), status);
    }

    pub fn removes(&mut self, id: &TaskId) {
        self.shown.remove(id);
        self.removed.insert(id.clone());
    }

    /// Adds as many tasks as a definition has.
    pub fn adds(&mut self, count: usize) {
        self.added += count;
    }

    pub fn may_add(&mut self) {
        self.may_add = true;
    }

    pub fn may_reopen(&mut self) {
        self.may_reopen = true;
    }

    /// What ends takes what waits for it along.
    pub fn may_change_others(&mut self) {
        self.may_change_others = true;
    }

    pub fn works(&mut self, id: &AgentId) {
        self.stated.remove(id);
        self.working.insert(id.clone());
    }

    pub fn is_stated(&mut self, id: &AgentId) {
        self.working.remove(id);
        self.stated.insert(id.clone());
    }

    pub fn rescues(&mut self, rescue: &Rescue) {
        self.may_change_others();
        for id in rescue.requeued.iter().chain(&rescue.due) {
            self.is_in(id, TaskStatus::Pending);
        }
        for id in &rescue.failed {
            self.is_in(id, TaskStatus::Failed);
        }
        for id in &rescue.cancelled {
            self.is_in(id, TaskStatus::Cancelled);
        }
    }
}

#[derive(Debug, Queryable)]
struct TaskState {
    id: TaskId,
    status: TaskStatus,
    token: Option<LeaseToken>,
    holder: Option<String>,
    agent: Option<AgentId>,
}

/// The queue as the database has it.
#[derive(Debug)]
pub struct Snapshot {
    tasks: Vec<TaskState>,
    agents: Vec<(AgentId, AgentStatus)>,
}

impl Snapshot {
    pub fn take(reader: &mut Reader<'_>) -> Result<Self> {
        let conn = reader.connection();
        Ok(Self {
            tasks: tasks::table
                .select((
                    tasks::id,
                    tasks::status,
                    tasks::lease_token,
                    tasks::lease_owner,
                    tasks::agent_id,
                ))
                .load(conn)?,
            agents: agents::table
                .filter(agents::is_deleted.eq(false))
                .select((agents::id, agents::status))
                .load(conn)?,
        })
    }

    fn held_by(&self, agent: &AgentId) -> usize {
        let held =
            |task: &&TaskState| is_at_work(task.status) && task.agent.as_ref() == Some(agent);
        self.tasks.iter().filter(held).count()
    }
}

/// The tasks and agents, as the answers of the calls say that they are.
#[derive(Debug, Default)]
pub struct Model {
    tasks: BTreeMap<TaskId, TaskStatus>,
    /// Agents whose state somebody set, so that it isn't what follows from their tasks.
    stated: BTreeSet<AgentId>,
}

impl Model {
    pub fn follow(&mut self, what: &str, effect: &Effect, now: &Snapshot) {
        self.follow_tasks(what, effect, now);
        one_holder_each(what, now);
        self.follow_agents(what, effect, now);
    }

    fn follow_tasks(&mut self, what: &str, effect: &Effect, now: &Snapshot) {
        let mut unnamed = 0;
        let mut present = BTreeMap::new();
        for TaskState { id, status, .. } in &now.tasks {
            assert!(!effect.removed.contains(id), "{what}: {id} was removed");
            let before = self.tasks.get(id);
            match (before, effect.shown.get(id)) {
                // A rescue before the call shows a task that the call may end.
                (_, Some(shown)) if is_allowed(effect, *shown, *status) => {}
                (_, Some(shown)) => assert_eq!(shown, status, "{what}: the state of {id}"),
                (None, None) => unnamed += 1,
                (Some(before), None) => {
                    let same = before == status;
                    assert!(
                        same || is_allowed(effect, *before, *status),
                        "{what}: {id} {before} {status}"
                    );
                }
            }
            if before.is_some_and(|before| is_end(*before) && before != status) {
                assert!(effect.may_reopen, "{what}: {id} had ended, and is {status}");
            }
            present.insert(id.clone(), *status);
        }
        for id in self.tasks.keys().filter(|id| !present.contains_key(*id)) {
            assert!(effect.removed.contains(id), "{what}: {id} is gone");
        }
        if !effect.may_add {
            assert_eq!(unnamed, effect.added, "{what}: the number of new tasks");
        }
        self.tasks = present;
    }

    fn follow_agents(&mut self, what: &str, effect: &Effect, now: &Snapshot) {
        self.stated.retain(|id| !effect.working.contains(id));
        self.stated.extend(effect.stated.iter().cloned());
        for (id, status) in &now.agents {
            let is_working = *status == working_status(now.held_by(id));
            let is_stated = self.stated.contains(id);
            assert!(
                is_working || is_stated,
                "{what}: {id} is {status}, and holds {}",
                now.held_by(id)
            );
        }
    }
}

fn working_status(held: usize) -> AgentStatus {
    match held {
        0 => AgentStatus::Idle,
        _ => AgentStatus::Busy,
    }
}

fn is_end(status: TaskStatus) -> bool {
    use TaskStatus::{Cancelled, Completed, Failed};
    matches!(status, Completed | Failed | Cancelled)
}

fn is_at_work(status: TaskStatus) -> bool {
    matches!(status, TaskStatus::Assigned | TaskStatus::InProgress)
}

/// What a call may do to a task that its answer doesn't show.
fn is_allowed(effect: &Effect, before: TaskStatus, after: TaskStatus) -> bool {
    let falls = effect.may_change_others && !is_end(before) && after == TaskStatus::Cancelled;
    let reopens = effect.may_reopen && after == TaskStatus::Pending;
    let is_put_back =
        effect.may_change_others && is_at_work(before) && after == TaskStatus::Pending;
    falls || reopens || is_put_back
}

/// A token is that of one claim, and so of one holder, and its tasks are at work.
fn one_holder_each(what: &str, now: &Snapshot) {
    let mut holders = BTreeMap::new();
    for task in now.tasks.iter().filter(|task| task.token.is_some()) {
        let (id, holder) = (&task.id, &task.holder);
        let known = holders.entry(&task.token).or_insert(holder);
        assert_eq!(
            *known, holder,
            "{what}: the token of {id} has another holder"
        );
        assert!(
            is_at_work(task.status),
            "{what}: {id} is {}, and leased",
            task.status
        );
    }
}
