//! Writes that share a commit: each has its own outcome, and none is told of success too early.

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use diesel::connection::SimpleConnection as _;
use orchestra_store::models::Task;
use orchestra_store::services::tasks::{self, NewTask, TaskFilter};
use orchestra_store::{
    Error, ErrorCode, GroupCommit, Result, Store, StoreConfig, UnitOfWork, UserContext,
};

use crate::statement_log::Log;
use crate::support::{REPOSITORY, TestStore, child_argument, child_process, scaled};

fn patient() -> TestStore {
    TestStore::with(|config| {
        config.group_commit = GroupCommit {
            max_wait: Duration::from_secs(60),
            ..GroupCommit::SHARED
        };
    })
}

fn enqueue(uow: &mut UnitOfWork<'_>, command: &str) -> Result<Task> {
    tasks::enqueue(uow, &NewTask::new(command, REPOSITORY))
}

fn commands(store: &Store) -> HashSet<String> {
    let all = store.read(|r| tasks::list(r, &TaskFilter::default(), 10_000));
    all.unwrap().into_iter().map(|task| task.command).collect()
}

/// What one thread writes.
type Write<'s> = Box<dyn FnOnce(&mut UnitOfWork<'_>) -> Result<()> + Send + 's>;

/// Runs these one after the other in one transaction: each is in line before the first, which
/// enqueues `first`, is done.
fn together<'s>(store: &'s Store, followers: Vec<Write<'s>>) -> Vec<Result<()>> {
    let (begun, has_begun) = mpsc::channel();
    let (finish, may_finish) = mpsc::channel::<()>();
    thread::scope(|scope| {
        let first = scope.spawn(move || {
            store.write(|uow| {
                begun.send(()).unwrap();
                may_finish.recv().unwrap();
                enqueue(uow, "first").map(drop)
            })
        });
        has_begun.recv().unwrap();
        let mut threads = vec![first];
        for follower in followers {
            threads.push(scope.spawn(move || {
                catch_unwind(AssertUnwindSafe(|| store.write(follower)))
                    .unwrap_or_else(|_| Err(Error::new(ErrorCode::Internal, "panicked")))
            }));
            // Nothing tells that a thread waits in line; in time, each does.
            thread::sleep(Duration::from_millis(50));
        }
        finish.send(()).unwrap();
        threads.into_iter().map(|t| t.join().unwrap()).collect()
    })
}

#[test]
fn one_that_fails_or_panics_undoes_its_own_work_alone() {
    let test = patient();
    let outcomes = together(
        &test.store,
        vec![
            Box::new(|uow| enqueue(uow, "second").map(drop)),
            Box::new(|uow| {
                enqueue(uow, "failed")?;
                Err(Error::new(ErrorCode::Cancelled, "changed my mind"))
            }),
            Box::new(|uow| {
                uow.savepoint::<()>(|uow| {
                    enqueue(uow, "panicked")?;
                    panic!("a host's bug")
                })
            }),
            Box::new(|uow| enqueue(uow, "last").map(drop)),
        ],
    );
    let codes: Vec<_> = outcomes
        .iter()
        .map(|o| o.as_ref().err().map(Error::code))
        .collect();
    let expected = [
        None,
        None,
        Some(ErrorCode::Cancelled),
        Some(ErrorCode::Internal),
        None,
    ];
    assert_eq!(codes, expected);
    let kept = ["first", "second", "last"].map(str::to_owned);
    assert_eq!(commands(&test.store), HashSet::from(kept));
    test.task("afterwards");
}

#[test]
fn none_is_done_before_all_are_committed() {
    let test = patient();
    let seen = AtomicUsize::new(usize::MAX);
    let outcomes = together(
        &test.store,
        vec![Box::new(|uow| {
            enqueue(uow, "second")?;
            // The first has run, and nobody sees it yet.
            seen.store(commands(&test.store).len(), Ordering::SeqCst);
            Ok(())
        })],
    );
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    assert_eq!(seen.into_inner(), 0);
    assert_eq!(commands(&test.store).len(), 2);
}

#[test]
fn a_rollback_of_all_is_told_to_all_and_may_be_tried_again() {
    let test = patient();
    let outcomes = together(
        &test.store,
        vec![Box::new(|uow| {
            // What SQLite does itself when the disk is full.
            uow.connection().batch_execute("ROLLBACK")?;
            Err(Error::new(ErrorCode::DiskFull, "the disk is full"))
        })],
    );
    let errors: Vec<_> = outcomes.into_iter().map(Result::unwrap_err).collect();
    assert_eq!(errors[1].code(), ErrorCode::DiskFull);
    assert!(errors[0].is_retryable(), "{}", errors[0]);
    assert!(commands(&test.store).is_empty());
    test.task("afterwards");
}

