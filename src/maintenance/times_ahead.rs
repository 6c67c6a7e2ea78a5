//! Stored times that lie further ahead of the clock than they can, since a clock was wrong: what they are, and their
//! correction.

use super::repair::Repair;
use crate::error::Result;
use crate::rows::{Entity as _, Reader, UnitOfWork};
use crate::services::{agents, retention_clock, tasks};
use crate::tables::{Agent, Task, agent_health, times_ahead as rows};
use crate::types::Timestamp;

/// A time ahead of the clock.
pub(super) struct TimeAhead {
    pub(super) table: &'static str,
    pub(super) row: Option<String>,
    pub(super) column: &'static str,
    pub(super) time: Timestamp,
}

/// Most rows that one call of a service corrects.
const AT_ONCE: u32 = 500;

/// Returns the times that are ahead by more than clocks may differ.
pub(super) fn find(reader: &mut Reader<'_>) -> Result<Vec<TimeAhead>> {
    let latest = reader.latest_present();
    let ahead = |table, row, column, time| TimeAhead {
        table,
        row,
        column,
        time,
    };
    let mut found = Vec::new();
    for task in rows::leases(reader.connection(), latest)? {
        let began = task.lease_renewed_at.unwrap_or(latest);
        found.push(ahead(
            Task::NAME,
            Some(task.id.to_string()),
            "LeaseRenewedAt",
            began,
        ));
    }
    for task in tasks::retries_ahead(reader, u32::MAX)? {
        found.push(ahead(
            Task::NAME,
            Some(task.id.to_string()),
            "AvailableAt",
            task.available_at,
        ));
    }
    for agent in agent_health::pinged_after(reader.connection(), latest, u32::MAX)? {
        let id = Some(agent.id.to_string());
        found.push(ahead(Agent::NAME, id, "LastPing", agent.last_ping));
    }
    for (log, mark) in rows::marks(reader.connection(), latest)? {
        found.push(ahead("RetentionMarks", Some(log), "DeleteBefore", mark));
    }
    if let Some(time) = retention_clock::believed_from_the_future(reader)? {
        found.push(ahead("RetentionClock", None, "TrustedTime", time));
    }
    Ok(found)
}

/// Moves the times that are ahead to the present, so that what waited for them goes on. A lease keeps its length.
pub(super) fn correct(uow: &mut UnitOfWork<'_>) -> Result<Vec<Repair>> {
    let found = find(uow)?;
    let (now, latest, user) = (uow.now(), uow.latest_present(), uow.user().user_id.clone());
    tasks::begin_leases_now(uow)?;
    while !tasks::make_due(uow, AT_ONCE)?.is_empty() {}
    while !agents::correct_pings(uow, AT_ONCE)?.is_empty() {}
    let moved = rows::move_marks_back(uow.connection(), latest, now, &user)?;
    uow.note_uncached(moved);
    if retention_clock::believed_from_the_future(uow)?.is_some() {
        retention_clock::trust(uow)?;
    }
    let repair = |ahead: TimeAhead| Repair {
        table: ahead.table.to_owned(),
        row: ahead.row,
        what: format!("moved {} from {} to the present", ahead.column, ahead.time),
    };
    Ok(found.into_iter().map(repair).collect())
}
