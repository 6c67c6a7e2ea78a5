//! The log of statements, and the count of those that an operation ran.

use std::borrow::Cow;
use std::cell::RefCell;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::dialect;
use super::raw::{EndedStatement, RawConnection};
use crate::config::StoreConfig;
use crate::error::{Error, ErrorCode, Result};

/// The log of the statements of one connection.
#[derive(Debug)]
pub(super) struct StatementLog {
    logs_statements: bool,
    logs_values: bool,
    counts: bool,
    /// The statement that ran last, where errors are to name it.
    last: Option<Mutex<LastStatement>>,
}

#[derive(Debug, Default)]
struct LastStatement {
    sql: String,
    rows: u64,
}

/// Beginnings of statements that are at fault in no error: they begin and end transactions, or look for a reason.
const BLAMELESS: [&str; 7] = [
    "BEGIN",
    "COMMIT",
    "ROLLBACK",
    "SAVEPOINT",
    "RELEASE",
    "PRAGMA",
    dialect::REASON,
];

impl StatementLog {
    /// Makes a connection tell of its statements, where the configuration asks for that.
    pub(super) fn watch(
        connection: &mut RawConnection,
        config: &StoreConfig,
    ) -> Result<Option<Arc<Self>>> {
        let counts = config.log.slow_operation.is_some();
        if !config.log.statements && !counts && !config.detailed_errors {
            return Ok(None);
        }
        let log = Arc::new(Self {
            logs_statements: config.log.statements,
            logs_values: config.log.values,
            counts,
            last: config.detailed_errors.then(Mutex::default),
        });
        let told = Arc::clone(&log);
        connection
            .trace(Box::new(move |statement| told.ended(statement)))
            .map_err(|status| status.of("sqlite3_trace_v2"))?;
        Ok(Some(log))
    }

    /// Takes note of a statement that has ended.
    pub(super) fn ended(&self, statement: &EndedStatement<'_>) {
        let (elapsed, rows) = (statement.elapsed, statement.rows);
        if self.logs_statements {
            let sql = self.shown(statement);
            tracing::info!(target: "orchestra_store::statements", ?elapsed, rows, %sql, "statement");
        }
        if self.counts {
            with_present(|present| {
                if let Some(run) = &mut *present.borrow_mut() {
                    run.count(statement, || self.shown(statement).into_owned());
                }
            });
        }
        if let Some(last) = &self.last
            && !BLAMELESS.iter().any(|t| statement.sql().starts_with(t))
        {
            *last.lock().unwrap_or_else(PoisonError::into_inner) = LastStatement {
                sql: statement.sql_with_values().into_owned(),
                rows,
            };
        }
    }

    fn shown<'s>(&self, statement: &'s EndedStatement<'_>) -> Cow<'s, str> {
        match self.logs_values {
            true => statement.sql_with_values(),
            false => statement.sql(),
        }
    }

    /// Adds the statement that ran last to an error that came from it.
    pub(super) fn explain(&self, error: Error) -> Error {
        let details = error.details();
        let is_of_statement = details.sqlite_code.is_some() || error.code() == ErrorCode::Corrupt;
        let Some(last) = self.last.as_ref().filter(|_| is_of_statement) else {
            return error;
        };
        let last = last.lock().unwrap_or_else(PoisonError::into_inner);
        if details.statement.is_some() || last.sql.is_empty() {
            return error;
        }
        let place = match last.rows {
            0 => String::new(),
            row => format!("row {row} of "),
        };
        let statement = last.sql.clone();
        let reason = reason_of(&error).map_or(String::new(), |reason| format!("{reason}, "));
        error
            .with_addition(format_args!("{reason}in {place}`{statement}`"))
            .with_details(|d| d.statement = Some(statement))
    }
}

/// Returns the reason behind an error, such as that of a value that can't be read.
fn reason_of(error: &Error) -> Option<String> {
    use std::error::Error as _;
    let causes = std::iter::successors(error.source(), |&cause| cause.source());
    causes.last().map(ToString::to_string)
}

