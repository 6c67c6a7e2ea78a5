//! What follows from the entries of tasks: the counters of agents and repositories, and whether an agent works.

use orchestra_store::types::TimeSpan;
use serde_json::{Value, json};

use super::{Row, Tables};

/// The columns that are written without an entry of their own, and those that follow from them within the row.
pub const OF_AGENTS: [&str; 10] = [
    "Status",
    "CurrentTask",
    "LastClaimedAt",
    "TotalTasksCompleted",
    "TotalTasksFailed",
    "TotalExecutionTime",
    "AverageExecutionTime",
    "UpdatedAt",
    "UpdatedBy",
    "RowVersion",
];
pub const OF_REPOSITORIES: [&str; 10] = [
    "TotalTasks",
    "SuccessfulTasks",
    "FailedTasks",
    "TotalExecutionTime",
    "LastTaskExecutedAt",
    "AverageTaskDuration",
    "ReliabilityScore",
    "UpdatedAt",
    "UpdatedBy",
    "RowVersion",
];

const HELD: [&str; 2] = ["Assigned", "InProgress"];

/// Does to the agents and repositories what the entry of a task tells: `before` is the task before it, none if it is new.
pub fn follow(tables: &mut Tables, before: Option<&Row>, task: &Row, at: &Value) {
    let Some(before) = before else {
        if let Some(repository) = row(tables, "Repositories", &task["RepositoryId"]) {
            add(repository, "TotalTasks", 1);
        }
        return;
    };
    if before["Status"] != task["Status"] {
        moved(tables, before, task, at);
    }
    let held = |task: &Row| HELD.contains(&task["Status"].as_str().unwrap());
    if held(before) && !(held(task) && before["AgentId"] == task["AgentId"]) {
        freed(tables, &before["AgentId"]);
    }
}

fn moved(tables: &mut Tables, before: &Row, task: &Row, at: &Value) {
    if before["Status"] == "Failed"
        && let Some(repository) = row(tables, "Repositories", &task["RepositoryId"])
    {
        add(repository, "FailedTasks", -1);
        add_time(repository, TimeSpan::ZERO - duration(before));
    }
    let ended = match task["Status"].as_str().unwrap() {
        "Assigned" => {
            if let Some(agent) = row(tables, "Agents", &task["AgentId"]) {
                agent["Status"] = json!("Busy");
                agent["CurrentTask"] = task["Id"].clone();
                agent["LastClaimedAt"] = at.clone();
            }
            return;
        }
        "InProgress" => {
            let agent = row(tables, "Agents", &task["AgentId"]);
            let idle = agent.filter(|agent| agent["Status"] == "Idle");
            if let Some(agent) = idle.filter(|_| task["LeaseToken"].is_null()) {
                agent["Status"] = json!("Busy");
                agent["CurrentTask"] = task["Id"].clone();
            }
            return;
        }
        "Completed" => ["TotalTasksCompleted", "SuccessfulTasks"],
        "Failed" => ["TotalTasksFailed", "FailedTasks"],
        _ => return,
    };
    if let Some(agent) = row(tables, "Agents", &task["AgentId"]) {
        add(agent, ended[0], 1);
        add_time(agent, duration(task));
    }
    if let Some(repository) = row(tables, "Repositories", &task["RepositoryId"]) {
        add(repository, ended[1], 1);
        add_time(repository, duration(task));
        repository["LastTaskExecutedAt"] = task["CompletedAt"].clone();
    }
}

fn freed(tables: &mut Tables, agent: &Value) {
    let mut tasks = tables["Tasks"].values();
    let holds =
        |task: &Row| &task["AgentId"] == agent && HELD.contains(&task["Status"].as_str().unwrap());
    if tasks.any(holds) {
        return;
    }
    if let Some(agent) = row(tables, "Agents", agent).filter(|agent| agent["Status"] == "Busy") {
        agent["Status"] = json!("Idle");
        agent["CurrentTask"] = Value::Null;
    }
}

fn row<'t>(tables: &'t mut Tables, table: &str, id: &Value) -> Option<&'t mut Row> {
    tables.get_mut(table)?.get_mut(id.as_str()?)
}

fn add(row: &mut Row, column: &str, count: i64) {
    row[column] = json!((row[column].as_i64().unwrap() + count).max(0));
}

fn add_time(row: &mut Row, time: TimeSpan) {
    let total: TimeSpan = serde_json::from_value(row["TotalExecutionTime"].clone()).unwrap();
    row["TotalExecutionTime"] = json!((total + time).max(TimeSpan::ZERO));
}

fn duration(task: &Row) -> TimeSpan {
    let duration: Option<TimeSpan> =
        serde_json::from_value(task["ExecutionDuration"].clone()).unwrap();
    duration.unwrap_or(TimeSpan::ZERO)
}
