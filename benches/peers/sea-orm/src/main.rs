//! The same work with sea-orm.

mod entities;
#[path = "../../protocol.rs"]
mod protocol;

use std::collections::BTreeMap;

use entities::{agent, audit_log, repository, task};
use protocol::{
    Peer, changes, command, in_a_minute, locked_version, new_id, now, path, reliability,
    seconds_between, seconds_of, serve, task_id, time_span,
};
use sea_orm::ExprTrait as _;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, ConnectOptions,
    ConnectionTrait as _, Database, DatabaseConnection, DatabaseTransaction, DbBackend,
    EntityTrait as _, IntoActiveModel as _, PaginatorTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait as _,
};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

/// The pragmas of the kernel's connections.
const PRAGMAS: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
    PRAGMA wal_autocheckpoint = 1000; PRAGMA journal_size_limit = 67108864;
    PRAGMA foreign_keys = 1; PRAGMA trusted_schema = 0; PRAGMA cell_size_check = 1;
    PRAGMA recursive_triggers = 1; PRAGMA mmap_size = 0; PRAGMA temp_store = 2;
    PRAGMA cache_size = -8192";
const AGENT: &str = "agent-01";
/// How many rows one statement inserts: SQLite takes 32 766 parameters, and a task has 36.
const ROWS: usize = 500;

struct SeaOrm {
    runtime: Runtime,
    database: DatabaseConnection,
    tasks: u64,
    last: u64,
}

fn audit(
    place: (&str, &str),
    action: &str,
    old: Option<String>,
    new: String,
    names: Option<String>,
) -> audit_log::ActiveModel {
    audit_log::ActiveModel {
        id: Set(new_id()),
        entity_type: Set(place.0.to_owned()),
        entity_id: Set(Some(place.1.to_owned())),
        action: Set(action.to_owned()),
        old_values: Set(old),
        new_values: Set(Some(new)),
        changed_properties: Set(names),
        user_id: Set(Some("system".to_owned())),
        timestamp: Set(now()),
        success: Set(true),
        risk_level: Set(0),
    }
}

async fn audit_update(
    on: &DatabaseTransaction,
    place: (&str, &str),
    pairs: &[(&str, Value, Value)],
) {
    let (old, new, names) = changes(pairs);
    let row = audit(place, "Update", Some(old), new, Some(names));
    audit_log::Entity::insert(row)
        .exec_without_returning(on)
        .await
        .unwrap();
}

fn new_task(number: u64, repository_id: &str) -> task::Model {
    let now = now();
    task::Model {
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
        computed_duration: None,
        result: None,
        error_message: None,
        retry_count: 0,
        max_retries: 3,
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
        repository_id: Some(repository_id.to_owned()),
        row_version: 1,
        open_priority: None,
        pinned_priority: None,
    }
}

/// Without the columns that the database computes.
fn insertable(task: task::Model) -> task::ActiveModel {
    use sea_orm::ActiveValue::NotSet;
    task::ActiveModel {
        computed_duration: NotSet,
        open_priority: NotSet,
        pinned_priority: NotSet,
        ..task.into_active_model().reset_all()
    }
}

async fn begin(database: &DatabaseConnection) -> DatabaseTransaction {
    let options = TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    };
    database.begin_with_options(options).await.unwrap()
}

