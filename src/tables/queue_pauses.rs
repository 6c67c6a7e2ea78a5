//! Row and queries of the table `QueuePauses`.

use diesel::prelude::*;

use crate::rows::entity;
use crate::schema::queue_pauses::{self, dsl};
use crate::sqlite::Conn;
use crate::types::{Id, Timestamp};

/// Id of a [`QueuePause`].
pub type QueuePauseId = Id<QueuePause>;

entity! {
    /// A pause: tasks of a queue, of a repository, or of a queue of a repository can't be claimed.
    #[derive(Debug)]
    pub struct QueuePause in queue_pauses as "QueuePauses" {
        /// Primary key.
        pub id: QueuePauseId,
        /// Queue that is paused; none means every queue.
        pub queue_name: Option<String>,
        /// Path of the repository that is paused; none means every repository.
        pub repository_path: Option<String>,
        /// Reason for people.
        pub reason: Option<String>,
        /// Time at which the pause began.
        pub created_at: Timestamp,
        /// User who paused.
        pub created_by: String,
        /// Version of the row; each update raises it.
        pub row_version: i64,
    }
    created { created_at } by created_by,
    updated { },
    version row_version,
    kept {
        [queue_name, repository_path] by "pause and resume",
    },
    given { queue_name, repository_path },
}

/// Lists all pauses, in no order, since each claim reads them.
pub(crate) fn list(conn: &mut Conn) -> QueryResult<Vec<QueuePause>> {
    dsl::queue_pauses.select(QueuePause::as_select()).load(conn)
}
