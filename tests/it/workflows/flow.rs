//! A store with a workflow in it, and a worker that runs its tasks by their commands.

use orchestra_store::models::{Task, WorkflowDefinition, WorkflowExecution, WorkflowExecutionId};
use orchestra_store::services::tasks::{self, Claim, Failure};
use orchestra_store::services::workflows::{self, NewDefinition, StageState, Start};
use orchestra_store::types::WorkflowExecutionStatus;
use orchestra_store::{Result, StoreConfig};
use serde_json::{Value, json};

use crate::support::{REPOSITORY, TestStore};

/// How a run of a task ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// It completes.
    Good,
    /// It fails, though it may have retries left.
    Bad,
    /// It fails for good.
    Lost,
}

/// The definition of a stage with two tasks, whose commands are its name and their number.
pub fn stage(name: &str, depends_on: &[&str], on_failure: &str) -> Value {
    let command = |number: u32| json!({"command": format!("{name}{number}")});
    json!({
        "name": name,
        "dependsOn": depends_on,
        "onFailure": on_failure,
        "tasks": [command(1), command(2)],
    })
}

/// No findings, stages or tasks.
pub fn none() -> Vec<String> {
    Vec::new()
}

/// A workflow and its store.
pub struct Flow {
    pub test: TestStore,
    pub definition: WorkflowDefinition,
}

impl Flow {
    pub fn new(definition: Value) -> Self {
        Self::publish(&NewDefinition::new("Flow", definition))
    }

    pub fn publish(new: &NewDefinition) -> Self {
        Self::publish_in(new, |_| {})
    }

    pub fn publish_in(new: &NewDefinition, change: impl FnOnce(&mut StoreConfig)) -> Self {
        let test = TestStore::with(change);
        let definition = test
            .store
            .write(|uow| workflows::publish(uow, new))
            .unwrap();
        Self { test, definition }
    }

    pub fn start(&self) -> WorkflowExecution {
        self.start_with(&Start::default()).unwrap()
    }

    /// Starts an execution in [`REPOSITORY`].
    pub fn start_with(&self, start: &Start) -> Result<WorkflowExecution> {
        let start = Start {
            repository_path: REPOSITORY.to_owned(),
            ..start.clone()
        };
        self.test
            .store
            .write(|uow| workflows::start(uow, &self.definition.id, &start))
    }

    pub fn get(&self, id: &WorkflowExecutionId) -> WorkflowExecution {
        self.test
            .store
            .read(|reader| workflows::get(reader, id))
            .unwrap()
    }

    pub fn definition(&self) -> WorkflowDefinition {
        let id = &self.definition.id;
        let row = self
            .test
            .store
            .read(|reader| workflows::get_definition(reader, id));
        row.unwrap()
    }

    pub fn pause(&self, id: &WorkflowExecutionId) -> Result<WorkflowExecution> {
        self.test.store.write(|uow| workflows::pause(uow, id))
    }

    pub fn resume(&self, id: &WorkflowExecutionId) -> Result<WorkflowExecution> {
        self.test.store.write(|uow| workflows::resume(uow, id))
    }

    pub fn cancel(&self, id: &WorkflowExecutionId) -> Result<WorkflowExecution> {
        self.test
            .store
            .write(|uow| workflows::cancel(uow, id, Some("enough")))
    }

    pub fn retry(&self, id: &WorkflowExecutionId, from: Option<&str>) -> Result<WorkflowExecution> {
        self.test.store.write(|uow| workflows::retry(uow, id, from))
    }

    pub fn recover(&self) -> Vec<WorkflowExecution> {
        self.test.store.write(workflows::recover).unwrap()
    }

    /// The states of the stages.
    pub fn stages(&self, id: &WorkflowExecutionId) -> Vec<(String, StageState)> {
        let stages = self
            .test
            .store
            .read(|reader| workflows::stages(reader, id))
            .unwrap();
        stages
            .into_iter()
            .map(|stage| (stage.name, stage.state))
            .collect()
    }

    /// Claims what can be claimed.
    pub fn claim(&self) -> Vec<Task> {
        let claim = Claim::repository(REPOSITORY, "worker").up_to(1000);
        self.test
            .store
            .write(|uow| tasks::claim(uow, &claim))
            .unwrap()
    }

    pub fn release(&self, task: &Task) {
        let token = task.lease_token.as_ref();
        self.test
            .store
            .write(|uow| tasks::release(uow, &task.id, token))
            .unwrap();
    }

    /// The commands that can be claimed.
    pub fn waiting(&self) -> Vec<String> {
        let claimed = self.claim();
        claimed.iter().for_each(|task| self.release(task));
        let mut commands: Vec<_> = claimed.into_iter().map(|task| task.command).collect();
        commands.sort();
        commands
    }

    /// Claims and starts the task with this command.
    #[track_caller]
    pub fn begin(&self, command: &str) -> Task {
        let (mut wanted, others): (Vec<_>, Vec<_>) = self
            .claim()
            .into_iter()
            .partition(|task| task.command == command);
        others.iter().for_each(|task| self.release(task));
        assert_eq!(wanted.len(), 1, "{command} among {others:?}");
        let task = wanted.remove(0);
        let token = task.lease_token.as_ref();
        let started = self
            .test
            .store
            .write(|uow| tasks::start(uow, &task.id, token));
        started.unwrap()
    }

    pub fn end(&self, task: &Task, end: End) -> Task {
        let result = format!("{} is done", task.command);
        self.end_with(task, end, &result)
    }

    pub fn end_with(&self, task: &Task, end: End, result: &str) -> Task {
        let token = task.lease_token.as_ref();
        let failure = Failure {
            permanent: end == End::Lost,
            ..Failure::new("it broke")
        };
        let ended = self.test.store.write(|uow| match end {
            End::Good => tasks::complete(uow, &task.id, token, Some(result)),
            End::Bad | End::Lost => tasks::fail(uow, &task.id, token, &failure),
        });
        ended.unwrap()
    }

    /// Runs the task with this command.
    #[track_caller]
    pub fn run(&self, command: &str, end: End) -> Task {
        self.end(&self.begin(command), end)
    }

    #[track_caller]
    pub fn assert_status(&self, id: &WorkflowExecutionId, status: WorkflowExecutionStatus) {
        assert_eq!(self.get(id).status, status);
    }
}
