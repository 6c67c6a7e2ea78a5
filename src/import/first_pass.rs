//! First pass over a file: counts its records, and checks which of them can be imported.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::Value;

use super::ImportOptions;
use super::agent_record::{AgentRecord, LegacyStatus};
use super::record::{Rejection, kind_of};
use super::report::{Findings, LegacyForm, RecordCounts};
use super::repository_record::RepositoryRecord;
use super::row_counts::Census;
use super::state_stream::{LegacyFile, Pass, Section, Shape, ValueKey, place};
use super::status_numbering::{AgentGroup, DetectedNumbering, StatusNumbering, decide};
use super::task_record::TaskReader;
use crate::error::{Result, shortened};
use crate::services::code_repositories::ANY_PATH;
use crate::tables::task_tallies::Tally;
use crate::types::{AgentStatus, TaskStatus, TimeSpan, Timestamp};

/// Everything to be imported but the tasks, which would need too much memory and are read again when they are written.
#[derive(Debug)]
pub(super) struct ImportPlan {
    pub(super) form: LegacyForm,
    pub(super) status_numbering: Option<StatusNumbering>,
    pub(super) options: ImportOptions,
    /// Time at which the file was written, by its own account.
    pub(super) last_update: Option<Timestamp>,
    pub(super) health_check_interval: Option<TimeSpan>,
    pub(super) agents: Vec<(AgentRecord, AgentStatus)>,
    pub(super) repositories: Vec<RepositoryRecord>,
    /// Numbers of tasks by agent, which the file counts in part.
    pub(super) runs: HashMap<String, Tally>,
    /// Numbers of the tasks that can be imported.
    pub(super) task_census: Census<TaskStatus>,
    pub(super) agent_counts: RecordCounts,
    pub(super) task_counts: RecordCounts,
    pub(super) repository_counts: RecordCounts,
    pub(super) findings: Findings,
}

impl ImportPlan {
    /// Reads the whole file. Fails if it has none of the known forms.
    pub(super) fn read(source: &mut LegacyFile, options: &ImportOptions) -> Result<Self> {
        let mut survey = Survey {
            tasks: TaskReader::new(options.keep_running),
            options: *options,
            ..Survey::default()
        };
        source.read(&mut survey)?;
        survey.finish().map_err(|reason| source.failed(reason))
    }

    /// Returns the number of records of the file.
    pub(super) fn records(&self) -> u64 {
        self.agent_counts.read + self.task_counts.read + self.repository_counts.read
    }
}

const NO_KNOWN_FORM: &str = "must be an orchestrator's state, with `Agents` by their ids and a `TaskQueue`, or its \
    configuration, with `PingIntervalSeconds` and a list of `Agents`, got another object";

/// Records seen so far.
#[derive(Debug, Default)]
struct Survey {
    options: ImportOptions,
    sections: Vec<(Section, Shape)>,
    last_update: Option<Timestamp>,
    health_check_interval: Option<TimeSpan>,
    agents: Vec<AgentRecord>,
    /// Ids of all agents seen, including rejected ones.
    agent_ids: HashSet<String>,
    /// Agents from the lists of repositories, for those that `Agents` doesn't have.
    listed_agents: Vec<(String, Value)>,
    repositories: BTreeMap<String, RepositoryRecord>,
    tasks: TaskReader,
    runs: HashMap<String, Tally>,
    task_census: Census<TaskStatus>,
    agent_counts: RecordCounts,
    task_counts: RecordCounts,
    repository_counts: RecordCounts,
    findings: Findings,
}

impl Pass for Survey {
    fn wants(&self, _: Section) -> bool {
        true
    }

    fn section(&mut self, section: Section, shape: Shape) {
        self.sections.push((section, shape));
    }

    fn record(&mut self, section: Section, key: ValueKey, value: Value) -> Result<()> {
        match section {
            Section::Agents => self.agent(place(section, &key), &key, value),
            Section::TaskQueue => self.task(&key, value),
            Section::Repositories => self.repository(place(section, &key), &key, value),
            Section::LastUpdate => self.last_update(value),
            Section::PingIntervalSeconds => self.ping_interval(&value),
        }
        Ok(())
    }
}

impl Survey {
    fn agent(&mut self, place: String, key: &ValueKey, value: Value) {
        let id = value.get("Id").and_then(Value::as_str);
        if let (ValueKey::Name(name), Some(id)) = (key, id)
            && name != id
        {
            let reason = format!("must be its key, got {id:?}; imported under this id");
            self.findings.warn(format!("{place}.Id"), shortened(reason));
        }
        let id = id.map(str::to_owned);
        let record = match key {
            ValueKey::Name(_) => AgentRecord::from_state(place.clone(), value),
            ValueKey::Index(_) | ValueKey::Whole => AgentRecord::from_config(place.clone(), value),
        };
        self.take_agent(place, id, record);
    }

