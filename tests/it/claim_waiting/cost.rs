//! What claims cost that sleep, and how many of them a task wakes: counted by the log of statements, in a process of its
//! own, in which no other test runs any.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use orchestra_store::models::AgentId;
use orchestra_store::services::agents::{self, NewAgent};
use orchestra_store::services::tasks::{self, Claim, NewTask};
use orchestra_store::{CancelToken, Store, StoreConfig};

use crate::support::{REPOSITORY, child_argument, child_process, scaled};

const CLAIMS: usize = 100;

/// The statements that ran, one a line.
#[derive(Clone, Default)]
struct Statements(Arc<Mutex<Vec<u8>>>);

impl Write for Statements {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Statements {
    /// Collects the statements of this process from now on.
    fn collect() -> Self {
        let statements = Self::default();
        let writer = statements.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_ansi(false)
            .with_max_level(tracing_subscriber::filter::LevelFilter::INFO)
            .with_writer(move || writer.clone())
            .finish();
        tracing::subscriber::set_global_default(subscriber).unwrap();
        statements
    }

    /// Takes those that ran so far, once none has run for a while.
    fn take_when_quiet(&self) -> Vec<String> {
        let mut count = usize::MAX;
        while count != self.0.lock().unwrap().len() {
            count = self.0.lock().unwrap().len();
            thread::sleep(Duration::from_millis(200));
        }
        let bytes = std::mem::take(&mut *self.0.lock().unwrap());
        let text = String::from_utf8(bytes).unwrap();
        let lines = text
            .lines()
            .filter(|line| line.contains("orchestra_store::statements"));
        let sql = lines
            .filter_map(|line| line.split_once("sql="))
            .map(|(_, sql)| sql.to_owned());
        sql.collect()
    }
}

fn count(statements: &[String], beginning: &str) -> usize {
    statements
        .iter()
        .filter(|sql| sql.starts_with(beginning))
        .count()
}

fn open(directory: &str) -> Store {
    let mut config = StoreConfig::new(format!("{directory}/orchestra.db"));
    config.log.statements = true;
    Store::open(config).unwrap()
}

fn agent(number: usize) -> AgentId {
    AgentId::new(format!("agent {number}")).unwrap()
}

fn claim(kind: &str, number: usize) -> Claim {
    match kind {
        "workers" => Claim::repository(REPOSITORY, format!("worker {number}")),
        _ => Claim::agent(&agent(number)),
    }
}

fn run_in_child(test: &str, argument: &str) {
    let child = child_process(test, argument).output().unwrap();
    let said = String::from_utf8_lossy(&child.stdout);
    let failed = String::from_utf8_lossy(&child.stderr);
    assert!(child.status.success(), "{said}{failed}");
    assert!(said.contains("1 passed"), "{said}");
}

/// Returns how often the threads with this name were put to sleep by themselves, and the number of these threads.
#[cfg(target_os = "linux")]
fn sleeps(name: &str) -> (usize, u64) {
    let mut found = (0, 0);
    for thread in std::fs::read_dir("/proc/self/task").unwrap() {
        let status = std::fs::read_to_string(thread.unwrap().path().join("status")).unwrap();
        let value = |key: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(key));
            line.unwrap().trim().to_owned()
        };
        if value("Name:") == name {
            found.0 += 1;
            found.1 += value("voluntary_ctxt_switches:").parse::<u64>().unwrap();
        }
    }
    found
}

#[test]
fn claims_that_sleep_run_nothing_and_a_task_wakes_one_of_them() {
    for kind in ["workers", "agents"] {
        let directory = tempfile::tempdir().unwrap();
        let argument = format!("{kind} {}", directory.path().display());
        run_in_child("claim_waiting::cost::child_sleeps", &argument);
    }
}

#[test]
fn child_sleeps() {
    let Some(argument) = child_argument() else {
        return;
    };
    let (kind, directory) = argument.split_once(' ').unwrap();
    let statements = Statements::collect();
    let store = open(directory);
    for number in 0..CLAIMS {
        let mut new = NewAgent::new(format!("{number}"), "worker", REPOSITORY);
        new.id = Some(agent(number));
        store.write(|uow| agents::register(uow, &new)).unwrap();
    }
    let token = CancelToken::new();
    thread::scope(|scope| {
        let claims: Vec<_> = (0..CLAIMS)
            .map(|number| {
                let (store, claim) = (store.cancellable(&token), claim(kind, number));
                let thread = thread::Builder::new().name("claims".to_owned());
                thread.spawn_scoped(scope, move || {
                    store.claim_waiting(&claim, Duration::MAX, tasks::claim)
                })
            })
            .collect();
        statements.take_when_quiet();
        sleep_without_a_word(&statements);
        let (tasks, rounds) = (1, scaled(3, 10));
        for _ in 0..rounds {
            let new = NewTask::new("make", REPOSITORY);
            store.write(|uow| tasks::enqueue(uow, &new)).unwrap();
            let ran = statements.take_when_quiet();
            // One for the enqueueing, one for the claim.
            assert_eq!(count(&ran, "BEGIN IMMEDIATE"), 1 + tasks, "{ran:#?}");
            // The watcher's looks: for the task, and behind the claim.
            let looks = count(&ran, "BEGIN") - 2;
            assert!((1..=4).contains(&looks), "{looks} looks: {ran:#?}");
        }
        token.cancel();
        let outcomes = claims
            .into_iter()
            .map(|claim| claim.unwrap().join().unwrap());
        assert_eq!(outcomes.filter(Result::is_ok).count(), rounds);
    });
}

fn sleep_without_a_word(statements: &Statements) {
    #[cfg(target_os = "linux")]
    let before = sleeps("claims");
    thread::sleep(Duration::from_secs(scaled(2, 10)));
    let ran = statements.take_when_quiet();
    assert!(ran.is_empty(), "{ran:#?}");
    #[cfg(target_os = "linux")]
    assert_eq!(sleeps("claims"), before, "threads that wait were woken");
    #[cfg(target_os = "linux")]
    assert_eq!(before.0, CLAIMS);
}

#[test]
fn a_backlog_of_others_keeps_no_claim_from_sleep() {
    let directory = tempfile::tempdir().unwrap();
    let argument = directory.path().to_str().unwrap();
    run_in_child(
        "claim_waiting::cost::child_sleeps_beside_a_backlog",
        argument,
    );
}

#[test]
fn child_sleeps_beside_a_backlog() {
    let Some(directory) = child_argument() else {
        return;
    };
    let statements = Statements::collect();
    let store = open(&directory);
    let mut news = vec![NewTask::new("make", "/srv/git/other"); 100];
    for new in &mut news[50..] {
        new.repository_path = REPOSITORY.to_owned();
        new.available_at = Some("2999-01-01 00:00:00".parse().unwrap());
    }
    store.write(|uow| tasks::enqueue_many(uow, &news)).unwrap();
    let token = CancelToken::new();
    thread::scope(|scope| {
        let store = store.cancellable(&token);
        let waits = scope
            .spawn(move || store.claim_waiting(&claim("workers", 1), Duration::MAX, tasks::claim));
        statements.take_when_quiet();
        thread::sleep(Duration::from_secs(scaled(1, 10)));
        let ran = statements.take_when_quiet();
        assert!(ran.is_empty(), "{ran:#?}");
        token.cancel();
        assert!(waits.join().unwrap().is_err());
    });
}
