//! Beginning of a lineage in a database that replaces another one: from then on, all numbers are above those that the
//! replaced database gave out.

use crate::error::Result;
use crate::rows::lineages::{self, Lineage, NumberBase};
use crate::rows::{ChangeEvent, change_events};
use crate::sqlite::connection::Connection;
use crate::sqlite::{Conn, ConnectionTransaction, TransactionKind};
use crate::types::{ChangeAction, Timestamp};

/// Distance of the base from the newest event of the replaced database, where the clock says less. It covers the row
/// versions of writes that had no event, and those of a process that still writes.
const DISTANCE: i64 = 1 << 24;
/// Distance of the base from the clock where the replaced database can't be read, in microseconds: 71 minutes. Restores
/// in quick succession may have brought its numbers ahead of the clock.
const DISTANCE_UNREAD: i64 = 1 << 32;
/// Greatest base that the clock can ask for: the year 2255.
const MAX_BY_CLOCK: i64 = (1 << 53) - (1 << 40);

/// Returns the number of the newest event of a database that is to be replaced. None where it can't be read: damage may
/// be the reason for the replacement.
pub(super) fn newest_of(conn: &mut Conn) -> Option<i64> {
    newest(conn)
        .inspect_err(|error| tracing::warn!(%error, "the number of the newest event can't be read"))
        .ok()
}

fn newest(conn: &mut Conn) -> Result<i64> {
    let base = NumberBase::read(conn)?;
    Ok(change_events::newest(conn, base)?)
}

/// Begins a lineage in a database that nobody else knows, and returns its base. `replaced` is the number of the newest
/// event of the database that it replaces, if that could be read.
pub(super) fn begin(conn: &mut Connection, replaced: Option<i64>, now: Timestamp) -> Result<i64> {
    let own = newest(conn)?;
    let base = base_above(own, replaced, now);
    let mut transaction = ConnectionTransaction::begin(conn, TransactionKind::Write)?;
    let began = write(transaction.connection(), base, now);
    transaction.finish(began)?;
    Ok(base)
}

fn write(conn: &mut Conn, base: i64, now: Timestamp) -> Result<()> {
    let lineage = Lineage {
        base,
        began_at: now,
    };
    lineages::insert(conn, &lineage)?;
    let last = ChangeEvent {
        sequence: base,
        entity_type: "Lineages".to_owned(),
        entity_id: base.to_string(),
        action: ChangeAction::Create,
        changed_properties: None,
        user_id: "system".to_owned(),
        timestamp: now,
    };
    Ok(change_events::continue_behind(conn, &last)?)
}

/// Returns a number above all that were given in two databases whose newest events have these numbers.
///
/// It is the time in microseconds, or more where a number is greater already. Numbers grow by less than one in a
/// microsecond, so that the time is above the numbers of a database that can't be read, too.
fn base_above(own: i64, replaced: Option<i64>, now: Timestamp) -> i64 {
    let clock = now.unix_millis().saturating_mul(1000);
    let clock = clock.clamp(0, MAX_BY_CLOCK);
    let by_clock = match replaced {
        Some(_) => clock,
        None => clock + DISTANCE_UNREAD,
    };
    let highest = own.max(replaced.unwrap_or(0));
    by_clock.max(highest.saturating_add(DISTANCE))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn the_base_is_above_both_databases_whatever_the_clock_says() {
        let now = at("2026-11-29 12:00:00");
        let clock = now.unix_millis() * 1000;
        assert_eq!(base_above(5, Some(9), now), clock);
        for (own, replaced) in [(clock, 9), (9, clock), (clock + 7, clock)] {
            let base = base_above(own, Some(replaced), now);
            assert!(
                base > own.max(replaced) && base < clock + (1 << 32),
                "{base}"
            );
        }
        let before_1970 = at("1969-01-01 00:00:00");
        assert_eq!(base_above(5, Some(9), before_1970), 9 + DISTANCE);
    }

    /// A database that was restored several times within minutes, and that can't be read a moment later.
    #[test]
    fn the_clock_alone_is_above_the_numbers_of_restores_in_quick_succession() {
        let mut now = at("2026-11-29 12:00:00");
        let mut newest = base_above(0, None, now);
        for _ in 0..50 {
            newest = base_above(0, Some(newest), now) + 1000;
        }
        now = at("2026-11-29 12:15:00");
        assert!(base_above(0, None, now) > newest);
    }

    #[test]
    fn a_number_can_be_represented_as_a_floating_point_number() {
        let base = base_above(0, None, at("9999-12-31 23:59:59"));
        assert!(base < (1 << 53) - (1 << 32), "{base}");
    }
}
