//! Writer of the rows of a host's database, which remembers repositories and missing references between rows.

use std::collections::{BTreeMap, HashMap};

use super::RowRefusal;
use super::stated::stated_of;
use super::verify::verify;
use crate::error::Result;
use crate::import::outcome::RecordOutcome;
use crate::import::record::Record;
use crate::import::repeated::Repeated;
use crate::import::report::{Findings, RecordCounts, Written};
use crate::import::task_update::{self, UnrecordedTasks};
use crate::import::{ImportOptions, adoption};
use crate::rows::{Entity, UnitOfWork};
use crate::services::counters;
use crate::services::statistics::{self, RepositoryCounts};
use crate::tables::task_tallies::Tally;
use crate::tables::{
    Agent, AgentId, CodeRepository, RepositoryId, Task, code_repositories as repository_rows,
};
use crate::types::{Id, TaskStatus};

/// Writer of the rows of a database, in the caller's transaction.
pub(super) struct HostRowWriter<'a, 'u> {
    pub(super) uow: &'a mut UnitOfWork<'u>,
    pub(super) findings: Findings,
    pub(super) options: ImportOptions,
    requeued: u64,
    /// Repositories of the file, by the ids that they have there.
    repositories: HashMap<RepositoryId, Repository>,
    /// Agents that were imported, whose counters include their tasks.
    agents_made: Vec<AgentId>,
    /// Numbers of the imported tasks by agent.
    runs: HashMap<AgentId, Tally>,
    counts: BTreeMap<&'static str, RecordCounts>,
    missing: Repeated,
    unrecorded: UnrecordedTasks,
}

/// Row of a repository of the file, and the numbers of its imported tasks.
struct Repository {
    id: RepositoryId,
    /// True if it was imported, so that its counters include its tasks.
    is_new: bool,
    tally: RepositoryCounts,
}

impl<'a, 'u> HostRowWriter<'a, 'u> {
    pub(super) fn new(uow: &'a mut UnitOfWork<'u>, options: ImportOptions) -> Self {
        Self {
            uow,
            findings: Findings::default(),
            options,
            requeued: 0,
            repositories: HashMap::new(),
            agents_made: Vec::new(),
            runs: HashMap::new(),
            counts: BTreeMap::new(),
            missing: Repeated::default(),
            unrecorded: UnrecordedTasks::default(),
        }
    }

    /// Writes a row, and verifies it.
    pub(super) fn adopt<E: Entity>(&mut self, row: &mut E) -> Result<RecordOutcome, RowRefusal> {
        let (outcome, _) = adoption::adopt(self.uow, row, stated_of(E::NAME), self.options.update)?;
        self.uow.let_go_of_changes()?;
        if let RecordOutcome::Imported = outcome {
            verify(self.uow.conn(), row)?;
        }
        Ok(outcome)
    }

    /// Writes a repository, unless the database has one with its path: then that takes its place.
    pub(super) fn adopt_repository(
        &mut self,
        row: &mut CodeRepository,
    ) -> Result<RecordOutcome, RowRefusal> {
        let known = repository_rows::id_of_path(self.uow.conn(), &row.path)?;
        let outcome = match &known {
            Some(id) => self.known_repository(id, row)?,
            None => self.adopt(row)?,
        };
        if let RecordOutcome::Refused(_) = outcome {
            return Ok(outcome);
        }
        let repository = Repository {
            id: known.unwrap_or_else(|| row.id.clone()),
            is_new: matches!(outcome, RecordOutcome::Imported),
            tally: RepositoryCounts::default(),
        };
        self.repositories.insert(row.id.clone(), repository);
        Ok(outcome)
    }

    /// Compares a repository with the row that the database has.
    fn known_repository(
        &mut self,
        id: &RepositoryId,
        row: &CodeRepository,
    ) -> Result<RecordOutcome, RowRefusal> {
        let Some(current) = self.uow.find::<CodeRepository>(id)? else {
            return Ok(RecordOutcome::Unchanged);
        };
        let stated = stated_of(CodeRepository::NAME);
        let update = self.options.update;
        Ok(adoption::meet(self.uow, &current, row, stated, update)?)
    }

    /// Writes an agent.
    pub(super) fn adopt_agent(&mut self, row: &mut Agent) -> Result<RecordOutcome, RowRefusal> {
        let outcome = self.adopt(row)?;
        if let RecordOutcome::Imported = outcome {
            self.agents_made.push(row.id.clone());
        }
        Ok(outcome)
    }