#[test]
fn a_reference_to_nothing_that_only_a_commit_notices_hits_nobody_else() {
    let test = patient();
    let dangling = |uow: &mut UnitOfWork<'_>| -> Result<()> {
        let task = enqueue(uow, "dangling")?;
        uow.connection().batch_execute(&format!(
            "PRAGMA defer_foreign_keys = ON; \
             UPDATE Tasks SET ParentTaskId = 'nobody' WHERE Id = '{}'",
            task.id
        ))?;
        Ok(())
    };
    let outcomes = together(
        &test.store,
        vec![
            Box::new(dangling),
            Box::new(|uow| enqueue(uow, "last").map(drop)),
        ],
    );
    assert!(outcomes[0].is_ok() && outcomes[2].is_ok(), "{outcomes:?}");
    let code = outcomes[1].as_ref().unwrap_err().code();
    assert_eq!(code, ErrorCode::ConstraintViolation);
    let alone = test.store.write(dangling).unwrap_err();
    assert_eq!(alone.code(), ErrorCode::ConstraintViolation, "{alone}");
    let kept = ["first", "last"].map(str::to_owned);
    assert_eq!(commands(&test.store), HashSet::from(kept));
}

#[test]
fn who_writes_alone_shares_with_nobody() {
    let test = patient();
    let (begun, has_begun) = mpsc::channel();
    let (finish, may_finish): (_, Receiver<()>) = mpsc::channel();
    thread::scope(|scope| {
        let store = &test.store;
        scope.spawn(move || {
            store.write(|uow| {
                begun.send(()).unwrap();
                may_finish.recv().unwrap();
                enqueue(uow, "first")
            })
        });
        has_begun.recv().unwrap();
        let alone = scope.spawn(|| store.write_alone(|_| Ok(commands(store))));
        thread::sleep(Duration::from_millis(50));
        finish.send(()).unwrap();
        let seen = alone.join().unwrap().unwrap();
        assert_eq!(seen, HashSet::from(["first".to_owned()]));
    });
}

#[test]
fn each_entry_bears_the_name_of_who_wrote_it() {
    let test = patient();
    let ann = test.store.context(UserContext::user("ann"));
    let (begun, has_begun) = mpsc::channel();
    let (finish, may_finish): (_, Receiver<()>) = mpsc::channel();
    let (mine, anns) = thread::scope(|scope| {
        let store = &test.store;
        let first = scope.spawn(move || {
            store.write(|uow| {
                begun.send(()).unwrap();
                may_finish.recv().unwrap();
                enqueue(uow, "mine")
            })
        });
        has_begun.recv().unwrap();
        let second = scope.spawn(|| ann.write(|uow| enqueue(uow, "ann's")));
        thread::sleep(Duration::from_millis(50));
        finish.send(()).unwrap();
        (first.join().unwrap(), second.join().unwrap())
    });
    assert_eq!(anns.unwrap().created_by, "ann");
    assert_ne!(mine.unwrap().created_by, "ann");
}

#[test]
fn each_logs_inside_its_own_span() {
    let child = child_process("group_commit::child_logs", "spans").output();
    let child = child.unwrap();
    let said = String::from_utf8_lossy(&child.stdout);
    assert!(
        child.status.success() && said.contains("1 passed"),
        "{said}"
    );
}

/// In a process of its own, whose threads log to the same place.
#[test]
fn child_logs() {
    if child_argument().is_none() {
        return;
    }
    let log = Log::default();
    let writer = log.clone();
    tracing_subscriber::fmt()
        .with_ansi(false)
        .with_max_level(tracing_subscriber::filter::LevelFilter::DEBUG)
        .with_writer(move || writer.clone())
        .init();
    let test = patient();
    thread::scope(|scope| {
        let held = test.store.begin().unwrap();
        for user in ["ann", "bob"] {
            let store = test.store.context(UserContext::user(user));
            scope.spawn(move || {
                let work = move |_: &mut UnitOfWork<'_>| {
                    tracing::info!("work of {user}");
                    Ok(thread::current().id())
                };
                store.write_owned(work).unwrap()
            });
            thread::sleep(Duration::from_millis(50));
        }
        held.commit().unwrap();
    });
    let log = log.text();
    for (user, other) in [("ann", "bob"), ("bob", "ann")] {
        let work = format!("work of {user}");
        let line = log.lines().find(|line| line.contains(&work)).unwrap();
        assert!(line.contains(&format!("user={user}")), "{line}");
        assert!(!line.contains(&format!("user={other}")), "{line}");
    }
}