    fn take_agent(
        &mut self,
        place: String,
        id: Option<String>,
        record: Result<AgentRecord, Rejection>,
    ) {
        self.agent_counts.read += 1;
        let is_new = id.is_none_or(|id| self.agent_ids.insert(id));
        let record = if is_new {
            record
        } else {
            Err(Rejection {
                place: format!("{place}.Id"),
                reason: "must be unique, got the id of an earlier agent".to_owned(),
            })
        };
        match record {
            Ok(agent) => self.agents.push(agent),
            Err(rejection) => {
                self.agent_counts.rejected += 1;
                self.findings.reject(rejection.place, rejection.reason);
            }
        }
    }

    fn task(&mut self, key: &ValueKey, value: Value) {
        self.task_counts.read += 1;
        match self.tasks.read(key, value) {
            Ok(task) => {
                self.task_census.add(&task.repository_path, task.status, 1);
                let duration = task.execution_duration();
                if let Some(agent) = task.agent_id {
                    self.runs
                        .entry(agent)
                        .or_default()
                        .count(task.status, duration);
                }
            }
            Err(rejection) => {
                self.task_counts.rejected += 1;
                self.findings.reject(rejection.place, rejection.reason);
            }
        }
    }

    fn repository(&mut self, place: String, key: &ValueKey, mut value: Value) {
        match value.get_mut("Agents").map(Value::take) {
            None | Some(Value::Null) => {}
            Some(Value::Array(agents)) => self.list_agents(&place, agents),
            Some(other) => {
                let reason = format!("must be an array, got {}; ignored", kind_of(&other));
                self.findings.warn(format!("{place}.Agents"), reason);
            }
        }
        self.repository_counts.read += 1;
        let name = match key {
            ValueKey::Name(name) => name,
            ValueKey::Index(_) | ValueKey::Whole => "",
        };
        let record =
            RepositoryRecord::read(place.clone(), name, value).and_then(|record| {
                match self.repositories.get(&record.path) {
                    None => Ok(record),
                    Some(earlier) => Err(Rejection {
                        place: format!("{place}.Path"),
                        reason: format!("must be unique, got the path of {}", earlier.place),
                    }),
                }
            });
        match record {
            Ok(record) => {
                self.repositories.insert(record.path.clone(), record);
            }
            Err(rejection) => {
                self.repository_counts.rejected += 1;
                self.findings.reject(rejection.place, rejection.reason);
            }
        }
    }

    /// Keeps the agents that `Agents` hasn't had so far; it may come after `Repositories`.
    fn list_agents(&mut self, place: &str, agents: Vec<Value>) {
        for (index, agent) in agents.into_iter().enumerate() {
            let id = agent.get("Id").and_then(Value::as_str);
            if id.is_none_or(|id| !self.agent_ids.contains(id)) {
                let place = format!("{place}.Agents[{index}]");
                self.listed_agents.push((place, agent));
            }
        }
    }

    fn last_update(&mut self, value: Value) {
        match serde_json::from_value(value.clone()) {
            Ok(time) => self.last_update = Some(time),
            Err(_) => {
                let reason = shortened(format!("must be a time, got {value}"));
                self.findings.warn("LastUpdate", reason + "; ignored");
            }
        }
    }

    fn ping_interval(&mut self, value: &Value) {
        const MOST: i64 = i32::MAX as i64;
        let seconds = value.as_i64().filter(|s| (1..=MOST).contains(s));
        match seconds {
            Some(seconds) => {
                self.health_check_interval = Some(TimeSpan::from_millis(seconds * 1000));
            }
            None => {
                let reason = shortened(format!(
                    "must be a whole number from 1 to {MOST}, got {value}"
                ));
                let reason = reason + "; agents get the default interval";
                self.findings.warn("PingIntervalSeconds", reason);
            }
        }
    }

