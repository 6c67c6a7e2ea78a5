//! `orchestra workflows`: looks at workflows, and runs them.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use orchestra_store::models::{WorkflowDefinition, WorkflowExecution, WorkflowExecutionId};
use orchestra_store::services::workflows::{
    self, ExecutionFilter, NewDefinition, StageProgress, Start,
};
use orchestra_store::types::{Json, TaskPriority};
use orchestra_store::{ErrorCode, Reader, Result, Store};
use serde::Serialize;

use super::agents::to_the_second;
use super::tasks;
use crate::document;
use crate::exit_code::Exit;
use crate::output::Page;
use crate::session::Session;

/// How many executions are shown with a workflow.
const LATEST_EXECUTIONS: u32 = 10;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// The workflows, each in its active version
    List,
    /// A workflow with its latest executions, or an execution with its stages and tasks
    Show {
        /// The workflow's name, or the execution's id
        name: String,
    },
    /// Publish a version of a workflow, which is the active one from then on
    Publish {
        /// A file with Name, Definition and what else there is, as JSON; - reads the standard input
        file: PathBuf,
    },
    /// Start an execution of a workflow
    Start(StartArguments),
    /// Pause an execution: none of its tasks is handed out
    Pause {
        /// The execution's id
        id: WorkflowExecutionId,
    },
    /// Let an execution that is paused go on
    Resume {
        /// The execution's id
        id: WorkflowExecutionId,
    },
    /// Cancel an execution and its tasks; those that run are asked to stop
    Cancel {
        /// The execution's id
        id: WorkflowExecutionId,
        /// Why
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
    },
    /// Run what isn't done of an execution that failed or was cancelled again
    Retry {
        /// The execution's id
        id: WorkflowExecutionId,
        /// Run this stage too, and what depends on it
        #[arg(long, value_name = "STAGE")]
        from: Option<String>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct StartArguments {
    /// The workflow's name
    name: String,
    /// The input, a JSON object
    #[arg(long, value_name = "JSON", default_value = "{}")]
    input: Json,
    /// The repository of the tasks whose definition names none
    #[arg(long, value_name = "PATH")]
    repository: Option<String>,
    /// How urgent the tasks are whose definition doesn't say: Low, Normal, High or Critical
    #[arg(long, default_value_t)]
    priority: TaskPriority,
    /// Ties the tasks to others
    #[arg(long, value_name = "ID")]
    correlation_id: Option<String>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Shown {
    Workflow(Box<WorkflowAndExecutions>),
    Execution(Box<ExecutionAndStages>),
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct WorkflowAndExecutions {
    #[serde(flatten)]
    definition: WorkflowDefinition,
    latest_executions: Vec<WorkflowExecution>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ExecutionAndStages {
    #[serde(flatten)]
    execution: WorkflowExecution,
    stages: Vec<StageProgress>,
}

pub(super) fn run(command: &Command, session: &Session) -> Result<Exit> {
    let store = session.open()?;
    let output = session.output;
    match command {
        Command::List => {
            let rows = store.read(workflows::list_active)?;
            output.print(&rows, |rows| list_page(rows))?;
        }
        Command::Show { name } => {
            output.print(&store.read(|reader| show(reader, name))?, show_page)?;
        }
        Command::Publish { file } => {
            let new: NewDefinition = document::read(file)?;
            let row = store.write(|uow| workflows::publish(uow, &new))?;
            output.print(&row, published_page)?;
        }
        Command::Start(arguments) => output.print(&arguments.start(&store)?, change_page)?,
        Command::Pause { id } => {
            let execution = store.write(|uow| workflows::pause(uow, id))?;
            output.print(&execution, change_page)?;
        }
        Command::Resume { id } => {
            let execution = store.write(|uow| workflows::resume(uow, id))?;
            output.print(&execution, change_page)?;
        }
        Command::Cancel { id, reason } => {
            let reason = reason.as_deref();
            let execution = store.write(|uow| workflows::cancel(uow, id, reason))?;
            output.print(&execution, change_page)?;
        }
        Command::Retry { id, from } => {
            let from = from.as_deref();
            let execution = store.write(|uow| workflows::retry(uow, id, from))?;
            output.print(&execution, change_page)?;
        }
    }
    Ok(Exit::Ok)
}

impl StartArguments {
    fn start(&self, store: &Store) -> Result<WorkflowExecution> {
        let start = Start {
            input_parameters: self.input.clone(),
            repository_path: self.repository.clone().unwrap_or_default(),
            priority: self.priority,
            correlation_id: self.correlation_id.clone(),
            trigger_type: Some("Manual".to_owned()),
            ..Start::default()
        };
        store.write(|uow| {
            let definition = workflows::active(uow, &self.name)?;
            workflows::start(uow, &definition.id, &start)
        })
    }
}

/// What has this name, or this id.
fn show(reader: &mut Reader<'_>, name: &str) -> Result<Shown> {
    match workflows::active(reader, name) {
        Ok(definition) => show_workflow(reader, definition),
        Err(e) if e.code() == ErrorCode::NotFound => show_execution(reader, &name.parse()?),
        Err(e) => Err(e),
    }
}

fn show_workflow(reader: &mut Reader<'_>, definition: WorkflowDefinition) -> Result<Shown> {
    let filter = ExecutionFilter {
        workflow_definition_id: Some(definition.id.clone()),
        ..ExecutionFilter::default()
    };
    let latest_executions = workflows::list(reader, &filter, LATEST_EXECUTIONS)?;
    Ok(Shown::Workflow(Box::new(WorkflowAndExecutions {
        definition,
        latest_executions,
    })))
}

fn show_execution(reader: &mut Reader<'_>, id: &WorkflowExecutionId) -> Result<Shown> {
    let execution = workflows::get(reader, id)?;
    let stages = workflows::stages(reader, id)?;
    Ok(Shown::Execution(Box::new(ExecutionAndStages {
        execution,
        stages,
    })))
}

fn published_page(row: &WorkflowDefinition) -> Page {
    Page::new().line(format!("{}: {} {}", row.id, row.name, row.version))
}

/// What an execution is after a change.
fn change_page(execution: &WorkflowExecution) -> Page {
    Page::new().line(format!("{}: {}", execution.id, execution.status))
}

fn list_page(rows: &[WorkflowDefinition]) -> Page {
    let headings = [
        "Name",
        "Version",
        "#Started",
        "#Completed",
        "#Failed",
        "Last started",
    ];
    let row = |row: &WorkflowDefinition| {
        [
            row.name.clone(),
            row.version.clone(),
            row.execution_count.to_string(),
            row.success_count.to_string(),
            row.failure_count.to_string(),
            row.last_executed_at.map(to_the_second).unwrap_or_default(),
        ]
    };
    Page::new().table(headings, rows.iter().map(row))
}

fn show_page(shown: &Shown) -> Page {
    match shown {
        Shown::Workflow(shown) => workflow_page(shown),
        Shown::Execution(shown) => execution_page(shown),
    }
}

fn workflow_page(shown: &WorkflowAndExecutions) -> Page {
    let row = &shown.definition;
    let page = Page::new().record([
        ("Id", Some(row.id.to_string())),
        ("Name", Some(row.name.clone())),
        ("Version", Some(row.version.clone())),
        ("Description", row.description.clone()),
        ("ExecutionCount", Some(row.execution_count.to_string())),
        ("SuccessCount", Some(row.success_count.to_string())),
        ("FailureCount", Some(row.failure_count.to_string())),
        (
            "AverageExecutionTime",
            Some(format!("{:.0} ms", row.average_execution_time)),
        ),
    ]);
    let headings = ["Id", "Status", "Started", "#Progress", "Stage"];
    let row = |row: &WorkflowExecution| {
        [
            row.id.to_string(),
            row.status.to_string(),
            to_the_second(row.started_at),
            format!("{} %", row.progress_percentage),
            row.current_stage.clone().unwrap_or_default(),
        ]
    };
    page.heading("Latest executions")
        .table(headings, shown.latest_executions.iter().map(row))
}

fn execution_page(shown: &ExecutionAndStages) -> Page {
    let row = &shown.execution;
    let page = Page::new().record([
        ("Id", Some(row.id.to_string())),
        ("Status", Some(row.status.to_string())),
        ("WorkflowVersion", Some(row.workflow_version.clone())),
        ("Progress", Some(format!("{} %", row.progress_percentage))),
        ("StartedAt", Some(row.started_at.to_iso8601())),
        ("CompletedAt", row.completed_at.map(|t| t.to_iso8601())),
        ("RetryCount", Some(row.retry_count.to_string())),
        ("ErrorStage", row.error_stage.clone()),
        ("ErrorMessage", row.error_message.clone()),
    ]);
    page.each(&shown.stages, |page, stage| {
        page.heading(&format!("{}: {:?}", stage.name, stage.state))
            .table(tasks::headings(), stage.tasks.iter().map(tasks::row))
    })
}
