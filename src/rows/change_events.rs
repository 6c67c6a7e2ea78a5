//! Row and queries of the table `ChangeEvents`, the outbox.

use std::ops::RangeInclusive;

use diesel::dsl::{max, min};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::rows::lineages::NumberBase;
use crate::schema::change_events::{self, dsl};
use crate::sqlite::dialect::{self, TextCell};
use crate::sqlite::{Conn, Kept, RawHandle};
use crate::types::{ChangeAction, JsonStr, StringList, Timestamp};

/// A committed change of one row, as it is delivered to followers and subscribers.
#[derive(
    Debug,
    Clone,
    PartialEq,
    Eq,
    Queryable,
    Selectable,
    Identifiable,
    Insertable,
    Serialize,
    Deserialize,
)]
#[serde(rename_all = "PascalCase")]
#[diesel(table_name = change_events, primary_key(sequence), check_for_backend(diesel::sqlite::Sqlite), treat_none_as_default_value = false)]
pub struct ChangeEvent {
    /// Sequence number, the primary key; later commits have greater ones.
    pub sequence: i64,
    /// Table of the row, such as `Tasks`.
    pub entity_type: String,
    /// Id of the row.
    pub entity_id: String,
    /// Kind of change.
    pub action: ChangeAction,
    /// Columns that changed in an update; none if the whole row was created or deleted.
    pub changed_properties: Option<StringList>,
    /// User who made the change.
    pub user_id: String,
    /// Time of the change.
    pub timestamp: Timestamp,
}

/// A [`ChangeEvent`] without its sequence number.
#[derive(Debug, Insertable)]
#[diesel(table_name = change_events, check_for_backend(diesel::sqlite::Sqlite), treat_none_as_default_value = false)]
pub(crate) struct NewChangeEvent<'a> {
    pub(crate) entity_type: &'a str,
    pub(crate) entity_id: &'a str,
    pub(crate) action: ChangeAction,
    pub(crate) changed_properties: Option<JsonStr<'a>>,
    pub(crate) user_id: &'a str,
    pub(crate) timestamp: Timestamp,
}

/// Inserts events, and returns their sequence numbers, which follow each other.
pub(crate) fn insert_all(
    conn: &mut Conn,
    handle: RawHandle<'_>,
    events: &[NewChangeEvent<'_>],
) -> QueryResult<RangeInclusive<i64>> {
    static TEXT: TextCell = TextCell::new();
    let clauses = events
        .iter()
        .map(Insertable::<change_events::table>::values);
    let rows: Vec<_> = clauses.map(|clause| clause.values).collect();
    dialect::insert_rows(conn, &TEXT, "ChangeEvents", &rows)?;
    let last = handle.last_insert_rowid();
    let count = i64::try_from(events.len()).unwrap_or(i64::MAX);
    Ok(last - count + 1..=last)
}

/// Returns the events behind a sequence number about rows of these tables (of any, if the list is empty) and about
/// the row with this id, in their order.
pub(crate) fn after(
    conn: &mut Conn,
    sequence: i64,
    entity_types: &[String],
    entity_id: Option<&str>,
    limit: u32,
) -> QueryResult<Vec<ChangeEvent>> {
    let mut query = dsl::change_events
        .filter(dsl::sequence.gt(sequence))
        .order(dsl::sequence)
        .limit(limit.into())
        .select(ChangeEvent::as_select())
        .into_boxed();
    if !entity_types.is_empty() {
        query = query.filter(dsl::entity_type.eq_any(entity_types));
    }
    if let Some(id) = entity_id {
        query = query.filter(dsl::entity_id.eq(id));
    }
    Kept(query).load(conn)
}

/// Returns the sequence number of the oldest event that is kept.
pub(crate) fn oldest(conn: &mut Conn) -> QueryResult<Option<i64>> {
    dsl::change_events.select(min(dsl::sequence)).first(conn)
}

/// Returns the sequence number of the newest event that was ever written in the lineage, its base before the first.
pub(crate) fn newest(conn: &mut Conn, base: NumberBase) -> QueryResult<i64> {
    let newest = greatest_number(conn)?;
    Ok(newest.unwrap_or(0).max(base.number()))
}

fn greatest_number(conn: &mut Conn) -> QueryResult<Option<i64>> {
    dsl::change_events.select(max(dsl::sequence)).first(conn)
}

/// Makes the next event that is written get the number behind this one, which nobody follows.
pub(crate) fn continue_behind(conn: &mut Conn, last: &ChangeEvent) -> QueryResult<()> {
    diesel::insert_into(change_events::table)
        .values(last)
        .execute(conn)
        .map(drop)
}

/// Returns the sequence numbers and times of the oldest events that may be deleted: all but the newest, behind which
/// the database goes on with its numbers.
pub(crate) fn oldest_times(conn: &mut Conn, limit: u32) -> QueryResult<Vec<(i64, Timestamp)>> {
    let newest = greatest_number(conn)?.unwrap_or(0);
    dsl::change_events
        .filter(dsl::sequence.lt(newest))
        .order(dsl::sequence)
        .limit(limit.into())
        .select((dsl::sequence, dsl::timestamp))
        .load(conn)
}

/// Deletes the events up to this sequence number, and returns their number.
pub(crate) fn delete_through(conn: &mut Conn, sequence: i64) -> QueryResult<usize> {
    diesel::delete(dsl::change_events.filter(dsl::sequence.le(sequence))).execute(conn)
}
