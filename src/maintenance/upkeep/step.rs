//! One step of the upkeep, and how it is run.

use super::place::UpkeepPlace;
use crate::error::{Error, ErrorCode, Result};
use crate::rows::{Reader, UnitOfWork};
use crate::services::code_repositories::Speeds;
use crate::services::workflows::RecoveredExecutions;
use crate::sqlite::Conn;
use crate::store::Store;
use crate::tables::workflow_executions::ExecutionPosition;

/// A step of the upkeep.
pub(super) struct UpkeepStep {
    pub(super) name: &'static str,
    pub(super) work: Work,
}

/// What a step does.
pub(super) enum Work {
    /// Deals with so many rows at most, in a transaction, and returns how many these were.
    Rows(i64, fn(&mut UnitOfWork<'_>, i64) -> Result<usize>),
    /// Looks at so many executions of workflows at most, behind the place where the step was the last
    /// time.
    Executions(
        i64,
        fn(&mut UnitOfWork<'_>, Option<&ExecutionPosition>, i64) -> Result<RecoveredExecutions>,
    ),
    /// Works something out from one snapshot, since that takes its time, and then writes it in a
    /// transaction, if it is due.
    WorkedOut(
        fn(&mut Reader<'_>) -> Result<Option<Speeds>>,
        fn(&mut UnitOfWork<'_>, Speeds) -> Result<usize>,
    ),
    /// Looks after the file, outside of a transaction.
    File(fn(&mut Conn) -> Result<Done>),
    /// Has to do with the database as a whole, and takes what connections it needs itself.
    Store(fn(&Store) -> Result<Done>),
}

/// What a run of a step did.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Done {
    pub(super) count: u64,
    pub(super) more: bool,
}

impl UpkeepStep {
    pub(super) fn run(&self, store: &Store) -> Result<Done> {
        match self.work {
            Work::Rows(limit, work) => store.write(|uow| batch(uow, limit, work)),
            Work::Executions(limit, work) => {
                let recovery = store.write(|uow| {
                    work(uow, UpkeepPlace::of(store).last_recovered().as_ref(), limit)
                })?;
                let done = Done::from(&recovery);
                *UpkeepPlace::of(store).last_recovered() = recovery.next;
                Ok(done)
            }
            Work::WorkedOut(find, save) => match store.read(find)? {
                Some(found) => store.write(|uow| save(uow, found)).map(Done::of),
                None => Ok(Done::default()),
            },
            Work::File(work) => store.with_writer_and_cache(|writer| work(writer)),
            Work::Store(work) => work(store),
        }
    }

    pub(super) fn can_be_undone(&self) -> bool {
        !matches!(self.work, Work::File(..) | Work::Store(..))
    }

    /// Runs the step and undoes it.
    pub(super) fn try_out(&self, store: &Store) -> Result<Done> {
        match self.work {
            Work::Rows(limit, work) => undone(store, |uow| batch(uow, limit, work)),
            Work::Executions(limit, work) => undone(store, |uow| {
                let recovery = work(uow, UpkeepPlace::of(store).last_recovered().as_ref(), limit)?;
                Ok(Done::from(&recovery))
            }),
            Work::WorkedOut(find, save) => match store.read(find)? {
                Some(found) => undone(store, |uow| save(uow, found).map(Done::of)),
                None => Ok(Done::default()),
            },
            Work::File(..) | Work::Store(..) => Ok(Done::default()),
        }
    }
}

impl Done {
    /// All that was due.
    fn of(count: usize) -> Self {
        Self {
            count: u64::try_from(count).unwrap_or(u64::MAX),
            more: false,
        }
    }
}

impl From<&RecoveredExecutions> for Done {
    fn from(recovery: &RecoveredExecutions) -> Self {
        Self {
            more: recovery.next.is_some(),
            ..Self::of(recovery.changed.len())
        }
    }
}

/// What the work would do.
fn undone(store: &Store, work: impl FnOnce(&mut UnitOfWork<'_>) -> Result<Done>) -> Result<Done> {
    let mut done = None;
    let outcome = store.write(|uow| {
        done = Some(work(uow)?);
        Err(Error::new(ErrorCode::Cancelled, "this was a dry run"))
    });
    done.map_or(outcome, Ok)
}

fn batch(
    uow: &mut UnitOfWork<'_>,
    limit: i64,
    work: fn(&mut UnitOfWork<'_>, i64) -> Result<usize>,
) -> Result<Done> {
    let done = Done::of(work(uow, limit)?);
    Ok(Done {
        more: done.count >= limit.unsigned_abs(),
        ..done
    })
}
