//! Two stores on one database whose wall clocks jump by minutes, hours and years, against a model that knows the true
//! time: nothing runs twice at a time, nothing is blocked longer than a jump lasted, nothing is deleted early.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use diesel::prelude::*;
use orchestra_store::models::{AgentId, Task, TaskId};
use orchestra_store::schema::tasks as rows;
use orchestra_store::services::agents::{self, NewAgent};
use orchestra_store::services::tasks::{self, Claim, Failure, LeaseToken, NewTask};
use orchestra_store::types::{AgentStatus, TaskStatus, TimeSpan, Timestamp};
use orchestra_store::{Durability, ManualClock, SequentialIds, Store, StoreConfig};

use crate::random::Random;
use crate::support::{REPOSITORY, scaled};

const LEASE: u64 = 60;
const KEPT: u64 = 3600;
const TOLERANCE: u64 = 60;

/// How a clock jumps, with the most seconds by which it does.
const JUMPS: [(&str, i64); 8] = [
    ("right again", 0),
    ("right again", 0),
    ("minutes ahead", 600),
    ("minutes back", -600),
    ("hours ahead", 36_000),
    ("hours back", -36_000),
    ("years ahead", 10 * 365 * 86_400),
    ("years back", -10 * 365 * 86_400),
];

/// One process: its store, its clock, and by how many seconds that is wrong.
struct Process {
    store: Store,
    clock: Arc<ManualClock>,
    wrong_by: i64,
}

/// A worker that lives: it renews its lease in time.
struct Worker {
    process: usize,
    task: TaskId,
    token: LeaseToken,
    renewed: u64,
}

struct Model {
    processes: Vec<Process>,
    random: Random,
    /// Seconds that have truly passed.
    passed: u64,
    start: Timestamp,
    workers: Vec<Worker>,
    /// Tasks that wait for nothing and nobody.
    ready: BTreeSet<TaskId>,
    /// Tasks whose workers died.
    abandoned: BTreeSet<TaskId>,
    /// When each task truly completed, of those whose process's clock wasn't behind.
    completed: BTreeMap<TaskId, u64>,
    struck: BTreeMap<&'static str, u32>,
    done: BTreeMap<&'static str, u32>,
    agent: AgentId,
    _directory: tempfile::TempDir,
}