async fn enqueue(database: &DatabaseConnection, numbers: &[u64]) {
    let on = begin(database).await;
    let mut counts: BTreeMap<String, (String, i64)> = BTreeMap::new();
    let (mut tasks, mut log) = (Vec::new(), Vec::new());
    for &number in numbers {
        let path = path(number);
        if !counts.contains_key(&path) {
            let of_path = repository::Entity::find().filter(repository::Column::Path.eq(&path));
            let found = of_path.one(&on).await.unwrap().unwrap();
            counts.insert(path.clone(), (found.id, 0));
        }
        let (repository_id, count) = counts.get_mut(&path).unwrap();
        *count += 1;
        let task = new_task(number, repository_id);
        let json = serde_json::to_string(&task).unwrap();
        log.push(audit(("Tasks", &task.id), "Create", None, json, None));
        tasks.push(insertable(task));
    }
    for rows in tasks.chunks(ROWS) {
        task::Entity::insert_many(rows.to_vec())
            .exec_without_returning(&on)
            .await
            .unwrap();
    }
    for rows in log.chunks(ROWS) {
        audit_log::Entity::insert_many(rows.to_vec())
            .exec_without_returning(&on)
            .await
            .unwrap();
    }
    for (id, count) in counts.into_values() {
        use repository::Column::{Id, RowVersion, TotalTasks};
        repository::Entity::update_many()
            .col_expr(TotalTasks, Expr::col(TotalTasks).add(count))
            .col_expr(RowVersion, Expr::col(RowVersion).add(1))
            .filter(Id.eq(id))
            .exec(&on)
            .await
            .unwrap();
    }
    on.commit().await.unwrap();
}

async fn page(database: &DatabaseConnection) -> (Vec<task::Model>, u64) {
    let on = database.begin().await.unwrap();
    let waiting = task::Entity::find().filter(task::Column::Status.eq(0));
    let total = waiting.clone().count(&on).await.unwrap();
    let tasks = waiting
        .order_by_desc(task::Column::Priority)
        .order_by_desc(task::Column::CreatedAt)
        .order_by_desc(task::Column::Id)
        .limit(50)
        .offset(50)
        .all(&on)
        .await
        .unwrap();
    on.commit().await.unwrap();
    (tasks, total)
}

async fn held(on: &DatabaseTransaction, agent: &str) -> u64 {
    let leased = task::Entity::find()
        .filter(task::Column::AgentId.eq(agent))
        .filter(task::Column::LeaseToken.is_not_null());
    leased.count(on).await.unwrap()
}

async fn next(on: &DatabaseTransaction, agent: &agent::Model) -> Option<task::Model> {
    use task::Column::{AgentId, AvailableAt, Id, OpenPriority, PinnedPriority, RepositoryPath};
    let now = now();
    for priority in [3, 2, 1, 0] {
        let pinned = AgentId.eq(&agent.id).and(PinnedPriority.eq(priority));
        let open = RepositoryPath
            .eq(&agent.repository_path)
            .and(OpenPriority.eq(priority));
        for lane in [pinned, open] {
            let next = task::Entity::find()
                .filter(lane)
                .filter(AvailableAt.lte(&now))
                .order_by_asc(AvailableAt)
                .order_by_asc(Id);
            if let Some(found) = next.one(on).await.unwrap() {
                return Some(found);
            }
        }
    }
    None
}

async fn agent_by_id(on: &DatabaseTransaction, id: &str) -> agent::Model {
    agent::Entity::find_by_id(id)
        .one(on)
        .await
        .unwrap()
        .unwrap()
}

async fn set_agent(
    on: &DatabaseTransaction,
    agent: agent::Model,
    status: i32,
    current: Option<&str>,
) {
    let place = ("Agents", agent.id.clone());
    let pairs = [
        ("Status", json!(agent.status), json!(status)),
        ("CurrentTask", json!(agent.current_task), json!(current)),
    ];
    let version = agent.row_version + 1;
    let mut agent = agent.into_active_model();
    agent.status = Set(status);
    agent.current_task = Set(current.map(str::to_owned));
    agent.updated_at = Set(now());
    agent.row_version = Set(version);
    agent.update(on).await.unwrap();
    audit_update(on, (place.0, &place.1), &pairs).await;
}

