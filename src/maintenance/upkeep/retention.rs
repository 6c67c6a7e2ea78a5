//! Deleting what the store's [`RetentionPolicy`](crate::RetentionPolicy) doesn't keep: at most
//! `limit` rows a call, the oldest first, where a time is given.

use std::time::Duration;

use crate::error::Result;
use crate::rows::{Entity, UnitOfWork};
use crate::services::chat::{self, MessageRetention};
use crate::tables::{AuditLog, ErrorLog, OrchestrationLog, PerformanceMetric, retention as rows};
use crate::types::{Id, TaskStatus, Timestamp};

type Deleted = Result<usize>;

pub(crate) fn completed_tasks(uow: &mut UnitOfWork<'_>, limit: i64) -> Deleted {
    let keep = uow.retention_policy().completed_tasks;
    ended_tasks(uow, TaskStatus::Completed, keep, limit)
}

pub(crate) fn failed_tasks(uow: &mut UnitOfWork<'_>, limit: i64) -> Deleted {
    let keep = uow.retention_policy().failed_tasks;
    ended_tasks(uow, TaskStatus::Failed, keep, limit)
}

pub(crate) fn cancelled_tasks(uow: &mut UnitOfWork<'_>, limit: i64) -> Deleted {
    let keep = uow.retention_policy().cancelled_tasks;
    ended_tasks(uow, TaskStatus::Cancelled, keep, limit)
}

/// A task stays as long as anything needs it.
fn ended_tasks(
    uow: &mut UnitOfWork<'_>,
    status: TaskStatus,
    keep: Option<Duration>,
    limit: i64,
) -> Deleted {
    let Some(before) = cutoff(uow, keep) else {
        return Ok(0);
    };
    let ids = rows::ended_tasks(uow.connection(), status, before, limit)?;
    for id in &ids {
        uow.hard_delete(id)?;
    }
    Ok(ids.len())
}

pub(crate) fn chat_messages(uow: &mut UnitOfWork<'_>, limit: i64) -> Deleted {
    let Some(keep) = uow.retention_policy().chat_messages else {
        return Ok(0);
    };
    let old = MessageRetention::OlderThan(keep.into());
    let limit = u32::try_from(limit).unwrap_or(chat::MAX_BATCH);
    chat::remove_expired(uow, old, limit)
}

/// Measurements that are part of their rollups, which stay. As they come, so they go: without an
/// entry in the audit log.
pub(crate) fn metrics(uow: &mut UnitOfWork<'_>, limit: i64) -> Deleted {
    let Some(before) = cutoff(uow, uow.retention_policy().metrics) else {
        return Ok(0);
    };
    let ids = rows::metrics(uow.connection(), before, limit)?;
    for id in &ids {
        PerformanceMetric::delete(uow.connection(), id)?;
        uow.note_write(PerformanceMetric::NAME, id.as_str());
    }
    Ok(ids.len())
}

pub(crate) fn audit_logs(uow: &mut UnitOfWork<'_>, limit: i64) -> Deleted {
    let Some(before) = cutoff(uow, uow.retention_policy().audit_logs) else {
        return Ok(0);
    };
    let ids = rows::audit_logs(uow.connection(), before, limit)?;
    cut_log::<AuditLog>(uow, before, &ids)
}

pub(crate) fn error_logs(uow: &mut UnitOfWork<'_>, limit: i64) -> Deleted {
    let Some(before) = cutoff(uow, uow.retention_policy().error_logs) else {
        return Ok(0);
    };
    let ids = rows::error_logs(uow.connection(), before, limit)?;
    cut_log::<ErrorLog>(uow, before, &ids)
}

pub(crate) fn orchestration_logs(uow: &mut UnitOfWork<'_>, limit: i64) -> Deleted {
    let Some(before) = cutoff(uow, uow.retention_policy().orchestration_logs) else {
        return Ok(0);
    };
    let ids = rows::orchestration_logs(uow.connection(), before, limit)?;
    cut_log::<OrchestrationLog>(uow, before, &ids)
}

fn cutoff(uow: &UnitOfWork<'_>, keep: Option<Duration>) -> Option<Timestamp> {
    keep.map(|keep| uow.now() - keep)
}

/// Removes rows of a log, which its triggers allow only where they are older than its mark.
fn cut_log<E: Entity>(uow: &mut UnitOfWork<'_>, before: Timestamp, ids: &[Id<E>]) -> Deleted {
    if ids.is_empty() {
        return Ok(0);
    }
    let (now, user) = (uow.now(), uow.user().user_id.clone());
    let moved = rows::move_mark(uow.connection(), E::NAME, before, now, &user)?;
    uow.note_uncached(moved);
    for id in ids {
        E::delete(uow.connection(), id)?;
        uow.note_write(E::NAME, id.as_str());
    }
    Ok(ids.len())
}
