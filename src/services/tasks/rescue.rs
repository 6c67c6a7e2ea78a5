//! Rescuing tasks from workers that are gone, and from times that a wrong clock wrote.

use std::time::Duration;

use serde::Serialize;

use super::finish::end_failed_run;
use super::{backoff, lease};
use crate::clock::BootTime;
use crate::error::Result;
use crate::rows::{Entity as _, Reader, UnitOfWork, room_left};
use crate::tables::leases::{self as rows, RescueTime, Retry};
use crate::tables::{Task, TaskId, times_ahead};
use crate::types::TaskStatus;
use crate::validate;

/// Most leases from before the boot that one rescue begins to count.
const WATCHED_AT_ONCE: u32 = 10_000;

/// Tasks whose leases had expired, by outcome.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Rescue {
    /// Tasks that are pending again.
    pub requeued: Vec<TaskId>,
    /// Tasks that had no retries left.
    pub failed: Vec<TaskId>,
    /// Tasks whose cancellation had been requested.
    pub cancelled: Vec<TaskId>,
    /// Tasks that waited for a retry at a time that a wrong clock had written, and are available now.
    pub due: Vec<TaskId>,
}

/// Rescues tasks whose leases have expired, at most `limit`, and returns their ids by outcome.
///
/// The run of a task counts as failed, whether it was started or not, since the task may have killed its worker: it is
/// pending again if it has retries left, otherwise failed. One that was running waits for its backoff, one that wasn't
/// started is available at once. A task whose cancellation was requested is cancelled.
///
/// A lease is over when the wall clock says so and, where the clock knows the [time since the
/// boot](crate::Clock::since_boot), the lease was not renewed for its whole length by that time too: a wall clock that was
/// set takes no task from a worker that lives. A lease from before the boot counts from the first rescue that meets it.
/// A retry that waits for a time which a wrong clock wrote, later than the longest backoff from now, is due at once.
///
/// ```
/// use std::sync::Arc;
/// use std::time::Duration;
///
/// use orchestra_store::services::agents::{self, NewAgent};
/// use orchestra_store::services::tasks::{self, Claim, NewTask};
/// use orchestra_store::types::TaskStatus;
/// use orchestra_store::{ManualClock, Store, StoreConfig};
/// # let directory = tempfile::tempdir()?;
/// # let mut config = StoreConfig::new(directory.path().join("orchestra.db"));
/// let clock = Arc::new(ManualClock::at("2026-01-01".parse()?));
/// config.clock = Arc::clone(&clock) as _;
/// let store = Store::open(config)?;
/// let ada = store.write(|uow| {
///     tasks::enqueue(uow, &NewTask::new("make", "/srv/app"))?;
///     agents::register(uow, &NewAgent::new("Ada", "claude-code", "/srv/app"))
/// })?;
/// let claim = Claim::agent(&ada.id).leased_for(Duration::from_secs(60));
/// let task = store.write(|uow| tasks::claim(uow, &claim))?.remove(0);
///
/// // Ada's worker dies, and its lease expires.
/// clock.advance(Duration::from_secs(61));
/// store.write(|uow| tasks::rescue_expired(uow, 100))?;
/// let task = store.read(|reader| tasks::get(reader, &task.id))?;
/// assert_eq!((task.status, task.lease_owner), (TaskStatus::Pending, None));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn rescue_expired(uow: &mut UnitOfWork<'_>, limit: u32) -> Result<Rescue> {
    validate::limit(limit)?;
    let boot = uow.since_boot();
    let now = uow.now();
    let time = RescueTime {
        now,
        latest_present: uow.latest_present(),
        since_boot: boot
            .as_ref()
            .map(|time| (&*time.boot, time.millis_after(Duration::ZERO))),
    };
    if let Some(boot) = &boot {
        watch(uow, boot)?;
    }
    let mut rescue = Rescue::default();
    for mut task in rows::over(uow.conn(), &time, limit)? {
        uow.keep_seen(&task);
        take_away(uow, &mut task)?;
        let outcome = match task.status {
            TaskStatus::Cancelled => &mut rescue.cancelled,
            TaskStatus::Failed => &mut rescue.failed,
            _ => &mut rescue.requeued,
        };
        tracing::warn!(task = %task.id, status = %task.status, "the lease of a task expired");
        outcome.push(task.id);
    }
    let room = room_left(limit, rescue.len());
    rescue.due = make_due(uow, room)?;
    Ok(rescue)
}

impl Rescue {
    /// Returns the number of rescued tasks.
    pub fn len(&self) -> usize {
        let Self {
            requeued,
            failed,
            cancelled,
            due,
        } = self;
        requeued.len() + failed.len() + cancelled.len() + due.len()
    }

    /// Returns true if no task was rescued.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Begins to count the leases from before the boot, as whose workers may live on another machine that had the file.
fn watch(uow: &mut UnitOfWork<'_>, boot: &BootTime) -> Result<()> {
    for task in rows::from_before_boot(uow.conn(), &boot.boot, WATCHED_AT_ONCE)? {
        let deadline = boot.millis_after(length(uow, &task));
        rows::save_deadline(uow.conn(), &task.id, &boot.boot, deadline)?;
        uow.note_write(Task::NAME, task.id.as_str());
    }
    Ok(())
}

/// Returns the length of a task's lease; the default for one that an earlier release wrote.
fn length(uow: &UnitOfWork<'_>, task: &Task) -> Duration {
    let term = task.lease_expires_at.zip(task.lease_renewed_at);
    let length = term.and_then(|(end, begin)| (end - begin).to_duration());
    length.unwrap_or(uow.queue_policy().lease)
}

/// Returns the retries whose backoff was counted from a time in the future, at most `limit`.
pub(crate) fn retries_ahead(reader: &mut Reader<'_>, limit: u32) -> Result<Vec<Retry>> {
    let latest = reader.latest_present();
    let longest = backoff::longest(reader.queue_policy());
    Ok(rows::retries_after(reader.conn(), latest, longest, limit)?)
}

/// Begins the leases that begin in the future now, with their lengths.
pub(crate) fn begin_leases_now(uow: &mut UnitOfWork<'_>) -> Result<()> {
    let latest = uow.latest_present();
    for task in times_ahead::leases(uow.conn(), latest)? {
        let length = length(uow, &task);
        let (term, _) = lease::term(uow, Some(length))?;
        rows::save_term(uow.conn(), &task.id, &term)?;
        uow.note_write(Task::NAME, task.id.as_str());
    }
    Ok(())
}

/// Makes tasks available whose backoff was counted from a time in the future. A later time than the backoff's was asked
/// for, and stays.
pub(crate) fn make_due(uow: &mut UnitOfWork<'_>, limit: u32) -> Result<Vec<TaskId>> {
    let mut due = Vec::new();
    for retry in retries_ahead(uow, limit)? {
        let Some(mut task) = uow.current(&retry.id)? else {
            continue;
        };
        uow.keep_seen(&task);
        task.available_at = uow.now();
        uow.update(&mut task)?;
        tracing::warn!(task = %task.id, "the retry of a task waited for a time that a wrong clock wrote");
        due.push(task.id);
    }
    Ok(due)
}

fn take_away(uow: &mut UnitOfWork<'_>, task: &mut Task) -> Result<()> {
    let owner = task.lease_owner.as_deref().unwrap_or_default();
    let (moment, next_run) = match task.status {
        TaskStatus::InProgress => ("while the task was running", backoff::next_run(uow, task)),
        _ => ("before the task was started", uow.now()),
    };
    task.error_message = Some(format!("the lease of '{owner}' expired {moment}"));
    end_failed_run(uow, task, Some(next_run))
}
