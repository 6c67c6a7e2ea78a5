//! Queries of `Tasks` by their leases.

use std::time::Duration;

use diesel::SqliteExpressionMethods as _;
use diesel::connection::DefaultLoadingMode;
use diesel::prelude::*;

use super::{Task, TaskId};
use crate::rows::room_left;
use crate::schema::tasks::dsl;
use crate::sqlite::{Backend, Conn, dialect};
use crate::types::Timestamp;

/// Time of a rescue by the wall clock and, if there is one, by the clock of the machine.
pub(crate) struct RescueTime<'a> {
    /// Present by the wall clock.
    pub(crate) now: Timestamp,
    /// Latest time that another process may have written as its present.
    pub(crate) latest_present: Timestamp,
    /// Start of the machine, and the milliseconds since then.
    pub(crate) since_boot: Option<(&'a str, i64)>,
}

/// Time at which a lease began, and that at which it ends unless it is extended.
#[derive(Debug, Clone, AsChangeset)]
#[diesel(table_name = crate::schema::tasks, treat_none_as_null = true)]
pub(crate) struct LeaseTerm {
    pub(crate) lease_renewed_at: Option<Timestamp>,
    pub(crate) lease_expires_at: Option<Timestamp>,
    pub(crate) lease_boot: Option<String>,
    pub(crate) lease_deadline: Option<i64>,
}

type LeasedTasks<'a> = crate::schema::tasks::BoxedQuery<'a, Backend>;

/// Returns the tasks whose leases are over, the longest ago first: by the wall clock, which takes one from the future
/// for a mistake, and by the clock of the machine. Those that ended at the same time are in no order, since the index
/// can't give one.
pub(crate) fn over(conn: &mut Conn, time: &RescueTime<'_>, limit: u32) -> QueryResult<Vec<Task>> {
    let ended = by_machine(ended_before(time.now).into_boxed(), time);
    let mut tasks: Vec<Task> = ended
        .order(dsl::lease_expires_at)
        .limit(limit.into())
        .select(Task::as_select())
        .load(conn)?;
    let of_future = dsl::tasks
        .filter(dsl::lease_expires_at.ge(time.now))
        .filter(dsl::lease_renewed_at.gt(time.latest_present));
    let of_future: Vec<Task> = by_machine(of_future.into_boxed(), time)
        .limit(room_left(limit, tasks.len()).into())
        .select(Task::as_select())
        .load(conn)?;
    tasks.extend(of_future);
    Ok(tasks)
}

fn by_machine<'q>(query: LeasedTasks<'q>, time: &RescueTime<'q>) -> LeasedTasks<'q> {
    match time.since_boot {
        None => query,
        Some((boot, now)) => query
            .filter(dsl::lease_boot.eq(boot))
            .filter(dsl::lease_deadline.le(now)),
    }
}

/// Returns the tasks whose leases began before this start of the machine.
pub(crate) fn from_before_boot(conn: &mut Conn, boot: &str, limit: u32) -> QueryResult<Vec<Task>> {
    // The first condition makes SQLite use the index, which has the second.
    dsl::tasks
        .filter(dsl::lease_expires_at.is_not_null())
        .filter(dsl::lease_boot.is_not(boot))
        .limit(limit.into())
        .select(Task::as_select())
        .load(conn)
}

/// Returns the tasks whose leases ended before `now` by the wall clock alone.
pub(crate) fn expired(conn: &mut Conn, now: Timestamp, limit: u32) -> QueryResult<Vec<Task>> {
    ended_before(now)
        .order(dsl::lease_expires_at)
        .limit(limit.into())
        .select(Task::as_select())
        .load(conn)
}

#[diesel::dsl::auto_type]
fn ended_before(now: Timestamp) -> _ {
    dsl::tasks.filter(dsl::lease_expires_at.lt(now))
}

/// Writes the term of a lease.
pub(crate) fn save_term(conn: &mut Conn, id: &TaskId, term: &LeaseTerm) -> QueryResult<()> {
    dialect::update_row(conn, "Tasks", id, term)
}

/// Writes the end of a lease by the clock of the machine.
pub(crate) fn save_deadline(
    conn: &mut Conn,
    id: &TaskId,
    boot: &str,
    deadline: i64,
) -> QueryResult<()> {
    let changes = (dsl::lease_boot.eq(boot), dsl::lease_deadline.eq(deadline));
    dialect::update_row(conn, "Tasks", id, changes)
}

/// Returns the tasks that are assigned or running without a lease, the oldest first.
pub(crate) fn unleased(conn: &mut Conn, limit: u32) -> QueryResult<Vec<Task>> {
    dsl::tasks
        .filter(dialect::task_is_assigned())
        .filter(dsl::lease_token.is_null())
        .order((dsl::created_at, dsl::id))
        .limit(limit.into())
        .select(Task::as_select())
        .load(conn)
}

/// Retry that a task waits for.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = crate::schema::tasks, check_for_backend(diesel::sqlite::Sqlite))]
pub(crate) struct Retry {
    pub(crate) id: TaskId,
    pub(crate) available_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

/// Returns retries of tasks that were written later than `latest` and are later themselves, by no more than the longest
/// backoff from their writing: at most `limit`. The others were asked for, and are read over one by one.
pub(crate) fn retries_after(
    conn: &mut Conn,
    latest: Timestamp,
    longest: Duration,
    limit: u32,
) -> QueryResult<Vec<Retry>> {
    let late = dsl::tasks
        .filter(dsl::due_at.gt(latest))
        .filter(dsl::retry_count.gt(0))
        .filter(dsl::updated_at.gt(latest))
        .select(Retry::as_select());
    let is_backoff = |retry: &Retry| retry.available_at <= retry.updated_at + longest;
    late.load_iter::<Retry, DefaultLoadingMode>(conn)?
        .filter(|retry| retry.as_ref().map_or(true, is_backoff))
        .take(usize::try_from(limit).unwrap_or(usize::MAX))
        .collect()
}
