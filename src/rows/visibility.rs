//! The rule of who sees a row that belongs to a user: its owner, and everyone if that is `default`.
//!
//! Queries have it as a condition ([`Entity::default_condition`]), the functions here apply it to a row and to its
//! history. A row that a user doesn't see is treated as if it weren't there.

use super::{AuditLog, Entity, UserContext};
use crate::error::{Error, Result};

/// User whose rows everyone sees.
pub(crate) const DEFAULT_USER: &str = "default";

/// Returns the owners whose rows a user sees: the user, and everyone's.
pub(crate) fn owners_seen_by(user: &UserContext) -> [&str; 2] {
    [&user.user_id, DEFAULT_USER]
}

/// Fails as for a row that isn't there, unless the user sees it.
pub(crate) fn require<E: Entity>(user: &UserContext, row: &E) -> Result<()> {
    if row.owner().is_none_or(|owner| is_seen(user, owner)) {
        return Ok(());
    }
    Err(Error::not_found(E::NAME, row.id()))
}

/// Refuses to give a row to another user, who would see it, and its writer no longer.
pub(crate) fn refuse_for_others<E: Entity>(user: &UserContext, row: &E) -> Result<()> {
    match (E::OWNER, row.owner()) {
        (Some(column), Some(owner)) if !is_seen(user, owner) => {
            let reason = format!(
                "must be '{}' or '{DEFAULT_USER}', got '{owner}'; act as that user to write such a row",
                user.user_id
            );
            Err(Error::invalid(column, reason))
        }
        _ => Ok(()),
    }
}

/// Returns true if a user sees the changes of a row: all owners that the row has, or that an entry recorded, must be
/// ones whose rows the user sees. Entries that tell no owner, of a row that is gone, are nobody's.
pub(crate) fn sees_changes<E: Entity>(
    user: &UserContext,
    row: Option<&E>,
    entries: &[AuditLog],
) -> bool {
    let Some(column) = E::OWNER else {
        return true;
    };
    let recorded = entries
        .iter()
        .flat_map(|entry| [&entry.old_values, &entry.new_values])
        .filter_map(|values| values.as_ref()?.0.get(column)?.as_str());
    let mut owners = row
        .and_then(E::owner)
        .into_iter()
        .chain(recorded)
        .peekable();
    owners.peek().is_some() && owners.all(|owner| is_seen(user, owner))
}

fn is_seen(user: &UserContext, owner: &str) -> bool {
    owners_seen_by(user).contains(&owner)
}