/// The statements that an operation ran.
#[derive(Debug, Default)]
pub(crate) struct StatementsRun {
    pub(crate) statements: u64,
    /// Number of rows that they returned or changed.
    pub(crate) rows: u64,
    /// The statement that took longest, and how long.
    pub(crate) slowest: Option<(Duration, String)>,
}

impl StatementsRun {
    fn add(&mut self, other: Self) {
        self.statements += other.statements;
        self.rows += other.rows;
        let time = |slowest: &Option<(Duration, String)>| slowest.as_ref().map(|(time, _)| *time);
        if time(&other.slowest) > time(&self.slowest) {
            self.slowest = other.slowest;
        }
    }

    fn count(&mut self, statement: &EndedStatement<'_>, sql: impl FnOnce() -> String) {
        self.statements += 1;
        self.rows += statement.rows;
        if self
            .slowest
            .as_ref()
            .is_none_or(|(most, _)| statement.elapsed > *most)
        {
            self.slowest = Some((statement.elapsed, sql()));
        }
    }
}

thread_local! {
    /// The statements of the operation that is watched on this thread. SQLite tells of them on the thread that runs them.
    static PRESENT: RefCell<Option<StatementsRun>> = const { RefCell::new(None) };
}

/// Runs `work` with the place of the count. A thread that is ending has none any more: its statements aren't counted.
fn with_present<T>(work: impl FnOnce(&RefCell<Option<StatementsRun>>) -> T) -> Option<T> {
    PRESENT.try_with(work).ok()
}

/// Runs `work`, and returns its result with the statements that it ran on this thread; with none inside another that is
/// watched, which counts them.
pub(crate) fn watch<T>(work: impl FnOnce() -> T) -> (T, Option<StatementsRun>) {
    struct Watched;
    impl Drop for Watched {
        fn drop(&mut self) {
            with_present(RefCell::take);
        }
    }
    if with_present(|present| present.borrow().is_some()).unwrap_or(true) {
        return (work(), None);
    }
    with_present(|present| present.replace(Some(StatementsRun::default())));
    let _watched = Watched;
    let value = work();
    (value, with_present(RefCell::take).flatten())
}

/// Returns whether the statements of this thread's operation are counted.
pub(crate) fn is_watched() -> bool {
    with_present(|present| present.borrow().is_some()).unwrap_or(false)
}

/// Runs `work` for another thread, and returns its result with the statements that it ran, where that one's operation
/// is watched. They don't count for this thread's operation.
pub(crate) fn apart<T>(is_watched: bool, work: impl FnOnce() -> T) -> (T, Option<StatementsRun>) {
    struct Apart(Option<StatementsRun>);
    impl Drop for Apart {
        fn drop(&mut self) {
            with_present(|present| present.replace(self.0.take()));
        }
    }
    let own = with_present(|present| present.replace(is_watched.then(StatementsRun::default)));
    let _apart = Apart(own.flatten());
    let value = work();
    (value, with_present(RefCell::take).flatten())
}

/// Counts statements that another thread ran for this one.
pub(crate) fn count(run: StatementsRun) {
    with_present(|present| {
        if let Some(present) = &mut *present.borrow_mut() {
            present.add(run);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(statements: u64, longest: u64) -> StatementsRun {
        StatementsRun {
            statements,
            rows: statements,
            slowest: Some((Duration::from_millis(longest), longest.to_string())),
        }
    }

    #[test]
    fn statements_count_for_the_thread_that_they_are_run_for() {
        let (theirs, own) = watch(|| {
            count(run(1, 1));
            let ((), theirs) = apart(true, || count(run(2, 2)));
            let ((), unwatched) = apart(false, || count(run(8, 8)));
            assert!(unwatched.is_none());
            theirs
        });
        let counted = |run: Option<StatementsRun>| run.map(|run| (run.statements, run.slowest));
        let expected = |n: u64| Some((n, Some((Duration::from_millis(n), n.to_string()))));
        assert_eq!((counted(theirs), counted(own)), (expected(2), expected(1)));
        assert!(!is_watched());
    }
}
