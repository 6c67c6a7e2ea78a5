//! `orchestra agents`: looks at the agents, and speaks for them.

use clap::{Args, Subcommand};
use orchestra_store::models::{Agent, AgentId, Task};
use orchestra_store::services::agents::{
    self, AgentLoad, AgentMaintenance, MaintenanceReason, NewAgent,
};
use orchestra_store::services::data;
use orchestra_store::services::tasks::{self, TaskFilter};
use orchestra_store::types::{AgentStatus, Timestamp};
use orchestra_store::{Reader, Result, Store};
use serde::Serialize;

use super::tasks::{headings, row};
use crate::exit_code::Exit;
use crate::output::{self, Page};
use crate::period::Length;
use crate::session::Session;

/// How many tasks are shown with an agent.
const LATEST_TASKS: u32 = 10;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// All agents, with their load
    List,
    /// One agent, with its latest tasks
    Show {
        /// The agent's id
        id: AgentId,
    },
    /// Agents that gave no sign of life for a while, the longest silent first
    Stale {
        /// How long: a number with s, m, h, d or w
        #[arg(long, value_name = "LENGTH", default_value = "1h")]
        threshold: Length,
    },
    /// Agents that somebody should look after, and why
    Maintenance,
    /// Register an agent
    Register(RegisterArguments),
    /// Set the state of an agent, or how many tasks it may hold
    Set(SetArguments),
    /// Note a sign of life of an agent; one that was offline is back with it
    Heartbeat {
        /// The agent's id
        id: AgentId,
    },
}

#[derive(Debug, Args)]
pub(crate) struct RegisterArguments {
    /// Its name, 1 to 255 characters
    name: String,
    /// The kind of agent, such as claude-code
    #[arg(long = "type", value_name = "TEXT")]
    type_: String,
    /// The repository that it works in, * for any
    #[arg(long, value_name = "PATH")]
    repository: String,
    /// Its id; without, a new one
    #[arg(long, value_name = "ID")]
    id: Option<AgentId>,
    /// How many tasks it may hold at once, 1 to 10
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    max_tasks: i32,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = true, args = ["status", "max_tasks"])]
pub(crate) struct SetArguments {
    /// The agent's id
    id: AgentId,
    /// Idle, Busy, Offline, Error or Unknown
    #[arg(long)]
    status: Option<AgentStatus>,
    /// What it works on
    #[arg(long, value_name = "TEXT", requires = "status")]
    current_task: Option<String>,
    /// How many tasks it may hold at once, 1 to 10
    #[arg(long, value_name = "NUMBER")]
    max_tasks: Option<i32>,
}

/// An agent and what it has to do.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct LoadedAgent {
    #[serde(flatten)]
    agent: Agent,
    current_tasks: i64,
    load: f64,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AgentAndTasks {
    #[serde(flatten)]
    agent: LoadedAgent,
    latest_tasks: Vec<Task>,
}

pub(super) fn run(command: &Command, session: &Session) -> Result<Exit> {
    let store = session.open()?;
    match command {
        Command::List => session
            .output
            .print(&store.read(list)?, |agents| list_page(agents))?,
        Command::Show { id } => {
            session
                .output
                .print(&store.read(|reader| show(reader, id))?, show_page)?;
        }
        Command::Stale { threshold } => {
            let stale = store.read(|reader| agents::list_stale(reader, threshold.0))?;
            session.output.print(&stale, |agents| stale_page(agents))?;
        }
        Command::Maintenance => {
            let due = store.read(agents::list_requiring_maintenance)?;
            session.output.print(&due, |due| maintenance_page(due))?;
        }
        Command::Register(arguments) => {
            let agent = store.write(|uow| agents::register(uow, &arguments.to_agent()))?;
            session.output.print(&agent, change_page)?;
        }
        Command::Set(arguments) => {
            session
                .output
                .print(&set(&store, arguments)?, change_page)?;
        }
        Command::Heartbeat { id } => {
            let agent = store.write(|uow| {
                agents::heartbeat(uow, id)?;
                agents::get(uow, id)
            })?;
            session.output.print(&agent, change_page)?;
        }
    }
    Ok(Exit::Ok)
}

impl RegisterArguments {
    fn to_agent(&self) -> NewAgent {
        NewAgent {
            id: self.id.clone(),
            max_concurrent_tasks: self.max_tasks,
            ..NewAgent::new(&self.name, &self.type_, &self.repository)
        }
    }
}

fn set(store: &Store, arguments: &SetArguments) -> Result<Agent> {
    let id = &arguments.id;
    store.write(|uow| {
        if let Some(status) = arguments.status {
            agents::set_status(uow, id, status, arguments.current_task.as_deref())?;
        }
        let mut agent = agents::get(uow, id)?;
        if let Some(tasks) = arguments.max_tasks {
            agent.max_concurrent_tasks = tasks;
            data::update(uow, &mut agent)?;
        }
        Ok(agent)
    })
}

/// What an agent is after a change.
fn change_page(agent: &Agent) -> Page {
    let (id, status, room) = (&agent.id, agent.status, agent.max_concurrent_tasks);
    Page::new().line(format!("{id}: {status}, may hold {room} tasks at once"))
}

