//! Retention by size: a database that is larger than the policy allows loses its oldest rows, and gives the space back.
//!
//! Rows are deleted because of the pages in use. Free pages and the write-ahead log only have to be given back, and
//! while a read holds the log, deleting would make it larger: it waits for the read to end.

use std::time::Duration;

use super::size_batch::{self, Batch};
use super::{HeldSpace, SizeReport};
use crate::error::Result;
use crate::maintenance::upkeep::place::UpkeepPlace;
use crate::maintenance::upkeep::round::Round;
use crate::maintenance::upkeep::step::Done;
use crate::maintenance::{rehearse, space};
use crate::store::Store;

/// Time for which writes wait so that the log can be emptied.
const PATIENCE_FOR_READS: Duration = Duration::from_millis(50);
/// Time between two warnings, for which the whole database is read.
const BETWEEN_WARNINGS: Duration = Duration::from_secs(3600);

/// Does the next thing that makes the database smaller, if it is larger than it may be: deletes a batch of rows, gives
/// back some of the free pages, or empties the log.
pub(in crate::maintenance::upkeep) fn keep_within_size(
    store: &Store,
    round: &mut Round,
) -> Result<Done> {
    let Some(max_size) = store.environment().retention.max_size else {
        return Ok(Done::default());
    };
    if is_small_enough(store, round, max_size)? {
        return Ok(Done::default());
    }
    let mut is_at_bound = false;
    let waits_for_reads = space::is_log_held(store)?;
    if !waits_for_reads {
        if !round.nothing_to_delete {
            let batch = store.write(|uow| size_batch::delete_oldest(uow, max_size, round))?;
            if batch.len() > 0 {
                return Ok(count(round, &batch));
            }
            is_at_bound = batch.is_at_bound;
            round.nothing_to_delete = !is_at_bound;
        }
        if give_back(store, round)? {
            return Ok(Done::MORE);
        }
        space::checkpoint_soon(store, PATIENCE_FOR_READS)?;
    }
    if is_small_enough(store, round, max_size)? {
        return Ok(Done::default());
    }
    if is_at_bound {
        return Ok(Done::IN_THE_NEXT_ROUND);
    }
    report_held(store, round, waits_for_reads)?;
    Ok(Done::default())
}

/// Deletes a batch as [`keep_within_size`] would, in a transaction that is rolled back.
pub(in crate::maintenance::upkeep) fn try_out(store: &Store, round: &mut Round) -> Result<Done> {
    let Some(max_size) = store.environment().retention.max_size else {
        return Ok(Done::default());
    };
    if is_small_enough(store, round, max_size)? {
        return Ok(Done::default());
    }
    let batch = rehearse(store, |uow| size_batch::delete_oldest(uow, max_size, round))?;
    Ok(count(round, &batch))
}

/// Measures the files, for the report too, and returns true if they are no larger than they may be.
fn is_small_enough(store: &Store, round: &mut Round, max_size: u64) -> Result<bool> {
    let size = space::on_disk(store)?;
    let report = round
        .size
        .get_or_insert_with(|| SizeReport::new(max_size, size));
    report.after = size;
    Ok(size <= max_size)
}

fn count(round: &mut Round, batch: &Batch) -> Done {
    for &(kind, rows) in &batch.deleted {
        round.count(kind, rows);
        if let Some(report) = &mut round.size {
            report.count(kind, rows);
        }
    }
    Done {
        count: batch.len(),
        ..Done::MORE
    }
}

/// Gives back some free pages, and returns true if there were any.
fn give_back(store: &Store, round: &mut Round) -> Result<bool> {
    let pages = store.with_writer_and_cache(|writer| space::give_back_and_cut(writer))?;
    round.pages_given_back += pages;
    Ok(pages > 0)
}

/// Reports what holds the space, and logs it from time to time.
fn report_held(store: &Store, round: &mut Round, waits_for_reads: bool) -> Result<()> {
    let place = UpkeepPlace::of(store);
    let (clock, pause) = (&store.environment().clock, &place.size_warning_pause);
    let is_to_warn = pause.is_over(&**clock);
    let held = HeldSpace::measure(store, waits_for_reads, is_to_warn)?;
    if let Some(report) = &mut round.size {
        if is_to_warn {
            pause.begin(&**clock, BETWEEN_WARNINGS);
            tracing::warn!(
                bytes = report.after, max_size = report.max_size, held = %held,
                "the database is larger than it may be, and nothing more may be deleted now"
            );
        }
        report.held = Some(held);
    }
    Ok(())
}
