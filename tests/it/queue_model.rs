//! Random sequences of operations, done to the queue and to a plain model of it: each step has
//! the same outcome, and in the end both are in the same state.

mod model;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use diesel::connection::SimpleConnection as _;
use orchestra_store::maintenance::integrity;
use orchestra_store::models::{Agent, AgentId, QueuePause, Task, TaskId};
use orchestra_store::services::agents::{self, NewAgent};
use orchestra_store::services::code_repositories;
use orchestra_store::services::tasks::{
    self, Claim, Failure, LeaseToken, NewTask, QueueScope, TaskProgress,
};
use orchestra_store::types::{
    AgentStatus, FailurePolicy, TaskPriority, TaskStatus, TimeSpan, Timestamp,
};
use orchestra_store::{Clock as _, Durability, ErrorCode, Reader, Result, StoreConfig, UnitOfWork};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};

use crate::support::{TestStore, scaled};
use model::{Lease, Model, Scope, State};

const PATHS: [&str; 3] = ["/srv/git/a", "/srv/git/b", "*"];
const QUEUE: &str = "slow";
/// What is paused and resumed.
const SCOPES: [Scope; 3] = [
    (Some(QUEUE), None),
    (None, Some(PATHS[0])),
    (Some(QUEUE), Some(PATHS[1])),
];
const COMMANDS: [&str; 2] = ["ls", "pwd"];
/// The same sequences in each run.
const SEED: [u8; 32] = *b"the same sequences in each run..";

/// The token that a step shows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Token {
    None,
    OfClaim(usize),
    Unknown,
}

/// What came of a step.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    Error(ErrorCode),
    Done,
    Count(usize),
    Task(TaskStatus),
    Tasks(Vec<usize>),
}

/// Which token a step shows, seen from the task.
#[derive(Debug, Clone, Copy)]
enum Shown {
    /// That of its lease, if it has one.
    Right,
    /// None, whether it has a lease or not.
    None,
    /// That of the claim before the last, or one that never was.
    Stale,
}

#[derive(Debug, Clone)]
enum Step {
    Register {
        agent: u8,
        path: usize,
        capacity: i32,
    },
    Remove(u8),
    SetStatus(u8, AgentStatus),
    Ping(u8),
    Enqueue {
        path: usize,
        command: usize,
        priority: TaskPriority,
        agent: Option<u8>,
        delay: u64,
        max_retries: i32,
        key: Option<u8>,
        is_slow: bool,
        parents: BTreeSet<usize>,
        follows: bool,
    },
    Claim {
        agent: u8,
        limit: usize,
    },
    ClaimAsWorker {
        path: usize,
        limit: usize,
    },
    Start(usize, Shown),
    Heartbeat(usize, Shown),
    TaskProgress {
        task: usize,
        shown: Shown,
        percent: i32,
        back: bool,
    },
    Complete(usize, Shown),
    Fail {
        task: usize,
        shown: Shown,
        permanent: bool,
    },
    Cancel(usize),
    Pause(usize),
    Resume(usize),
    Reassign {
        task: usize,
        agent: Option<u8>,
    },
    Acknowledge(usize, Shown),
    Release(usize, Shown),
    Retry(usize),
    Rescue(usize),
    ReleaseUnleased(usize),
    Advance(u64),
}

