//! The clock of retention, which believes no jump of the wall clock: a deletion can't be taken back.
//!
//! The database keeps the last time that was believed, with the time since the boot at that moment. On the same boot the
//! wall clock is believed as far as that time has passed; after another boot, if it is at most
//! [`RetentionPolicy::max_clock_gap`](crate::RetentionPolicy::max_clock_gap) later. A clock that was set back is believed
//! at once, since less is deleted by it.

use std::time::Duration;

use crate::error::Result;
use crate::rows::{Reader, UnitOfWork, newest_audit_time};
use crate::tables::{RetentionClock, retention_clock as rows};
use crate::types::Timestamp;

/// Name of the boot where the clock doesn't know it.
const UNKNOWN_BOOT: &str = "-";
/// Time after which a believed time is written again.
const BETWEEN_MARKS: Duration = Duration::from_secs(3600);

/// Returns the present by which rows may be deleted: that of the wall clock, or an earlier one if that jumped ahead.
pub(crate) fn believed_now(uow: &mut UnitOfWork<'_>) -> Result<Timestamp> {
    let now = uow.now();
    let Some(mark) = rows::get(uow.connection())? else {
        return first_mark(uow, now);
    };
    let (passed, doubt) = passed_since(uow, &mark);
    if now > mark.trusted_time + passed + doubt {
        let believed = mark.trusted_time + passed;
        tracing::warn!(
            %now, %believed,
            "retention doesn't believe the clock, which jumped ahead; if it is right, say so: orchestra maintain --trust-clock"
        );
        return Ok(believed);
    }
    if now >= mark.trusted_time + BETWEEN_MARKS
        || is_of_another_boot(uow, &mark) && now > mark.trusted_time
    {
        save(uow, now)?;
    }
    Ok(now)
}

/// Makes retention believe the clock as it is now, although it jumped, and returns the time.
///
/// Rows that are as old as the [`RetentionPolicy`](crate::RetentionPolicy) says by this time are deleted by the next
/// upkeep.
pub fn trust(uow: &mut UnitOfWork<'_>) -> Result<Timestamp> {
    let now = uow.now();
    save(uow, now)?;
    Ok(now)
}

/// Returns the time that retention believes, if it lies further ahead than it can: it was written by a wrong clock.
pub(crate) fn believed_from_the_future(reader: &mut Reader<'_>) -> Result<Option<Timestamp>> {
    let latest = reader.latest_present();
    let mark = rows::get(reader.connection())?;
    Ok(mark
        .map(|mark| mark.trusted_time)
        .filter(|&time| time > latest))
}

/// Believes the clock of a database that has no mark yet, but not further than from the newest row on.
fn first_mark(uow: &mut UnitOfWork<'_>, now: Timestamp) -> Result<Timestamp> {
    let gap = uow.retention_policy().max_clock_gap;
    let newest = newest_audit_time(uow.connection())?;
    let believed = newest.map_or(now, |newest| now.min(newest + gap));
    save(uow, believed)?;
    Ok(believed)
}

/// Returns the time that has passed since the mark at least, and how much more it may be.
fn passed_since(uow: &UnitOfWork<'_>, mark: &RetentionClock) -> (Duration, Duration) {
    let gap = uow.retention_policy().max_clock_gap;
    let tolerance = (uow.latest_present() - uow.now()).to_duration();
    let tolerance = tolerance.unwrap_or_default();
    match uow.since_boot() {
        None => (Duration::ZERO, gap + tolerance),
        Some(time) if *mark.boot == *time.boot => {
            let passed = time.elapsed.saturating_sub(millis(mark.since_boot));
            (passed, tolerance)
        }
        Some(time) => (time.elapsed, gap + tolerance),
    }
}

fn is_of_another_boot(uow: &UnitOfWork<'_>, mark: &RetentionClock) -> bool {
    let boot = uow.since_boot().map(|time| time.boot);
    boot.as_deref().unwrap_or(UNKNOWN_BOOT) != mark.boot
}

fn save(uow: &mut UnitOfWork<'_>, trusted_time: Timestamp) -> Result<()> {
    let (boot, since_boot) = match uow.since_boot() {
        Some(time) => (time.boot.to_string(), time.millis_after(Duration::ZERO)),
        None => (UNKNOWN_BOOT.to_owned(), 0),
    };
    let mark = RetentionClock {
        boot,
        trusted_time,
        since_boot,
    };
    let written = rows::replace(uow.connection(), &mark)?;
    uow.note_uncached(written);
    Ok(())
}

fn millis(count: i64) -> Duration {
    Duration::from_millis(u64::try_from(count).unwrap_or(0))
}
