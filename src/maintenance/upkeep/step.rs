//! One step of the upkeep, and its execution.

use super::place::UpkeepPlace;
use crate::error::Result;
use crate::maintenance::rehearse;
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

/// Work of a step.
pub(super) enum Work {
    /// Processes up to this many rows in a transaction, and returns their number.
    Rows(u32, fn(&mut UnitOfWork<'_>, u32) -> Result<usize>),
    /// Deletes up to this many rows that the retention policy doesn't keep, and returns their number.
    Deletion(u32, fn(&mut UnitOfWork<'_>, u32) -> Result<usize>),
    /// Examines up to this many executions of workflows, from the place at which the step stopped last.
    Executions(
        u32,
        fn(&mut UnitOfWork<'_>, Option<&ExecutionPosition>, u32) -> Result<RecoveredExecutions>,
    ),
    /// Computes a result from a snapshot, if it is due, and writes it in a transaction: the computation takes too long
    /// for writers to wait.
    Computed(
        fn(&mut Reader<'_>) -> Result<Option<Speeds>>,
        fn(&mut UnitOfWork<'_>, Speeds) -> Result<usize>,
    ),
    /// Maintains the file, outside of a transaction.
    File(fn(&mut Conn) -> Result<Done>),
    /// Maintains the database as a whole, with connections of its own.
    Store(fn(&Store) -> Result<Done>),
}

/// Result of one run of a step.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Done {
    pub(super) count: u64,
    pub(super) more: bool,
}

impl UpkeepStep {
    pub(super) fn run(&self, store: &Store) -> Result<Done> {
        match self.work {
            Work::Rows(limit, work) | Work::Deletion(limit, work) => {
                store.write(|uow| batch(uow, limit, work))
            }
            Work::Executions(limit, work) => {
                let recovery = store.write(|uow| {
                    work(uow, UpkeepPlace::of(store).last_recovered().as_ref(), limit)
                })?;
                let done = Done::from(&recovery);
                *UpkeepPlace::of(store).last_recovered() = recovery.next;
                Ok(done)
            }
            Work::Computed(find, save) => match store.read(find)? {
                Some(found) => store.write(|uow| save(uow, found)).map(Done::of),
                None => Ok(Done::default()),
            },
            Work::File(work) => store.with_writer_and_cache(|writer| work(writer)),
            Work::Store(work) => work(store),
        }
    }

    /// Returns true if the step deletes rows for good.
    pub(super) fn is_deletion(&self) -> bool {
        matches!(self.work, Work::Deletion(..))
    }

    pub(super) fn can_be_undone(&self) -> bool {
        !matches!(self.work, Work::File(..) | Work::Store(..))
    }

    /// Runs the step in a transaction that is rolled back.
    pub(super) fn try_out(&self, store: &Store) -> Result<Done> {
        match self.work {
            Work::Rows(limit, work) | Work::Deletion(limit, work) => {
                rehearse(store, |uow| batch(uow, limit, work))
            }
            Work::Executions(limit, work) => rehearse(store, |uow| {
                let recovery = work(uow, UpkeepPlace::of(store).last_recovered().as_ref(), limit)?;
                Ok(Done::from(&recovery))
            }),
            Work::Computed(find, save) => match store.read(find)? {
                Some(found) => rehearse(store, |uow| save(uow, found).map(Done::of)),
                None => Ok(Done::default()),
            },
            Work::File(..) | Work::Store(..) => Ok(Done::default()),
        }
    }
}

impl Done {
    /// Returns the result of a run that left nothing due.
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

fn batch(
    uow: &mut UnitOfWork<'_>,
    limit: u32,
    work: fn(&mut UnitOfWork<'_>, u32) -> Result<usize>,
) -> Result<Done> {
    let done = Done::of(work(uow, limit)?);
    Ok(Done {
        more: done.count >= limit.into(),
        ..done
    })
}
