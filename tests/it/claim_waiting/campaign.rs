//! Many claims that wait and many tasks, from threads and from another process: each task is claimed once, and none waits
//! for long while a claim sleeps that it fits.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use orchestra_store::models::{AgentId, Task, TaskId};
use orchestra_store::services::agents::{self, NewAgent};
use orchestra_store::services::tasks::{self, Claim, NewTask, TaskFilter};
use orchestra_store::types::{TaskPriority, TaskStatus};
use orchestra_store::{Durability, Result, Store, StoreConfig};

use crate::processes::{assert_all_succeed, start_together, wait_for_go};
use crate::random::Random;
use crate::support::{SetOnDrop, child_argument, scaled};

const PATHS: [&str; 3] = ["/srv/a", "/srv/b", "/srv/c"];
const QUEUES: [Option<&str>; 3] = [None, Some("fast"), Some("slow")];
const AGENTS: usize = 6;

/// The longest time for which a task may wait while a claim sleeps that it fits: much more than a loaded machine takes,
/// and much less than for ever.
const BOUND: Duration = Duration::from_secs(5);

fn config(directory: &str) -> StoreConfig {
    let mut config = StoreConfig::new(format!("{directory}/orchestra.db"));
    config.busy_timeout = Duration::from_secs(60);
    config.durability = Durability::Normal;
    config
}

fn agent(number: usize) -> AgentId {
    AgentId::new(format!("agent {number}")).unwrap()
}

/// A claim of a worker of any repository, of one with a queue, or of an agent.
fn claim(random: &mut Random, number: usize) -> Claim {
    let claim = match number % 4 {
        0 => Claim::repository("*", format!("worker {number}")),
        1 => Claim::repository(PATHS[random.index(3)], format!("worker {number}"))
            .from_queues(["fast", "slow"]),
        _ => Claim::agent(&agent(number % AGENTS)),
    };
    claim.up_to(random.number(1..4) as u32)
}

fn new_task(random: &mut Random) -> NewTask {
    let mut new = NewTask::new("make", PATHS[random.index(3)]);
    new.queue_name = QUEUES[random.index(3)].map(str::to_owned);
    new.priority = TaskPriority::ALL[random.index(4)];
    new.max_retries = Some(10);
    if random.happens(300) {
        new.agent_id = Some(agent(random.index(AGENTS)));
    }
    new
}

/// Enqueues this many tasks, in bursts between which the queue becomes empty.
fn enqueue(store: &Store, random: &mut Random, mut count: usize) -> Result<()> {
    while count > 0 {
        let burst = count.min(random.number(1..8) as usize);
        for _ in 0..burst {
            let new = new_task(random);
            store.write(|uow| tasks::enqueue(uow, &new))?;
        }
        count -= burst;
        thread::sleep(Duration::from_millis(random.number(0..60)));
    }
    Ok(())
}

/// Claims until there is nothing more to come, and notes the tasks that it ran.
fn work(
    store: &Store,
    mut random: Random,
    number: usize,
    is_over: &AtomicBool,
    runs: &Mutex<HashMap<TaskId, usize>>,
) -> Result<()> {
    while !is_over.load(Ordering::Relaxed) {
        let timeout = match random.happens(300) {
            true => Duration::from_millis(random.number(0..30)),
            false => Duration::from_secs(3600),
        };
        let claimed = store.claim_waiting(&claim(&mut random, number), timeout, tasks::claim);
        let claimed = match claimed {
            Err(error) if error.code() == orchestra_store::ErrorCode::Cancelled => return Ok(()),
            claimed => claimed?,
        };
        for task in claimed {
            run(store, &mut random, &task, runs)?;
        }
    }
    Ok(())
}

fn run(
    store: &Store,
    random: &mut Random,
    task: &Task,
    runs: &Mutex<HashMap<TaskId, usize>>,
) -> Result<()> {
    let (id, token) = (&task.id, task.lease_token.as_ref());
    if random.happens(100) {
        store.write(|uow| tasks::release(uow, id, token))?;
        return Ok(());
    }
    *runs.lock().unwrap().entry(id.clone()).or_default() += 1;
    store.write(|uow| {
        tasks::start(uow, id, token)?;
        tasks::complete(uow, id, token, None)
    })?;
    Ok(())
}

#[test]
fn each_task_is_claimed_once_and_none_waits_beside_a_claim_that_it_fits() {
    let (claims, per_source) = (24, scaled(150, 5000));
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().to_str().unwrap();
    let token = orchestra_store::CancelToken::new();
    let store = Store::open(config(path)).unwrap().cancellable(&token);
    for number in 0..AGENTS {
        let mut new = NewAgent::new(format!("{number}"), "worker", PATHS[number % 3]);
        new.id = Some(agent(number));
        new.max_concurrent_tasks = 1 + number as i32 % 3;
        store.write(|uow| agents::register(uow, &new)).unwrap();
    }
    let (is_over, runs) = (AtomicBool::new(false), Mutex::default());
    thread::scope(|scope| {
        let _over = SetOnDrop(&is_over);
        let (store, is_over, runs) = (&store, &is_over, &runs);
        let workers: Vec<_> = (0..claims)
            .map(|n| scope.spawn(move || work(store, Random::new(n as u64), n, is_over, runs)))
            .collect();
        let sources: Vec<_> = (0..2)
            .map(|n| scope.spawn(move || enqueue(store, &mut Random::new(100 + n), per_source)))
            .collect();
        let argument = format!("{per_source} {path}");
        assert_all_succeed(start_together(
            "claim_waiting::campaign::child_enqueues",
            [argument],
        ));
        for source in sources {
            source.join().unwrap().unwrap();
        }
        drain(store, runs, &token);
        is_over.store(true, Ordering::Relaxed);
        token.cancel();
        for worker in workers {
            worker.join().unwrap().unwrap();
        }
    });
    let runs = runs.into_inner().unwrap();
    assert_eq!(runs.len(), 3 * per_source);
    assert!(runs.values().all(|&times| times == 1), "{runs:?}");
}

/// Waits until all tasks have completed. Fails where none completes for a while.
fn drain(
    store: &Store,
    runs: &Mutex<HashMap<TaskId, usize>>,
    token: &orchestra_store::CancelToken,
) {
    let (mut completed, mut since) = (usize::MAX, Instant::now());
    loop {
        let counts = store.read(tasks::count_by_status).unwrap();
        let is_over =
            |(status, count): &(TaskStatus, i64)| *status == TaskStatus::Completed || *count == 0;
        if counts.iter().all(is_over) {
            return;
        }
        let now = runs.lock().unwrap().len();
        if now != completed {
            (completed, since) = (now, Instant::now());
        }
        if since.elapsed() > BOUND {
            let pending = TaskFilter {
                status: Some(TaskStatus::Pending),
                ..TaskFilter::default()
            };
            let left = store.read(|reader| tasks::list(reader, &pending, 10));
            token.cancel();
            panic!("{counts:?}: nobody claims {left:#?}");
        }
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn child_enqueues() {
    let Some(argument) = child_argument() else {
        return;
    };
    let (count, path) = argument.split_once(' ').unwrap();
    let store = Store::open(config(path)).unwrap();
    wait_for_go();
    enqueue(&store, &mut Random::new(7), count.parse().unwrap()).unwrap();
}
