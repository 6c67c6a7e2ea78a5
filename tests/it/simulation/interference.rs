//! What people do to work that is under way.

use orchestra_store::models::AgentId;
use orchestra_store::services::agents;
use orchestra_store::services::tasks::{self, QueueScope, Reason, TaskFilter};
use orchestra_store::services::workflows;
use orchestra_store::types::{AgentStatus, FailurePolicy};
use orchestra_store::{ErrorCode, Result, UnitOfWork};

use super::ledger::Ledger;
use super::office::Office;
use super::world::{QUEUES, REPOSITORIES, World};

impl Office {
    /// Does what people do to work that is under way.
    pub fn interfere(&mut self, world: &mut World, ledger: &mut Ledger) {
        if world.random.happens(60) {
            self.pause_something(world);
        }
        if world.random.happens(100) {
            self.resume_something(world);
        }
        if world.random.happens(400) {
            self.touch_a_task(world, ledger);
        }
        if world.random.happens(300) {
            self.rewire_a_task(world);
        }
        if world.random.happens(400) {
            self.touch_an_execution(world);
        }
        if world.random.happens(100) {
            let redriven = world
                .test
                .store
                .write(|uow| tasks::redrive(uow, &TaskFilter::default(), 5));
            self.interventions += redriven.unwrap().len();
        }
        if world.random.happens(30) {
            self.put_an_agent_out_of_service(world);
        }
        if world.random.happens(200) {
            self.put_an_agent_back(world);
        }
    }

    fn pause_something(&mut self, world: &mut World) {
        let path = REPOSITORIES[world.random.index(REPOSITORIES.len())];
        let queue = QUEUES[world.random.index(QUEUES.len())];
        let scope = match world.random.number(0..3) {
            0 => QueueScope::repository(path),
            1 => QueueScope::queue(queue),
            _ => QueueScope {
                queue_name: Some(queue.to_owned()),
                repository_path: Some(path.to_owned()),
            },
        };
        let paused = world
            .test
            .store
            .write(|uow| tasks::pause(uow, &scope, Some("a drill")));
        let is_paused = self.paused.contains(&scope);
        assert_eq!(
            paused.err().map(|e| e.code()),
            is_paused.then_some(ErrorCode::AlreadyExists)
        );
        if !is_paused {
            self.paused.push(scope);
            self.interventions += 1;
        }
    }

    fn resume_something(&mut self, world: &mut World) {
        if !self.paused.is_empty() {
            let scope = self
                .paused
                .swap_remove(world.random.index(self.paused.len()));
            world
                .test
                .store
                .write(|uow| tasks::resume(uow, &scope))
                .unwrap();
        }
    }

    fn touch_a_task(&mut self, world: &mut World, ledger: &mut Ledger) {
        let Some(id) = world.random.recent(&self.tasks).cloned() else {
            return;
        };
        let agent = world.random.choose(&self.agents).cloned();
        let agent = agent.filter(|_| world.random.happens(500));
        let is_cancelled = world.random.happens(500);
        let touched = world.test.store.write(|uow| match is_cancelled {
            true => tasks::cancel(uow, &id, Some("no longer wanted")),
            false => tasks::reassign(uow, &id, agent.as_ref()),
        });
        let is_done = self.unless_refused(touched);
        if is_done && !is_cancelled {
            ledger.taken_away(&id);
        }
    }

    /// Lets a task wait for another one, or no longer wait for one that it waits for.
    fn rewire_a_task(&mut self, world: &mut World) {
        let recent = |world: &mut World| world.random.recent(&self.tasks).cloned();
        let (Some(id), Some(other)) = (recent(world), recent(world)) else {
            return;
        };
        let is_freed = world.random.happens(300);
        let rewired = world.test.store.write(|uow| match is_freed {
            true => {
                let waits_for = tasks::explain(uow, &id)?.reasons.into_iter();
                let mut waits_for = waits_for.filter_map(|reason| match reason {
                    Reason::WaitsFor { task_id, .. } | Reason::BlockedBy { task_id, .. } => {
                        Some(task_id)
                    }
                    _ => None,
                });
                let parent = waits_for.next().unwrap_or(other);
                tasks::remove_dependency(uow, &id, &parent)
            }
            false => tasks::add_dependency(uow, &id, &other, FailurePolicy::Cancel),
        });
        self.unless_refused(rewired);
    }

    fn touch_an_execution(&mut self, world: &mut World) {
        let Some(id) = world.random.recent(&self.executions).cloned() else {
            return;
        };
        let choice = world.random.number(0..10);
        let touched = world.test.store.write(|uow| match choice {
            0..3 => workflows::pause(uow, &id),
            3..7 => workflows::resume(uow, &id),
            7 => workflows::cancel(uow, &id, None),
            _ => workflows::retry(uow, &id, None),
        });
        self.unless_refused(touched);
    }

    /// What was asked for may have become impossible meanwhile.
    fn unless_refused<T>(&mut self, outcome: Result<T>) -> bool {
        use ErrorCode::{AlreadyExists, Conflict, InvalidArgument, InvalidTransition, NotFound};
        match outcome {
            Ok(_) => self.interventions += 1,
            Err(e) => {
                let refusals = [
                    AlreadyExists,
                    Conflict,
                    InvalidArgument,
                    InvalidTransition,
                    NotFound,
                ];
                assert!(refusals.contains(&e.code()), "{e}");
                return false;
            }
        }
        true
    }

    fn put_an_agent_out_of_service(&mut self, world: &mut World) {
        if let Some(id) = world.random.choose(&self.agents).cloned() {
            self.set_status(world, &id, AgentStatus::Error);
            self.in_error.push(id);
        }
    }

    fn put_an_agent_back(&mut self, world: &World) {
        if let Some(id) = self.in_error.pop() {
            self.set_status(world, &id, AgentStatus::Idle);
        }
    }

    fn set_status(&self, world: &World, id: &AgentId, status: AgentStatus) {
        let set = |uow: &mut UnitOfWork<'_>| agents::set_status(uow, id, status, None);
        world.test.store.write(set).unwrap();
    }

    /// Takes back all that keeps work from being done.
    pub fn let_all_go_on(&mut self, world: &World) {
        for scope in self.paused.drain(..) {
            world
                .test
                .store
                .write(|uow| tasks::resume(uow, &scope))
                .unwrap();
        }
        while !self.in_error.is_empty() {
            self.put_an_agent_back(world);
        }
        for id in self.executions.clone() {
            let resumed = world.test.store.write(|uow| workflows::resume(uow, &id));
            self.unless_refused(resumed);
        }
    }
}