fn step() -> impl Strategy<Value = Step> {
    // One agent more than are ever registered, and a task more than there are: unknown ids.
    let agent = || 0..4_u8;
    let path = || 0..PATHS.len();
    let task = || 0..6_usize;
    let limit = || 0..4_usize;
    let shown =
        || prop_oneof![8 => Just(Shown::Right), 1 => Just(Shown::None), 1 => Just(Shown::Stale)];
    prop_oneof![
        3 => (0..3_u8, path(), 1..4).prop_map(|(agent, path, capacity)| Step::Register { agent, path, capacity }),
        1 => agent().prop_map(Step::Remove),
        1 => (agent(), proptest::sample::select(AgentStatus::ALL)).prop_map(|(a, s)| Step::SetStatus(a, s)),
        1 => agent().prop_map(Step::Ping),
        8 => (
            0..2_usize,
            0..COMMANDS.len(),
            proptest::sample::select(TaskPriority::ALL),
            proptest::option::weighted(0.2, agent()),
            prop_oneof![3 => Just(0), 1 => 1..40_u64],
            0..3,
            proptest::option::weighted(0.2, 0..4_u8),
            (
                any::<bool>(),
                prop_oneof![2 => Just(BTreeSet::new()), 1 => proptest::collection::btree_set(task(), 1..3)],
                any::<bool>(),
            ),
        )
            .prop_map(|(path, command, priority, agent, delay, max_retries, key, (is_slow, parents, follows))| {
                Step::Enqueue {
                    path, command, priority, agent, delay, max_retries, key, is_slow, parents, follows,
                }
            }),
        7 => (agent(), limit()).prop_map(|(agent, limit)| Step::Claim { agent, limit }),
        3 => (path(), limit()).prop_map(|(path, limit)| Step::ClaimAsWorker { path, limit }),
        8 => (task(), shown()).prop_map(|(t, s)| Step::Start(t, s)),
        2 => (task(), shown()).prop_map(|(t, s)| Step::Heartbeat(t, s)),
        2 => (task(), shown(), -1..103, any::<bool>())
            .prop_map(|(task, shown, percent, back)| Step::TaskProgress { task, shown, percent, back }),
        5 => (task(), shown()).prop_map(|(t, s)| Step::Complete(t, s)),
        5 => (task(), shown(), proptest::bool::weighted(0.2))
            .prop_map(|(task, shown, permanent)| Step::Fail { task, shown, permanent }),
        2 => task().prop_map(Step::Cancel),
        1 => (0..SCOPES.len()).prop_map(Step::Pause),
        2 => (0..SCOPES.len()).prop_map(Step::Resume),
        2 => (task(), proptest::option::of(agent())).prop_map(|(task, agent)| Step::Reassign { task, agent }),
        1 => (task(), shown()).prop_map(|(t, s)| Step::Acknowledge(t, s)),
        2 => (task(), shown()).prop_map(|(t, s)| Step::Release(t, s)),
        4 => task().prop_map(Step::Retry),
        2 => limit().prop_map(Step::Rescue),
        1 => limit().prop_map(Step::ReleaseUnleased),
        4 => (0..70_u64).prop_map(Step::Advance),
    ]
}

/// The queue and its model, side by side.
struct Pair<'t> {
    test: &'t TestStore,
    start: Timestamp,
    model: Model,
    /// The tokens of the claims, by number.
    tokens: Vec<LeaseToken>,
    /// The claims that each task was taken with.
    claims_of: BTreeMap<usize, Vec<usize>>,
    /// The requests that used a key first.
    requests: BTreeMap<u8, NewTask>,
}

impl<'t> Pair<'t> {
    /// Begins with an empty database.
    fn new(test: &'t TestStore, start: Timestamp) -> Self {
        test.clock.set(start);
        let clear = "DELETE FROM Tasks; DELETE FROM Agents; DELETE FROM Repositories;
            DELETE FROM QueuePauses;";
        test.store
            .write(|uow| Ok(uow.connection().batch_execute(clear)?))
            .unwrap();
        Self {
            test,
            start,
            model: Model::default(),
            tokens: Vec::new(),
            claims_of: BTreeMap::new(),
            requests: BTreeMap::new(),
        }
    }

    fn token(&self, task: usize, shown: Shown) -> Token {
        match shown {
            Shown::None => Token::None,
            Shown::Right => {
                let lease = self
                    .model
                    .state
                    .tasks
                    .get(&task)
                    .and_then(|t| t.lease.as_ref());
                lease.map_or(Token::None, |lease| Token::OfClaim(lease.token))
            }
            Shown::Stale => match self.claims_of.get(&task).map(Vec::as_slice) {
                Some([.., stale, _]) => Token::OfClaim(*stale),
                _ => Token::Unknown,
            },
        }
    }

