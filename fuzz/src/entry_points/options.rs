//! What operations take as JSON beside rows: the name of the operation, then its argument.

use orchestra_store::events::ChangeFilter;
use orchestra_store::models::{AgentId, TaskTemplateId, WorkflowDefinitionId};
use orchestra_store::services::{
    agents, approvals, chat, error_logs, metrics, orchestration_logs, preferences, tasks,
    templates, workflows,
};
use orchestra_store::types::Id;
use orchestra_store::{Error, Result, Store, UnitOfWork};

use super::outcome::{allowed, parse, roll_back, split};

/// Runs one operation with its argument.
pub fn options(store: &Store, input: &[u8]) {
    if let Some((words, json)) = split(input)
        && let [operation] = words[..]
    {
        if operation == "context" {
            act_as(store, json);
        } else {
            roll_back(store, |uow| run(uow, operation, json));
        }
    }
}

/// A task of a user.
fn act_as(store: &Store, json: &str) {
    if let Some(user) = allowed(parse(json)) {
        let task = tasks::NewTask::new("make", "/srv");
        roll_back(&store.context(user), |uow| tasks::enqueue(uow, &task));
    }
}

fn run(uow: &mut UnitOfWork<'_>, operation: &str, json: &str) -> Result<()> {
    match operation {
        "agent" => agents::register(uow, &parse(json)?).map(drop),
        "best_agent" => agents::find_best(uow, "/srv", &parse(json)?).map(drop),
        "agent_metrics" => {
            let agent: AgentId = parent()?;
            agents::update_performance_metrics(uow, &agent, &parse(json)?).map(drop)
        }
        "agent_session" => agents::sessions::open(uow, &parse(json)?).map(drop),
        "approval" => approvals::request(uow, &parse(json)?).map(drop),
        "message" => chat::append_message(uow, &parse(json)?).map(drop),
        "search" => chat::search(uow, &parse(json)?, 10).map(drop),
        "error" => error_logs::log(uow, &parse(json)?).map(drop),
        "errors" => error_logs::list(uow, &parse(json)?, None, 10).map(drop),
        "log" => orchestration_logs::append(uow, &parse(json)?).map(drop),
        "logs" => orchestration_logs::list(uow, &parse(json)?, None, 10).map(drop),
        "metrics" => metrics::record_many(uow, &parse::<Vec<_>>(json)?).map(drop),
        "events" => parse::<ChangeFilter>(json).map(drop),
        "preference" => preferences::set(uow, &parse(json)?).map(drop),
        "preferences" => preferences::import(uow, &parse(json)?).map(drop),
        "tasks" => tasks::enqueue_many(uow, &parse::<Vec<_>>(json)?).map(drop),
        "task_list" => tasks::list(uow, &parse(json)?, 10).map(drop),
        "pause" => tasks::pause(uow, &parse(json)?, None).map(drop),
        "template" => templates::publish(uow, &parse(json)?).map(drop),
        "instantiate" => {
            let template: TaskTemplateId = parent()?;
            templates::instantiate(uow, &template, &parse(json)?).map(drop)
        }
        "workflow" => {
            let workflow = workflows::publish(uow, &parse(json)?)?;
            let start = workflows::Start {
                repository_path: "/srv".to_owned(),
                ..Default::default()
            };
            workflows::start(uow, &workflow.id, &start).map(drop)
        }
        "start" => {
            let workflow: WorkflowDefinitionId = parent()?;
            workflows::start(uow, &workflow, &parse(json)?).map(drop)
        }
        _ => Err(Error::invalid("operation", "unknown")),
    }
}

fn parent<T>() -> Result<Id<T>> {
    Id::new("parent").map_err(|e| Error::invalid("id", e))
}
