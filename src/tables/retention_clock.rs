//! Row and queries of the table `RetentionClock`.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::schema::retention_clock;
use crate::sqlite::Conn;
use crate::types::Timestamp;

/// Last time that retention believed, and the time since the boot at that moment. There is one row at most.
#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Insertable, Serialize, Deserialize,
)]
#[serde(rename_all = "PascalCase")]
#[diesel(table_name = retention_clock, primary_key(boot), check_for_backend(diesel::sqlite::Sqlite), treat_none_as_default_value = false)]
pub struct RetentionClock {
    /// Start of the machine from which `SinceBoot` counts, the primary key; `-` if its clock doesn't know that.
    pub boot: String,
    /// Time that was believed.
    pub trusted_time: Timestamp,
    /// Milliseconds since that start.
    pub since_boot: i64,
}

/// Returns the time that was believed last.
pub(crate) fn get(conn: &mut Conn) -> QueryResult<Option<RetentionClock>> {
    retention_clock::table
        .order(retention_clock::trusted_time.desc())
        .select(RetentionClock::as_select())
        .first(conn)
        .optional()
}

/// Replaces the time that was believed last, and returns the number of rows written.
pub(crate) fn replace(conn: &mut Conn, clock: &RetentionClock) -> QueryResult<usize> {
    let deleted = diesel::delete(retention_clock::table).execute(conn)?;
    let inserted = diesel::insert_into(retention_clock::table)
        .values(clock)
        .execute(conn)?;
    Ok(deleted + inserted)
}
