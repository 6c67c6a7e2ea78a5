//! The same work with rusqlite: statements by hand, kept prepared.

#[path = "../../protocol.rs"]
mod protocol;

use protocol::{
    Peer, changes, command, in_a_minute, locked_version, new_id, now, path, reliability,
    seconds_between, seconds_of, serve, task_id, time_span,
};
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, TransactionBehavior, params};
use serde::Serialize;
use serde_json::json;

/// The pragmas of the kernel's connections.
const PRAGMAS: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
    PRAGMA wal_autocheckpoint = 1000; PRAGMA journal_size_limit = 67108864;
    PRAGMA foreign_keys = 1; PRAGMA trusted_schema = 0; PRAGMA cell_size_check = 1;
    PRAGMA recursive_triggers = 1; PRAGMA mmap_size = 0; PRAGMA temp_store = 2;
    PRAGMA cache_size = -8192";

macro_rules! task {
    ($($field:ident: $type:ty = $column:literal),* $(,)?) => {
        /// A row of `Tasks`.
        #[derive(Serialize)]
        #[serde(rename_all = "PascalCase")]
        struct Task {
            $($field: $type,)*
            computed_duration: Option<i64>,
        }

        const COLUMNS: &str = concat!($($column, ", ",)* "ComputedDuration");
        const INSERT: &str = concat!(
            "INSERT INTO Tasks (", $($column, ", ",)* "MaxRetries) VALUES (",
            $(task!(@ $column),)* "3)"
        );

        impl Task {
            fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
                let mut last = 0;
                let mut next = || { last += 1; last - 1 };
                Ok(Self {
                    $($field: row.get(next())?,)*
                    computed_duration: row.get(next())?,
                })
            }

            fn insert(&self, connection: &Connection) {
                let mut insert = connection.prepare_cached(INSERT).unwrap();
                insert.execute(params![$(self.$field),*]).unwrap();
            }
        }
    };
    (@ $column:literal) => { "?, " };
}

task! {
    id: String = "Id", command: String = "Command", agent_id: Option<String> = "AgentId",
    is_pinned: bool = "IsPinned", repository_path: String = "RepositoryPath",
    priority: i32 = "Priority", status: i32 = "Status", available_at: String = "AvailableAt",
    lease_owner: Option<String> = "LeaseOwner", lease_token: Option<String> = "LeaseToken",
    lease_expires_at: Option<String> = "LeaseExpiresAt",
    cancel_requested_at: Option<String> = "CancelRequestedAt",
    idempotency_key: Option<String> = "IdempotencyKey", created_at: String = "CreatedAt",
    started_at: Option<String> = "StartedAt", completed_at: Option<String> = "CompletedAt",
    execution_duration: Option<String> = "ExecutionDuration", result: Option<String> = "Result",
    error_message: Option<String> = "ErrorMessage", retry_count: i32 = "RetryCount",
    correlation_id: Option<String> = "CorrelationId", workflow_id: Option<String> = "WorkflowId",
    workflow_execution_id: Option<String> = "WorkflowExecutionId",
    parent_task_id: Option<String> = "ParentTaskId", workflow_step: i32 = "WorkflowStep",
    hangfire_job_id: Option<String> = "HangfireJobId", queue_name: Option<String> = "QueueName",
    progress_percentage: i32 = "ProgressPercentage",
    progress_message: Option<String> = "ProgressMessage",
    last_progress_update: Option<String> = "LastProgressUpdate",
    updated_at: String = "UpdatedAt", created_by: String = "CreatedBy",
    updated_by: String = "UpdatedBy", repository_id: Option<String> = "RepositoryId",
    row_version: i64 = "RowVersion",
}

struct Agent {
    status: i32,
    current_task: Option<String>,
    completed: i64,
    failed: i64,
    total_time: String,
    average: f64,
    max_tasks: i64,
    repository_path: String,
}

