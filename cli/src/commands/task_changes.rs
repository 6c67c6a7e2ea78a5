//! `orchestra tasks change`: changes all tasks that fit.

use clap::{Args, ValueEnum};
use orchestra_store::models::{AgentId, Task};
use orchestra_store::query::Specification;
use orchestra_store::services::tasks::{self, ChangedTasks, TaskChange};
use orchestra_store::types::{TaskPriority, TaskStatus};
use orchestra_store::{Result, Store};
use serde_json::{Map, Value, json};

use super::tasks::Which;
use crate::output::Page;
use crate::session::Session;

/// How many tasks are changed in one transaction.
const BATCH: u32 = 500;

/// What is done with the tasks.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Verb {
    /// Cancel those that haven't ended; those that run are asked to stop
    Cancel,
    /// Put those that failed back into the queue
    Retry,
    /// Take those that are assigned or running from whoever has them
    Release,
    /// Give those that haven't ended to the agent of --to alone, or to any
    Reassign,
    /// Give those that haven't ended the --priority
    SetPriority,
}

#[derive(Debug, Args)]
#[group(id = "tasks", required = true, multiple = true, args = [
    "all", "condition", "status", "agent", "repository", "queue", "correlation_id",
])]
pub(crate) struct Arguments {
    /// What to do with the tasks
    verb: Verb,
    /// All tasks that this can be done with
    #[arg(long)]
    all: bool,
    /// Only those in this state: Pending, Assigned, InProgress, Completed, Failed or Cancelled
    #[arg(long)]
    status: Option<TaskStatus>,
    #[command(flatten)]
    which: Which,
    /// Only those that this condition holds for, such as {"CreatedAt": {"lt": "2026-01-31T00:00:00Z"}}
    #[arg(long = "where", value_name = "JSON", value_parser = condition)]
    condition: Option<Value>,
    /// The agent that alone may run them from now on
    #[arg(long, value_name = "ID")]
    to: Option<AgentId>,
    /// Low, Normal, High or Critical
    #[arg(long, required_if_eq("verb", "set-priority"))]
    priority: Option<TaskPriority>,
    /// Why they are cancelled
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Change them; otherwise they are only counted
    #[arg(long)]
    yes: bool,
}

/// Does what was asked for.
pub(super) fn run(arguments: &Arguments, store: &Store, session: &Session) -> Result<()> {
    let change = arguments.change();
    let which = arguments.specification()?;
    if !arguments.yes {
        let count = store.read(|reader| tasks::count_changeable(reader, &change, &which))?;
        return session.output.print(&json!({"Tasks": count}), |_| {
            Page::new().line(format!("{count} tasks would change; --yes changes them"))
        });
    }
    let outcome = change_all(store, &change, &which)?;
    session.output.print(&outcome, outcome_page)
}

/// Changes batch after batch. What an interruption leaves is changed by the same command.
fn change_all(
    store: &Store,
    change: &TaskChange,
    which: &Specification<Task>,
) -> Result<ChangedTasks> {
    let mut all = ChangedTasks::default();
    loop {
        let after = all.next.take();
        let batch =
            store.write(|uow| tasks::change_many(uow, change, which, after.as_ref(), BATCH))?;
        all.changed += batch.changed;
        all.refused.extend(batch.refused);
        all.next = batch.next;
        if all.next.is_none() {
            return Ok(all);
        }
    }
}

fn outcome_page(outcome: &ChangedTasks) -> Page {
    let page = Page::new().good(format!("{} tasks changed", outcome.changed));
    outcome.refused.iter().fold(page, |page, refused| {
        page.line(format!("{}: {}", refused.id, refused.message))
    })
}

/// Reads a condition. Anything but an object would read as no condition, or as another one.
fn condition(text: &str) -> Result<Value, String> {
    match serde_json::from_str(text) {
        Ok(condition @ Value::Object(_)) => Ok(condition),
        Ok(_) => Err("must be a JSON object, such as {\"Priority\": \"Low\"}".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

impl Arguments {
    fn change(&self) -> TaskChange {
        match self.verb {
            Verb::Cancel => TaskChange::Cancel {
                reason: self.reason.clone(),
            },
            Verb::Retry => TaskChange::Retry,
            Verb::Release => TaskChange::Release,
            Verb::Reassign => TaskChange::Reassign {
                agent_id: self.to.clone(),
            },
            Verb::SetPriority => TaskChange::SetPriority {
                priority: self.priority.unwrap_or_default(),
            },
        }
    }

    fn specification(&self) -> Result<Specification<Task>> {
        let filter = self.which.filter(self.status);
        let mut columns = Map::new();
        for (name, value) in [
            ("Status", filter.status.map(|status| json!(status))),
            ("AgentId", filter.agent_id.map(|id| json!(id))),
            ("RepositoryPath", filter.repository_path.map(Value::from)),
            ("QueueName", filter.queue_name.map(Value::from)),
            ("CorrelationId", filter.correlation_id.map(Value::from)),
        ] {
            columns.extend(value.map(|value| (name.to_owned(), value)));
        }
        let mut conditions = vec![Value::Object(columns)];
        conditions.extend(self.condition.clone());
        Specification::from_json(&json!({"where": {"and": conditions}}))
    }
}
