//! `orchestra templates`: looks at templates, and makes tasks of them.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use orchestra_store::models::{AgentId, Task, TaskTemplate};
use orchestra_store::services::templates::{
    self, Instantiation, NewTemplate, ParameterType, TemplateParameter, TemplateSpec,
};
use orchestra_store::types::TaskPriority;
use orchestra_store::{Error, Result, Store};
use serde::Deserialize as _;
use serde_json::{Map, Value};

use super::tasks;
use crate::document;
use crate::exit_code::Exit;
use crate::output::Page;
use crate::session::Session;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// The templates, each in its active version
    List,
    /// One template, with its steps and parameters
    Show {
        /// The template's name
        name: String,
    },
    /// Publish a version of a template, which is the active one from then on
    Publish {
        /// A file with Name, TemplateSpec and what else there is, as JSON; - reads the standard input
        file: PathBuf,
    },
    /// Put the steps of a template into the queue, each waiting for the one before
    Run(RunArguments),
}

#[derive(Debug, Args)]
pub(crate) struct RunArguments {
    /// The template's name
    name: String,
    /// The repository of the steps that name none
    #[arg(long, value_name = "PATH")]
    repository: Option<String>,
    /// The value of a parameter; may be given more than once
    #[arg(long = "set", value_name = "NAME=VALUE")]
    values: Vec<String>,
    /// The one agent that may run the steps that name none
    #[arg(long, value_name = "ID")]
    agent: Option<AgentId>,
    /// How urgent the steps are that don't say: Low, Normal, High or Critical
    #[arg(long, default_value_t)]
    priority: TaskPriority,
    /// Ties the tasks to others
    #[arg(long, value_name = "ID")]
    correlation_id: Option<String>,
}

pub(super) fn run(command: &Command, session: &Session) -> Result<Exit> {
    let store = session.open()?;
    match command {
        Command::List => {
            let listed = store.read(|reader| templates::list(reader, None))?;
            session.output.print(&listed, |rows| list_page(rows))?;
        }
        Command::Show { name } => {
            let row = store.read(|reader| templates::active(reader, name))?;
            let definition = definition_of(&row)?;
            session
                .output
                .print(&row, |row| show_page(row, &definition))?;
        }
        Command::Publish { file } => {
            let new: NewTemplate = document::read(file)?;
            let row = store.write(|uow| templates::publish(uow, &new))?;
            session.output.print(&row, |row| {
                Page::new().line(format!("{}: {} {}", row.id, row.name, row.version))
            })?;
        }
        Command::Run(arguments) => {
            let tasks = arguments.run(&store)?;
            session.output.print(&tasks, |tasks| {
                Page::new().table(tasks::headings(), tasks.iter().map(tasks::row))
            })?;
        }
    }
    Ok(Exit::Ok)
}

impl RunArguments {
    fn run(&self, store: &Store) -> Result<Vec<Task>> {
        store.write(|uow| {
            let template = templates::active(uow, &self.name)?;
            let with = Instantiation {
                parameters: self.parameters(&definition_of(&template)?)?,
                repository_path: self.repository.clone().unwrap_or_default(),
                agent_id: self.agent.clone(),
                priority: self.priority,
                correlation_id: self.correlation_id.clone(),
                ..Instantiation::default()
            };
            templates::instantiate(uow, &template.id, &with)
        })
    }

    fn parameters(&self, definition: &TemplateSpec) -> Result<Map<String, Value>> {
        let value_of = |given: &String| {
            let (name, text) = given
                .split_once('=')
                .ok_or_else(|| Error::invalid("set", format!("'{given}' is not NAME=VALUE")))?;
            let value = value_of(text, definition.parameters.get(name));
            Ok((name.to_owned(), value))
        };
        self.values.iter().map(value_of).collect()
    }
}

/// A text as the parameter wants it; whether it may be that is the library's to say.
fn value_of(text: &str, parameter: Option<&TemplateParameter>) -> Value {
    let as_text = || Value::from(text);
    match parameter.map(|parameter| parameter.kind) {
        Some(ParameterType::String) | None => as_text(),
        Some(_) => serde_json::from_str(text).unwrap_or_else(|_| as_text()),
    }
}

fn definition_of(row: &TaskTemplate) -> Result<TemplateSpec> {
    TemplateSpec::deserialize(&row.definition.0).map_err(|e| Error::invalid("Definition", e))
}

fn list_page(rows: &[TaskTemplate]) -> Page {
    let row = |row: &TaskTemplate| {
        [
            row.name.clone(),
            row.version.clone(),
            row.category.clone().unwrap_or_default(),
            row.description.clone().unwrap_or_default(),
        ]
    };
    Page::new().table(
        ["Name", "Version", "Category", "Description"],
        rows.iter().map(row),
    )
}

fn show_page(row: &TaskTemplate, definition: &TemplateSpec) -> Page {
    let page = Page::new().record([
        ("Id", Some(row.id.to_string())),
        ("Name", Some(row.name.clone())),
        ("Version", Some(row.version.clone())),
        ("Category", row.category.clone()),
        ("Description", row.description.clone()),
    ]);
    let steps = definition.steps.iter().map(|step| {
        [
            step.command.clone(),
            step.description.clone().unwrap_or_default(),
        ]
    });
    let parameters = definition.parameters.iter().map(|(name, parameter)| {
        let is_needed = parameter.required && parameter.default.is_none();
        [
            name.clone(),
            parameter.kind.to_string(),
            parameter
                .default
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
            if is_needed {
                "yes".to_owned()
            } else {
                String::new()
            },
        ]
    });
    page.heading("Steps")
        .table(["Command", "Description"], steps)
        .heading("Parameters")
        .table(["Name", "Type", "Default", "Needed"], parameters)
}