struct Rusqlite {
    connection: Connection,
    tasks: u64,
    last: u64,
}

fn audit(
    on: &Connection,
    place: (&str, &str),
    action: &str,
    values: (Option<&str>, &str, Option<&str>),
) {
    let mut insert = on
        .prepare_cached(
            "INSERT INTO AuditLogs (Id, EntityType, EntityId, Action, OldValues, NewValues,
                 ChangedProperties, UserId, Timestamp, Success, RiskLevel)
             VALUES (?, ?, ?, ?, ?, ?, ?, 'system', ?, 1, 0)",
        )
        .unwrap();
    let (old, new, names) = values;
    insert
        .execute(params![
            new_id(),
            place.0,
            place.1,
            action,
            old,
            new,
            names,
            now()
        ])
        .unwrap();
}

fn audit_update(
    on: &Connection,
    place: (&str, &str),
    pairs: &[(&str, serde_json::Value, serde_json::Value)],
) {
    let (old, new, names) = changes(pairs);
    audit(on, place, "Update", (Some(&old), &new, Some(&names)));
}

fn add(on: &Connection, number: u64, repository: &str) {
    let task = new_task(number, repository.to_owned());
    task.insert(on);
    let json = serde_json::to_string(&task).unwrap();
    audit(on, ("Tasks", &task.id), "Create", (None, &json, None));
}

fn repository_of(on: &Connection, path: &str) -> String {
    let mut select = on
        .prepare_cached("SELECT Id FROM Repositories WHERE Path = ?")
        .unwrap();
    select.query_row([path], |row| row.get(0)).unwrap()
}

fn count_tasks(on: &Connection, repository: &str, count: u64) {
    let mut update = on
        .prepare_cached(
            "UPDATE Repositories SET TotalTasks = TotalTasks + ?, RowVersion = RowVersion + 1
             WHERE Id = ?",
        )
        .unwrap();
    update.execute(params![count as i64, repository]).unwrap();
}

fn new_task(number: u64, repository_id: String) -> Task {
    let now = now();
    Task {
        id: new_id(),
        command: command(number),
        agent_id: None,
        is_pinned: false,
        repository_path: path(number),
        priority: 1,
        status: 0,
        available_at: now.clone(),
        lease_owner: None,
        lease_token: None,
        lease_expires_at: None,
        cancel_requested_at: None,
        idempotency_key: None,
        created_at: now.clone(),
        started_at: None,
        completed_at: None,
        execution_duration: None,
        result: None,
        error_message: None,
        retry_count: 0,
        correlation_id: None,
        workflow_id: None,
        workflow_execution_id: None,
        parent_task_id: None,
        workflow_step: 0,
        hangfire_job_id: None,
        queue_name: None,
        progress_percentage: 0,
        progress_message: None,
        last_progress_update: None,
        updated_at: now,
        created_by: "system".into(),
        updated_by: "system".into(),
        repository_id: Some(repository_id),
        row_version: 1,
        computed_duration: None,
    }
}

