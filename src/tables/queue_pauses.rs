//! The table `QueuePauses`: its row and its queries.

use diesel::prelude::*;

use crate::rows::entity;
use crate::schema::queue_pauses::{self, dsl};
use crate::sqlite::Conn;
use crate::types::{Id, Timestamp};

/// Id of a [`QueuePause`].
pub type QueuePauseId = Id<QueuePause>;

entity! {
    /// That the tasks of a queue, of a repository, or of a queue of a repository aren't handed out.
    #[derive(Debug)]
    pub struct QueuePause in queue_pauses as "QueuePauses" {
        /// Primary key.
        pub id: QueuePauseId,
        /// Queue that is paused; every queue if there is none.
        pub queue_name: Option<String>,
        /// Path of the repository that is paused; every repository if there is none.
        pub repository_path: Option<String>,
        /// Why, for people.
        pub reason: Option<String>,
        /// Since when.
        pub created_at: Timestamp,
        /// By whom.
        pub created_by: String,
        /// Version of the row: each update adds one.
        pub row_version: i64,
    }
    created { created_at } by created_by,
    updated { },
    version row_version,
}

/// All, in no order: a claim asks for them.
pub(crate) fn list(conn: &mut Conn) -> QueryResult<Vec<QueuePause>> {
    dsl::queue_pauses.select(QueuePause::as_select()).load(conn)
}
