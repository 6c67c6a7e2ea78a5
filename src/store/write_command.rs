//! Writes that own what they need, so that any thread can run them: the one that has the writing transaction runs those
//! that wait, and the thread that wants one sleeps until its outcome is known.

use std::mem;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::cancel::{self, CancelScope, OperationEnd};
use crate::error::Result;
use crate::rows::UnitOfWork;
use crate::sqlite::connection::Connection;
use crate::sqlite::statement_log::{self, StatementsRun};
use crate::sqlite::transaction::TransactionOutcome;
use crate::store::Store;
use crate::store::slot;
use crate::store::write_transaction::{WriteTransaction, lost};

/// A write in the queue that any thread can run.
pub(super) trait WriteCommand: Send + Sync {
    /// Runs the write as a part of this transaction, on behalf of the thread that wants it.
    fn run(&self, transaction: &mut WriteTransaction);

    /// Hands the connection to the thread that wants the write, which is to begin a transaction with it.
    fn call(&self, connection: Option<Connection>);

    /// Tells the thread how the commit of its write ended.
    fn end(&self, committed: &Result<()>);
}

/// A write that waits for the thread that runs it.
pub(super) struct OwnedWrite<W, T> {
    context: CommandContext,
    state: Mutex<CommandState<W, T>>,
    /// Set when the thread has something to do: to begin a transaction, or to take the outcome.
    is_answered: Condvar,
}

/// The parts of a thread's operation that a write takes along to another thread.
struct CommandContext {
    handle: Store,
    end: OperationEnd,
    span: tracing::Span,
    is_watched: bool,
}

enum CommandState<W, T> {
    /// In the queue.
    Waiting(W),
    /// Out of the queue, for its own thread to run.
    Called(W, Option<Connection>),
    /// Begun by another thread.
    Begun,
    /// Done, but for the commit.
    Ran(RunOutcome<T>),
    /// Done, or undone, for good.
    Ended(RunOutcome<T>),
    /// Taken by its own thread.
    Taken,
}

struct RunOutcome<T> {
    outcome: TransactionOutcome<T>,
    statements: Option<StatementsRun>,
}

/// The answer to a thread that waits for its write.
pub(super) enum WriteAnswer<W, T> {
    /// It has the connection, to run the write itself.
    Connection(W, Option<Connection>),
    /// Another thread has run it, and the commit is over.
    Outcome(TransactionOutcome<T>),
}

impl<W, T> OwnedWrite<W, T> {
    /// Creates the write as a part of this thread's operation.
    pub(super) fn new(handle: &Store, work: W) -> Self {
        Self {
            context: CommandContext {
                handle: handle.clone(),
                end: OperationEnd::present(),
                span: tracing::Span::current(),
                is_watched: statement_log::is_watched(),
            },
            state: Mutex::new(CommandState::Waiting(work)),
            is_answered: Condvar::new(),
        }
    }

    fn state(&self) -> MutexGuard<'_, CommandState<W, T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the answer until the time is over, or the operation is cancelled.
    pub(super) fn wait(&self, patience: Duration) -> Option<WriteAnswer<W, T>> {
        let mut state = slot::wait_until(&self.is_answered, self.state(), patience, |state| {
            matches!(state, CommandState::Called(..) | CommandState::Ended(_))
        });
        match mem::replace(&mut *state, CommandState::Taken) {
            CommandState::Called(work, idle) => Some(WriteAnswer::Connection(work, idle)),
            CommandState::Ended(run) => {
                if let Some(statements) = run.statements {
                    statement_log::count(statements);
                }
                Some(WriteAnswer::Outcome(run.outcome))
            }
            unanswered => {
                *state = unanswered;
                None
            }
        }
    }

    /// Waits for the answer to a write that has left the queue, which can't be withdrawn any more.
    pub(super) fn wait_to_end(&self) -> WriteAnswer<W, T> {
        let _undisturbed = CancelScope::undisturbed();
        loop {
            if let Some(answer) = self.wait(Duration::MAX) {
                return answer;
            }
        }
    }
}

