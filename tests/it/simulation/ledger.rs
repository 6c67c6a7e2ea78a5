//! Who runs what, as the workers know it: whether a task was ever run twice at a time, or an agent
//! got more than it has room for.

use std::collections::{BTreeMap, HashSet};

use orchestra_store::models::{AgentId, Task, TaskId};
use orchestra_store::services::tasks::LeaseToken;
use orchestra_store::types::{TaskStatus, Timestamp};

use crate::support::token_of;

/// A task in the hands of a worker.
#[derive(Debug)]
struct Run {
    agent: AgentId,
    token: LeaseToken,
    until: Timestamp,
}

#[derive(Debug, Default)]
pub struct Ledger {
    runs: BTreeMap<TaskId, Run>,
    completed: HashSet<TaskId>,
    pub claims: usize,
    pub lost: usize,
}

impl Ledger {
    /// An agent got a task: nobody else has a valid lease of it, it was never completed, and the
    /// agent has room for it.
    pub fn claimed(&mut self, agent: &AgentId, capacity: i32, task: &Task, now: Timestamp) {
        let id = &task.id;
        let other = self.runs.get(id).filter(|run| run.until > now);
        assert!(other.is_none(), "{id} went to {agent} too: {other:?}");
        assert!(!self.completed.contains(id), "{id} runs after its end");
        let run = Run {
            agent: agent.clone(),
            token: token_of(task),
            until: task.lease_expires_at.unwrap(),
        };
        self.runs.insert(id.clone(), run);
        self.claims += 1;
        let of_agent = self.runs.values().filter(|run| run.agent == *agent);
        let held = of_agent.filter(|run| run.until > now).count();
        assert!(held <= capacity as usize, "{agent} holds {held} tasks");
    }

    pub fn extended(&mut self, id: &TaskId, token: &LeaseToken, until: Timestamp) {
        self.of(id, token).until = until;
    }

    /// The store took the end of a run, or took the task back.
    pub fn ended(&mut self, id: &TaskId, token: &LeaseToken, status: TaskStatus) {
        self.of(id, token);
        self.runs.remove(id);
        if status == TaskStatus::Completed {
            assert!(
                self.completed.insert(id.clone()),
                "{id} was completed twice"
            );
        }
    }

    /// The store refused a worker: its lease had ended, or was taken away.
    pub fn refused(&mut self, id: &TaskId, token: &LeaseToken, now: Timestamp) {
        let own = self.runs.get(id).filter(|run| run.token == *token);
        let valid = own.filter(|run| run.until > now);
        assert!(valid.is_none(), "{id} was refused its worker: {valid:?}");
        self.lost += 1;
    }

    /// A person took a task from who has it.
    pub fn taken_away(&mut self, id: &TaskId) {
        self.runs.remove(id);
    }

    pub fn completed(&self) -> usize {
        self.completed.len()
    }

    fn of(&mut self, id: &TaskId, token: &LeaseToken) -> &mut Run {
        let run = self.runs.get_mut(id).filter(|run| run.token == *token);
        run.unwrap_or_else(|| panic!("{id} was taken from who has no lease of it"))
    }
}
