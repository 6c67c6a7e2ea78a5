//! Queries of `QueuePauses`.

use diesel::prelude::*;

use crate::db::Conn;
use crate::models::QueuePause;
use crate::schema::queue_pauses::dsl;

/// All, in no order: a claim asks for them.
pub(crate) fn list(conn: &mut Conn) -> QueryResult<Vec<QueuePause>> {
    dsl::queue_pauses.select(QueuePause::as_select()).load(conn)
}