    fn finish(mut self) -> Result<ImportPlan, &'static str> {
        let form = self.form()?;
        self.take_listed_agents();
        let form = match form {
            LegacyForm::StateV2 if self.agents.iter().any(|a| a.has_activity) => {
                LegacyForm::StateV3
            }
            LegacyForm::StateV2 if !self.has(Section::Repositories, Shape::Object) => {
                LegacyForm::StateV1
            }
            form => form,
        };
        let status_numbering = match form {
            LegacyForm::AgentConfig => None,
            _ => Some(self.decide_numbering()),
        };
        let agents = self.agents_with_status(status_numbering);
        self.add_named_repositories(&agents);
        Ok(ImportPlan {
            form,
            status_numbering,
            last_update: self.last_update,
            health_check_interval: self.health_check_interval,
            agents,
            repositories: self.repositories.into_values().collect(),
            options: self.options,
            runs: self.runs,
            task_census: self.task_census,
            agent_counts: self.agent_counts,
            task_counts: self.task_counts,
            repository_counts: self.repository_counts,
            findings: self.findings,
        })
    }

    fn has(&self, section: Section, shape: Shape) -> bool {
        self.sections.contains(&(section, shape))
    }

    /// Returns [`LegacyForm::StateV2`] for a state of any version, or the form of a configuration.
    fn form(&self) -> Result<LegacyForm, &'static str> {
        let has_tasks = self.has(Section::TaskQueue, Shape::Array);
        let has_interval = self.has(Section::PingIntervalSeconds, Shape::Scalar);
        if self.has(Section::Agents, Shape::Object) && has_tasks {
            Ok(LegacyForm::StateV2)
        } else if self.has(Section::Agents, Shape::Array) && has_interval && !has_tasks {
            Ok(LegacyForm::AgentConfig)
        } else {
            Err(NO_KNOWN_FORM)
        }
    }

    /// Reads the agents that only repositories list, each once.
    fn take_listed_agents(&mut self) {
        for (place, value) in std::mem::take(&mut self.listed_agents) {
            let id = value.get("Id").and_then(Value::as_str).map(str::to_owned);
            if id.as_ref().is_some_and(|id| self.agent_ids.contains(id)) {
                continue;
            }
            let record = AgentRecord::from_state(place.clone(), value);
            self.take_agent(place, id, record);
        }
    }

    fn decide_numbering(&mut self) -> StatusNumbering {
        let mut groups: BTreeMap<&str, AgentGroup> = BTreeMap::new();
        for agent in &self.agents {
            let group = groups.entry(&agent.repository_path).or_default();
            match agent.status {
                LegacyStatus::Number(number) => group.numbers.push(number),
                LegacyStatus::Name(status) => group.named.push(status),
                LegacyStatus::Enabled(_) => {}
            }
        }
        for repository in self.repositories.values() {
            groups.entry(&repository.path).or_default().counts = repository.counts;
        }
        let DetectedNumbering {
            numbering,
            is_guess,
        } = decide(groups.values());
        if is_guess {
            self.findings.warn(
                "Agents",
                "the numbering of the states of agents can't be detected; imported as Idle 0, Working 1, Error 2, \
                 Offline 3: check them",
            );
        }
        for repository in self.repositories.values() {
            let group = groups.get(repository.path.as_str());
            let found = group
                .map(|group| group.found(numbering))
                .unwrap_or_default();
            if let Some(said) = repository.counts.filter(|said| *said != found) {
                let reason = format!("must count its agents ({found}), got {said}; ignored");
                self.findings.warn(repository.place.as_str(), reason);
            }
        }
        numbering
    }

    fn agents_with_status(
        &mut self,
        numbering: Option<StatusNumbering>,
    ) -> Vec<(AgentRecord, AgentStatus)> {
        let mut agents = Vec::with_capacity(self.agents.len());
        for agent in std::mem::take(&mut self.agents) {
            let status = match (agent.status, numbering) {
                (LegacyStatus::Enabled(true), _) => Some(AgentStatus::Idle),
                (LegacyStatus::Enabled(false), _) => Some(AgentStatus::Offline),
                (LegacyStatus::Name(status), _) => Some(status),
                (LegacyStatus::Number(number), Some(numbering)) => numbering.status(number),
                (LegacyStatus::Number(_), None) => None,
            };
            match status {
                Some(status) => agents.push((agent, status)),
                None => {
                    self.agent_counts.rejected += 1;
                    let place = format!("{}.Status", agent.place);
                    let last = numbering.map_or(0, StatusNumbering::len) - 1;
                    let reason = format!("must be a state of the file, 0 to {last}");
                    self.findings.reject(place, reason);
                }
            }
        }
        agents
    }

    /// Adds the repositories that only agents and tasks name.
    fn add_named_repositories(&mut self, agents: &[(AgentRecord, AgentStatus)]) {
        let paths = agents.iter().map(|(a, _)| a.repository_path.as_str());
        for path in paths.chain(self.task_census.paths()) {
            if path != ANY_PATH && !self.repositories.contains_key(path) {
                let repository = RepositoryRecord::at(path);
                self.repositories.insert(path.to_owned(), repository);
                self.repository_counts.read += 1;
            }
        }
    }
}
