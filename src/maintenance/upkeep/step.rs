//! One step of the upkeep, and how it is run.

use crate::db::{Conn, UnitOfWork};
use crate::error::{Error, ErrorCode, Result};
use crate::store::Store;

/// A step of the upkeep.
pub(super) struct Step {
    pub(super) name: &'static str,
    pub(super) work: Work,
}

/// What a step does.
pub(super) enum Work {
    /// Deals with so many rows at most, in a transaction, and returns how many these were.
    Rows(i64, fn(&mut UnitOfWork<'_>, i64) -> Result<usize>),
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

impl Step {
    pub(super) fn run(&self, store: &Store) -> Result<Done> {
        match self.work {
            Work::Rows(limit, work) => store.write(|uow| batch(uow, limit, work)),
            Work::File(work) => {
                let pools = store.pools()?;
                let mut writer = pools.writer()?;
                work(&mut writer).map_err(|e| writer.explain(e))
            }
            Work::Store(work) => work(store),
        }
    }

    pub(super) fn can_be_undone(&self) -> bool {
        matches!(self.work, Work::Rows(..))
    }

    /// Runs the step and undoes it.
    pub(super) fn try_out(&self, store: &Store) -> Result<Done> {
        let Work::Rows(limit, work) = self.work else {
            return Ok(Done::default());
        };
        let mut done = None;
        let undone = store.write(|uow| {
            done = Some(batch(uow, limit, work)?);
            Err(Error::new(ErrorCode::Cancelled, "this was a dry run"))
        });
        done.map_or(undone, Ok)
    }
}

fn batch(
    uow: &mut UnitOfWork<'_>,
    limit: i64,
    work: fn(&mut UnitOfWork<'_>, i64) -> Result<usize>,
) -> Result<Done> {
    let count = u64::try_from(work(uow, limit)?).unwrap_or(u64::MAX);
    Ok(Done {
        count,
        more: count >= limit.unsigned_abs(),
    })
}
