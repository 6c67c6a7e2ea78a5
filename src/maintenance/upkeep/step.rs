//! One step of the upkeep, and its execution.

use super::place::UpkeepPlace;
use super::retention::{self, Kind};
use super::round::Round;
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
    /// Deletes up to this many rows of a kind that are older than the retention policy keeps them.
    Deletion(u32, Kind),
    /// Keeps the database within the size of the retention policy.
    Size,
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
    /// Maintains the file, outside of a transaction, and returns the number of pages that it gave back.
    File(fn(&mut Conn) -> Result<Done>),
    /// Maintains the database as a whole, with connections of its own.
    Store(fn(&Store) -> Result<Done>),
}

/// Result of one run of a step.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Done {
    pub(super) count: u64,
    pub(super) more: bool,
    /// True if the round may do no more of it.
    pub(super) is_at_bound: bool,
}

impl UpkeepStep {
    pub(super) fn run(&self, store: &Store, round: &mut Round) -> Result<Done> {
        match self.work {
            Work::Rows(limit, work) => store.write(|uow| batch(uow, limit, work)),
            Work::Deletion(limit, kind) => delete(round, kind, limit, |limit| {
                let work = |uow: &mut UnitOfWork<'_>, limit| kind.delete_old(uow, limit);
                store.write(|uow| batch(uow, limit, work))
            }),
            Work::Size => retention::keep_within_size(store, round),
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
            Work::File(work) => {
                let done = store.with_writer_and_cache(|writer| work(writer))?;
                round.pages_given_back += done.count;
                Ok(done)
            }
            Work::Store(work) => work(store),
        }
    }

    pub(super) fn can_be_undone(&self) -> bool {
        !matches!(self.work, Work::File(..) | Work::Store(..))
    }

    /// Runs the step in a transaction that is rolled back.
    pub(super) fn try_out(&self, store: &Store, round: &mut Round) -> Result<Done> {
        match self.work {
            Work::Rows(limit, work) => rehearse(store, |uow| batch(uow, limit, work)),
            Work::Deletion(limit, kind) => delete(round, kind, limit, |limit| {
                let work = |uow: &mut UnitOfWork<'_>, limit| kind.delete_old(uow, limit);
                rehearse(store, |uow| batch(uow, limit, work))
            }),
            Work::Size => retention::try_out(store, round),
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
    /// Result of a run that processed nothing, after which another has something to do.
    pub(super) const MORE: Self = Self {
        count: 0,
        more: true,
        is_at_bound: false,
    };
    /// Result of a run after which only the next round may do more.
    pub(super) const IN_THE_NEXT_ROUND: Self = Self {
        is_at_bound: true,
        ..Self::MORE
    };

    /// Returns the result of a run that left nothing due.
    fn of(count: usize) -> Self {
        Self {
            count: u64::try_from(count).unwrap_or(u64::MAX),
            ..Self::default()
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
    work: impl FnOnce(&mut UnitOfWork<'_>, u32) -> Result<usize>,
) -> Result<Done> {
    let done = Done::of(work(uow, limit)?);
    Ok(Done {
        more: done.count >= limit.into(),
        ..done
    })
}

/// Deletes a batch of old rows with `delete`, as far as the round may delete more of the kind.
fn delete(
    round: &mut Round,
    kind: Kind,
    limit: u32,
    delete: impl FnOnce(u32) -> Result<Done>,
) -> Result<Done> {
    let room = u32::try_from(round.room(kind)).unwrap_or(u32::MAX);
    if room == 0 {
        return Ok(Done::IN_THE_NEXT_ROUND);
    }
    let done = delete(limit.min(room))?;
    round.count(kind, done.count);
    Ok(Done {
        is_at_bound: round.room(kind) == 0,
        ..done
    })
}
