//! Deletion of rows that the store's [`RetentionPolicy`](crate::RetentionPolicy) doesn't keep: up to `limit` rows per
//! call, the oldest first, of each kind that the policy has a time for.

use std::time::Duration;

use diesel::QueryResult;

use crate::error::Result;
use crate::rows::{Entity, UnitOfWork};
use crate::services::chat::{self, MessageRetention};
use crate::services::retention_clock;
use crate::sqlite::Conn;
use crate::tables::{AuditLog, ErrorLog, OrchestrationLog, PerformanceMetric, retention as rows};
use crate::types::{Id, TaskStatus, Timestamp};

type Deleted = Result<usize>;

/// Query for the ids of up to so many rows that are older than a time.
type OlderThan<E> = fn(&mut Conn, Timestamp, u32) -> QueryResult<Vec<Id<E>>>;

pub(super) fn completed_tasks(uow: &mut UnitOfWork<'_>, limit: u32) -> Deleted {
    let keep = uow.retention_policy().completed_tasks;
    ended_tasks(uow, TaskStatus::Completed, keep, limit)
}

pub(super) fn failed_tasks(uow: &mut UnitOfWork<'_>, limit: u32) -> Deleted {
    let keep = uow.retention_policy().failed_tasks;
    ended_tasks(uow, TaskStatus::Failed, keep, limit)
}

pub(super) fn cancelled_tasks(uow: &mut UnitOfWork<'_>, limit: u32) -> Deleted {
    let keep = uow.retention_policy().cancelled_tasks;
    ended_tasks(uow, TaskStatus::Cancelled, keep, limit)
}

/// Deletes ended tasks that nothing refers to any more.
fn ended_tasks(
    uow: &mut UnitOfWork<'_>,
    status: TaskStatus,
    keep: Option<Duration>,
    limit: u32,
) -> Deleted {
    let Some(before) = cutoff(uow, keep)? else {
        return Ok(0);
    };
    let ids = rows::ended_tasks(uow.connection(), status, before, limit)?;
    for id in &ids {
        uow.hard_delete(id)?;
    }
    Ok(ids.len())
}

pub(super) fn chat_messages(uow: &mut UnitOfWork<'_>, limit: u32) -> Deleted {
    let Some(keep) = uow.retention_policy().chat_messages else {
        return Ok(0);
    };
    let old = MessageRetention::OlderThan(keep.into());
    chat::remove_expired(uow, old, limit.min(chat::MAX_BATCH))
}

/// Deletes measurements that are part of their rollups, which stay. They were added without an entry in the audit log,
/// and are deleted without one.
pub(super) fn metrics(uow: &mut UnitOfWork<'_>, limit: u32) -> Deleted {
    let keep = uow.retention_policy().metrics;
    let Some(before) = cutoff(uow, keep)? else {
        return Ok(0);
    };
    let ids = rows::metrics(uow.connection(), before, limit)?;
    for id in &ids {
        PerformanceMetric::delete(uow.connection(), id)?;
        uow.note_write(PerformanceMetric::NAME, id.as_str());
    }
    Ok(ids.len())
}

pub(super) fn audit_logs(uow: &mut UnitOfWork<'_>, limit: u32) -> Deleted {
    let keep = uow.retention_policy().audit_logs;
    old_entries::<AuditLog>(uow, keep, limit, rows::audit_logs)
}

pub(super) fn error_logs(uow: &mut UnitOfWork<'_>, limit: u32) -> Deleted {
    let keep = uow.retention_policy().error_logs;
    old_entries::<ErrorLog>(uow, keep, limit, rows::error_logs)
}

pub(super) fn orchestration_logs(uow: &mut UnitOfWork<'_>, limit: u32) -> Deleted {
    let keep = uow.retention_policy().orchestration_logs;
    old_entries::<OrchestrationLog>(uow, keep, limit, rows::orchestration_logs)
}

fn cutoff(uow: &mut UnitOfWork<'_>, keep: Option<Duration>) -> Result<Option<Timestamp>> {
    keep.map(|keep| Ok(retention_clock::believed_now(uow)? - keep))
        .transpose()
}

/// Deletes old rows of a log. Its triggers allow that only for rows older than its mark, which is moved first.
fn old_entries<E: Entity>(
    uow: &mut UnitOfWork<'_>,
    keep: Option<Duration>,
    limit: u32,
    older: OlderThan<E>,
) -> Deleted {
    let Some(before) = cutoff(uow, keep)? else {
        return Ok(0);
    };
    let ids = older(uow.connection(), before, limit)?;
    if ids.is_empty() {
        return Ok(0);
    }
    let (now, user) = (uow.now(), uow.user().user_id.clone());
    let moved = rows::move_mark(uow.connection(), E::NAME, before, now, &user)?;
    uow.note_uncached(moved);
    for id in &ids {
        E::delete(uow.connection(), id)?;
        uow.note_write(E::NAME, id.as_str());
    }
    Ok(ids.len())
}
