//! Pages of the outbox, the table of committed changes.

use serde::Serialize;

use super::ChangeFilter;
use crate::error::{Error, ErrorCode, Result};
use crate::rows::lineages::NumberBase;
use crate::rows::{Reader, UnitOfWork, change_events as rows};
use crate::services::retention_clock;
use crate::sqlite::Conn;
use crate::tables::ChangeEvent;
use crate::types::Timestamp;
use crate::validate;

/// A page of the outbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct EventPage {
    /// Events in the order of their commits.
    pub events: Vec<ChangeEvent>,
    /// Number behind which the next page begins. All events up to it were examined, including those that do not match
    /// the filter.
    pub position: i64,
    /// True if there may be more events.
    pub more: bool,
}

/// Returns the number of the newest event, which is 0 before the first in a database that never was restored. Read it in the snapshot in which you read the rows,
/// and follow from there: no change is missed.
pub fn newest(reader: &mut Reader<'_>) -> Result<i64> {
    let conn = reader.connection();
    let base = NumberBase::read(conn)?;
    Ok(rows::newest(conn, base)?)
}

/// Returns the events behind a number that match a filter, at most `limit` (1 to 10 000), whichever process committed
/// them. 0 stands for the beginning.
///
/// Fails with [`ErrorCode::EventsGone`] if some of them are no longer kept, or if the number is from before a restore
/// or a recovery of the database, and with [`ErrorCode::InvalidArgument`] if it is beyond the newest event: it then
/// belongs to another database. The cost is that of the events examined, which are more than `limit` if few match.
pub fn since(
    reader: &mut Reader<'_>,
    sequence: i64,
    filter: &ChangeFilter,
    limit: u32,
) -> Result<EventPage> {
    filter.check()?;
    validate::number("limit", limit, 1..=10_000)?;
    let conn = reader.connection();
    let base = NumberBase::read(conn)?;
    let newest = rows::newest(conn, base)?;
    let oldest = rows::oldest(conn)?.unwrap_or(newest + 1);
    // Events that a backup brought along are of no use to anybody: they aren't those that a follower missed.
    check_place(sequence, oldest.max(base.number() + 1), newest)?;
    let id = filter.entity_id.as_deref();
    let events = rows::after(conn, sequence, &filter.entity_types, id, limit)?;
    let is_full = events.len() == usize::try_from(limit).unwrap_or(usize::MAX);
    let position = match events.last() {
        Some(last) if is_full => last.sequence,
        _ => newest,
    };
    Ok(EventPage {
        events,
        position,
        more: position < newest,
    })
}

fn check_place(sequence: i64, oldest: i64, newest: i64) -> Result<()> {
    validate::number("sequence", sequence, 0..=newest)?;
    if sequence + 1 >= oldest {
        return Ok(());
    }
    let message = format!(
        "ChangeEvents: the position must be at least {}, got {sequence}: earlier events are no longer kept, or are \
         from before a restore; read the rows again, and follow from {newest}",
        oldest - 1
    );
    Err(
        Error::new(ErrorCode::EventsGone, message).with_details(|d| {
            d.entity = Some("ChangeEvents");
            d.id = Some(sequence.to_string());
        }),
    )
}

/// Deletes the oldest events that exceed the age or number that the store's policy keeps, at most `limit`, and
/// returns their number. The newest event stays.
pub(crate) fn trim(uow: &mut UnitOfWork<'_>, limit: u32) -> Result<usize> {
    let policy = *uow.retention_policy();
    let cutoff = match policy.change_events {
        Some(age) => Some(retention_clock::believed_now(uow)? - age),
        None => None,
    };
    let base = uow.number_base();
    let newest = rows::newest(uow.connection(), base)?;
    let kept = policy.max_change_events.map_or(newest, i64::from);
    // Only the oldest are looked at, whatever number is kept.
    let oldest = rows::oldest_times(uow.connection(), limit)?;
    let is_due = |&&(sequence, time): &&(i64, _)| {
        sequence <= newest - kept || cutoff.is_some_and(|cutoff| time < cutoff)
    };
    match oldest.iter().take_while(is_due).last() {
        Some(&(through, _)) => remove_through(uow, through),
        None => Ok(0),
    }
}

/// Deletes the oldest events, at most `limit`, up to the first that isn't older than `before`, and returns their number.
pub(crate) fn trim_older(uow: &mut UnitOfWork<'_>, before: Timestamp, limit: u32) -> Result<usize> {
    let oldest = rows::oldest_times(uow.connection(), limit)?;
    match oldest.iter().take_while(|(_, time)| *time < before).last() {
        Some(&(through, _)) => remove_through(uow, through),
        None => Ok(0),
    }
}

/// Returns the time of the oldest event that may be deleted, by the order of the commits.
pub(crate) fn oldest_time(conn: &mut Conn) -> Result<Option<Timestamp>> {
    let oldest = rows::oldest_times(conn, 1)?;
    Ok(oldest.first().map(|&(_, time)| time))
}

fn remove_through(uow: &mut UnitOfWork<'_>, sequence: i64) -> Result<usize> {
    let removed = rows::delete_through(uow.connection(), sequence)?;
    uow.note_uncached(removed);
    Ok(removed)
}
