//! Queries of `QueuePauses`.

use diesel::prelude::*;

use crate::db::Conn;
use crate::models::QueuePause;
use crate::schema::queue_pauses::dsl;

/// All, the oldest first.
pub(crate) fn list(conn: &mut Conn) -> QueryResult<Vec<QueuePause>> {
    dsl::queue_pauses
        .order((dsl::created_at, dsl::id))
        .select(QueuePause::as_select())
        .load(conn)
}
