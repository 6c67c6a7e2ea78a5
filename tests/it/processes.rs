//! Many processes on one database file.

use std::collections::HashSet;
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::Child;
use std::thread;
use std::time::{Duration, Instant};

use orchestra_store::models::{AgentId, TaskId};
use orchestra_store::services::agents::{self, NewAgent};
use orchestra_store::services::tasks::{self, Claim, NewTask};
use orchestra_store::types::TaskStatus;
use orchestra_store::{MigrationState, Result, Store, StoreConfig};

use crate::support::{REPOSITORY, child_argument, child_process, scaled, token_of};

const PROCESSES: usize = 8;

/// How long a write waits for others depends on the load of the machine, which is not what is tested here.
fn database(directory: &Path) -> StoreConfig {
    let mut config = StoreConfig::new(directory.join("orchestra.db"));
    config.busy_timeout = Duration::from_secs(60);
    config
}

/// Starts a child for each argument, waits until all are ready, and lets them go together.
pub fn start_together(test: &str, arguments: impl IntoIterator<Item = String>) -> Vec<Child> {
    let mut children: Vec<Child> = arguments
        .into_iter()
        .map(|argument| child_process(test, &argument).spawn().unwrap())
        .collect();
    for child in &mut children {
        let output = BufReader::new(child.stdout.as_mut().unwrap());
        assert!(output.lines().any(|line| line.unwrap().contains("ready")));
    }
    for child in &mut children {
        child.stdin.take().unwrap().write_all(b"go\n").unwrap();
    }
    children
}

/// In the child: tells that it is ready, and waits for the word to go.
pub fn wait_for_go() {
    println!("ready");
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).unwrap();
    assert_eq!(line, "go\n");
}

pub fn assert_all_succeed(children: Vec<Child>) {
    let outcomes: Vec<_> = children
        .into_iter()
        .map(|child| child.wait_with_output().unwrap())
        .collect();
    for outcome in outcomes {
        let output = String::from_utf8_lossy(&outcome.stdout);
        assert!(outcome.status.success(), "{output}");
    }
}

#[test]
fn each_task_of_a_queue_that_many_processes_share_is_run_once() {
    let count = scaled(1000, 5000);
    let threads = scaled(2, 4);
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(database(directory.path())).unwrap();
    let new: Vec<_> = (0..count)
        .map(|number| NewTask::new(format!("task {number}"), REPOSITORY))
        .collect();
    let made = store.write(|uow| tasks::enqueue_many(uow, &new)).unwrap();

    let started = Instant::now();
    let arguments = (0..PROCESSES).map(|number| {
        let directory = directory.path().to_str().unwrap();
        format!("{number} {threads} {directory}")
    });
    assert_all_succeed(start_together("processes::child_works", arguments));
    let took = started.elapsed();

    let mut run = HashSet::new();
    let mut longest_wait = 0;
    for number in 0..PROCESSES {
        let ledger = File::open(ledger_path(directory.path(), number)).unwrap();
        for line in BufReader::new(ledger).lines() {
            let line = line.unwrap();
            let (id, wait) = line.split_once(' ').unwrap();
            longest_wait = longest_wait.max(wait.parse::<u128>().unwrap());
            assert!(run.insert(TaskId::new(id).unwrap()), "{id} was run twice");
        }
    }
    println!("{count} tasks in {took:?}, the longest wait for a write {longest_wait} ms");
    for task in &made {
        assert!(run.contains(&task.id), "{} was never run", task.id);
    }
    let counts = store.read(tasks::count_by_status).unwrap();
    assert!(
        counts.contains(&(TaskStatus::Completed, count)),
        "{counts:?}"
    );
    let by_agents: i64 = store
        .read(agents::list)
        .unwrap()
        .iter()
        .map(|agent| agent.total_tasks_completed)
        .sum();
    assert_eq!(by_agents, count);
}

fn ledger_path(directory: &Path, number: usize) -> std::path::PathBuf {
    directory.join(format!("ledger-{number}"))
}

/// A process that works until the queue is empty. Any error, `Busy` included, fails it.
#[test]
fn child_works() {
    let Some(argument) = child_argument() else {
        return;
    };
    let parts: Vec<&str> = argument.splitn(3, ' ').collect();
    let (number, threads, directory) = (parts[0], parts[1], Path::new(parts[2]));
    let store = Store::open(database(directory)).unwrap();
    let ledger = File::create(ledger_path(directory, number.parse().unwrap())).unwrap();
    wait_for_go();
    thread::scope(|scope| {
        let workers: Vec<_> = (0..threads.parse::<usize>().unwrap())
            .map(|thread| {
                let id = AgentId::new(format!("agent-{number}-{thread}")).unwrap();
                let (store, ledger) = (&store, &ledger);
                scope.spawn(move || work(store, &id, ledger))
            })
            .collect();
        for worker in workers {
            worker.join().unwrap().unwrap();
        }
    });
}

fn work(store: &Store, id: &AgentId, mut ledger: &File) -> Result<()> {
    let mut longest = Duration::ZERO;
    let mut new = NewAgent::new(id.to_string(), "worker", REPOSITORY);
    new.id = Some(id.clone());
    new.max_concurrent_tasks = 2;
    store.write(|uow| agents::register(uow, &new))?;
    loop {
        let claim = Claim::agent(id).up_to(2);
        let claimed = timed(&mut longest, || {
            store.write_owned(move |uow| tasks::claim(uow, &claim))
        })?;
        if claimed.is_empty() {
            return Ok(());
        }
        for task in claimed {
            let token = Some(token_of(&task));
            let token = token.as_ref();
            let (task_id, held) = (task.id.clone(), token.cloned());
            timed(&mut longest, || {
                store.write_owned(move |uow| tasks::start(uow, &task_id, held.as_ref()))
            })?;
            timed(&mut longest, || {
                store.write(|uow| tasks::complete(uow, &task.id, token, None))
            })?;
            // One call of the system, so that the lines of two threads don't mix.
            let line = format!("{} {}\n", task.id, longest.as_millis());
            ledger.write_all(line.as_bytes())?;
        }
    }
}

fn timed<T>(longest: &mut Duration, work: impl FnOnce() -> T) -> T {
    let started = Instant::now();
    let outcome = work();
    *longest = started.elapsed().max(*longest);
    outcome
}

#[test]
fn processes_that_open_an_absent_database_together_all_succeed() {
    for _ in 0..scaled(20, 100) {
        let directory = tempfile::tempdir().unwrap();
        let argument = directory.path().to_str().unwrap().to_owned();
        let arguments = std::iter::repeat_n(argument, 6);
        assert_all_succeed(start_together("processes::child_opens", arguments));

        let store = Store::open(database(directory.path())).unwrap();
        let migrations = store.migration_status().unwrap();
        assert!(
            migrations
                .iter()
                .all(|m| m.state == MigrationState::Applied)
        );
        let agents = store.read(agents::list).unwrap();
        assert_eq!(agents.len(), 6);
    }
}

/// A process that opens a store, made or not, and uses it at once.
#[test]
fn child_opens() {
    let Some(directory) = child_argument() else {
        return;
    };
    wait_for_go();
    let store = Store::open(database(Path::new(&directory))).unwrap();
    let new = NewAgent::new("opener", "worker", REPOSITORY);
    store.write(|uow| agents::register(uow, &new)).unwrap();
}