async fn claim(database: &DatabaseConnection, id: &str) -> task::Model {
    let on = begin(database).await;
    let agent = agent_by_id(&on, id).await;
    assert!(held(&on, id).await < agent.max_concurrent_tasks as u64);
    let task = next(&on, &agent).await.unwrap();
    let (token, until) = (new_id(), in_a_minute());
    let pairs = [
        ("AgentId", json!(null), json!(id)),
        ("Status", json!(0), json!(1)),
        ("LeaseOwner", json!(null), json!(id)),
        ("LeaseToken", json!(null), json!(token)),
        ("LeaseExpiresAt", json!(null), json!(until)),
    ];
    let version = task.row_version + 1;
    let mut task = task.into_active_model();
    task.agent_id = Set(Some(id.to_owned()));
    task.status = Set(1);
    task.lease_owner = Set(Some(id.to_owned()));
    task.lease_token = Set(Some(token));
    task.lease_expires_at = Set(Some(until));
    task.updated_at = Set(now());
    task.row_version = Set(version);
    let task = task.update(&on).await.unwrap();
    audit_update(&on, ("Tasks", &task.id), &pairs).await;
    set_agent(&on, agent, 2, Some(&task.id)).await;
    on.commit().await.unwrap();
    task
}

async fn leased(on: &DatabaseTransaction, claimed: &task::Model) -> task::Model {
    let found = task::Entity::find_by_id(&claimed.id)
        .one(on)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(found.lease_token, claimed.lease_token);
    found
}

async fn start(database: &DatabaseConnection, claimed: &task::Model) {
    let on = begin(database).await;
    let task = leased(&on, claimed).await;
    let now = now();
    let pairs = [
        ("Status", json!(1), json!(2)),
        ("StartedAt", json!(null), json!(now)),
    ];
    let version = task.row_version + 1;
    let mut task = task.into_active_model();
    task.status = Set(2);
    task.started_at = Set(Some(now.clone()));
    task.updated_at = Set(now);
    task.row_version = Set(version);
    let task = task.update(&on).await.unwrap();
    audit_update(&on, ("Tasks", &task.id), &pairs).await;
    on.commit().await.unwrap();
}

async fn complete(database: &DatabaseConnection, claimed: &task::Model) {
    let on = begin(database).await;
    let task = leased(&on, claimed).await;
    let now = now();
    let seconds = seconds_between(task.started_at.as_deref().unwrap(), &now);
    let span = time_span(seconds);
    let pairs = [
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
    ];
    let version = task.row_version + 1;
    let mut task = task.into_active_model();
    task.status = Set(3);
    task.lease_owner = Set(None);
    task.lease_token = Set(None);
    task.lease_expires_at = Set(None);
    task.completed_at = Set(Some(now.clone()));
    task.execution_duration = Set(Some(span));
    task.result = Set(Some("all tests passed".to_owned()));
    task.progress_percentage = Set(100);
    task.updated_at = Set(now.clone());
    task.row_version = Set(version);
    let task = task.update(&on).await.unwrap();
    audit_update(&on, ("Tasks", &task.id), &pairs).await;
    let agent = count_run(&on, task.agent_id.as_deref().unwrap(), seconds).await;
    count_end(&on, task.repository_id.as_deref().unwrap(), seconds, &now).await;
    if held(&on, &agent.id).await == 0 {
        set_agent(&on, agent, 1, None).await;
    }
    on.commit().await.unwrap();
}

async fn count_run(on: &DatabaseTransaction, id: &str, seconds: f64) -> agent::Model {
    let row = agent_by_id(on, id).await;
    let completed = row.total_tasks_completed + 1;
    let total = seconds_of(&row.total_execution_time) + seconds;
    let average = total * 1e3 / (completed + row.total_tasks_failed) as f64;
    let span = time_span(total);
    let pairs = [
        (
            "TotalTasksCompleted",
            json!(row.total_tasks_completed),
            json!(completed),
        ),
        (
            "TotalExecutionTime",
            json!(row.total_execution_time),
            json!(span),
        ),
        (
            "AverageExecutionTime",
            json!(row.average_execution_time),
            json!(average),
        ),
    ];
    let version = row.row_version + 1;
    let mut row = row.into_active_model();
    row.total_tasks_completed = Set(completed);
    row.total_execution_time = Set(span);
    row.average_execution_time = Set(average);
    row.updated_at = Set(now());
    row.row_version = Set(version);
    let row = row.update(on).await.unwrap();
    audit_update(on, ("Agents", id), &pairs).await;
    row
}

