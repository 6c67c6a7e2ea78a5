//! The kinds of rows that a policy is about: how long each is kept, and which of its rows may be deleted.
//!
//! Age and size delete by the same queries, which leave out what is open or waits.

use std::ops::Range;
use std::time::Duration;

use diesel::QueryResult;

use crate::config::RetentionPolicy;
use crate::error::Result;
use crate::rows::{Entity, UnitOfWork};
use crate::services::{chat, retention_clock};
use crate::sqlite::Conn;
use crate::store::events;
use crate::tables::retention::{self as rows, Timed};
use crate::tables::{
    AuditLog, ErrorLog, OrchestrationLog, PerformanceMetric, Task, TaskId, chat_messages,
};
use crate::types::{Id, TaskStatus, TimeSpan, Timestamp};

/// Kind of rows that the policy has a time for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::maintenance::upkeep) enum Kind {
    ChangeEvents,
    CompletedTasks,
    FailedTasks,
    CancelledTasks,
    ChatMessages,
    Metrics,
    AuditLogs,
    ErrorLogs,
    OrchestrationLogs,
}

/// Query for up to so many rows of a time, with their times, the oldest first.
type OfTime<E> = fn(&mut Conn, Range<Timestamp>, u32) -> QueryResult<Timed<Id<E>>>;

/// Shortest difference of two times.
pub(super) const TICK: TimeSpan = TimeSpan::from_ticks(1);

impl Kind {
    pub(in crate::maintenance::upkeep) const ALL: [Self; 9] = [
        Self::ChangeEvents,
        Self::CompletedTasks,
        Self::FailedTasks,
        Self::CancelledTasks,
        Self::ChatMessages,
        Self::Metrics,
        Self::AuditLogs,
        Self::ErrorLogs,
        Self::OrchestrationLogs,
    ];

    /// Returns the name for people, which is that of the field in the policy.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::ChangeEvents => "change events",
            Self::CompletedTasks => "completed tasks",
            Self::FailedTasks => "failed tasks",
            Self::CancelledTasks => "cancelled tasks",
            Self::ChatMessages => "chat messages",
            Self::Metrics => "metrics",
            Self::AuditLogs => "audit logs",
            Self::ErrorLogs => "error logs",
            Self::OrchestrationLogs => "orchestration logs",
        }
    }

    /// Returns how long a policy keeps the rows; `None` for ever.
    pub(super) fn keep(self, policy: &RetentionPolicy) -> Option<Duration> {
        match self {
            Self::ChangeEvents => policy.change_events,
            Self::CompletedTasks => policy.completed_tasks,
            Self::FailedTasks => policy.failed_tasks,
            Self::CancelledTasks => policy.cancelled_tasks,
            Self::ChatMessages => policy.chat_messages,
            Self::Metrics => policy.metrics,
            Self::AuditLogs => policy.audit_logs,
            Self::ErrorLogs => policy.error_logs,
            Self::OrchestrationLogs => policy.orchestration_logs,
        }
    }

    /// Deletes up to `limit` rows that are older than the policy keeps them, or more than it keeps, and returns their
    /// number.
    pub(in crate::maintenance::upkeep) fn delete_old(
        self,
        uow: &mut UnitOfWork<'_>,
        limit: u32,
    ) -> Result<usize> {
        if self == Self::ChangeEvents {
            return events::trim(uow, limit);
        }
        let Some(keep) = self.keep(uow.retention_policy()) else {
            return Ok(0);
        };
        let before = retention_clock::believed_now(uow)? - keep;
        self.delete(uow, Timestamp::MIN..before, limit)
    }

    /// Returns the time of the oldest row of a time that may be deleted.
    pub(super) fn oldest(
        self,
        conn: &mut Conn,
        time: Range<Timestamp>,
    ) -> Result<Option<Timestamp>> {
        Ok(match self {
            Self::ChangeEvents => events::oldest_time(conn)?.filter(|at| *at < time.end),
            Self::CompletedTasks => first(rows::ended_tasks(conn, TaskStatus::Completed, time, 1)?),
            Self::FailedTasks => first(rows::ended_tasks(conn, TaskStatus::Failed, time, 1)?),
            Self::CancelledTasks => first(rows::ended_tasks(conn, TaskStatus::Cancelled, time, 1)?),
            Self::ChatMessages => first(chat_messages::of_time(conn, &time, 1)?),
            Self::Metrics => first(rows::metrics(conn, time, 1)?),
            Self::AuditLogs => first(rows::audit_logs(conn, time, 1)?),
            Self::ErrorLogs => first(rows::error_logs(conn, time, 1)?),
            Self::OrchestrationLogs => first(rows::orchestration_logs(conn, time, 1)?),
        })
    }

    /// Deletes up to `limit` rows of a time that may be deleted, the oldest first, and returns their number.
    pub(super) fn delete(
        self,
        uow: &mut UnitOfWork<'_>,
        time: Range<Timestamp>,
        limit: u32,
    ) -> Result<usize> {
        match self {
            // In the order of the commits, which is that of time unless a clock was set.
            Self::ChangeEvents => events::trim_older(uow, time.end, limit),
            Self::CompletedTasks => ended_tasks(uow, TaskStatus::Completed, time, limit),
            Self::FailedTasks => ended_tasks(uow, TaskStatus::Failed, time, limit),
            Self::CancelledTasks => ended_tasks(uow, TaskStatus::Cancelled, time, limit),
            Self::ChatMessages => chat::remove_of_time(uow, &time, limit),
            Self::Metrics => metrics(uow, time, limit),
            Self::AuditLogs => entries::<AuditLog>(uow, time, limit, rows::audit_logs),
            Self::ErrorLogs => entries::<ErrorLog>(uow, time, limit, rows::error_logs),
            Self::OrchestrationLogs => {
                entries::<OrchestrationLog>(uow, time, limit, rows::orchestration_logs)
            }
        }
    }
}