impl Model {
    fn new(seed: u64) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let start: Timestamp = "2026-01-01".parse().unwrap();
        let first = Arc::new(ManualClock::at(start));
        let second = Arc::new(first.beside(start));
        let processes: Vec<Process> = [("a", first), ("b", second)]
            .into_iter()
            .map(|(name, clock)| {
                let mut config = StoreConfig::new(directory.path().join("orchestra.db"));
                config.durability = Durability::Normal;
                config.clock = Arc::clone(&clock) as _;
                config.ids = Arc::new(SequentialIds::new(name));
                config.queue.lease = Duration::from_secs(LEASE);
                config.retention.completed_tasks = Some(Duration::from_secs(KEPT));
                config.retention.max_clock_gap = Duration::ZERO;
                config.clock_tolerance = Duration::from_secs(TOLERANCE);
                Process {
                    store: Store::open(config).unwrap(),
                    clock,
                    wrong_by: 0,
                }
            })
            .collect();
        let agent = NewAgent::new("Ada", "claude-code", REPOSITORY);
        let agent = processes[0]
            .store
            .write(|uow| agents::register(uow, &agent));
        processes[0]
            .store
            .maintain(Duration::from_secs(60))
            .unwrap();
        Self {
            agent: agent.unwrap().id,
            processes,
            random: Random::new(seed),
            passed: 0,
            start,
            workers: Vec::new(),
            ready: BTreeSet::new(),
            abandoned: BTreeSet::new(),
            completed: BTreeMap::new(),
            struck: BTreeMap::new(),
            done: BTreeMap::new(),
            _directory: directory,
        }
    }

    fn count(&mut self, what: &'static str) {
        *self.done.entry(what).or_default() += 1;
    }

    fn any_process(&mut self) -> usize {
        self.random.index(self.processes.len())
    }

    fn store(&self, process: usize) -> &Store {
        &self.processes[process].store
    }

    /// Sets the clock of a process to a time that is wrong by so many seconds.
    fn set_clock(&mut self, process: usize, wrong_by: i64) {
        let passed = i64::try_from(self.passed).unwrap();
        let ticks = (passed + wrong_by) * TimeSpan::TICKS_PER_SECOND;
        let process = &mut self.processes[process];
        process.clock.set(self.start + TimeSpan::from_ticks(ticks));
        process.wrong_by = wrong_by;
    }

    fn jump(&mut self) {
        let process = self.any_process();
        let (kind, most) = JUMPS[self.random.index(JUMPS.len())];
        let part = i64::try_from(self.random.number(500..1000)).unwrap();
        self.set_clock(process, most / 1000 * part);
        *self.struck.entry(kind).or_default() += 1;
    }

    /// Starts the machine anew: all workers are gone.
    fn reboot(&mut self) {
        self.processes[0].clock.reboot();
        let gone = self.workers.drain(..).map(|worker| worker.task);
        self.abandoned.extend(gone);
        *self.struck.entry("reboot").or_default() += 1;
    }

    /// Lets time pass; the workers that live renew their leases meanwhile.
    fn pass(&mut self, seconds: u64) {
        for _ in 0..seconds.div_ceil(20) {
            self.processes[0].clock.advance(Duration::from_secs(20));
            self.passed += 20;
            for index in 0..self.workers.len() {
                if self.passed - self.workers[index].renewed >= LEASE / 2 {
                    self.renew(index);
                }
            }
        }
    }

    fn renew(&mut self, index: usize) {
        let worker = &self.workers[index];
        let beat = self
            .store(worker.process)
            .write(|uow| tasks::heartbeat(uow, &worker.task, &worker.token, None));
        beat.unwrap_or_else(|e| panic!("{} was taken from a worker that lives: {e}", worker.task));
        self.workers[index].renewed = self.passed;
        self.count("heartbeats");
    }

    fn enqueue(&mut self) {
        let process = self.any_process();
        let new = NewTask::new("work", REPOSITORY);
        let task = self.store(process).write(|uow| tasks::enqueue(uow, &new));
        self.ready.insert(task.unwrap().id);
        self.count("tasks for now");
    }

    fn claim(&mut self) {
        if self.workers.len() > 50 {
            return self.end_a_run();
        }
        let process = self.any_process();
        let claim = Claim::repository(REPOSITORY, "w").up_to(3);
        let claimed = self.store(process).write(|uow| tasks::claim(uow, &claim));
        let claimed = claimed.unwrap();
        for task in &claimed {
            let holder = self.workers.iter().find(|worker| worker.task == task.id);
            assert!(holder.is_none(), "{} has two workers", task.id);
            self.ready.remove(&task.id);
        }
        assert!(
            claimed.len() == 3 || self.ready.is_empty(),
            "blocked for a clock that is {} s wrong: {:?}",
            self.processes[process].wrong_by,
            self.ready
        );
        for task in claimed {
            self.start(process, task);
        }
    }

    fn start(&mut self, process: usize, task: Task) {
        let token = task.lease_token.unwrap();
        let started = self
            .store(process)
            .write(|uow| tasks::start(uow, &task.id, Some(&token)));
        started.unwrap();
        self.count("runs");
        self.workers.push(Worker {
            process,
            task: task.id,
            token,
            renewed: self.passed,
        });
    }

    /// A worker completes its task, fails, or dies.
    fn end_a_run(&mut self) {
        if self.workers.is_empty() {
            return;
        }
        let index = self.random.index(self.workers.len());
        let Worker {
            process,
            task,
            token,
            ..
        } = self.workers.swap_remove(index);
        match self.random.number(0..4) {
            0 => {
                self.abandoned.insert(task);
                self.count("deaths");
            }
            1 => {
                let failure = Failure::new("no");
                let failed = self
                    .store(process)
                    .write(|uow| tasks::fail(uow, &task, Some(&token), &failure));
                failed.unwrap();
                self.count("failures");
            }
            _ => {
                let done = self
                    .store(process)
                    .write(|uow| tasks::complete(uow, &task, Some(&token), None));
                done.unwrap();
                if self.processes[process].wrong_by >= 0 {
                    self.completed.insert(task, self.passed);
                }
                self.count("completions");
            }
        }
    }

    fn rescue(&mut self, process: usize) {
        let rescued = self
            .store(process)
            .write(|uow| tasks::rescue_expired(uow, 1000));
        let rescued = rescued.unwrap();
        let ended = rescued.failed.iter().chain(&rescued.cancelled);
        for id in rescued.requeued.iter().chain(ended) {
            let known = self.abandoned.remove(id);
            assert!(known, "{id} was taken from a worker that lives");
        }
        self.ready.extend(rescued.requeued);
        self.ready.extend(rescued.due);
        self.count("rescues");
    }

    fn retain(&mut self, process: usize) {
        let report = self
            .store(process)
            .maintain(Duration::from_secs(600))
            .unwrap();
        assert_eq!(report.errors().count(), 0, "{report:?}");
        // The upkeep rescues too.
        self.read_back();
        let kept: BTreeSet<TaskId> = self
            .store(process)
            .read(|reader| {
                let ids: Vec<TaskId> = rows::table.select(rows::id).load(reader.connection())?;
                Ok(ids.into_iter().collect())
            })
            .unwrap();
        let (passed, wrong_by) = (self.passed, self.processes[process].wrong_by);
        self.completed.retain(|id, &mut at| {
            let is_kept = kept.contains(id);
            assert!(
                is_kept || passed - at + TOLERANCE >= KEPT,
                "{id} was deleted after {} s by a clock that is {wrong_by} s wrong",
                passed - at
            );
            is_kept
        });
        self.count("rounds of upkeep");
    }

    /// Follows what the upkeep did with the tasks of workers that died.
    fn read_back(&mut self) {
        for id in std::mem::take(&mut self.abandoned) {
            let task = self
                .store(0)
                .read(|reader| tasks::get(reader, &id))
                .unwrap();
            match task.status {
                TaskStatus::Pending => drop(self.ready.insert(id)),
                TaskStatus::Assigned | TaskStatus::InProgress => drop(self.abandoned.insert(id)),
                _ => {}
            }
        }
        for worker in &self.workers {
            let task = self
                .store(0)
                .read(|reader| tasks::get(reader, &worker.task));
            assert_eq!(task.unwrap().lease_token.as_ref(), Some(&worker.token));
        }
    }

    fn ping(&mut self) {
        let process = self.any_process();
        let beat = self
            .store(process)
            .write(|uow| agents::heartbeat(uow, &self.agent));
        beat.unwrap();
        self.count("pings");
    }

    /// With the clocks right again, everything goes on within the times that it has by itself.
    fn assert_nothing_is_blocked(&mut self) {
        (0..self.processes.len()).for_each(|process| self.set_clock(process, 0));
        self.rescue(1);
        self.pass(LEASE + TOLERANCE + 20);
        self.rescue(0);
        assert!(
            self.abandoned.is_empty(),
            "still leased: {:?}",
            self.abandoned
        );
        // The longest backoff, with its jitter.
        self.pass(680);
        self.rescue(0);
        let waiting = self.store(0).read(|reader| {
            Ok(rows::table
                .filter(rows::status.eq(TaskStatus::Pending))
                .filter(rows::due_at.gt(reader.now()))
                .select(rows::id)
                .load::<TaskId>(reader.connection())?)
        });
        for id in waiting.unwrap() {
            assert!(self.ready.contains(&id), "{id} waits for a wrong time");
        }
        self.store(0)
            .write(|uow| agents::sweep_health(uow, 10))
            .unwrap();
        self.pass(1000);
        self.store(0)
            .write(|uow| agents::sweep_health(uow, 10))
            .unwrap();
        let agent = self
            .store(0)
            .read(|reader| agents::get(reader, &self.agent));
        assert_eq!(agent.unwrap().status, AgentStatus::Offline);
        self.count("calms");
    }

    fn step(&mut self) {
        match self.random.number(0..1000) {
            0..300 => self.enqueue(),
            300..550 => self.claim(),
            550..850 => self.end_a_run(),
            850..910 => self.pass(20),
            910..940 => {
                let process = self.any_process();
                self.rescue(process);
            }
            940..965 => self.jump(),
            965..990 => self.ping(),
            990..995 => {
                let process = self.any_process();
                self.retain(process);
            }
            995..997 => self.reboot(),
            _ => self.assert_nothing_is_blocked(),
        }
    }
}

#[test]
fn clocks_that_jump_cost_no_more_than_the_jump() {
    let seed = std::env::var("ORCHESTRA_SEED").map_or(1, |seed| seed.parse().unwrap());
    let mut model = Model::new(seed);
    for _ in 0..scaled(4_000, 100_000) {
        model.step();
    }
    model.assert_nothing_is_blocked();
    println!(
        "seed {seed}; struck: {:?}; done: {:?}",
        model.struck, model.done
    );
    for (kind, _) in JUMPS.iter().chain(&[("reboot", 0)]) {
        assert!(model.struck.contains_key(kind), "{kind} never struck");
    }
}
