//! Queries that find the tasks of a claim. Each reads one range of an index, however many tasks wait, are paused, or are
//! scheduled for later.

use std::ops::RangeInclusive;

use diesel::SqliteExpressionMethods as _;
use diesel::prelude::*;

use super::{AgentId, Task};
use crate::schema::tasks::{self, dsl};
use crate::sqlite::{Backend, Conn};
use crate::types::{TaskPriority, Timestamp};

/// Tasks of one priority that wait for a time, or of those that don't. Each such class has a place of its own in the
/// indexes that serve a claim.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ClaimClass {
    pub(crate) priority: TaskPriority,
    pub(crate) waits_for_time: bool,
}

impl ClaimClass {
    /// Lowest priority of those that wait for no time.
    const LEAST: Self = Self::at_once(TaskPriority::Low);
    /// Highest priority of those that wait for no time.
    const GREATEST: Self = Self::at_once(TaskPriority::Critical);

    const fn at_once(priority: TaskPriority) -> Self {
        Self {
            priority,
            waits_for_time: false,
        }
    }

    /// Returns the value of the columns `OpenPriority` and `PinnedPriority`, which the database computes.
    fn key(self) -> i32 {
        self.priority.number() + if self.waits_for_time { 10 } else { 0 }
    }
}

/// Tasks that a claimant may run, each kind with its own index.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Lane<'a> {
    /// Tasks that only this agent may run.
    PinnedTo(&'a AgentId),
    /// Tasks of one repository that anyone may run.
    OpenIn(&'a str),
    /// Tasks of any repository that anyone may run.
    Open,
}

/// Tasks that are in one range of an index, in the order of a claim.
#[derive(Debug, Clone)]
pub(crate) enum Place<'a> {
    /// Tasks of any queue of any repository that anyone may run.
    Anywhere,
    /// Tasks of a lane in one queue of one repository. Those without a queue form a queue of their own.
    Queue {
        lane: Lane<'a>,
        path: String,
        queue: Option<String>,
    },
}

/// Times between which a task became available, both included.
pub(crate) type AvailabilityWindow = RangeInclusive<Timestamp>;

/// Returns the tasks of a place that wait for no time, by priority, then by the time at which they became available.
pub(crate) fn first(conn: &mut Conn, place: &Place<'_>, limit: u32) -> QueryResult<Vec<Task>> {
    let (least, greatest) = (ClaimClass::LEAST.key(), ClaimClass::GREATEST.key());
    let in_order = dsl::tasks
        .order((dsl::open_priority.desc(), dsl::available_at, dsl::id))
        .limit(limit.into())
        .select(Task::as_select());
    let open = in_order.filter(dsl::open_priority.between(least, greatest));
    match place {
        Place::Anywhere => open.load(conn),
        Place::Queue {
            lane: Lane::PinnedTo(agent_id),
            path,
            queue,
        } => dsl::tasks
            .filter(dsl::agent_id.eq(agent_id))
            .filter(dsl::repository_path.eq(path))
            .filter(dsl::queue_name.is(queue.as_deref()))
            .filter(dsl::pinned_priority.between(least, greatest))
            .order((dsl::pinned_priority.desc(), dsl::available_at, dsl::id))
            .limit(limit.into())
            .select(Task::as_select())
            .load(conn),
        Place::Queue { path, queue, .. } => open
            .filter(dsl::repository_path.eq(path))
            .filter(dsl::queue_name.is(queue.as_deref()))
            .load(conn),
    }
}

/// Returns the tasks of one class in a place, by the time at which they became available.
pub(crate) fn of_class(
    conn: &mut Conn,
    place: &Place<'_>,
    class: ClaimClass,
    window: &AvailabilityWindow,
    limit: u32,
) -> QueryResult<Vec<Task>> {
    let mut query = dsl::tasks
        .filter(dsl::available_at.between(*window.start(), *window.end()))
        .order((dsl::available_at, dsl::id))
        .limit(limit.into())
        .select(Task::as_select())
        .into_boxed();
    if let Place::Queue { path, queue, .. } = place {
        // "IS ?" rather than "IS NULL": the planner expects the latter to match more rows.
        query = query
            .filter(dsl::repository_path.eq(path))
            .filter(dsl::queue_name.is(queue.as_deref()));
    }
    query = match place {
        Place::Queue {
            lane: Lane::PinnedTo(agent_id),
            ..
        } => query
            .filter(dsl::agent_id.eq(*agent_id))
            .filter(dsl::pinned_priority.eq(class.key())),
        _ => query.filter(dsl::open_priority.eq(class.key())),
    };
    query.load(conn)
}

/// Returns the first repository behind `after` that has tasks in the lane, also such as are scheduled for later.
pub(crate) fn next_path(
    conn: &mut Conn,
    lane: Lane<'_>,
    after: &str,
) -> QueryResult<Option<String>> {
    in_lane(lane)
        .filter(dsl::repository_path.gt(after))
        .order(dsl::repository_path)
        .select(dsl::repository_path)
        .first(conn)
        .optional()
}

/// Returns the first queue of a repository behind `after` that has tasks in the lane, also such as are scheduled for
/// later.
pub(crate) fn next_queue(
    conn: &mut Conn,
    lane: Lane<'_>,
    path: &str,
    after: &str,
) -> QueryResult<Option<String>> {
    in_lane(lane)
        .filter(dsl::repository_path.eq(path))
        .filter(dsl::queue_name.gt(after))
        .order(dsl::queue_name)
        .select(dsl::queue_name.assume_not_null())
        .first(conn)
        .optional()
}

fn in_lane(lane: Lane<'_>) -> tasks::BoxedQuery<'_, Backend> {
    match lane {
        Lane::PinnedTo(agent_id) => dsl::tasks
            .filter(dsl::agent_id.eq(agent_id))
            .filter(dsl::pinned_priority.is_not_null())
            .into_boxed(),
        Lane::OpenIn(_) | Lane::Open => dsl::tasks
            .filter(dsl::open_priority.is_not_null())
            .into_boxed(),
    }
}
