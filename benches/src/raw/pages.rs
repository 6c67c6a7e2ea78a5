//! Reading tasks.

use orchestra_store::models::{Task, TaskId};
use orchestra_store::types::Timestamp;

use super::{Connection, Row as _, Statement};

/// Reads tasks, one or a page of them.
#[derive(Debug)]
pub struct Pages {
    begin: Statement,
    commit: Statement,
    by_id: Statement,
    count: Statement,
    page: Statement,
    behind: Statement,
}

impl Pages {
    /// On this connection.
    pub fn new(connection: &Connection) -> Self {
        let select = |rest| Task::prepare_select(connection, rest);
        Self {
            begin: connection.prepare("BEGIN"),
            commit: connection.prepare("COMMIT"),
            by_id: select("WHERE Id = ?"),
            count: connection.prepare("SELECT count(*) FROM Tasks WHERE Status = 0"),
            page: select(
                "WHERE Status = 0 ORDER BY Priority DESC, CreatedAt DESC, Id DESC LIMIT ? OFFSET ?",
            ),
            behind: select(
                "WHERE (CreatedAt, Id) < (?1, ?2) ORDER BY CreatedAt DESC, Id DESC LIMIT ?3",
            ),
        }
    }

    /// The task with this id.
    pub fn by_id(&mut self, id: &TaskId) -> Option<Task> {
        self.by_id.first(&[id], Task::read)
    }

    /// One page of the tasks that wait, the most urgent first and of these the newest, and how
    /// many there are in all: both of one snapshot.
    pub fn page(&mut self, number: i64, size: i64) -> (Vec<Task>, i64) {
        self.begin.execute(&[]);
        let total = self.count.first(&[], |row| row.get(0)).unwrap();
        let offset = (number - 1) * size;
        let tasks = self.page.all(&[&size, &offset], Task::read);
        self.commit.execute(&[]);
        (tasks, total)
    }

    /// The newest tasks behind a place, and one more if there is one.
    pub fn behind(&mut self, created_at: Timestamp, id: &TaskId, size: i64) -> Vec<Task> {
        self.behind.all(&[&created_at, id, &(size + 1)], Task::read)
    }
}