impl Rusqlite {
    fn begin(&mut self) -> Transaction<'_> {
        let kind = TransactionBehavior::Immediate;
        self.connection.transaction_with_behavior(kind).unwrap()
    }

    fn enqueue(&mut self, numbers: impl Iterator<Item = u64>) {
        let transaction = self.begin();
        let mut counts = std::collections::BTreeMap::new();
        for number in numbers {
            let (repository, count) = counts
                .entry(path(number))
                .or_insert_with_key(|path| (repository_of(&transaction, path), 0));
            *count += 1;
            add(&transaction, number, repository);
        }
        for (repository, count) in counts.values() {
            count_tasks(&transaction, repository, *count);
        }
        transaction.commit().unwrap();
    }

    fn read_by_id(&mut self) {
        self.last = (self.last + 7919) % self.tasks;
        let sql = format!("SELECT {COLUMNS} FROM Tasks WHERE Id = ?");
        let mut select = self.connection.prepare_cached(&sql).unwrap();
        let task = select.query_row([task_id(self.last)], Task::read).unwrap();
        std::hint::black_box(task);
    }

    fn page(&mut self) {
        let transaction = self.connection.transaction().unwrap();
        let mut count = transaction
            .prepare_cached("SELECT count(*) FROM Tasks WHERE Status = ?")
            .unwrap();
        let total: i64 = count.query_row([0], |row| row.get(0)).unwrap();
        let sql = format!(
            "SELECT {COLUMNS} FROM Tasks WHERE Status = ?
             ORDER BY Priority DESC, CreatedAt DESC, Id DESC LIMIT ? OFFSET ?"
        );
        let mut select = transaction.prepare_cached(&sql).unwrap();
        let rows = select.query_map([0, 50, 50], Task::read).unwrap();
        let tasks: Vec<Task> = rows.map(Result::unwrap).collect();
        std::hint::black_box((tasks, total));
    }

    fn agent(on: &Connection, id: &str) -> Agent {
        let mut select = on
            .prepare_cached(
                "SELECT Status, CurrentTask, TotalTasksCompleted, TotalTasksFailed,
                     TotalExecutionTime, AverageExecutionTime, MaxConcurrentTasks, RepositoryPath
                 FROM Agents WHERE Id = ?",
            )
            .unwrap();
        let read = |row: &Row<'_>| {
            Ok(Agent {
                status: row.get(0)?,
                current_task: row.get(1)?,
                completed: row.get(2)?,
                failed: row.get(3)?,
                total_time: row.get(4)?,
                average: row.get(5)?,
                max_tasks: row.get(6)?,
                repository_path: row.get(7)?,
            })
        };
        select.query_row([id], read).unwrap()
    }

    fn held(on: &Connection, agent: &str) -> i64 {
        let mut select = on
            .prepare_cached(
                "SELECT count(*) FROM Tasks WHERE AgentId = ? AND Status IN (1, 2)",
            )
            .unwrap();
        select.query_row([agent], |row| row.get(0)).unwrap()
    }

    fn set_agent(on: &Connection, id: &str, agent: &Agent, status: i32, current: Option<&str>) {
        let mut update = on
            .prepare_cached(
                "UPDATE Agents SET Status = ?, CurrentTask = ?, UpdatedAt = ?,
                     RowVersion = RowVersion + 1 WHERE Id = ?",
            )
            .unwrap();
        update.execute(params![status, current, now(), id]).unwrap();
        audit_update(
            on,
            ("Agents", id),
            &[
                ("Status", json!(agent.status), json!(status)),
                ("CurrentTask", json!(agent.current_task), json!(current)),
            ],
        );
    }

    fn claim(&mut self, id: &str) -> Task {
        let transaction = self.begin();
        let agent = Self::agent(&transaction, id);
        assert!(Self::held(&transaction, id) < agent.max_tasks);
        let mut task = next(&transaction, id, &agent.repository_path).unwrap();
        let (token, until, now) = (new_id(), in_a_minute(), now());
        let mut update = transaction
            .prepare_cached(
                "UPDATE Tasks SET AgentId = ?, Status = 1, LeaseOwner = ?, LeaseToken = ?,
                     LeaseExpiresAt = ?, UpdatedAt = ?, RowVersion = RowVersion + 1 WHERE Id = ?",
            )
            .unwrap();
        update
            .execute(params![id, id, token, until, now, task.id])
            .unwrap();
        drop(update);
        audit_update(
            &transaction,
            ("Tasks", &task.id),
            &[
                ("AgentId", json!(null), json!(id)),
                ("Status", json!(0), json!(1)),
                ("LeaseOwner", json!(null), json!(id)),
                ("LeaseToken", json!(null), json!(token)),
                ("LeaseExpiresAt", json!(null), json!(until)),
            ],
        );
        Self::set_agent(&transaction, id, &agent, 2, Some(&task.id));
        transaction.commit().unwrap();
        task.lease_token = Some(token);
        task
    }

    fn start(&mut self, claimed: &Task) {
        let transaction = self.begin();
        let task = leased(&transaction, claimed);
        let now = now();
        let mut update = transaction
            .prepare_cached(
                "UPDATE Tasks SET Status = 2, StartedAt = ?, UpdatedAt = ?,
                     RowVersion = RowVersion + 1 WHERE Id = ?",
            )
            .unwrap();
        update.execute(params![now, now, task.id]).unwrap();
        drop(update);
        audit_update(
            &transaction,
            ("Tasks", &task.id),
            &[
                ("Status", json!(1), json!(2)),
                ("StartedAt", json!(null), json!(now)),
            ],
        );
        transaction.commit().unwrap();
    }

    fn complete(&mut self, claimed: &Task, id: &str) {
        let transaction = self.begin();
        let task = leased(&transaction, claimed);
        let now = now();
        let seconds = seconds_between(task.started_at.as_deref().unwrap(), &now);
        let span = time_span(seconds);
        let mut update = transaction
            .prepare_cached(
                "UPDATE Tasks SET Status = 3, LeaseOwner = NULL, LeaseToken = NULL,
                     LeaseExpiresAt = NULL, CompletedAt = ?, ExecutionDuration = ?,
                     Result = 'all tests passed', ProgressPercentage = 100, UpdatedAt = ?,
                     RowVersion = RowVersion + 1
                 WHERE Id = ?",
            )
            .unwrap();
        update.execute(params![now, span, now, task.id]).unwrap();
        drop(update);
        audit_update(
            &transaction,
            ("Tasks", &task.id),
            &[
                ("Status", json!(2), json!(3)),
                ("LeaseOwner", json!(task.lease_owner), json!(null)),
                ("LeaseToken", json!(task.lease_token), json!(null)),
                ("LeaseExpiresAt", json!(task.lease_expires_at), json!(null)),
                ("CompletedAt", json!(null), json!(now)),
                ("ExecutionDuration", json!(null), json!(span)),
                ("Result", json!(null), json!("all tests passed")),
                (
                    "ProgressPercentage",
                    json!(task.progress_percentage),
                    json!(100),
                ),
            ],
        );
        let agent = Self::agent(&transaction, id);
        count_run(&transaction, id, &agent, seconds);
        count_end(
            &transaction,
            task.repository_id.as_deref().unwrap(),
            seconds,
            &now,
        );
        if Self::held(&transaction, id) == 0 {
            Self::set_agent(&transaction, id, &agent, 1, None);
        }
        transaction.commit().unwrap();
    }
}

