//! A batch of the deletion by size: the oldest rows of all kinds that the policy has a time for, in one transaction.

use std::time::Duration;

use super::Kind;
use super::kind::TICK;
use crate::error::Result;
use crate::maintenance::upkeep::round::Round;
use crate::rows::UnitOfWork;
use crate::services::retention_clock;
use crate::sqlite::dialect;
use crate::types::Timestamp;

/// Most rows of a batch.
const BATCH: u64 = 100;
/// Most rows that are deleted before the size is looked at again.
const CHUNK: u64 = 10;
/// Age up to which the size deletes no events: followers need them.
const EVENTS_STAY: Duration = Duration::from_secs(3600);

/// Rows that a batch has deleted.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) deleted: Vec<(Kind, u64)>,
    /// True if the oldest rows are of a kind of which the round may delete no more.
    pub(super) is_at_bound: bool,
}

/// Rows of a kind that may be deleted, by the oldest.
struct Candidates {
    oldest: Timestamp,
    kind: Kind,
    /// Time up to which rows may be deleted.
    end: Timestamp,
}

impl Batch {
    /// Returns the number of rows.
    pub(super) fn len(&self) -> u64 {
        self.deleted.iter().map(|(_, rows)| rows).sum()
    }

    fn rows_of(&self, kind: Kind) -> u64 {
        let of_kind = self.deleted.iter().filter(|(known, _)| *known == kind);
        of_kind.map(|(_, rows)| rows).sum()
    }
}

/// Deletes the oldest rows until what is used of the file is no more than `max_size`, at most a batch.
///
/// No row is deleted whose time lies behind the present that retention believes: by it, nobody knows how old the row is.
pub(super) fn delete_oldest(
    uow: &mut UnitOfWork<'_>,
    max_size: u64,
    round: &Round,
) -> Result<Batch> {
    let mut batch = Batch::default();
    if used_size(uow)? <= max_size {
        return Ok(batch);
    }
    let mut kinds = candidates(uow)?;
    while batch.len() < BATCH && used_size(uow)? > max_size {
        kinds.sort_by_key(|of| of.oldest);
        let Some(first) = kinds.first() else { break };
        let room = round
            .room(first.kind)
            .saturating_sub(batch.rows_of(first.kind));
        if room == 0 {
            batch.is_at_bound = true;
            break;
        }
        // Those of the kind that are as old as the oldest of the next one, and no younger ones.
        let end = kinds.get(1).map_or(first.end, |next| next.oldest + TICK);
        let time = first.oldest..end.min(first.end);
        let limit = room.min(CHUNK).min(BATCH - batch.len());
        let kind = first.kind;
        let deleted = kind.delete(uow, time, u32::try_from(limit).unwrap_or(u32::MAX))?;
        batch.deleted.push((kind, deleted as u64));
        go_on_behind(uow, &mut kinds, deleted)?;
    }
    Ok(batch)
}

fn candidates(uow: &mut UnitOfWork<'_>) -> Result<Vec<Candidates>> {
    let policy = *uow.retention_policy();
    let now = retention_clock::believed_now(uow)?;
    let mut found = Vec::new();
    for kind in Kind::ALL {
        if kind.keep(&policy).is_none() {
            continue;
        }
        let end = match kind {
            Kind::ChangeEvents => now - EVENTS_STAY,
            _ => now,
        };
        let oldest = kind.oldest(uow.connection(), Timestamp::MIN..end)?;
        found.extend(oldest.map(|oldest| Candidates { oldest, kind, end }));
    }
    Ok(found)
}

/// Looks for the oldest row that is left of the first kind. Older ones are those that may not be deleted.
fn go_on_behind(
    uow: &mut UnitOfWork<'_>,
    kinds: &mut Vec<Candidates>,
    deleted: usize,
) -> Result<()> {
    let Candidates { oldest, kind, end } = kinds.swap_remove(0);
    if deleted > 0 {
        let next = kind.oldest(uow.connection(), oldest..end)?;
        kinds.extend(next.map(|oldest| Candidates { oldest, kind, end }));
    }
    Ok(())
}

/// Returns the bytes of the pages in use, as they are in the transaction.
fn used_size(uow: &mut UnitOfWork<'_>) -> Result<u64> {
    let conn = uow.connection();
    let pages = dialect::page_count(conn)? - dialect::free_page_count(conn)?;
    Ok(pages * dialect::page_size(conn)?)
}
