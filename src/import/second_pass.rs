//! Second pass over a file: writes its records, in the caller's transaction.

use std::collections::HashMap;

use serde_json::Value;

use super::adoption;
use super::agent_record::{AgentRecord, LegacyStatus};
use super::first_pass::ImportPlan;
use super::legacy;
use super::outcome::RecordOutcome;
use super::progress::ImportProgressReporter;
use super::repeated::Repeated;
use super::report::{RecordCounts, Written};
use super::repository_record::RepositoryRecord;
use super::row_counts::Census;
use super::state_stream::{LegacyFile, Pass, Section, Shape, ValueKey};
use super::task_record::{TaskReader, TaskRecord};
use super::task_update::{self, UnrecordedTasks};
use crate::error::{Result, shortened};
use crate::rows::UnitOfWork;
use crate::services::statistics::{self, RepositoryCounts};
use crate::services::{agents, code_repositories, counters, tasks};
use crate::sqlite::{Conn, dialect};
use crate::tables::task_tallies::Tally;
use crate::tables::{
    Agent, AgentId, CodeRepository, RepositoryId, Task, agents as agent_rows,
    code_repositories as repository_rows, tasks as task_rows,
};
use crate::types::{AgentStatus, TaskStatus};

/// Writes all records of the plan and the tasks of the file, and verifies that the database has them.
pub(super) fn write(
    uow: &mut UnitOfWork<'_>,
    source: &mut LegacyFile,
    plan: &ImportPlan,
    progress: &mut ImportProgressReporter<'_>,
) -> Result<Written> {
    let agents_before = agent_census(uow.conn())?;
    let tasks_before = task_census(uow.conn())?;

    let mut writer = StateWriter {
        written: Written {
            agents: plan.agent_counts,
            tasks: RecordCounts::default(),
            repositories: plan.repository_counts,
            ..Written::default()
        },
        uow,
        plan,
        progress,
        reader: TaskReader::new(plan.options.keep_running),
        repository_ids: HashMap::new(),
        agent_ids: HashMap::new(),
        unknown_agents: Repeated::default(),
        tallies: HashMap::new(),
        agents_made: Vec::new(),
        runs: HashMap::new(),
        new_agents: agents_before,
        new_tasks: tasks_before,
        unrecorded: UnrecordedTasks::default(),
    };
    writer.new_tasks.add_all(&plan.task_census);
    writer.repositories()?;
    writer.agents()?;
    source.read(&mut writer)?;
    writer.unrecorded.record(writer.uow)?;
    writer.statistics()?;
    let unknown_agents = std::mem::take(&mut writer.unknown_agents);
    unknown_agents.report(&mut writer.written.findings, "tasks name it");
    let rejected = plan.task_counts.rejected + writer.written.tasks.rejected;
    writer.written.tasks.rejected = rejected;
    writer.verify(source)?;
    Ok(writer.written)
}

fn agent_census(conn: &mut Conn) -> Result<Census<AgentStatus>> {
    Ok(agent_rows::count_by_path_and_status(conn)?
        .into_iter()
        .collect())
}

fn task_census(conn: &mut Conn) -> Result<Census<TaskStatus>> {
    let mut census = Census::default();
    for row in task_rows::paths_and_statuses(conn)? {
        let (path, status) = row?;
        census.add(&path, status, 1);
    }
    Ok(census)
}

/// Returns the columns of an agent that its record states. A configuration says nothing about what the agent does.
fn stated_of_agent(record: &AgentRecord) -> &'static [&'static str] {
    match record.status {
        LegacyStatus::Enabled(_) => &["Name", "Type", "RepositoryPath", "HealthCheckInterval"],
        LegacyStatus::Number(_) | LegacyStatus::Name(_) => &[
            "Name",
            "Type",
            "RepositoryPath",
            "RepositoryId",
            "Status",
            "LastPing",
            "CurrentTask",
            "SessionId",
        ],
    }
}

struct StateWriter<'a, 'u, 'p> {
    uow: &'a mut UnitOfWork<'u>,
    plan: &'a ImportPlan,
    progress: &'a mut ImportProgressReporter<'p>,
    reader: TaskReader,
    repository_ids: HashMap<String, RepositoryId>,
    /// Agents that tasks name, with their ids if the database has them.
    agent_ids: HashMap<String, Option<AgentId>>,
    /// Agents that tasks name and that neither the file nor the database has.
    unknown_agents: Repeated,
    tallies: HashMap<RepositoryId, RepositoryCounts>,
    /// Agents that the import has made, whose counters include their tasks.
    agents_made: Vec<AgentId>,
    /// Numbers of the imported tasks by agent.
    runs: HashMap<AgentId, Tally>,
    /// Numbers of agents that the database must have at the end.
    new_agents: Census<AgentStatus>,
    /// Numbers of tasks that the database must have at the end.
    new_tasks: Census<TaskStatus>,
    unrecorded: UnrecordedTasks,
    written: Written,
}

