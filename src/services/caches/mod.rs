//! Results that hosts keep in the database to save work: results of queries, of computations, and values
//! of sessions. They outlive the process, all processes share them, and they are not audited.
//!
//! An entry that has expired is no longer found; `remove_expired` removes such entries for good.
//! Unlike what [`Store::cached_result`](crate::Store::cached_result) keeps in memory, nothing here
//! is dropped by itself when other tables are written: that is what tags are for.

pub mod computed_results;
pub mod query_cache;
pub mod session_data;

use std::time::Duration;

use crate::error::{Error, Result};
use crate::types::{Json, StringList, Timestamp};
use crate::validate;

/// The most bytes that the JSON text of a value may have: 1 MiB.
pub const MAX_VALUE_BYTES: usize = 1 << 20;
/// The most tags that an entry may have, each of 1 to 100 characters.
pub const MAX_TAGS: usize = 32;
/// The most entries that one call of a `remove_expired` removes.
pub const MAX_BATCH: i64 = 1000;

/// Declares the functions that the tables have in common.
macro_rules! removals {
    ($rows:ident, $table:expr) => {
        /// Removes the entries that have a tag, and returns how many these were.
        pub fn invalidate_tag(uow: &mut UnitOfWork<'_>, tag: &str) -> Result<usize> {
            let ids = $rows::tagged(uow.connection(), tag)?;
            ids.iter().try_for_each(|id| remove_row(uow, id))?;
            Ok(ids.len())
        }

        /// Removes entries that have expired, at most `limit`
        /// ([`MAX_BATCH`](super::MAX_BATCH) in any case), and returns how many these were.
        pub fn remove_expired(uow: &mut UnitOfWork<'_>, limit: i64) -> Result<usize> {
            let (now, limit) = (uow.now(), limit.clamp(0, super::MAX_BATCH));
            let ids = $rows::expired(uow.connection(), now, limit)?;
            ids.iter().try_for_each(|id| remove_row(uow, id))?;
            Ok(ids.len())
        }

        fn remove_row(uow: &mut UnitOfWork<'_>, id: &Id<Row>) -> Result<()> {
            $rows::delete(uow.connection(), id)?;
            uow.note_write($table, id.as_str());
            Ok(())
        }
    };
}
use removals;

/// Refuses a value that is too large for a cache.
fn check_value(value: &Json) -> Result<()> {
    let bytes = value.to_string().len();
    if bytes > MAX_VALUE_BYTES {
        let reason = format!("{bytes} bytes, but {MAX_VALUE_BYTES} are allowed");
        return Err(Error::invalid("Value", reason));
    }
    Ok(())
}

fn tag_list(tags: &[&str]) -> Result<Option<StringList>> {
    validate::number("Tags", tags.len(), 0..=MAX_TAGS)?;
    for tag in tags {
        validate::text("Tags", tag, 1..=100)?;
    }
    Ok((!tags.is_empty()).then(|| tags.iter().copied().collect()))
}

fn is_live(expires_at: Option<Timestamp>, now: Timestamp) -> bool {
    expires_at.is_none_or(|end| now < end)
}

fn expiry(now: Timestamp, after: Option<Duration>) -> Option<Timestamp> {
    after.map(|after| now + after)
}
