//! The first pass over a file: what is in it, and what can be taken.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::Value;

use super::agent_record::{AgentRecord, LegacyStatus};
use super::census::Census;
use super::record::Rejection;
use super::report::{Findings, LegacyForm, RecordCounts};
use super::repository_record::RepositoryRecord;
use super::source::{LegacyFile, Pass, Section, Shape, ValueKey, place};
use super::status_numbering::{
    AgentGroup, DetectedNumbering, StatusCounts, StatusNumbering, decide,
};
use super::task_record::TaskReader;
use crate::error::Result;
use crate::services::code_repositories::ANY_PATH;
use crate::types::{AgentStatus, TaskStatus, TimeSpan, Timestamp};

/// What is to be imported: everything but the tasks, which are too many to be held and are read
/// again when they are written.
#[derive(Debug)]
pub(super) struct ImportPlan {
    pub(super) form: LegacyForm,
    pub(super) status_numbering: Option<StatusNumbering>,
    /// When the file was written, by its own account.
    pub(super) last_update: Option<Timestamp>,
    pub(super) health_check_interval: Option<TimeSpan>,
    pub(super) agents: Vec<(AgentRecord, AgentStatus)>,
    pub(super) repositories: Vec<RepositoryRecord>,
    /// How many of each agent's tasks failed, which the file doesn't count.
    pub(super) failed_tasks: HashMap<String, i64>,
    /// The tasks that can be taken.
    pub(super) task_census: Census<TaskStatus>,
    /// How many records were read and rejected.
    pub(super) agent_counts: RecordCounts,
    pub(super) task_counts: RecordCounts,
    pub(super) repository_counts: RecordCounts,
    pub(super) findings: Findings,
}

impl ImportPlan {
    /// Reads the file through. Fails where it isn't one of the known forms.
    pub(super) fn read(source: &mut LegacyFile) -> Result<Self> {
        let mut survey = Survey::default();
        source.read(&mut survey)?;
        survey.finish().map_err(|reason| source.failed(reason))
    }

    /// How many records the file has.
    pub(super) fn records(&self) -> u64 {
        self.agent_counts.read + self.task_counts.read + self.repository_counts.read
    }
}

const NO_KNOWN_FORM: &str = "neither an orchestrator's state, which has `Agents` by their ids and \
    a `TaskQueue`, nor its configuration, which has `PingIntervalSeconds` and a list of `Agents`";

/// What was seen so far.
#[derive(Debug, Default)]
struct Survey {
    sections: Vec<(Section, Shape)>,
    last_update: Option<Timestamp>,
    health_check_interval: Option<TimeSpan>,
    agents: Vec<AgentRecord>,
    /// The ids of all agents that were seen, rejected ones too.
    agent_ids: HashSet<String>,
    /// Agents from the lists of repositories, which count where `Agents` doesn't have them.
    listed_agents: Vec<(String, Value)>,
    repositories: BTreeMap<String, RepositoryRecord>,
    tasks: TaskReader,
    failed_tasks: HashMap<String, i64>,
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
            let reason = "another id than its key; it is imported under this one";
            self.findings.warn(format!("{place}.Id"), reason);
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
                reason: "an earlier agent has the same id".to_owned(),
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
                if let (TaskStatus::Failed, Some(agent)) = (task.status, task.agent_id) {
                    *self.failed_tasks.entry(agent).or_default() += 1;
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
            Some(_) => self
                .findings
                .warn(format!("{place}.Agents"), "not an array; it is left out"),
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
                        reason: format!("{} has the same path", earlier.place),
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

    /// Keeps those that aren't known from `Agents`, which may yet come behind `Repositories`.
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
        match serde_json::from_value(value) {
            Ok(time) => self.last_update = Some(time),
            Err(_) => self
                .findings
                .warn("LastUpdate", "not a time; it is left out"),
        }
    }

    fn ping_interval(&mut self, value: &Value) {
        let seconds = value.as_i64().filter(|s| (1..=i32::MAX.into()).contains(s));
        match seconds {
            Some(seconds) => {
                self.health_check_interval = Some(TimeSpan::from_millis(seconds * 1000));
            }
            None => self.findings.warn(
                "PingIntervalSeconds",
                "not a positive whole number of seconds; agents get the default interval",
            ),
        }
    }

    fn finish(mut self) -> Result<ImportPlan, &'static str> {
        let form = self.form()?;
        self.take_listed_agents();
        let form = match form {
            LegacyForm::StateV2 if self.agents.iter().any(|a| a.tells_activity) => {
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
            failed_tasks: self.failed_tasks,
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

    /// A state of any version, or a configuration.
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

    /// Takes the agents that only repositories list, each once.
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
            if let LegacyStatus::Number(number) = agent.status {
                let group = groups.entry(&agent.repository_path).or_default();
                group.numbers.push(number);
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
                "nothing tells how the states of agents are numbered; they are taken for \
                 Idle 0, Working 1, Error 2, Offline 3",
            );
        }
        for repository in self.repositories.values() {
            let numbers = groups.get(repository.path.as_str()).map(|g| &g.numbers);
            let found = StatusCounts::of(numbering, numbers.map_or(&[], Vec::as_slice));
            if let Some(said) = repository.counts.filter(|said| *said != found) {
                let reason = format!("says {said}, but its agents are {found}");
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
                (LegacyStatus::Number(number), Some(numbering)) => numbering.status(number),
                (LegacyStatus::Number(_), None) => None,
            };
            match status {
                Some(status) => agents.push((agent, status)),
                None => {
                    self.agent_counts.rejected += 1;
                    let place = format!("{}.Status", agent.place);
                    let last = numbering.map_or(0, StatusNumbering::len) - 1;
                    let reason = format!("not one of the file's states, 0 to {last}");
                    self.findings.reject(place, reason);
                }
            }
        }
        agents
    }

    /// Repositories that only agents and tasks name.
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
