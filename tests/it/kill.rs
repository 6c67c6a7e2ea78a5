//! Processes that are killed while they write lose nothing that they were told is done.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read as _, Write as _};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use orchestra_store::maintenance::integrity;
use orchestra_store::models::{AgentId, Task, TaskId};
use orchestra_store::services::agents::{self, NewAgent};
use orchestra_store::services::tasks::{self, Claim, NewTask};
use orchestra_store::types::TaskStatus;
use orchestra_store::{Result, Store, StoreConfig};

use crate::support::{REPOSITORY, child_argument, child_process, scaled, token_of};

/// Small enough that many kills come in the middle of a checkpoint.
const PAGES_PER_CHECKPOINT: u32 = 30;

fn open(directory: &Path) -> Store {
    let mut config = StoreConfig::new(directory.join("orchestra.db"));
    config.wal_autocheckpoint = PAGES_PER_CHECKPOINT;
    // Nothing that a killed worker held comes back, so that all it acknowledged stays visible.
    config.queue.lease = Duration::from_secs(24 * 3600);
    Store::open(config).unwrap()
}

/// How far a task is known to be, and who holds it.
#[derive(Debug, Clone, PartialEq)]
struct Acknowledged {
    status: TaskStatus,
    token: Option<String>,
}

/// What the children acknowledged, kept outside the database.
#[derive(Default)]
struct Ledger(HashMap<TaskId, Acknowledged>);

impl Ledger {
    /// Takes over the lines of one child. One without an end was not acknowledged: the child
    /// was killed while it wrote it.
    fn add(&mut self, lines: &str) {
        let complete = lines.rfind('\n').map_or("", |end| &lines[..end]);
        for line in complete.lines() {
            let Some((_, acknowledged)) = line.split_once("ack ") else {
                continue;
            };
            let mut words = acknowledged.split(' ');
            let status = words.next().unwrap().parse().unwrap();
            let id = TaskId::new(words.next().unwrap()).unwrap();
            let token = words.next().map(str::to_owned);
            let acknowledged = Acknowledged { status, token };
            // One thread may tell of a task's start after another told of its end.
            let known = self.0.entry(id).or_insert_with(|| acknowledged.clone());
            if known.status.number() < status.number() {
                *known = acknowledged;
            }
        }
    }

    fn assert_kept(&self, store: &Store) {
        store
            .read(|reader| {
                for (id, acknowledged) in &self.0 {
                    assert_at_least(&tasks::get(reader, id)?, acknowledged);
                }
                Ok(())
            })
            .unwrap();
    }
}

/// The states are numbered in the order in which a task goes through them here.
fn assert_at_least(task: &Task, acknowledged: &Acknowledged) {
    let known = acknowledged.status;
    assert!(
        task.status.number() >= known.number(),
        "{} was acknowledged as {known} and is {}",
        task.id,
        task.status
    );
    if let (TaskStatus::Assigned | TaskStatus::InProgress, Some(token)) =
        (task.status, &acknowledged.token)
    {
        assert_eq!(task.lease_token.as_ref().unwrap().as_str(), token);
    }
    if known == TaskStatus::Completed {
        let token = acknowledged.token.as_deref();
        assert_eq!(task.result.as_deref(), token, "the result of {}", task.id);
    }
}

/// A number from 0 to `bound`, from the clock: each run kills at other moments.
pub fn random_below(bound: u64) -> u64 {
    let nanos = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap();
    u64::from(nanos.subsec_nanos()) / 7 % bound
}

#[test]
fn a_worker_that_is_killed_loses_nothing_that_was_acknowledged() {
    let directory = tempfile::tempdir().unwrap();
    let mut ledger = Ledger::default();
    let rounds = scaled(8, 50);
    for round in 0..rounds {
        let argument = format!("{round} {}", directory.path().display());
        let mut child = child_process("kill::child_writes", &argument)
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut lines = String::new();
        while !lines.contains("ready") {
            assert_ne!(output.read_line(&mut lines).unwrap(), 0, "{lines}");
        }
        // Read on while the child lives, so that it never waits for room in the pipe.
        let reader = thread::spawn(move || {
            output.read_to_string(&mut lines).unwrap();
            lines
        });
        thread::sleep(Duration::from_micros(random_below(300_000)));
        child.kill().unwrap();
        assert!(!child.wait().unwrap().success());
        let lines = reader.join().unwrap();
        ledger.add(&lines);

        let store = open(directory.path());
        let report = store.read(integrity::check).unwrap();
        assert!(report.is_ok(), "round {round}: {:?}", report.findings);
        ledger.assert_kept(&store);
    }
    assert!(ledger.0.len() > rounds, "too little was acknowledged");
    println!("{rounds} kills, {} tasks acknowledged", ledger.0.len());
}

#[test]
fn a_process_that_is_killed_while_it_makes_the_database_leaves_one_that_opens() {
    let (mut began, rounds) = (0, scaled(20, 100));
    for round in 0..rounds {
        let directory = tempfile::tempdir().unwrap();
        let argument = format!("{round} {}", directory.path().display());
        let mut child = child_process("kill::child_writes", &argument)
            .spawn()
            .unwrap();
        thread::sleep(Duration::from_micros(random_below(40_000)));
        child.kill().unwrap();
        child.wait().unwrap();
        began += usize::from(directory.path().join("orchestra.db").exists());

        let store = open(directory.path());
        let report = store.read(integrity::check).unwrap();
        assert!(report.is_ok(), "round {round}: {:?}", report.findings);
        let new = NewTask::new("ls", REPOSITORY);
        store.write(|uow| tasks::enqueue(uow, &new)).unwrap();
    }
    println!("{began} of {rounds} kills came after the file was made");
}

/// A process that writes with two threads until it is killed, and tells what is done.
#[test]
fn child_writes() {
    let Some(argument) = child_argument() else {
        return;
    };
    let (round, directory) = argument.split_once(' ').unwrap();
    let store = open(Path::new(directory));
    println!("ready");
    thread::scope(|scope| {
        for thread in 0..2 {
            let id = AgentId::new(format!("agent-{round}-{thread}")).unwrap();
            let store = &store;
            scope.spawn(move || write_on(store, &id).unwrap());
        }
    });
}

fn write_on(store: &Store, id: &AgentId) -> Result<()> {
    let mut new = NewAgent::new(id.to_string(), "worker", REPOSITORY);
    new.id = Some(id.clone());
    store.write(|uow| agents::register(uow, &new))?;
    // Nobody kills a child of a test that was itself killed.
    let end = Instant::now() + Duration::from_secs(30);
    while Instant::now() < end {
        for _ in 0..2 {
            let new = NewTask::new("ls", REPOSITORY);
            acknowledge(
                &store.write_owned(move |uow| tasks::enqueue(uow, &new))?,
                "",
            );
        }
        for task in store.write(|uow| tasks::claim(uow, &Claim::agent(id)))? {
            let token = token_of(&task);
            acknowledge(&task, token.as_str());
            let task = store.write(|uow| tasks::start(uow, &task.id, Some(&token)))?;
            acknowledge(&task, token.as_str());
            // The result is the token: it can be told from the result of any other run.
            let result = Some(token.as_str());
            let task = store.write(|uow| tasks::complete(uow, &task.id, Some(&token), result))?;
            acknowledge(&task, token.as_str());
        }
    }
    Ok(())
}

fn acknowledge(task: &Task, token: &str) {
    let line = format!("ack {} {} {token}", task.status, task.id);
    let mut output = std::io::stdout().lock();
    writeln!(output, "{}", line.trim_end()).unwrap();
    output.flush().unwrap();
}
