//! What is in the databases: agents, repositories, and as many tasks as wanted, always the same.

use orchestra_store::models::{AgentId, RepositoryId, Task, TaskId};
use orchestra_store::services::agents::{self, NewAgent};
use orchestra_store::services::code_repositories;
use orchestra_store::services::tasks::NewTask;
use orchestra_store::types::{TaskPriority, TaskStatus, TimeSpan, Timestamp};
use orchestra_store::{Result, Store};

use crate::raw::{Connection, Row as _};

/// How many agents there are, each in a repository of its own.
pub const AGENTS: u64 = 16;
/// A task was made each second.
const INTERVAL: TimeSpan = TimeSpan::from_ticks(TimeSpan::TICKS_PER_SECOND);
/// How long a task waits, and then runs.
const WAIT: TimeSpan = TimeSpan::from_millis(1_500);
const RUN: TimeSpan = TimeSpan::from_ticks(42 * TimeSpan::TICKS_PER_SECOND + 1_234_567);

/// The id of an agent.
pub fn agent(number: u64) -> AgentId {
    AgentId::new(format!("agent-{:02}", number % AGENTS)).unwrap()
}

/// The path of its repository.
pub fn path(number: u64) -> String {
    format!("/srv/git/repository-{:02}", number % AGENTS)
}

/// When a task of [`fill`] was made.
pub fn created_at(number: u64) -> Timestamp {
    let first: Timestamp = "2025-01-01".parse().unwrap();
    first + TimeSpan::from_ticks(INTERVAL.ticks() * number as i64)
}

/// The id of a task of [`fill`]: ascending, and as long as a UUID.
pub fn task_id(number: u64) -> TaskId {
    TaskId::new(format!("01940000-0000-7000-8000-{number:012x}")).unwrap()
}

/// A task to be enqueued.
pub fn new_task(number: u64) -> NewTask {
    NewTask::new(
        format!("cargo test --package search --test case_{number}"),
        path(number),
    )
}

/// Adds the agents and their repositories.
pub fn prepare(store: &Store) -> Result<()> {
    store.write(|uow| {
        for number in 0..AGENTS {
            let mut new = NewAgent::new(format!("Agent {number}"), "claude-code", path(number));
            new.id = Some(agent(number));
            new.max_concurrent_tasks = 10;
            agents::register(uow, &new)?;
            code_repositories::register(uow, &path(number))?;
        }
        Ok(())
    })
}

/// Adds tasks with these numbers, without audit rows: seven of ten completed, one failed, one
/// cancelled, one still waiting.
pub fn fill(connection: &Connection, numbers: std::ops::Range<u64>) {
    let repositories: Vec<RepositoryId> = (0..AGENTS)
        .map(|number| {
            let mut by_path = connection.prepare("SELECT Id FROM Repositories WHERE Path = ?");
            by_path.first(&[&path(number)], |row| row.get(0)).unwrap()
        })
        .collect();
    let mut insert = Task::prepare_insert(connection);
    connection.execute("BEGIN IMMEDIATE");
    for number in numbers {
        let repository = &repositories[(number % AGENTS) as usize];
        task(number, repository.clone()).insert(&mut insert);
    }
    connection.execute("UPDATE Repositories SET TotalTasks = 1000000000; COMMIT");
}

fn task(number: u64, repository_id: RepositoryId) -> Task {
    let status = match number % 10 {
        7 => TaskStatus::Failed,
        8 => TaskStatus::Pending,
        9 => TaskStatus::Cancelled,
        _ => TaskStatus::Completed,
    };
    let has_run = matches!(status, TaskStatus::Completed | TaskStatus::Failed);
    let created_at = created_at(number);
    let started_at = created_at + WAIT;
    let ended_at = started_at + RUN;
    Task {
        id: task_id(number),
        command: new_task(number).command,
        agent_id: has_run.then(|| agent(number)),
        is_pinned: false,
        repository_path: path(number),
        priority: TaskPriority::ALL[(number / 10 % 4) as usize],
        status,
        available_at: created_at,
        lease_owner: None,
        lease_token: None,
        lease_expires_at: None,
        cancel_requested_at: None,
        idempotency_key: None,
        created_at,
        started_at: has_run.then_some(started_at),
        completed_at: (status != TaskStatus::Pending).then_some(ended_at),
        execution_duration: has_run.then_some(RUN),
        computed_duration: None,
        result: (status == TaskStatus::Completed).then(|| "all tests passed".to_owned()),
        error_message: (status == TaskStatus::Failed)
            .then(|| format!("exit code {}", number / 10 % 20)),
        retry_count: 0,
        max_retries: 3,
        correlation_id: None,
        workflow_id: None,
        workflow_execution_id: None,
        parent_task_id: None,
        workflow_step: 0,
        hangfire_job_id: None,
        queue_name: None,
        progress_percentage: if has_run { 100 } else { 0 },
        progress_message: None,
        last_progress_update: None,
        updated_at: created_at,
        created_by: "system".to_owned(),
        updated_by: "system".to_owned(),
        repository_id: Some(repository_id),
        row_version: 1,
        unmet_dependencies: 0,
        is_held: false,
        lease_renewed_at: None,
        lease_boot: None,
        lease_deadline: None,
        stage_position: None,
        request_hash: None,
    }
}
