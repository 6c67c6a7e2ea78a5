//! Numbers of the tasks that are in the database, by what their counters belong to.

use std::collections::HashMap;
use std::hash::Hash;

use diesel::prelude::*;

use super::{AgentId, RepositoryId};
use crate::schema::tasks::dsl;
use crate::sqlite::Conn;
use crate::types::{TaskStatus, TimeSpan};

/// Numbers of tasks, and the time that those took which completed or failed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) tasks: i64,
    pub(crate) completed: i64,
    pub(crate) failed: i64,
    pub(crate) execution_time: TimeSpan,
}

impl Tally {
    /// Counts a task.
    pub(crate) fn count(&mut self, status: TaskStatus, duration: Option<TimeSpan>) {
        self.tasks += 1;
        match status {
            TaskStatus::Completed => self.completed += 1,
            TaskStatus::Failed => self.failed += 1,
            _ => return,
        }
        self.execution_time = self.execution_time + duration.unwrap_or(TimeSpan::ZERO);
    }

    /// Returns the sum of both.
    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            tasks: self.tasks + other.tasks,
            completed: self.completed + other.completed,
            failed: self.failed + other.failed,
            execution_time: self.execution_time + other.execution_time,
        }
    }

    /// Returns this without the other.
    pub(crate) fn minus(self, other: Self) -> Self {
        Self {
            tasks: self.tasks - other.tasks,
            completed: self.completed - other.completed,
            failed: self.failed - other.failed,
            execution_time: self.execution_time - other.execution_time,
        }
    }

    /// Returns what this has beyond the other one. Only the time can be less.
    pub(crate) fn beyond(self, other: Self) -> Self {
        let rest = self.minus(other);
        Self {
            tasks: rest.tasks.max(0),
            completed: rest.completed.max(0),
            failed: rest.failed.max(0),
            execution_time: rest.execution_time,
        }
    }

    /// Returns the greater of each number.
    pub(crate) fn raised_to(self, other: Self) -> Self {
        Self {
            tasks: self.tasks.max(other.tasks),
            completed: self.completed.max(other.completed),
            failed: self.failed.max(other.failed),
            execution_time: self.execution_time.max(other.execution_time),
        }
    }
}

/// Returns the numbers of the tasks of each agent that has any, in a pass over all of them.
pub(crate) fn by_agent(conn: &mut Conn) -> QueryResult<HashMap<AgentId, Tally>> {
    let rows = dsl::tasks
        .filter(dsl::agent_id.is_not_null())
        .select((
            dsl::agent_id.assume_not_null(),
            dsl::status,
            dsl::execution_duration,
        ))
        .load_iter(conn)?;
    tallies(rows)
}

/// Returns the numbers of the tasks of each repository that has any, in a pass over all of them.
pub(crate) fn by_repository(conn: &mut Conn) -> QueryResult<HashMap<RepositoryId, Tally>> {
    let rows = dsl::tasks
        .filter(dsl::repository_id.is_not_null())
        .select((
            dsl::repository_id.assume_not_null(),
            dsl::status,
            dsl::execution_duration,
        ))
        .load_iter(conn)?;
    tallies(rows)
}

fn tallies<Id: Eq + Hash>(
    rows: impl Iterator<Item = QueryResult<(Id, TaskStatus, Option<TimeSpan>)>>,
) -> QueryResult<HashMap<Id, Tally>> {
    let mut tallies: HashMap<Id, Tally> = HashMap::new();
    for row in rows {
        let (id, status, duration) = row?;
        tallies.entry(id).or_default().count(status, duration);
    }
    Ok(tallies)
}
