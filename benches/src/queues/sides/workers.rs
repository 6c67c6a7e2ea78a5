//! Workers on threads of this process, and the code by hand with many of them.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use orchestra_store::Durability;
use parking_lot::Mutex;

use super::{ByHand, Done, RESULT, Run, Side, command};
use crate::queues::BY_HAND;
use crate::raw::{Connection, Role};

/// Tells a worker whether it is to go on, and notes the tasks that it completed.
#[derive(Debug)]
pub(super) struct Worker {
    /// Its number.
    pub(super) number: usize,
    end: Instant,
    completed: Vec<String>,
}

impl Worker {
    /// Whether there is time for a further cycle.
    pub(super) fn has_time(&self) -> bool {
        Instant::now() < self.end
    }

    /// Notes a completed task.
    pub(super) fn completed(&mut self, id: String) {
        self.completed.push(id);
    }
}

/// Lets workers work on a thread each, and returns how many tasks they completed, which must be different ones, and how
/// long that took.
pub(super) fn work_off(run: Run, work: impl Fn(&mut Worker) + Sync) -> (u64, Duration) {
    let workers = run.conditions.workers;
    let ready = Barrier::new(workers + 1);
    let work = |number| {
        ready.wait();
        let mut worker = Worker {
            number,
            end: Instant::now() + run.limit,
            completed: Vec::new(),
        };
        work(&mut worker);
        worker.completed
    };
    thread::scope(|scope| {
        let work = &work;
        let threads: Vec<_> = (0..workers)
            .map(|number| scope.spawn(move || work(number)))
            .collect();
        ready.wait();
        let started = Instant::now();
        let completed = threads.into_iter().map(|thread| thread.join().unwrap());
        let completed: Vec<String> = completed.flatten().collect();
        let elapsed = started.elapsed();
        let different: BTreeSet<&String> = completed.iter().collect();
        assert_eq!(different.len(), completed.len(), "a task ran twice");
        (completed.len() as u64, elapsed)
    })
}

/// How many rows of a file a query counts.
pub(super) fn count(path: &Path, sql: &str) -> u64 {
    let connection = Connection::open(path, Role::Reader);
    let count: Option<i64> = connection.prepare(sql).first(&[], |row| row.get(0));
    u64::try_from(count.unwrap()).unwrap()
}

/// The code by hand. Its workers share one connection: with one each they would wait for the lock of the file, which is
/// slower.
#[derive(Debug)]
pub(crate) struct SharedByHand;

impl Side for SharedByHand {
    fn name(&self) -> &'static str {
        BY_HAND
    }

    fn fill(&self, path: &Path, tasks: u64) {
        let queue = ByHand::open(path, Durability::Normal);
        queue.execute(c"BEGIN");
        (0..tasks).for_each(|number| queue.enqueue(&command(number)));
        queue.execute(c"COMMIT");
    }

    fn run(&self, path: &Path, run: Run) -> Done {
        let queue = Mutex::new(ByHand::open(path, run.conditions.durability));
        let (completed, elapsed) = work_off(run, |worker| {
            while worker.has_time() {
                let claimed = queue.lock().claim();
                let Some((id, _command)) = claimed else {
                    return;
                };
                queue.lock().complete(id, RESULT);
                worker.completed(id.to_string());
            }
        });
        drop(queue);
        let done = count(path, "SELECT count(*) FROM Tasks WHERE Status = 2");
        assert_eq!(done, completed);
        Done {
            completed,
            waiting: count(path, "SELECT count(*) FROM Tasks WHERE Status = 0"),
            elapsed,
        }
    }
}
