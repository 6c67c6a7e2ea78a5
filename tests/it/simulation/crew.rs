//! The agents: they claim, run, complete and fail, and now and then one hangs or dies.

use std::time::Duration;

use orchestra_store::models::{AgentId, Task, TaskId};
use orchestra_store::services::agents::{self, NewAgent};
use orchestra_store::services::tasks::{self, Claim, Failure, LeaseToken, TaskProgress};
use orchestra_store::types::{AgentStatus, TaskStatus, TimeSpan, Timestamp};
use orchestra_store::{ErrorCode, Result, UnitOfWork};

use super::ledger::Ledger;
use super::world::{QUEUES, REPOSITORIES, TICK, World};
use crate::random::Random;

/// What a worker does now.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Mode {
    Well,
    /// It does nothing until then, and goes on as if nothing had been.
    Hangs(Timestamp),
    /// It is gone until then, and knows nothing of what it had.
    Dead(Timestamp),
}

/// How a run ends.
#[derive(Debug, Clone, Copy)]
enum Fate {
    Completes,
    Fails,
    FailsForGood,
    IsGivenBack,
}

#[derive(Debug)]
struct Held {
    id: TaskId,
    token: LeaseToken,
    is_started: bool,
    progress: i32,
    ends_at: Timestamp,
    fate: Fate,
}

#[derive(Debug)]
struct Worker {
    new: NewAgent,
    id: AgentId,
    mode: Mode,
    held: Vec<Held>,
}

#[derive(Debug)]
pub struct Crew {
    workers: Vec<Worker>,
    /// Whether anything still goes wrong.
    pub has_accidents: bool,
    pub crashes: usize,
}

impl Crew {
    pub fn hire(world: &mut World, agents: usize) -> Self {
        let workers = (0..agents).map(|number| Worker::hire(world, number));
        Self {
            workers: workers.collect(),
            has_accidents: true,
            crashes: 0,
        }
    }

    pub fn ids(&self) -> Vec<AgentId> {
        self.workers
            .iter()
            .map(|worker| worker.id.clone())
            .collect()
    }

    /// Each has its turn, in any order; a tick passes meanwhile. Says whether anybody has work.
    pub fn work(&mut self, world: &mut World, ledger: &mut Ledger) -> bool {
        let mut order: Vec<usize> = (0..self.workers.len()).collect();
        world.random.shuffle(&mut order);
        let turn = TICK / order.len() as u32;
        for place in order {
            world.test.clock.advance(turn);
            let worker = &mut self.workers[place];
            if self.has_accidents && worker.mode == Mode::Well && world.random.happens(6) {
                worker.mode = accident(world);
                self.crashes += 1;
            }
            worker.turn(world, ledger);
        }
        self.workers.iter().any(|worker| !worker.held.is_empty())
    }
}

fn accident(world: &mut World) -> Mode {
    let hours = world.random.number(1..9);
    let until = world.now() + Duration::from_secs(hours * 3600);
    if world.random.happens(500) {
        Mode::Hangs(until)
    } else {
        Mode::Dead(until)
    }
}

impl Worker {
    fn hire(world: &mut World, number: usize) -> Self {
        let path = match world.random.happens(50) {
            true => "*",
            false => REPOSITORIES[number % REPOSITORIES.len()],
        };
        let id = AgentId::new(format!("agent-{number:03}")).unwrap();
        let new = NewAgent {
            id: Some(id.clone()),
            max_concurrent_tasks: world.random.number(1..5) as i32,
            health_check_interval: TimeSpan::from(TICK),
            ..NewAgent::new(format!("Agent {number}"), "simulated", path)
        };
        let worker = Self {
            new,
            id,
            mode: Mode::Well,
            held: Vec::new(),
        };
        worker.register(world);
        worker
    }

    fn register(&self, world: &World) {
        let registered = world
            .test
            .store
            .write(|uow| agents::register(uow, &self.new));
        registered.unwrap();
    }

