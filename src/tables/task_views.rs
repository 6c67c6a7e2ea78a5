//! Tasks with the rows that change with them, each set of them read by one statement.

use diesel::prelude::*;

use super::{Agent, CodeRepository, Task, TaskId};
use crate::schema::{agents, repositories, tasks};
use crate::sqlite::dialect::TextCell;
use crate::sqlite::{Conn, KeptText};

/// A task with its agent and its repository.
type OwnedTask = (Task, Option<Agent>, Option<CodeRepository>);

/// Returns a task with its agent and its repository, whose counters its end changes.
pub(crate) fn with_owners(conn: &mut Conn, id: &TaskId) -> QueryResult<Option<OwnedTask>> {
    static TEXT: TextCell = TextCell::new();
    let owned = tasks::table
        .left_join(agents::table)
        .left_join(repositories::table)
        .filter(tasks::id.eq(id))
        .select((
            Task::as_select(),
            Option::<Agent>::as_select(),
            Option::<CodeRepository>::as_select(),
        ));
    KeptText::new(&TEXT, owned).get_result(conn).optional()
}