fn first<I>(rows: Timed<I>) -> Option<Timestamp> {
    rows.first().map(|&(_, time)| time)
}

/// Deletes ended tasks that nothing refers to any more.
fn ended_tasks(
    uow: &mut UnitOfWork<'_>,
    status: TaskStatus,
    time: Range<Timestamp>,
    limit: u32,
) -> Result<usize> {
    let found = rows::ended_tasks(uow.connection(), status, time, limit)?;
    let ids: Vec<TaskId> = found.into_iter().map(|(id, _)| id).collect();
    uow.expire::<Task>(&ids)?;
    Ok(ids.len())
}

/// Deletes measurements that are part of their rollups, which stay. They were added without an entry in the audit log,
/// and are deleted without one.
fn metrics(uow: &mut UnitOfWork<'_>, time: Range<Timestamp>, limit: u32) -> Result<usize> {
    let found = rows::metrics(uow.connection(), time, limit)?;
    for (id, _) in &found {
        PerformanceMetric::delete(uow.connection(), id)?;
        uow.note_write(PerformanceMetric::NAME, id.as_str());
    }
    Ok(found.len())
}

/// Deletes rows of a log. Its triggers allow that only for rows older than its mark, which is moved first: up to the
/// end of the time, or behind the last row if there are more.
fn entries<E: Entity>(
    uow: &mut UnitOfWork<'_>,
    time: Range<Timestamp>,
    limit: u32,
    of_time: OfTime<E>,
) -> Result<usize> {
    let end = time.end;
    let found = of_time(uow.connection(), time, limit)?;
    let Some(&(_, last)) = found.last() else {
        return Ok(0);
    };
    let is_all = found.len() < usize::try_from(limit).unwrap_or(usize::MAX);
    let complete_from = if is_all { end } else { last + TICK };
    let (now, user) = (uow.now(), uow.user().user_id.clone());
    let moved = rows::move_mark(uow.connection(), E::NAME, complete_from, now, &user)?;
    uow.note_uncached(moved);
    for (id, _) in &found {
        E::delete(uow.connection(), id)?;
        uow.note_write(E::NAME, id.as_str());
    }
    Ok(found.len())
}