    fn real_token(&self, token: Token) -> Option<LeaseToken> {
        match token {
            Token::None => None,
            Token::OfClaim(claim) => Some(self.tokens[claim].clone()),
            Token::Unknown => Some(LeaseToken::new("nobody's").unwrap()),
        }
    }

    /// Does a step on both sides and returns what came of it: by the model, and really.
    fn run(&mut self, step: &Step) -> (Outcome, Outcome) {
        match *step {
            Step::Register {
                agent,
                path,
                capacity,
            } => {
                let mut new = NewAgent::new("A", "worker", PATHS[path]);
                new.id = Some(agent_id(agent));
                new.max_concurrent_tasks = capacity;
                let expected = self.model.register(agent, PATHS[path], capacity);
                (
                    expected,
                    self.write(|uow| agents::register(uow, &new), done),
                )
            }
            Step::Remove(agent) => (
                self.model.remove(agent),
                self.write(|uow| agents::remove(uow, &agent_id(agent)), done),
            ),
            Step::SetStatus(agent, status) => (
                self.model.set_status(agent, status),
                self.write(
                    |uow| agents::set_status(uow, &agent_id(agent), status, None),
                    done,
                ),
            ),
            Step::Ping(agent) => (
                self.model.ping(agent),
                self.write(|uow| agents::heartbeat(uow, &agent_id(agent)), done),
            ),
            Step::Enqueue { .. } => self.enqueue(step),
            Step::Claim { agent, limit } => {
                let expected = self.model.claim(agent, limit);
                let claim = Claim::agent(&agent_id(agent)).up_to(limit as u32);
                (expected, self.claim(&claim))
            }
            Step::ClaimAsWorker { path, limit } => {
                let expected = self.model.claim_as_worker(PATHS[path], limit);
                let claim = Claim::repository(PATHS[path], "worker").up_to(limit as u32);
                (expected, self.claim(&claim))
            }
            Step::Rescue(limit) => (self.model.rescue(limit), self.rescue(limit)),
            Step::ReleaseUnleased(limit) => (
                self.model.release_unleased(limit),
                self.write(
                    |uow| tasks::release_unleased(uow, limit as u32),
                    Outcome::Count,
                ),
            ),
            Step::Advance(seconds) => {
                self.model.now += seconds;
                self.test.clock.advance(Duration::from_secs(seconds));
                (Outcome::Done, Outcome::Done)
            }
            Step::Cancel(task) => (
                self.model.cancel(task),
                self.task_step(|uow| tasks::cancel(uow, &task_id(task), None)),
            ),
            Step::Pause(scope) => (
                self.model.pause(SCOPES[scope]),
                self.write(|uow| tasks::pause(uow, &real_scope(scope), None), done),
            ),
            Step::Resume(scope) => (
                self.model.resume(SCOPES[scope]),
                self.write(|uow| tasks::resume(uow, &real_scope(scope)), done),
            ),
            Step::Reassign { task, agent } => {
                let to = agent.map(agent_id);
                (
                    self.model.reassign(task, agent),
                    self.task_step(|uow| tasks::reassign(uow, &task_id(task), to.as_ref())),
                )
            }
            Step::Retry(task) => (
                self.model.retry(task),
                self.task_step(|uow| tasks::retry(uow, &task_id(task))),
            ),
            Step::Start(task, shown)
            | Step::Heartbeat(task, shown)
            | Step::Complete(task, shown)
            | Step::Acknowledge(task, shown)
            | Step::Release(task, shown)
            | Step::TaskProgress { task, shown, .. }
            | Step::Fail { task, shown, .. } => self.leased_step(step, task, shown),
        }
    }