    /// Writes a task, and counts it for its agent and its repository.
    pub(super) fn adopt_task(
        &mut self,
        row: &mut Task,
        repository: Option<&RepositoryId>,
    ) -> Result<RecordOutcome, RowRefusal> {
        let is_requeued = !self.options.keep_running && TaskStatus::ASSIGNED.contains(&row.status);
        if is_requeued {
            put_back(row);
        }
        let (outcome, _) =
            task_update::adopt(self.uow, row, self.options.update, &mut self.unrecorded)?;
        self.uow.let_go_of_changes()?;
        let RecordOutcome::Imported = outcome else {
            return Ok(outcome);
        };
        verify(self.uow.conn(), row)?;
        self.requeued += u64::from(is_requeued);
        if let Some(repository) = repository.and_then(|id| self.repositories.get_mut(id)) {
            repository.tally.count(row);
        }
        if let Some(id) = &row.agent_id {
            let runs = self.runs.entry(id.clone()).or_default();
            runs.count(row.status, row.execution_duration);
        }
        Ok(outcome)
    }

    /// Returns the repository that a row refers to; none, with a warning, if it is missing.
    pub(super) fn repository(
        &mut self,
        record: &Record,
        field: &str,
        named: Option<&RepositoryId>,
    ) -> Option<RepositoryId> {
        let named = named?;
        match self.repositories.get(named) {
            Some(repository) => Some(repository.id.clone()),
            None => {
                self.warn_missing(record, field, CodeRepository::NAME, named.as_str());
                None
            }
        }
    }

    /// Returns the reference of a row; none, with a warning, if the other row is missing.
    pub(super) fn known<E: Entity>(
        &mut self,
        record: &Record,
        field: &str,
        named: Option<Id<E>>,
    ) -> Result<Option<Id<E>>, RowRefusal> {
        let Some(id) = named else {
            return Ok(None);
        };
        if E::find(self.uow.conn(), &id)?.is_some() {
            return Ok(Some(id));
        }
        self.warn_missing(record, field, E::NAME, id.as_str());
        Ok(None)
    }

    fn warn_missing(&mut self, record: &Record, field: &str, table: &str, id: &str) {
        let reason = format!("must be the id of a row of {table}, got {id:?}; imported without it");
        self.missing
            .note(reason, || format!("{}.{field}", record.place()));
    }

    pub(super) fn count(&mut self, table: &'static str, counts: RecordCounts) {
        self.counts.insert(table, counts);
    }

    /// Brings the counters of repositories and agents in line with their tasks, and returns the numbers of records.
    pub(super) fn finish(mut self) -> Result<Written> {
        self.unrecorded.record(self.uow)?;
        self.settle_repositories()?;
        self.settle_agents()?;
        self.missing.report(&mut self.findings, "rows name it");
        let mut take = |table| self.counts.remove(table).unwrap_or_default();
        Ok(Written {
            agents: take("Agents"),
            tasks: take("Tasks"),
            repositories: take("Repositories"),
            others: self.counts,
            requeued: self.requeued,
            findings: self.findings,
        })
    }

    fn settle_repositories(&mut self) -> Result<()> {
        let mut made = Vec::new();
        for repository in self.repositories.values() {
            let Repository { id, is_new, tally } = repository;
            if *is_new {
                made.push(id.clone());
            } else {
                statistics::tasks_added(self.uow, id, tally)?;
            }
        }
        for id in counters::settle_repositories(self.uow, &made)? {
            self.warn_raised(CodeRepository::NAME, id.as_str());
        }
        Ok(())
    }

    fn settle_agents(&mut self) -> Result<()> {
        for id in &self.agents_made {
            self.runs.remove(id);
        }
        for (id, runs) in &self.runs {
            statistics::runs_added(self.uow, id, *runs)?;
        }
        for id in counters::settle_agents(self.uow, &self.agents_made)? {
            self.warn_raised(Agent::NAME, id.as_str());
        }
        Ok(())
    }

    fn warn_raised(&mut self, table: &str, id: &str) {
        let reason = "must count at least its tasks, got fewer; the counters were raised";
        self.findings.warn(format!("{table}[{id:?}]"), reason);
    }
}

/// Makes a task that is assigned or running pending again, for any agent.
fn put_back(row: &mut Task) {
    row.status = TaskStatus::Pending;
    row.agent_id = None;
    row.started_at = None;
    row.execution_duration = None;
    row.progress_percentage = 0;
    row.progress_message = None;
}
