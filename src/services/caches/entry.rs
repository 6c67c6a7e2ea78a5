//! Operations on the entries of any of the caches.

use crate::error::{Error, Result};
use crate::rows::{Reader, UnitOfWork};
use crate::tables::caches::CacheEntry;
use crate::types::{Id, Json, StringList};
use crate::validate;

use super::{MAX_BATCH, MAX_TAGS, MAX_VALUE_BYTES};

/// Fails if a value is too large for a cache.
pub(super) fn check_value(value: &Json) -> Result<()> {
    let bytes = value.to_string().len();
    if bytes > MAX_VALUE_BYTES {
        let reason = format!("must be at most {MAX_VALUE_BYTES} bytes of JSON, got {bytes}");
        return Err(Error::invalid("Value", reason));
    }
    Ok(())
}

/// Checks tags, and returns them as the column holds them.
pub(super) fn tag_list(tags: &[&str]) -> Result<Option<StringList>> {
    validate::number("Tags", tags.len(), 0..=MAX_TAGS)?;
    for tag in tags {
        validate::text("Tags", tag, 1..=100)?;
    }
    Ok((!tags.is_empty()).then(|| tags.iter().copied().collect()))
}

/// Returns true unless the entry has expired.
pub(super) fn is_live<E: CacheEntry>(reader: &Reader<'_>, entry: &E) -> bool {
    entry.expires_at().is_none_or(|end| reader.now() < end)
}

/// Stores an entry in place of the one that its key had.
pub(super) fn put<E: CacheEntry>(uow: &mut UnitOfWork<'_>, entry: &E) -> Result<E> {
    let base = uow.number_base();
    let stored = entry.put(uow.connection(), base)?;
    uow.note_write(E::TABLE, stored.id().as_str());
    Ok(stored)
}

/// Removes an entry that was looked up, and returns true if there was one.
pub(super) fn remove<E: CacheEntry>(uow: &mut UnitOfWork<'_>, found: Option<E>) -> Result<bool> {
    let ids = found.iter().map(E::id);
    Ok(remove_all(uow, ids)? > 0)
}

/// Removes the entries with these ids, and returns their number.
pub(super) fn remove_all<'i, E: CacheEntry + 'i>(
    uow: &mut UnitOfWork<'_>,
    ids: impl IntoIterator<Item = &'i Id<E>>,
) -> Result<usize> {
    let mut removed = 0;
    for id in ids {
        E::delete(uow.connection(), id)?;
        uow.note_write(E::TABLE, id.as_str());
        removed += 1;
    }
    Ok(removed)
}

/// Removes the entries with a tag, and returns their number.
pub(super) fn invalidate_tag<E: CacheEntry>(uow: &mut UnitOfWork<'_>, tag: &str) -> Result<usize> {
    let ids = E::tagged(uow.connection(), tag)?;
    remove_all(uow, &ids)
}

/// Removes entries that have expired, at most `limit` and [`MAX_BATCH`], and returns their number.
pub(super) fn remove_expired<E: CacheEntry>(uow: &mut UnitOfWork<'_>, limit: u32) -> Result<usize> {
    let (now, limit) = (uow.now(), limit.min(MAX_BATCH));
    let ids = E::expired(uow.connection(), now, limit)?;
    remove_all(uow, &ids)
}