fn list(reader: &mut Reader<'_>) -> Result<Vec<LoadedAgent>> {
    let loads = agents::load_distribution(reader)?;
    let agents = agents::list(reader)?;
    // Both are all agents, by id, from one snapshot.
    Ok(agents
        .into_iter()
        .zip(loads)
        .map(|(agent, load)| loaded(agent, &load))
        .collect())
}

fn show(reader: &mut Reader<'_>, id: &AgentId) -> Result<AgentAndTasks> {
    agents::get(reader, id)?;
    let filter = TaskFilter {
        agent_id: Some(id.clone()),
        ..TaskFilter::default()
    };
    let latest_tasks = tasks::list(reader, &filter, LATEST_TASKS)?;
    let agent = list(reader)?.into_iter().find(|a| a.agent.id == *id);
    let agent = agent.ok_or_else(|| orchestra_store::Error::not_found("Agents", id))?;
    Ok(AgentAndTasks {
        agent,
        latest_tasks,
    })
}

fn loaded(agent: Agent, load: &AgentLoad) -> LoadedAgent {
    LoadedAgent {
        agent,
        current_tasks: load.current_tasks,
        load: load.load,
    }
}

fn list_page(agents: &[LoadedAgent]) -> Page {
    let headings = [
        "Id",
        "Name",
        "Repository",
        "Status",
        "#Tasks",
        "#Completed",
        "#Failed",
        "#Success",
        "Last ping",
    ];
    Page::new().table(headings, agents.iter().map(list_row))
}

fn list_row(loaded: &LoadedAgent) -> [String; 9] {
    let agent = &loaded.agent;
    [
        agent.id.to_string(),
        agent.name.clone(),
        agent.repository_path.clone(),
        agent.status.to_string(),
        format!("{}/{}", loaded.current_tasks, agent.max_concurrent_tasks),
        agent.total_tasks_completed.to_string(),
        agent.total_tasks_failed.to_string(),
        output::percent(agent.success_rate),
        to_the_second(agent.last_ping),
    ]
}

fn show_page(shown: &AgentAndTasks) -> Page {
    let LoadedAgent {
        agent,
        current_tasks,
        load,
    } = &shown.agent;
    let of_capacity = format!(
        "{current_tasks} of {} ({})",
        agent.max_concurrent_tasks,
        output::percent(*load)
    );
    let counts = format!(
        "{} completed, {} failed ({} success)",
        agent.total_tasks_completed,
        agent.total_tasks_failed,
        output::percent(agent.success_rate)
    );
    Page::new()
        .record([
            ("Id", Some(agent.id.to_string())),
            ("Name", Some(agent.name.clone())),
            ("Type", Some(agent.type_.clone())),
            ("RepositoryPath", Some(agent.repository_path.clone())),
            ("Status", Some(agent.status.to_string())),
            ("LastPing", Some(agent.last_ping.to_iso8601())),
            (
                "HealthCheckInterval",
                Some(agent.health_check_interval.to_string()),
            ),
            ("CurrentTask", agent.current_task.clone()),
            ("SessionId", agent.session_id.clone()),
            ("Tasks held", Some(of_capacity)),
            ("Tasks ended", Some(counts)),
            (
                "AverageExecutionTime",
                Some(format!("{:.1} ms", agent.average_execution_time)),
            ),
            ("CreatedAt", Some(agent.created_at.to_iso8601())),
        ])
        .heading("Latest tasks")
        .table(headings(), shown.latest_tasks.iter().map(row))
}

fn stale_page(agents: &[Agent]) -> Page {
    let headings = ["Id", "Name", "Repository", "Status", "Last ping"];
    let row = |agent: &Agent| {
        [
            agent.id.to_string(),
            agent.name.clone(),
            agent.repository_path.clone(),
            agent.status.to_string(),
            to_the_second(agent.last_ping),
        ]
    };
    Page::new().table(headings, agents.iter().map(row))
}

fn maintenance_page(due: &[AgentMaintenance]) -> Page {
    let row = |due: &AgentMaintenance| {
        let reasons: Vec<String> = due.reasons.iter().map(reason).collect();
        let agent = &due.agent;
        [
            agent.id.to_string(),
            agent.name.clone(),
            agent.status.to_string(),
            reasons.join("; "),
        ]
    };
    Page::new().table(["Id", "Name", "Status", "Why"], due.iter().map(row))
}

fn reason(reason: &MaintenanceReason) -> String {
    match reason {
        MaintenanceReason::Error => "it can't work".to_owned(),
        MaintenanceReason::NoPing { last_ping } => {
            format!("no ping since {}", to_the_second(*last_ping))
        }
        MaintenanceReason::ManyFailures { ended, failed } => {
            format!("{failed} of {ended} tasks failed in 24 hours")
        }
        MaintenanceReason::ExpiredLeases { count } => format!("{count} leases have ended"),
    }
}

/// A time for a table: UTC, without the fraction.
pub(super) fn to_the_second(time: Timestamp) -> String {
    let mut text = time.to_string();
    text.truncate("YYYY-MM-DD HH:MM:SS".len());
    text
}