fn leased(on: &Connection, claimed: &Task) -> Task {
    let sql = format!("SELECT {COLUMNS} FROM Tasks WHERE Id = ?");
    let mut select = on.prepare_cached(&sql).unwrap();
    let task = select.query_row([&claimed.id], Task::read).unwrap();
    assert_eq!(task.lease_token, claimed.lease_token);
    task
}

fn next(on: &Connection, agent: &str, path: &str) -> Option<Task> {
    let now = now();
    for priority in [3, 2, 1, 0] {
        for (lane, key) in [
            ("AgentId = ? AND PinnedPriority = ?", agent),
            ("RepositoryPath = ? AND OpenPriority = ?", path),
        ] {
            let sql = format!(
                "SELECT {COLUMNS} FROM Tasks WHERE {lane} AND AvailableAt <= ?
                 ORDER BY AvailableAt, Id LIMIT 1"
            );
            let mut select = on.prepare_cached(&sql).unwrap();
            let found = select
                .query_row(params![key, priority, now], Task::read)
                .optional();
            if let Some(task) = found.unwrap() {
                return Some(task);
            }
        }
    }
    None
}

fn count_run(on: &Connection, id: &str, agent: &Agent, seconds: f64) {
    let completed = agent.completed + 1;
    let total = seconds_of(&agent.total_time) + seconds;
    let average = total * 1e3 / (completed + agent.failed) as f64;
    let mut update = on
        .prepare_cached(
            "UPDATE Agents SET TotalTasksCompleted = ?, TotalExecutionTime = ?,
                 AverageExecutionTime = ?, UpdatedAt = ?, RowVersion = RowVersion + 1
             WHERE Id = ?",
        )
        .unwrap();
    let span = time_span(total);
    update
        .execute(params![completed, span, average, now(), id])
        .unwrap();
    audit_update(
        on,
        ("Agents", id),
        &[
            (
                "TotalTasksCompleted",
                json!(agent.completed),
                json!(completed),
            ),
            ("TotalExecutionTime", json!(agent.total_time), json!(span)),
            ("AverageExecutionTime", json!(agent.average), json!(average)),
        ],
    );
}