impl<W, T> WriteCommand for OwnedWrite<W, T>
where
    W: FnOnce(&mut UnitOfWork<'_>) -> Result<T> + Send,
    T: Send,
{
    fn run(&self, transaction: &mut WriteTransaction) {
        let work = {
            let mut state = self.state();
            match mem::replace(&mut *state, CommandState::Begun) {
                CommandState::Waiting(work) => work,
                other => {
                    *state = other;
                    return;
                }
            }
        };
        let CommandContext {
            handle,
            end,
            span,
            is_watched,
        } = &self.context;
        let run = || match cancel::check() {
            Ok(()) => transaction.run(handle.environment(), handle.user(), work),
            Err(ended) => Ok(Err(ended)),
        };
        let (outcome, statements) = span.in_scope(|| {
            let _scope = end.enter();
            statement_log::apart(*is_watched, run)
        });
        *self.state() = CommandState::Ran(RunOutcome {
            outcome,
            statements,
        });
    }

    fn call(&self, connection: Option<Connection>) {
        let mut state = self.state();
        if let CommandState::Waiting(work) = mem::replace(&mut *state, CommandState::Taken) {
            *state = CommandState::Called(work, connection);
            // Woken earlier, the thread would find the state locked, and sleep again.
            drop(state);
            self.is_answered.notify_one();
        }
    }

    fn end(&self, committed: &Result<()>) {
        let mut state = self.state();
        let run = match mem::replace(&mut *state, CommandState::Taken) {
            CommandState::Ran(run) => RunOutcome {
                outcome: run.outcome.map(|done| match (done, committed) {
                    (Ok(_), Err(error)) => Err(error.for_another()),
                    (done, _) => done,
                }),
                ..run
            },
            CommandState::Begun => RunOutcome {
                outcome: Ok(Err(lost())),
                statements: None,
            },
            other => {
                *state = other;
                return;
            }
        };
        *state = CommandState::Ended(run);
        drop(state);
        self.is_answered.notify_one();
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
    use std::sync::mpsc;
    use std::thread;

    use diesel::connection::SimpleConnection as _;
    use diesel::prelude::*;

    use super::*;
    use crate::error::{Error, ErrorCode};
    use crate::rows::UserContext;
    use crate::schema::user_preferences;
    use crate::store::write_queue::tests::{await_waiting, behind_a_transaction, open};
    use crate::{CancelToken, GroupCommit};

    type Work = Box<dyn FnOnce(&mut UnitOfWork<'_>) -> Result<()> + Send>;

    const PATIENT: GroupCommit = GroupCommit {
        max_wait: Duration::from_secs(60),
        ..GroupCommit::SHARED
    };

    /// Returns work that writes a row of this name.
    fn row(name: &'static str) -> Work {
        Box::new(move |uow| {
            let sql = format!(
                "INSERT INTO UserPreferences (Id, Category, Key, Value) VALUES ('{name}', 'test', '{name}', '1')"
            );
            Ok(uow.connection().batch_execute(&sql)?)
        })
    }

    /// Returns work that writes a row, and then does this.
    fn row_and(
        name: &'static str,
        then: impl FnOnce(&mut UnitOfWork<'_>) -> Result<()> + Send + 'static,
    ) -> Work {
        Box::new(move |uow| {
            row(name)(uow)?;
            then(uow)
        })
    }

    fn rows(store: &Store) -> Vec<String> {
        let keys = user_preferences::table.select(user_preferences::key);
        let keys = keys.filter(user_preferences::category.eq("test"));
        let keys = keys.order(user_preferences::key);
        let found = store.read(|reader| Ok(keys.load(reader.connection())?));
        found.unwrap()
    }

    fn of(store: &Store, works: Vec<Work>) -> Vec<(Store, Work)> {
        let with_handle = works.into_iter().map(|work| (store.clone(), work));
        with_handle.collect()
    }

    type Done = thread::Result<Result<()>>;

    /// Runs these in one transaction, by the thread that wants the first, and returns what each thread got.
    fn together(store: &Store, works: Vec<(Store, Work)>) -> Vec<Done> {
        let done: Vec<_> = works.iter().map(|_| Mutex::new(None)).collect();
        let threads = works.into_iter().zip(&done).map(|((handle, work), done)| {
            Box::new(move || {
                let outcome = catch_unwind(AssertUnwindSafe(|| handle.write_owned(work)));
                *done.lock().unwrap() = Some(outcome);
            }) as Box<dyn FnOnce() + Send + '_>
        });
        behind_a_transaction(store, threads.collect());
        let done = done.into_iter().map(|done| done.into_inner().unwrap());
        done.map(Option::unwrap).collect()
    }

    fn code(done: &Done) -> Option<ErrorCode> {
        done.as_ref().unwrap().as_ref().err().map(Error::code)
    }

    #[test]
    fn each_has_its_own_outcome() {
        let (_directory, store) = open(PATIENT);
        let refused = |_: &mut UnitOfWork<'_>| Err(Error::new(ErrorCode::NotFound, "no such row"));
        let works = vec![
            row("a"),
            row_and("b", refused),
            row_and("c", |_| resume_unwind(Box::new("a bug"))),
            row("d"),
        ];
        let done = together(&store, of(&store, works));
        assert_eq!(code(&done[0]), None);
        assert_eq!(code(&done[1]), Some(ErrorCode::NotFound));
        let panic = done[2].as_ref().unwrap_err();
        assert_eq!(panic.downcast_ref(), Some(&"a bug"));
        assert_eq!(code(&done[3]), None);
        assert_eq!(rows(&store), ["a", "d"]);
    }

    #[test]
    fn a_thread_that_fails_or_panics_first_leaves_the_next_to_theirs() {
        let (_directory, store) = open(PATIENT);
        let works = vec![
            row_and("a", |_| resume_unwind(Box::new("a bug"))),
            row_and("b", |_| Err(Error::new(ErrorCode::NotFound, ""))),
            row("c"),
        ];
        let done = together(&store, of(&store, works));
        assert!(done[0].is_err());
        assert_eq!(code(&done[1]), Some(ErrorCode::NotFound));
        assert_eq!(code(&done[2]), None);
        assert_eq!(rows(&store), ["c"]);
    }

    #[test]
    fn each_acts_as_its_own_user() {
        let (_directory, store) = open(PATIENT);
        let (named, names) = mpsc::channel();
        let works = ["ann", "bob", "cleo"].map(|user| {
            let named = named.clone();
            let work: Work = Box::new(move |uow| {
                named.send(uow.user().user_id.clone()).unwrap();
                Ok(())
            });
            (store.context(UserContext::user(user)), work)
        });
        drop(together(&store, works.into()));
        drop(named);
        assert_eq!(names.iter().collect::<Vec<_>>(), ["ann", "bob", "cleo"]);
    }

    #[test]
    fn a_write_that_is_lost_with_others_is_told_so() {
        let (_directory, store) = open(PATIENT);
        let works = vec![
            row("a"),
            // What SQLite does itself when the disk is full.
            row_and("b", |uow| {
                uow.connection().batch_execute("ROLLBACK")?;
                Err(Error::new(ErrorCode::DiskFull, "the disk is full"))
            }),
            row("c"),
        ];
        let done = together(&store, of(&store, works));
        let codes = [ErrorCode::Busy, ErrorCode::DiskFull].map(Some);
        assert_eq!([code(&done[0]), code(&done[1])], codes);
        assert_eq!(code(&done[2]), None);
        assert_eq!(rows(&store), ["c"]);
    }

    fn read_for_minutes(uow: &mut UnitOfWork<'_>) -> Result<()> {
        let read =
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9000000000)
                    SELECT max(i) FROM n";
        Ok(uow.connection().batch_execute(read)?)
    }

    #[test]
    fn one_that_is_ended_takes_no_other_along() {
        let (_directory, store) = open(PATIENT);
        let token = CancelToken::new();
        let cancelled = token.clone();
        let reads = row_and("b", move |uow| {
            cancelled.cancel();
            read_for_minutes(uow)
        });
        let token_of_writer = CancelToken::new();
        let cancelled = token_of_writer.clone();
        let writes = row_and("d", move |uow| {
            cancelled.cancel();
            // Long enough for SQLite to look up several times.
            let write = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30000) \
                         UPDATE UserPreferences SET Value = (SELECT max(i) FROM n)";
            Ok(uow.connection().batch_execute(write)?)
        });
        let hurried = store.with_operation_timeout(Some(Duration::from_secs(2)));
        let works = vec![
            (store.clone(), row("a")),
            (store.cancellable(&token), reads),
            (hurried, row_and("c", read_for_minutes)),
            (store.cancellable(&token_of_writer), writes),
            (store.clone(), row("e")),
        ];
        let done = together(&store, works);
        let codes: Vec<_> = done.iter().filter_map(code).collect();
        let (cancelled, timeout) = (ErrorCode::Cancelled, ErrorCode::Timeout);
        assert_eq!(codes, [cancelled, timeout, cancelled]);
        assert_eq!(rows(&store), ["a", "e"]);
    }

    #[test]
    fn one_that_is_ended_while_it_waits_never_runs() {
        let (_directory, store) = open(PATIENT);
        let token = CancelToken::new();
        let handle = store.cancellable(&token);
        let held = store.begin().unwrap();
        let late = thread::spawn(move || handle.write_owned(row("never")));
        await_waiting(&store, 1);
        token.cancel();
        let error = late.join().unwrap().unwrap_err();
        assert_eq!(error.code(), ErrorCode::Cancelled);
        await_waiting(&store, 0);
        held.commit().unwrap();
        assert!(rows(&store).is_empty());
    }

    #[test]
    fn one_that_has_begun_is_never_busy() {
        let directory = tempfile::tempdir().unwrap();
        let mut config = crate::StoreConfig::new(directory.path().join("orchestra.db"));
        config.group_commit = PATIENT;
        config.busy_timeout = Duration::from_millis(200);
        let store = Store::open(config).unwrap();
        let (begun, has_begun) = mpsc::channel();
        let (finish, may_finish) = mpsc::channel::<()>();
        let slow = row_and("slow", move |_| {
            begun.send(()).unwrap();
            may_finish.recv().unwrap();
            Ok(())
        });
        thread::scope(|scope| {
            let held = store.begin().unwrap();
            let first = scope.spawn(|| store.write_owned(row("first")));
            await_waiting(&store, 1);
            let second = scope.spawn(|| store.write_owned(slow));
            await_waiting(&store, 2);
            held.commit().unwrap();
            has_begun.recv().unwrap();
            let error = store.write_owned(row("late")).unwrap_err();
            assert_eq!(error.code(), ErrorCode::Busy);
            finish.send(()).unwrap();
            first.join().unwrap().unwrap();
            second.join().unwrap().unwrap();
        });
        assert_eq!(rows(&store), ["first", "slow"]);
    }

    #[test]
    fn a_write_inside_another_is_misuse_on_whatever_thread_it_runs() {
        let (_directory, store) = open(PATIENT);
        let inside = |nested: fn(&Store) -> Result<()>| -> (Store, Work) {
            let inner = store.clone();
            (store.clone(), Box::new(move |_| nested(&inner)))
        };
        let works = vec![
            (store.clone(), row("a")),
            inside(|store| store.write(|_| Ok(()))),
            inside(|store| store.write_owned(|_| Ok(()))),
        ];
        let done = together(&store, works);
        let misuse = Some(ErrorCode::Misuse);
        assert_eq!([code(&done[1]), code(&done[2])], [misuse, misuse]);
        let inner = store.clone();
        let nested = store.write(move |_| inner.write_owned(|_| Ok(())));
        assert_eq!(nested.unwrap_err().code(), ErrorCode::Misuse);
        assert_eq!(rows(&store), ["a"]);
    }
}