async fn count_end(on: &DatabaseTransaction, id: &str, seconds: f64, now: &str) {
    let row = repository::Entity::find_by_id(id)
        .one(on)
        .await
        .unwrap()
        .unwrap();
    let successful = row.successful_tasks + 1;
    let ended = (successful + row.failed_tasks) as f64;
    let total = seconds_of(&row.total_execution_time) + seconds;
    let (span, average) = (time_span(total), total * 1e3 / ended);
    let score = reliability(successful as f64, ended);
    let pairs = [
        (
            "SuccessfulTasks",
            json!(row.successful_tasks),
            json!(successful),
        ),
        (
            "TotalExecutionTime",
            json!(row.total_execution_time),
            json!(span),
        ),
        (
            "AverageTaskDuration",
            json!(row.average_task_duration),
            json!(average),
        ),
        (
            "LastTaskExecutedAt",
            json!(row.last_task_executed_at),
            json!(now),
        ),
        (
            "ReliabilityScore",
            json!(row.reliability_score),
            json!(score),
        ),
    ];
    let version = row.row_version + 1;
    let mut row = row.into_active_model();
    row.successful_tasks = Set(successful);
    row.total_execution_time = Set(span);
    row.average_task_duration = Set(average);
    row.last_task_executed_at = Set(Some(now.to_owned()));
    row.reliability_score = Set(score);
    row.updated_at = Set(now.to_owned());
    row.row_version = Set(version);
    row.update(on).await.unwrap();
    audit_update(on, ("Repositories", id), &pairs).await;
}

impl Peer for SeaOrm {
    fn prepare(&mut self, work: &str, count: u64) {
        if work == "run" {
            let backlog = vec![1; count as usize];
            self.runtime.block_on(enqueue(&self.database, &backlog));
        }
    }

    fn once(&mut self, work: &str) {
        let database = &self.database;
        match work {
            "read_by_id" => {
                self.last = (self.last + 7919) % self.tasks;
                let find = task::Entity::find_by_id(task_id(self.last));
                let found = self.runtime.block_on(find.one(database)).unwrap().unwrap();
                std::hint::black_box(found);
            }
            "page" => {
                std::hint::black_box(self.runtime.block_on(page(database)));
            }
            "insert" => self.runtime.block_on(enqueue(database, &[2])),
            "batch" => {
                let batch: Vec<u64> = (0..10_000).collect();
                self.runtime.block_on(enqueue(database, &batch));
            }
            "run" => self.runtime.block_on(async {
                let task = claim(database, AGENT).await;
                start(database, &task).await;
                complete(database, &task).await;
            }),
            other => panic!("{other}"),
        }
    }
}

async fn open(path: &str) -> DatabaseConnection {
    let mut options = ConnectOptions::new(format!("sqlite://{path}"));
    // The pragmas below are set on one connection.
    options
        .max_connections(1)
        .min_connections(1)
        .sqlx_logging(false);
    let database = Database::connect(options).await.unwrap();
    database.execute_unprepared(PRAGMAS).await.unwrap();
    database
}

async fn sqlite_version(database: &DatabaseConnection) -> String {
    let query = "SELECT sqlite_version() AS version";
    let found = database.query_one_raw(Statement::from_string(DbBackend::Sqlite, query));
    found
        .await
        .unwrap()
        .unwrap()
        .try_get("", "version")
        .unwrap()
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let database = runtime.block_on(open(&arguments[1]));
    let mut peer = SeaOrm {
        runtime,
        database,
        tasks: arguments[2].parse().unwrap(),
        last: 0,
    };
    let version = locked_version(include_str!("../Cargo.lock"), "sea-orm");
    let sqlite = peer.runtime.block_on(sqlite_version(&peer.database));
    serve(&format!("sea-orm {version}, SQLite {sqlite}"), &mut peer);
}