fn count_end(on: &Connection, id: &str, seconds: f64, now: &str) {
    let mut select = on
        .prepare_cached(
            "SELECT SuccessfulTasks, FailedTasks, TotalExecutionTime, AverageTaskDuration,
                 LastTaskExecutedAt, ReliabilityScore
             FROM Repositories WHERE Id = ?",
        )
        .unwrap();
    type Counters = (i64, i64, String, f64, Option<String>, f64);
    let read = |r: &Row<'_>| {
        Ok((
            r.get(0)?,
            r.get(1)?,
            r.get(2)?,
            r.get(3)?,
            r.get(4)?,
            r.get(5)?,
        ))
    };
    let (successful, failed, time, average, last, score): Counters =
        select.query_row([id], read).unwrap();
    let total = seconds_of(&time) + seconds;
    let ended = (successful + 1 + failed) as f64;
    let new_score = reliability((successful + 1) as f64, ended);
    let (span, new_average) = (time_span(total), total * 1e3 / ended);
    let mut update = on
        .prepare_cached(
            "UPDATE Repositories SET SuccessfulTasks = ?, TotalExecutionTime = ?,
                 AverageTaskDuration = ?, LastTaskExecutedAt = ?, ReliabilityScore = ?,
                 UpdatedAt = ?, RowVersion = RowVersion + 1
             WHERE Id = ?",
        )
        .unwrap();
    let values = params![successful + 1, span, new_average, now, new_score, now, id];
    update.execute(values).unwrap();
    audit_update(
        on,
        ("Repositories", id),
        &[
            ("SuccessfulTasks", json!(successful), json!(successful + 1)),
            ("TotalExecutionTime", json!(time), json!(span)),
            ("AverageTaskDuration", json!(average), json!(new_average)),
            ("LastTaskExecutedAt", json!(last), json!(now)),
            ("ReliabilityScore", json!(score), json!(new_score)),
        ],
    );
}

impl Peer for Rusqlite {
    fn prepare(&mut self, work: &str, count: u64) {
        if work == "run" {
            self.enqueue((0..count).map(|_| 1));
        }
    }

    fn once(&mut self, work: &str) {
        match work {
            "read_by_id" => self.read_by_id(),
            "page" => self.page(),
            "insert" => self.enqueue(std::iter::once(2)),
            "batch" => self.enqueue(0..10_000),
            "run" => {
                let task = self.claim("agent-01");
                self.start(&task);
                self.complete(&task, "agent-01");
            }
            other => panic!("{other}"),
        }
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let connection = Connection::open(&arguments[1]).unwrap();
    connection.execute_batch(PRAGMAS).unwrap();
    connection.set_prepared_statement_cache_capacity(100);
    let version = locked_version(include_str!("../Cargo.lock"), "rusqlite");
    let versions = format!("rusqlite {version}, SQLite {}", rusqlite::version());
    let mut peer = Rusqlite {
        connection,
        tasks: arguments[2].parse().unwrap(),
        last: 0,
    };
    serve(&versions, &mut peer);
}