    fn leased_step(&mut self, step: &Step, task: usize, shown: Shown) -> (Outcome, Outcome) {
        let token = self.token(task, shown);
        let (id, real) = (task_id(task), self.real_token(token));
        let real = real.as_ref();
        match *step {
            Step::Start(..) => (
                self.model.start(task, token),
                self.task_step(|uow| tasks::start(uow, &id, real)),
            ),
            Step::Complete(..) => (
                self.model.complete(task, token),
                self.task_step(|uow| tasks::complete(uow, &id, real, None)),
            ),
            Step::Release(..) => (
                self.model.release(task, token),
                self.task_step(|uow| tasks::release(uow, &id, real)),
            ),
            Step::Fail { permanent, .. } => {
                let failure = Failure {
                    message: "no".to_owned(),
                    permanent,
                };
                (
                    self.model.fail(task, token, permanent),
                    self.task_step(|uow| tasks::fail(uow, &id, real, &failure)),
                )
            }
            Step::TaskProgress { percent, back, .. } => {
                let progress = TaskProgress {
                    percentage: percent,
                    may_go_back: back,
                    ..TaskProgress::default()
                };
                (
                    self.model.progress(task, token, percent, back),
                    self.task_step(|uow| tasks::update_progress(uow, &id, real, &progress)),
                )
            }
            // These two can't be called without a token.
            Step::Heartbeat(..) | Step::Acknowledge(..) => {
                let token = if token == Token::None {
                    Token::Unknown
                } else {
                    token
                };
                let real = self.real_token(token).unwrap();
                if matches!(step, Step::Acknowledge(..)) {
                    return (
                        self.model.acknowledge(task, token),
                        self.task_step(|uow| tasks::acknowledge_cancel(uow, &id, &real)),
                    );
                }
                let beat = |uow: &mut UnitOfWork<'_>| {
                    tasks::heartbeat(uow, &id, &real, None)?;
                    tasks::get(uow, &id)
                };
                (self.model.heartbeat(task, token), self.task_step(beat))
            }
            _ => unreachable!("{step:?} is no step of a leased task"),
        }
    }

    fn enqueue(&mut self, step: &Step) -> (Outcome, Outcome) {
        let Step::Enqueue {
            path,
            command,
            priority,
            agent,
            delay,
            max_retries,
            key,
            is_slow,
            ref parents,
            follows,
        } = *step
        else {
            unreachable!("{step:?} doesn't enqueue");
        };
        let mut new = NewTask::new(COMMANDS[command], PATHS[path]);
        new.id = Some(task_id(self.model.state.tasks.len()));
        new.priority = priority;
        new.agent_id = agent.map(agent_id);
        new.available_at = Some(self.test.clock.now() + Duration::from_secs(delay));
        new.max_retries = Some(max_retries);
        new.idempotency_key = key.map(|key| format!("key {key}"));
        new.queue_name = is_slow.then(|| QUEUE.to_owned());
        new.depends_on = parents.iter().map(|id| task_id(*id).into()).collect();
        if follows {
            new.on_dependency_failure = FailurePolicy::Cancel;
        }
        let earlier = key.and_then(|key| self.requests.get(&key));
        if let Some(earlier) = earlier.filter(|_| delay == 0) {
            new = NewTask {
                id: new.id,
                ..earlier.clone()
            };
        }
        let repeats = earlier.is_some_and(|earlier| {
            let id = earlier.id.clone();
            *earlier == NewTask { id, ..new.clone() }
        });
        let expected = self.model.enqueue(
            model::Task {
                path: PATHS[path],
                command: COMMANDS[command],
                priority: priority.number(),
                pinned: agent.is_some(),
                max_retries,
                status: TaskStatus::Pending,
                agent,
                lease: None,
                available: self.model.now + delay,
                started: None,
                completed: None,
                retries: 0,
                progress: 0,
                cancel_requested: false,
                queue: is_slow.then_some(QUEUE),
                unmet: 0,
            },
            key.map(|key| (key, repeats)),
            parents,
            follows,
        );
        if let (Outcome::Tasks(_), Some(key)) = (&expected, key) {
            self.requests.entry(key).or_insert_with(|| new.clone());
        }
        let ids = |task: Task| Outcome::Tasks(vec![number_of(&task.id)]);
        (expected, self.write(|uow| tasks::enqueue(uow, &new), ids))
    }

    fn claim(&mut self, claim: &Claim) -> Outcome {
        let claimed = match self.test.store.write(|uow| tasks::claim(uow, claim)) {
            Ok(claimed) => claimed,
            Err(error) => return Outcome::Error(error.code()),
        };
        for task in &claimed {
            let claims = self.claims_of.entry(number_of(&task.id)).or_default();
            claims.push(self.tokens.len());
        }
        self.tokens
            .extend(claimed.first().and_then(|task| task.lease_token.clone()));
        Outcome::Tasks(claimed.iter().map(|task| number_of(&task.id)).collect())
    }

    /// The rescued tasks in the order in which the model rescues them.
    fn rescue(&self, limit: usize) -> Outcome {
        let before = self.test.store.read(|reader| self.observe(reader)).unwrap();
        let to_outcome = |rescue: tasks::Rescue| {
            let rescued = [rescue.requeued, rescue.failed, rescue.cancelled].concat();
            let mut ids: Vec<usize> = rescued.iter().map(number_of).collect();
            ids.sort_by_key(|id| (before.tasks[id].lease.as_ref().unwrap().expires, *id));
            Outcome::Tasks(ids)
        };
        self.write(|uow| tasks::rescue_expired(uow, limit as u32), to_outcome)
    }

    fn task_step(&self, work: impl FnOnce(&mut UnitOfWork<'_>) -> Result<Task>) -> Outcome {
        self.write(work, |task| Outcome::Task(task.status))
    }

    fn write<T>(
        &self,
        work: impl FnOnce(&mut UnitOfWork<'_>) -> Result<T>,
        outcome: impl FnOnce(T) -> Outcome,
    ) -> Outcome {
        match self.test.store.write(work) {
            Ok(value) => outcome(value),
            Err(error) => Outcome::Error(error.code()),
        }
    }

    /// What the database holds, in the model's terms.
    fn observe(&self, reader: &mut Reader<'_>) -> Result<State> {
        let mut state = State::default();
        for task in tasks::list(reader, &tasks::TaskFilter::default(), 1000)? {
            state
                .tasks
                .insert(number_of(&task.id), self.observed_task(&task));
        }
        for number in 0..4 {
            // A removed agent isn't found by the service, but its history is there.
            if let Some(agent) = find_agent(reader, number)? {
                state.agents.insert(number, self.observed_agent(&agent));
            }
        }
        for repository in code_repositories::list(reader)? {
            let path = known_path(&repository.path);
            let observed = model::Repository {
                total: repository.total_tasks,
                successful: repository.successful_tasks,
                failed: repository.failed_tasks,
                seconds: seconds(repository.total_execution_time),
            };
            state.repositories.insert(path, observed);
        }
        let scope_of = |pause: QueuePause| {
            let path = pause.repository_path.as_deref().map(known_path);
            (pause.queue_name.map(|_| QUEUE), path)
        };
        let pauses = tasks::list_pauses(reader)?.into_iter();
        state.pauses = pauses.map(scope_of).collect();
        Ok(state)
    }

    fn observed_task(&self, task: &Task) -> model::Task {
        let lease = task.lease_token.as_ref().map(|token| Lease {
            owner: task.lease_owner.clone().unwrap(),
            token: self.tokens.iter().position(|known| known == token).unwrap(),
            expires: self.since_start(task.lease_expires_at.unwrap()),
        });
        model::Task {
            path: known_path(&task.repository_path),
            command: COMMANDS.into_iter().find(|c| *c == task.command).unwrap(),
            priority: task.priority.number(),
            pinned: task.is_pinned,
            max_retries: task.max_retries,
            status: task.status,
            agent: task
                .agent_id
                .as_ref()
                .map(|id| id.as_str()[6..].parse().unwrap()),
            lease,
            available: self.since_start(task.available_at),
            started: task.started_at.map(|at| self.since_start(at)),
            completed: task.completed_at.map(|at| self.since_start(at)),
            retries: task.retry_count,
            progress: task.progress_percentage,
            cancel_requested: task.cancel_requested_at.is_some(),
            queue: task.queue_name.as_ref().map(|_| QUEUE),
            unmet: task.unmet_dependencies,
        }
    }

    fn observed_agent(&self, agent: &Agent) -> model::Agent {
        model::Agent {
            path: known_path(&agent.repository_path),
            capacity: agent.max_concurrent_tasks,
            status: agent.status,
            deleted: agent.is_deleted,
            pinged: self.since_start(agent.last_ping),
            completed: agent.total_tasks_completed,
            failed: agent.total_tasks_failed,
            seconds: seconds(agent.total_execution_time),
        }
    }

    fn since_start(&self, moment: Timestamp) -> u64 {
        seconds(moment - self.start)
    }
}

fn done<T>(_: T) -> Outcome {
    Outcome::Done
}

fn real_scope(scope: usize) -> QueueScope {
    let (queue, path) = SCOPES[scope];
    QueueScope {
        queue_name: queue.map(str::to_owned),
        repository_path: path.map(str::to_owned),
    }
}

fn task_id(number: usize) -> TaskId {
    TaskId::new(format!("task-{number:03}")).unwrap()
}

fn number_of(id: &TaskId) -> usize {
    id.as_str()[5..].parse().unwrap()
}

fn agent_id(number: u8) -> AgentId {
    AgentId::new(format!("agent-{number}")).unwrap()
}

fn known_path(path: &str) -> &'static str {
    PATHS.into_iter().find(|known| *known == path).unwrap()
}

