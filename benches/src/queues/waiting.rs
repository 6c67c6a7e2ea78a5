//! The time from the end of an enqueueing to the start of the task by one of a hundred claims that wait.

use std::fmt;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, SystemTime};

use orchestra_store::models::{AgentId, TaskId};
use orchestra_store::services::agents::{self, NewAgent};
use orchestra_store::services::tasks::{self, Claim, NewTask};
use orchestra_store::{CancelToken, Store, StoreConfig};

use crate::sides::scratch_directory;

/// How many claims wait.
pub const CLAIMS: usize = 100;
const PATH: &str = "/srv/git/waiting";
/// The pause before each enqueueing, in which all claims sleep again.
const PAUSE: Duration = Duration::from_millis(20);
/// What makes a process one that waits: the path of the database.
const CHILD: &str = "ORCHESTRA_BENCH_WAITS_IN";

/// What waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waiters {
    /// Agents of one repository.
    Agents,
    /// Workers of one repository.
    Workers,
}

/// How long tasks waited.
#[derive(Debug, Clone, Copy)]
pub struct Latency {
    /// How many processes there were: one, or another that enqueued.
    pub processes: usize,
    /// What waited.
    pub waiters: Waiters,
    /// Half of the tasks waited no longer.
    pub median: Duration,
    /// Of a hundred tasks, one waited longer.
    pub most: Duration,
}

impl fmt::Display for Latency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = |duration: Duration| duration.as_secs_f64() * 1e3;
        let (median, most) = (millis(self.median), millis(self.most));
        let (waiters, processes) = (self.waiters, self.processes);
        write!(
            f,
            "waiting {waiters:?} processes={processes} claims={CLAIMS} median={median:.2}ms p99={most:.2}ms"
        )
    }
}

/// A task that was started, and when.
type Started = (TaskId, SystemTime);

/// Measures and prints the latency of this many tasks in one process, and between two if `program` can be started as one
/// that [waits](wait_if_asked).
pub fn measure(tasks: usize, program: Option<&Path>) -> Vec<Latency> {
    let mut found = Vec::new();
    for waiters in [Waiters::Agents, Waiters::Workers] {
        found.push(in_one_process(waiters, tasks));
        found.extend(program.map(|program| between_two(waiters, tasks, program)));
    }
    for latency in &found {
        println!("{latency}");
    }
    found
}

fn in_one_process(waiters: Waiters, count: usize) -> Latency {
    let directory = scratch_directory();
    let store = open(&directory.path().join("waiting.db"));
    register(&store);
    let token = CancelToken::new();
    thread::scope(|scope| {
        let (sender, receiver) = channel();
        for number in 0..CLAIMS {
            let (store, claim, sender) = (
                store.cancellable(&token),
                claim(waiters, number),
                sender.clone(),
            );
            scope.spawn(move || work(&store, &claim, &sender));
        }
        let times = enqueue(&store, count, &receiver);
        token.cancel();
        latency(1, waiters, times)
    })
}

fn between_two(waiters: Waiters, count: usize, program: &Path) -> Latency {
    let directory = scratch_directory();
    let path = directory.path().join("waiting.db");
    let store = open(&path);
    register(&store);
    let mut child = Command::new(program)
        .env(CHILD, format!("{waiters:?} {}", path.display()))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (sender, receiver) = channel();
    let output = child.stdout.take().unwrap();
    let reader = thread::spawn(move || pass_on(output, &sender));
    let times = enqueue(&store, count, &receiver);
    end(&mut child);
    reader.join().unwrap();
    latency(2, waiters, times)
}

fn end(child: &mut Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

fn pass_on(output: ChildStdout, sender: &Sender<Started>) {
    for line in BufReader::new(output).lines() {
        let line = line.unwrap();
        let (nanos, id) = line.split_once(' ').unwrap();
        let since_epoch = Duration::from_nanos(nanos.parse().unwrap());
        let started = (
            TaskId::new(id).unwrap(),
            SystemTime::UNIX_EPOCH + since_epoch,
        );
        if sender.send(started).is_err() {
            return;
        }
    }
}

/// Waits for tasks in this process, until it is killed, if it was started for that; otherwise returns at once.
pub fn wait_if_asked() {
    let Ok(asked) = std::env::var(CHILD) else {
        return;
    };
    let (waiters, path) = asked.split_once(' ').unwrap();
    let waiters = match waiters {
        "Agents" => Waiters::Agents,
        _ => Waiters::Workers,
    };
    let store = open(Path::new(path));
    let (sender, receiver) = channel::<Started>();
    thread::scope(|scope| {
        for number in 0..CLAIMS {
            let (store, sender) = (&store, sender.clone());
            scope.spawn(move || work(store, &claim(waiters, number), &sender));
        }
        for (id, time) in receiver {
            let since_epoch = time.duration_since(SystemTime::UNIX_EPOCH).unwrap();
            println!("{} {id}", since_epoch.as_nanos());
        }
    });
}

fn open(path: &Path) -> Store {
    Store::open(StoreConfig::new(path)).unwrap()
}

fn agent(number: usize) -> AgentId {
    AgentId::new(format!("agent-{number}")).unwrap()
}

fn register(store: &Store) {
    let registered = store.write(|uow| {
        for number in 0..CLAIMS {
            let mut new = NewAgent::new(format!("Agent {number}"), "bench", PATH);
            new.id = Some(agent(number));
            agents::register(uow, &new)?;
        }
        Ok(())
    });
    registered.unwrap();
}

fn claim(waiters: Waiters, number: usize) -> Claim {
    match waiters {
        Waiters::Agents => Claim::agent(&agent(number)),
        Waiters::Workers => Claim::repository(PATH, format!("worker-{number}")),
    }
}

/// Claims and runs tasks until the wait is ended.
fn work(store: &Store, claim: &Claim, started: &Sender<Started>) {
    while let Ok(claimed) = store.claim_waiting(claim, Duration::MAX, tasks::claim_and_start) {
        let now = SystemTime::now();
        for task in claimed {
            let token = task.lease_token.as_ref();
            let ended = store.write(|uow| tasks::complete(uow, &task.id, token, None));
            ended.unwrap();
            if started.send((task.id, now)).is_err() {
                return;
            }
        }
    }
}

/// Enqueues tasks one after another, each once the one before has ended, and returns how long each waited. The first ones,
/// which find claims that don't sleep yet, don't count.
fn enqueue(store: &Store, count: usize, started: &Receiver<Started>) -> Vec<Duration> {
    let mut times = Vec::new();
    for _ in 0..count + count / 10 {
        thread::sleep(PAUSE);
        let new = NewTask::new("true", PATH);
        let task = store.write(|uow| tasks::enqueue(uow, &new)).unwrap();
        let enqueued = SystemTime::now();
        let (id, time) = started.recv().unwrap();
        assert_eq!(id, task.id);
        times.push(time.duration_since(enqueued).unwrap_or_default());
    }
    times.split_off(count / 10)
}

fn latency(processes: usize, waiters: Waiters, mut times: Vec<Duration>) -> Latency {
    times.sort();
    let at = |share: usize| times[(times.len() - 1) * share / 100];
    Latency {
        processes,
        waiters,
        median: at(50),
        most: at(99),
    }
}