impl StateWriter<'_, '_, '_> {
    fn repositories(&mut self) -> Result<()> {
        self.progress
            .advance(self.plan.repository_counts.rejected)?;
        for record in &self.plan.repositories {
            let id = self.repository(record)?;
            self.repository_ids.insert(record.path.clone(), id);
            self.progress.advance(1)?;
        }
        Ok(())
    }

    /// Returns the repository at the record's path, or the one that was imported from there and has another path since.
    /// If there is neither, it is made.
    fn repository(&mut self, record: &RepositoryRecord) -> Result<RepositoryId> {
        let id = record.id();
        let known = repository_rows::id_of_path(self.uow.conn(), &record.path)?;
        let known = match known {
            None if repository_rows::exists(self.uow.conn(), &id)? => Some(id),
            known => known,
        };
        let mut row = self.repository_row(record)?;
        if let Some(known) = known {
            self.known_repository(&known, &row, record)?;
            return Ok(known);
        }
        self.uow.adopt(&mut row)?;
        self.written.repositories.imported += 1;
        Ok(row.id)
    }

    /// Compares the record of a repository with the row that the database has. One that only agents and tasks name says
    /// nothing about it.
    fn known_repository(
        &mut self,
        id: &RepositoryId,
        row: &CodeRepository,
        record: &RepositoryRecord,
    ) -> Result<()> {
        let outcome = match self.uow.find::<CodeRepository>(id)? {
            Some(current) if !record.place.is_empty() => {
                let stated = &["Name"];
                adoption::meet(self.uow, &current, row, stated, self.plan.options.update)?
            }
            _ => RecordOutcome::Unchanged,
        };
        let Written {
            repositories,
            findings,
            ..
        } = &mut self.written;
        outcome.count(repositories, &record.place, findings);
        Ok(())
    }

    fn repository_row(&self, record: &RepositoryRecord) -> Result<CodeRepository> {
        let row = code_repositories::new_row(self.uow, &record.path)?;
        let last_update = record.last_update.or(self.plan.last_update);
        let written_at = last_update.unwrap_or(row.created_at);
        Ok(CodeRepository {
            id: record.id(),
            name: record.name.clone(),
            created_at: written_at,
            updated_at: written_at,
            ..row
        })
    }

    fn agents(&mut self) -> Result<()> {
        self.progress.advance(self.plan.agent_counts.rejected)?;
        for (record, status) in &self.plan.agents {
            let mut row = self.agent_row(record, *status)?;
            let stated = stated_of_agent(record);
            let update = self.plan.options.update;
            let (outcome, before) = adoption::adopt(self.uow, &mut row, stated, update)?;
            match (&outcome, before) {
                (RecordOutcome::Imported, _) => {
                    self.agents_made.push(row.id.clone());
                    self.new_agents.add(&row.repository_path, row.status, 1);
                }
                (RecordOutcome::Updated, Some(before)) => self.agent_updated(&before)?,
                _ => {}
            }
            let Written {
                agents, findings, ..
            } = &mut self.written;
            outcome.count(agents, &record.place, findings);
            self.progress.advance(1)?;
        }
        Ok(())
    }

    fn agent_updated(&mut self, before: &Agent) -> Result<()> {
        self.new_agents
            .add(&before.repository_path, before.status, -1);
        if let Some(after) = self.uow.find::<Agent>(&before.id)? {
            self.new_agents.add(&after.repository_path, after.status, 1);
        }
        Ok(())
    }

    /// Makes the row of an agent. A configuration has no times: its agents begin with the import.
    fn agent_row(&self, record: &AgentRecord, status: AgentStatus) -> Result<Agent> {
        let row = agents::blank(self.uow, Some(record.id.clone()))?;
        let is_at_it = status != AgentStatus::Busy || self.plan.options.keep_running;
        let last_ping = record.last_ping.unwrap_or(row.last_ping);
        let last_active = record.last_active_time.unwrap_or(last_ping);
        let last_update = self.plan.last_update.unwrap_or(last_ping);
        let agent = Agent {
            name: record.name.clone(),
            type_: record.type_.clone(),
            repository_path: record.repository_path.clone(),
            repository_id: self.repository_ids.get(&record.repository_path).cloned(),
            status: legacy::status_of(status, self.plan.options.keep_running),
            last_ping,
            current_task: record.current_task.clone().filter(|_| is_at_it),
            session_id: record.session_id.clone(),
            health_check_interval: self
                .plan
                .health_check_interval
                .unwrap_or(row.health_check_interval),
            created_at: last_ping.min(last_active),
            updated_at: last_ping.max(last_active).max(last_update),
            ..row
        };
        let mut runs = self
            .plan
            .runs
            .get(record.id.as_str())
            .copied()
            .unwrap_or_default();
        runs.completed = runs.completed.max(record.tasks_completed);
        Ok(statistics::agent_with(&agent, runs))
    }

    fn task(&mut self, record: TaskRecord) -> Result<()> {
        let (place, was_running) = (record.place.clone(), record.was_running);
        let mut row = self.task_row(record)?;
        let (outcome, before) = task_update::adopt(
            self.uow,
            &mut row,
            self.plan.options.update,
            &mut self.unrecorded,
        )?;
        let is_new = matches!(outcome, RecordOutcome::Imported);
        let is_updated = matches!(outcome, RecordOutcome::Updated);
        let Written {
            tasks, findings, ..
        } = &mut self.written;
        outcome.count(tasks, &place, findings);
        if let Some(before) = before.filter(|_| is_updated) {
            self.new_tasks
                .add(&before.repository_path, before.status, -1);
        } else if !is_new {
            self.new_tasks.add(&row.repository_path, row.status, -1);
        }
        if !is_new {
            return self.uow.let_go_of_changes();
        }
        self.written.requeued += u64::from(was_running);
        if let Some(id) = &row.repository_id {
            self.tallies.entry(id.clone()).or_default().count(&row);
        }
        if let Some(id) = &row.agent_id {
            let runs = self.runs.entry(id.clone()).or_default();
            runs.count(row.status, row.execution_duration);
        }
        self.uow.let_go_of_changes()
    }

    fn task_row(&mut self, record: TaskRecord) -> Result<Task> {
        let execution_duration = record.execution_duration();
        let agent_id = match record.agent_id {
            Some(id) => self.known_agent(id, &record.place)?,
            None => None,
        };
        let repository_id = self.repository_ids.get(&record.repository_path).cloned();
        let new = tasks::NewTask {
            id: Some(record.id),
            command: record.command,
            priority: record.priority,
            available_at: Some(record.created_at),
            ..tasks::NewTask::default()
        };
        let row = tasks::new_row(self.uow, &new, &record.repository_path, repository_id)?;
        let last_event = record.completed_at.max(record.started_at);
        Ok(Task {
            agent_id,
            status: record.status,
            created_at: record.created_at,
            started_at: record.started_at,
            completed_at: record.completed_at,
            execution_duration,
            result: record.result,
            progress_percentage: match record.status {
                TaskStatus::Completed => 100,
                _ => 0,
            },
            updated_at: last_event.unwrap_or(record.created_at),
            ..row
        })
    }

    /// Returns the agent that a task names, if the file or the database has it.
    fn known_agent(&mut self, id: String, place: &str) -> Result<Option<AgentId>> {
        if !self.agent_ids.contains_key(&id) {
            let known = match AgentId::new(id.as_str()) {
                Ok(agent_id) if agent_rows::exists(self.uow.conn(), &agent_id)? => Some(agent_id),
                _ => None,
            };
            self.agent_ids.insert(id.clone(), known);
        }
        let known = self.agent_ids.get(&id).cloned().flatten();
        if known.is_none() {
            let id = shortened(id);
            let reason = format!(
                "must be an agent of the file or the database, got {id:?}; imported without one"
            );
            self.unknown_agents
                .note(reason, || format!("{place}.AgentId"));
        }
        Ok(known)
    }

    fn statistics(&mut self) -> Result<()> {
        for (id, tally) in &self.tallies {
            statistics::tasks_added(self.uow, id, tally)?;
        }
        for id in &self.agents_made {
            self.runs.remove(id);
        }
        for (id, runs) in &self.runs {
            statistics::runs_added(self.uow, id, *runs)?;
        }
        counters::settle_agents(self.uow, &self.agents_made).map(drop)
    }

    /// Compares the database with the numbers of the first pass, and checks its foreign keys.
    fn verify(&mut self, source: &LegacyFile) -> Result<()> {
        let agents = agent_census(self.uow.conn())?.difference(&self.new_agents);
        let tasks = task_census(self.uow.conn())?.difference(&self.new_tasks);
        let difference = agents
            .map(|text| format!("Agents: {text}"))
            .or_else(|| tasks.map(|text| format!("Tasks: {text}")));
        if let Some(difference) = difference {
            return Err(source.failed(format!("{difference}; nothing was imported")));
        }
        match dialect::foreign_key_check(self.uow.conn())?.first() {
            None => Ok(()),
            Some(violation) => Err(source.failed(format!(
                "rows of {} must refer to rows of {}, but one refers to none; nothing was imported, repair the \
                 database first",
                violation.table, violation.parent
            ))),
        }
    }
}

impl Pass for StateWriter<'_, '_, '_> {
    fn wants(&self, section: Section) -> bool {
        section == Section::TaskQueue
    }

    fn section(&mut self, _: Section, _: Shape) {}

    fn record(&mut self, _: Section, key: ValueKey, value: Value) -> Result<()> {
        self.written.tasks.read += 1;
        // The first pass has made the findings of rejected records.
        if let Ok(record) = self.reader.read(&key, value) {
            self.task(record)?;
        }
        self.progress.advance(1)
    }
}