/// Many threads, each with its own mixture of successes, failures and panics.
#[test]
fn sixty_four_threads_get_their_own_outcomes_and_none_waits_for_ever() {
    let test = TestStore::with(|config| {
        config.busy_timeout = Duration::from_secs(60);
        config.group_commit = GroupCommit {
            max_writes: 16,
            ..GroupCommit::SHARED
        };
    });
    let rounds = scaled(5, 100);
    let failed = |error| Err::<(), _>(Error::new(ErrorCode::Cancelled, error));
    thread::scope(|scope| {
        for thread in 0..64 {
            let store = &test.store;
            scope.spawn(move || {
                for round in 0..rounds {
                    let name = format!("{thread}/{round}");
                    match (thread + round) % 4 {
                        0 => {
                            let outcome = store.write_owned(move |uow| {
                                enqueue(uow, &format!("failed {name}"))?;
                                failed("on purpose")
                            });
                            assert_eq!(outcome.unwrap_err().code(), ErrorCode::Cancelled);
                        }
                        1 if round % 3 == 0 => {
                            let panicked = catch_unwind(AssertUnwindSafe(|| {
                                store.write_owned::<()>(move |uow| {
                                    enqueue(uow, &format!("panicked {name}"))?;
                                    std::panic::resume_unwind(Box::new("quietly"))
                                })
                            }));
                            assert!(panicked.is_err());
                        }
                        2 => drop(
                            store
                                .write(|uow| enqueue(uow, &format!("kept {name}")))
                                .unwrap(),
                        ),
                        _ => drop(
                            store
                                .write_owned(move |uow| enqueue(uow, &format!("kept {name}")))
                                .unwrap(),
                        ),
                    }
                }
            });
        }
    });
    let kept = commands(&test.store);
    assert!(kept.iter().all(|command| command.starts_with("kept ")));
    let expected = (0..64).flat_map(|thread| (0..rounds).map(move |round| (thread, round)));
    let expected = expected.filter(|(thread, round)| match (thread + round) % 4 {
        0 => false,
        1 => round % 3 != 0,
        _ => true,
    });
    assert_eq!(kept.len(), expected.count());
}

/// Threads that never pause leave room for another process: it waits its turn like any other.
#[test]
fn another_store_on_the_file_is_not_starved() {
    let test = TestStore::new();
    let other = Store::open(StoreConfig::new(test.path())).unwrap();
    let is_over = AtomicUsize::new(0);
    thread::scope(|scope| {
        for number in 0..8 {
            let (test, is_over) = (&test, &is_over);
            scope.spawn(move || {
                let busy = |uow: &mut UnitOfWork<'_>| enqueue(uow, "busy").map(drop);
                while is_over.load(Ordering::SeqCst) == 0 {
                    match number % 2 {
                        0 => test.store.write(busy).unwrap(),
                        _ => test.store.write_owned(busy).unwrap(),
                    }
                }
            });
        }
        let written = (0..scaled(10, 100)).map(|n| {
            other
                .write(|uow| enqueue(uow, &format!("other {n}")))
                .map(drop)
        });
        let outcome: Result<Vec<()>> = written.collect();
        is_over.store(1, Ordering::SeqCst);
        outcome.unwrap();
    });
}

/// Returns the number of commits in the write-ahead log of a database, which wasn't begun again.
fn commits(database: &Path) -> usize {
    const HEADER: usize = 32;
    const FRAME: usize = 24;
    let log = std::fs::read(database.with_extension("db-wal")).unwrap();
    let number = |at: usize| u32::from_be_bytes(log[at..at + 4].try_into().unwrap());
    let page = usize::try_from(number(8)).unwrap();
    let frames = (HEADER..log.len() - FRAME).step_by(FRAME + page);
    // The size of the database stands in the last frame of a commit only.
    frames.filter(|frame| number(frame + 4) != 0).count()
}

/// Waits for a turn with eight threads, each with a write of its own, and returns the number of their commits.
fn commits_of_eight(group_commit: GroupCommit) -> usize {
    let test = TestStore::with(|config| config.group_commit = group_commit);
    test.task("before");
    let before = commits(&test.path());
    thread::scope(|scope| {
        let held = test.store.begin().unwrap();
        for number in 0..8 {
            let new = NewTask::new(format!("task {number}"), REPOSITORY);
            let store = &test.store;
            scope.spawn(move || match number % 4 {
                0 => store.write(|uow| tasks::enqueue(uow, &new)).unwrap(),
                _ => store
                    .write_owned(move |uow| tasks::enqueue(uow, &new))
                    .unwrap(),
            });
            thread::sleep(Duration::from_millis(50));
        }
        held.commit().unwrap();
    });
    assert_eq!(commands(&test.store).len(), 9);
    commits(&test.path()) - before
}

#[test]
fn threads_that_wait_together_share_a_commit() {
    let patient = GroupCommit {
        max_wait: Duration::from_secs(60),
        ..GroupCommit::SHARED
    };
    assert_eq!(commits_of_eight(patient), 1);
    let pairs = GroupCommit {
        max_writes: 2,
        ..patient
    };
    assert_eq!(commits_of_eight(pairs), 4);
    assert_eq!(commits_of_eight(GroupCommit::OFF), 8);
}

#[test]
fn without_groups_each_write_is_committed_alone() {
    let test = TestStore::with(|config| config.group_commit = GroupCommit::OFF);
    thread::scope(|scope| {
        for thread in 0..4 {
            let test = &test;
            scope.spawn(move || test.task(&format!("task {thread}")));
        }
    });
    assert_eq!(commands(&test.store).len(), 4);
}