fn seconds(span: TimeSpan) -> u64 {
    assert_eq!(span.ticks() % TimeSpan::TICKS_PER_SECOND, 0);
    (span.ticks() / TimeSpan::TICKS_PER_SECOND) as u64
}

fn find_agent(reader: &mut Reader<'_>, number: u8) -> Result<Option<Agent>> {
    use diesel::prelude::*;
    use orchestra_store::schema::agents;
    Ok(agents::table
        .find(agent_id(number))
        .select(Agent::as_select())
        .first(reader.connection())
        .optional()?)
}

fn compare(pair: &mut Pair<'_>, steps: &[Step]) -> std::result::Result<(), TestCaseError> {
    for (number, step) in steps.iter().enumerate() {
        let (expected, real) = pair.run(step);
        prop_assert_eq!(
            expected,
            real,
            "expected and real, step {}: {:?}",
            number,
            step
        );
    }
    let mut expected = pair.model.state.clone();
    expected.repositories.remove("*");
    let real = pair.test.store.read(|reader| pair.observe(reader)).unwrap();
    prop_assert_eq!(&expected.tasks, &real.tasks);
    prop_assert_eq!(&expected.agents, &real.agents);
    prop_assert_eq!(&expected.pauses, &real.pauses);
    prop_assert_eq!(&expected.repositories, &real.repositories);
    // A lease may have ended, a task been started for an agent that has too many, and a host have said that an agent is
    // busy without saying with what.
    let allowed = [
        "busy agents have a task",
        "leases are renewed or rescued",
        "agents hold no more than their capacity",
    ];
    let mut findings = pair.test.store.read(integrity::check).unwrap().findings;
    findings.retain(|finding| !allowed.contains(&finding.rule));
    prop_assert_eq!(findings, []);
    Ok(())
}

#[test]
fn the_queue_does_what_the_model_does() {
    let fast = |config: &mut StoreConfig| config.durability = Durability::Normal;
    let test = TestStore::with(fast);
    let start = test.clock.now();
    let config = Config {
        cases: scaled(300, 20_000),
        failure_persistence: None,
        ..Config::default()
    };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &SEED);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let sequence = proptest::collection::vec(step(), 1..120);
    let outcome = runner.run(&sequence, |steps| {
        compare(&mut Pair::new(&test, start), &steps)
    });
    if let Err(error) = outcome {
        panic!("seed {:?}\n{error}", String::from_utf8_lossy(&SEED));
    }
}