    fn turn(&mut self, world: &mut World, ledger: &mut Ledger) {
        match self.mode {
            Mode::Hangs(until) | Mode::Dead(until) if world.now() < until => return,
            Mode::Dead(_) => {
                self.held.clear();
                self.register(world);
            }
            _ => {}
        }
        self.mode = Mode::Well;
        let store = world.test.store.clone();
        let done = store.write(|uow| {
            agents::heartbeat(uow, &self.id)?;
            for mut held in std::mem::take(&mut self.held) {
                if held.work(uow, &mut world.random, ledger)? {
                    self.held.push(held);
                }
            }
            self.claim(uow, &mut world.random, ledger)
        });
        done.unwrap_or_else(|e| panic!("{}: {e}", self.id));
    }

    fn claim(
        &mut self,
        uow: &mut UnitOfWork<'_>,
        random: &mut Random,
        ledger: &mut Ledger,
    ) -> Result<()> {
        let mut claim = Claim::agent(&self.id).up_to(random.number(1..5) as u32);
        if random.happens(50) {
            claim = claim.from_queues(QUEUES);
        }
        let tasks = match tasks::claim(uow, &claim) {
            Err(e) if e.code() == ErrorCode::InvalidTransition => {
                // Somebody put it into this state, and takes it out again.
                assert_eq!(agents::get(uow, &self.id)?.status, AgentStatus::Error);
                return Ok(());
            }
            claimed => claimed?,
        };
        for task in &tasks {
            ledger.claimed(&self.id, self.new.max_concurrent_tasks, task, uow.now());
            self.held.push(Held::new(task, random, uow.now()));
        }
        Ok(())
    }
}

impl Held {
    fn new(task: &Task, random: &mut Random, now: Timestamp) -> Self {
        let seconds = TICK.as_secs() * random.number(1..3) - random.number(0..300);
        Self {
            id: task.id.clone(),
            token: task.lease_token.clone().unwrap(),
            is_started: false,
            progress: 0,
            ends_at: now + Duration::from_secs(seconds),
            fate: match random.number(0..100) {
                0..12 => Fate::Fails,
                12..14 => Fate::FailsForGood,
                14..17 => Fate::IsGivenBack,
                _ => Fate::Completes,
            },
        }
    }

    /// Goes on with the task; says whether there is more to do. Who has lost its lease drops it.
    fn work(
        &mut self,
        uow: &mut UnitOfWork<'_>,
        random: &mut Random,
        ledger: &mut Ledger,
    ) -> Result<bool> {
        match self.step(uow, random, ledger) {
            Err(e) if e.code() == ErrorCode::Conflict => {
                ledger.refused(&self.id, &self.token, uow.now());
                Ok(false)
            }
            done => done,
        }
    }

    fn step(
        &mut self,
        uow: &mut UnitOfWork<'_>,
        random: &mut Random,
        ledger: &mut Ledger,
    ) -> Result<bool> {
        let heartbeat = tasks::heartbeat(uow, &self.id, &self.token, None)?;
        ledger.extended(&self.id, &self.token, heartbeat.lease_expires_at);
        if heartbeat.cancel_requested {
            let task = tasks::acknowledge_cancel(uow, &self.id, &self.token)?;
            ledger.ended(&self.id, &self.token, task.status);
            return Ok(false);
        }
        if !self.is_started {
            tasks::start(uow, &self.id, Some(&self.token))?;
            self.is_started = true;
        }
        if uow.now() < self.ends_at {
            if random.happens(300) {
                self.progress = (self.progress + random.number(0..40) as i32).min(100);
                let progress = TaskProgress::at(self.progress);
                tasks::update_progress(uow, &self.id, Some(&self.token), &progress)?;
            }
            return Ok(true);
        }
        let status = self.end(uow)?;
        ledger.ended(&self.id, &self.token, status);
        Ok(false)
    }

    fn end(&self, uow: &mut UnitOfWork<'_>) -> Result<TaskStatus> {
        let (id, token) = (&self.id, Some(&self.token));
        let mut failure = Failure::new("it didn't work");
        let task = match self.fate {
            Fate::Completes => tasks::complete(uow, id, token, Some("done"))?,
            Fate::IsGivenBack => tasks::release(uow, id, token)?,
            Fate::Fails => tasks::fail(uow, id, token, &failure)?,
            Fate::FailsForGood => {
                failure.permanent = true;
                tasks::fail(uow, id, token, &failure)?
            }
        };
        Ok(task.status)
    }
}
