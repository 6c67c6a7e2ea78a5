//! Steps of the upkeep, in their order.

use std::time::Duration;

use super::place::UpkeepPlace;
use super::ratings;
use super::retention::Kind;
use super::step::{Done, UpkeepStep, Work};
use crate::error::{Error, ErrorCode, Result};
use crate::maintenance::{backup, space, unobserved};
use crate::rows::UnitOfWork;
use crate::services::caches::{computed_results, query_cache, session_data};
use crate::services::{agents, approvals, metrics, tasks, workflows};
use crate::sqlite::{Conn, dialect};
use crate::store::Store;

/// Number of rows of a batch that writes each row with stamps and audit: a few milliseconds.
const FEW: u32 = 100;
/// Number of rows of a batch that only removes rows.
const MANY: u32 = 1000;
/// Time in which no backup is tried after one that failed.
const BACKUP_PAUSE: Duration = Duration::from_secs(600);

/// Lists the steps, as `docs/maintenance.md` does: a test compares them.
pub(super) static STEPS: &[UpkeepStep] = &[
    whole("look for another SQLite", look_for_second_sqlite),
    whole("look at the clock", look_at_clock),
    rows("rescue expired leases", FEW, rescue_leases),
    rows("sweep agents' health", FEW, sweep_health),
    rows("expire approvals", FEW, expire_approvals),
    UpkeepStep {
        name: "recover workflows",
        work: Work::Executions(FEW, workflows::recover_some),
    },
    UpkeepStep {
        name: "rate repositories",
        work: Work::Computed(ratings::compute, ratings::save),
    },
    rows("roll up metrics", MANY, roll_up_metrics),
    rows("expire query cache", MANY, query_cache::remove_expired),
    rows(
        "expire computed results",
        MANY,
        computed_results::remove_expired,
    ),
    rows("expire session data", MANY, session_data::remove_expired),
    deletion("trim change events", MANY, Kind::ChangeEvents),
    deletion("delete completed tasks", FEW, Kind::CompletedTasks),
    deletion("delete failed tasks", FEW, Kind::FailedTasks),
    deletion("delete cancelled tasks", FEW, Kind::CancelledTasks),
    deletion("delete chat messages", FEW, Kind::ChatMessages),
    deletion("delete metrics", FEW, Kind::Metrics),
    deletion("delete audit logs", MANY, Kind::AuditLogs),
    deletion("delete error logs", MANY, Kind::ErrorLogs),
    deletion("delete orchestration logs", MANY, Kind::OrchestrationLogs),
    UpkeepStep {
        name: "keep within the size",
        work: Work::Size,
    },
    file("give back free pages", give_back_free_pages),
    file("refresh query statistics", refresh_query_statistics),
    whole("checkpoint", checkpoint),
    whole("back up", back_up),
];

const fn rows(
    name: &'static str,
    limit: u32,
    work: fn(&mut UnitOfWork<'_>, u32) -> Result<usize>,
) -> UpkeepStep {
    let work = Work::Rows(limit, work);
    UpkeepStep { name, work }
}

const fn deletion(name: &'static str, limit: u32, kind: Kind) -> UpkeepStep {
    let work = Work::Deletion(limit, kind);
    UpkeepStep { name, work }
}

const fn file(name: &'static str, work: fn(&mut Conn) -> Result<Done>) -> UpkeepStep {
    let work = Work::File(work);
    UpkeepStep { name, work }
}

const fn whole(name: &'static str, work: fn(&Store) -> Result<Done>) -> UpkeepStep {
    let work = Work::Store(work);
    UpkeepStep { name, work }
}

fn look_for_second_sqlite(store: &Store) -> Result<Done> {
    store.connections()?.look_for_second_sqlite()?;
    Ok(Done::default())
}

fn look_at_clock(store: &Store) -> Result<Done> {
    store.look_at_clock()?;
    Ok(Done::default())
}

fn rescue_leases(uow: &mut UnitOfWork<'_>, limit: u32) -> Result<usize> {
    tasks::rescue_expired(uow, limit).map(|rescue| rescue.len())
}

fn sweep_health(uow: &mut UnitOfWork<'_>, limit: u32) -> Result<usize> {
    agents::sweep_health(uow, limit).map(|sweep| sweep.len())
}

fn expire_approvals(uow: &mut UnitOfWork<'_>, limit: u32) -> Result<usize> {
    approvals::expire(uow, limit).map(|expired| expired.len())
}

fn roll_up_metrics(uow: &mut UnitOfWork<'_>, limit: u32) -> Result<usize> {
    let limit = limit.min(metrics::MAX_BATCH);
    metrics::roll_up(uow, limit).map(|step| step.merged)
}

/// Gives back free pages of a file that was made with `PRAGMA auto_vacuum = INCREMENTAL`.
fn give_back_free_pages(conn: &mut Conn) -> Result<Done> {
    let count = space::give_back_and_cut(conn)?;
    Ok(Done {
        count,
        more: count >= space::STEP.into(),
        ..Done::default()
    })
}

fn refresh_query_statistics(conn: &mut Conn) -> Result<Done> {
    dialect::optimize(conn)?;
    Ok(Done::default())
}

/// Copies the write-ahead log into the database without waiting, unless the log is too large although no open read
/// needs much of it: reads in close succession keep it from restarting, so that it waits for them once. Fails if a read
/// that stays open holds more of the log than the store's limit.
fn checkpoint(store: &Store) -> Result<Done> {
    let space = space::measure(store)?;
    if space.is_wal_over_limit() {
        return Err(log_is_held(space.wal_held, space.wal_limit));
    }
    if space.wal > space.wal_limit && space::checkpoint_soon(store, PATIENCE_FOR_READS)? > 0 {
        return Err(log_is_held(space.wal, space.wal_limit));
    }
    Ok(Done::default())
}

/// Time for which the log waits for reads so that it can restart. Writes wait with it, and would fail if it lasted as
/// long as the busy timeout.
const PATIENCE_FOR_READS: Duration = Duration::from_millis(500);

fn log_is_held(bytes: u64, limit: u64) -> Error {
    let message = format!(
        "a read that stays open must hold at most {limit} bytes of the write-ahead log, got {bytes}; \
         end it, or raise `wal_limit`"
    );
    Error::new(ErrorCode::Busy, message)
}

/// Makes a backup if the store has a policy and one is due. After a failure, none is tried for a while: each reads the
/// whole database.
fn back_up(store: &Store) -> Result<Done> {
    let connections = store.connections()?;
    let Some(policy) = &connections.config().backups else {
        return Ok(Done::default());
    };
    let place = UpkeepPlace::of(store);
    let (clock, pause) = (&store.environment().clock, &place.backup_pause);
    if !pause.is_over(&**clock) {
        return Ok(Done::default());
    }
    match backup::run_if_due(store, policy, &mut unobserved) {
        Ok(done) => Ok(Done {
            count: done.made.iter().count() as u64,
            ..Done::default()
        }),
        Err(error) => {
            pause.begin(&**clock, BACKUP_PAUSE.min(policy.interval));
            Err(error)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_the_steps_that_there_are() {
        let page = include_str!("../../../docs/maintenance.md");
        let named = page.lines().filter_map(|line| {
            let first = line.strip_prefix("| ")?.split(" |").next()?;
            STEPS
                .iter()
                .map(|step| step.name)
                .find(|name| *name == first)
        });
        let names: Vec<_> = STEPS.iter().map(|step| step.name).collect();
        assert_eq!(named.collect::<Vec<_>>(), names);
    }
}
