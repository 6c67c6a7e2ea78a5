//! The audit log alone gives the tables: random histories of operations are replayed from nothing.

mod derived;

use std::collections::BTreeMap;
use std::time::Duration;

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::Text;
use orchestra_store::models::{Agent, AgentId, AuditLog, CodeRepository, Task, TaskId};
use orchestra_store::query::Specification;
use orchestra_store::services::agents::{self, NewAgent};
use orchestra_store::services::tasks::{self, Claim, Failure, NewTask, TaskProgress};
use orchestra_store::services::{audit, code_repositories, data};
use orchestra_store::types::{AgentStatus, Id, TaskPriority};
use orchestra_store::{
    Durability, Entity, Error, ErrorCode, Reader, Result, StoreConfig, UnitOfWork,
};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::support::{TestStore, scaled};

const REPOSITORIES: [&str; 2] = ["/srv/git/search", "/srv/git/billing"];
const AGENTS: usize = 3;

/// One operation. A number chooses among the rows that there are.
#[derive(Debug, Clone)]
enum Operation {
    Register(usize, usize, i32),
    RemoveAgent(usize),
    SetStatus(usize, AgentStatus),
    Enqueue {
        repository: usize,
        priority: usize,
        retries: i32,
        agent: Option<usize>,
        parent: Option<usize>,
    },
    Claim(usize, u32),
    ClaimAsWorker(usize),
    Start(usize),
    Complete(usize),
    Fail(usize, bool),
    Cancel(usize),
    AcknowledgeCancel(usize),
    Release(usize),
    Retry(usize),
    Rescue,
    /// Among other things, retention deletes what has ended.
    Maintain,
    Wait(u64),
    /// What is written without an entry.
    Heartbeat(usize),
    Ping(usize),
    ReportProgress(usize, i32),
    UpdateAgent(usize, String),
    UpdateRepository(usize, Option<String>),
    UpdateTask(usize, usize),
    RestoreAgent(usize),
    DeleteAgent(usize),
    DeleteRepository(usize),
    DeleteTask(usize),
}

fn operation() -> impl Strategy<Value = Operation> {
    use Operation::*;
    let row = || 0..12_usize;
    let agent = || 0..AGENTS;
    let status = prop::sample::select(AgentStatus::ALL);
    let enqueue = (
        0..2_usize,
        0..4_usize,
        0..3,
        prop::option::weighted(0.2, agent()),
        prop::option::weighted(0.2, row()),
    );
    prop_oneof![
        4 => (agent(), 0..2_usize, 1..4).prop_map(|(a, r, c)| Register(a, r, c)),
        1 => agent().prop_map(RemoveAgent),
        1 => (agent(), status).prop_map(|(a, s)| SetStatus(a, s)),
        8 => enqueue.prop_map(|(repository, priority, retries, agent, parent)| Enqueue {
            repository, priority, retries, agent, parent,
        }),
        6 => (agent(), 1..4_u32).prop_map(|(a, n)| Claim(a, n)),
        1 => (0..2_usize).prop_map(ClaimAsWorker),
        6 => row().prop_map(Start),
        4 => row().prop_map(Complete),
        4 => (row(), any::<bool>()).prop_map(|(t, p)| Fail(t, p)),
        2 => row().prop_map(Cancel),
        1 => row().prop_map(AcknowledgeCancel),
        1 => row().prop_map(Release),
        2 => row().prop_map(Retry),
        2 => Just(Rescue),
        1 => Just(Maintain),
        2 => (1..400_u64).prop_map(Wait),
        2 => row().prop_map(Heartbeat),
        1 => agent().prop_map(Ping),
        2 => (row(), 0..=100).prop_map(|(t, p)| ReportProgress(t, p)),
        1 => (agent(), "[a-z']{1,8}").prop_map(|(a, n)| UpdateAgent(a, n)),
        1 => (0..2_usize, prop::option::of(".{0,8}")).prop_map(|(r, d)| UpdateRepository(r, d)),
        1 => (row(), 0..4_usize).prop_map(|(t, p)| UpdateTask(t, p)),
        1 => agent().prop_map(RestoreAgent),
        1 => agent().prop_map(DeleteAgent),
        1 => (0..2_usize).prop_map(DeleteRepository),
        1 => row().prop_map(DeleteTask),
    ]
}

/// What becomes of a transaction with operations.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Fate {
    Commit,
    RollBack,
    RollBackToSavepoint,
}

type History = Vec<(Operation, Fate)>;

fn history() -> impl Strategy<Value = History> {
    let fate = prop_oneof![
        8 => Just(Fate::Commit),
        1 => Just(Fate::RollBack),
        1 => Just(Fate::RollBackToSavepoint),
    ];
    prop::collection::vec((operation(), fate), 1..80)
}

fn agent_id(number: usize) -> AgentId {
    AgentId::new(format!("agent {number}")).unwrap()
}

fn rows<E: Entity>(reader: &mut Reader<'_>) -> Result<Vec<E>> {
    data::list(reader, &Specification::new().with_deleted())
}

fn pick_task(uow: &mut UnitOfWork<'_>, number: usize) -> Result<Task> {
    let tasks = rows::<Task>(uow)?;
    let count = tasks.len().max(1);
    let task = tasks.into_iter().nth(number % count);
    task.ok_or_else(|| Error::new(ErrorCode::NotFound, "there are no tasks"))
}

fn pick_repository(uow: &mut UnitOfWork<'_>, number: usize) -> Result<CodeRepository> {
    let known = code_repositories::get_by_path(uow, REPOSITORIES[number])?;
    known.ok_or_else(|| Error::new(ErrorCode::NotFound, "not there"))
}

impl Operation {
    /// Does it. Many are refused, since they are chosen blindly; that belongs to the histories.
    fn run(&self, uow: &mut UnitOfWork<'_>) -> Result<()> {
        match *self {
            Self::Register(agent, repository, capacity) => {
                let mut new = NewAgent::new("Agent", "worker", REPOSITORIES[repository]);
                new.id = Some(agent_id(agent));
                new.max_concurrent_tasks = capacity;
                new.configuration_json = Some(json!({"capacity": capacity}).into());
                agents::register(uow, &new).map(drop)
            }
            Self::RemoveAgent(agent) => agents::remove(uow, &agent_id(agent)),
            Self::SetStatus(agent, status) => {
                agents::set_status(uow, &agent_id(agent), status, Some("so")).map(drop)
            }
            Self::Enqueue {
                repository,
                priority,
                retries,
                agent,
                parent,
            } => {
                let mut new = NewTask::new("work", REPOSITORIES[repository]);
                new.priority = TaskPriority::ALL[priority];
                new.max_retries = Some(retries);
                new.agent_id = agent.map(agent_id);
                if let Some(parent) = parent {
                    new.parent_task_id = Some(pick_task(uow, parent)?.id);
                }
                tasks::enqueue(uow, &new).map(drop)
            }
            Self::Claim(agent, limit) => {
                let claim = Claim::agent(&agent_id(agent)).up_to(limit);
                tasks::claim(uow, &claim).map(drop)
            }
            Self::ClaimAsWorker(repository) => {
                let claim = Claim::repository(REPOSITORIES[repository], "worker");
                tasks::claim(uow, &claim).map(drop)
            }
            Self::Rescue => tasks::rescue_expired(uow, 10).map(drop),
            Self::Wait(_) | Self::Maintain => Ok(()),
            Self::Ping(agent) => agents::heartbeat(uow, &agent_id(agent)),
            Self::UpdateAgent(agent, ref name) => {
                let mut agent: Agent = data::get(uow, &agent_id(agent))?;
                agent.name.clone_from(name);
                data::update(uow, &mut agent).map(drop)
            }
            Self::UpdateRepository(number, ref description) => {
                let mut repository = pick_repository(uow, number)?;
                repository.description.clone_from(description);
                data::update(uow, &mut repository).map(drop)
            }
            Self::RestoreAgent(agent) => data::restore(uow, &agent_id(agent)).map(drop),
            Self::DeleteAgent(agent) => data::hard_delete(uow, &agent_id(agent)).map(drop),
            Self::DeleteRepository(number) => {
                let repository = pick_repository(uow, number)?;
                data::delete(uow, &repository.id).map(drop)
            }
            Self::Start(task)
            | Self::Complete(task)
            | Self::Fail(task, _)
            | Self::Cancel(task)
            | Self::AcknowledgeCancel(task)
            | Self::Release(task)
            | Self::Retry(task)
            | Self::Heartbeat(task)
            | Self::ReportProgress(task, _)
            | Self::UpdateTask(task, _)
            | Self::DeleteTask(task) => {
                let task = pick_task(uow, task)?;
                self.run_on_task(uow, task)
            }
        }
    }

    fn run_on_task(&self, uow: &mut UnitOfWork<'_>, mut task: Task) -> Result<()> {
        let id: TaskId = task.id.clone();
        let token = task.lease_token.clone();
        let held = || {
            let missing = Error::new(ErrorCode::NotFound, "not leased");
            token.clone().ok_or(missing)
        };
        let token = token.as_ref();
        match *self {
            Self::Start(_) => tasks::start(uow, &id, token).map(drop),
            Self::Complete(_) => tasks::complete(uow, &id, token, Some("done")).map(drop),
            Self::Fail(_, permanent) => {
                let mut failure = Failure::new("broken");
                failure.permanent = permanent;
                tasks::fail(uow, &id, token, &failure).map(drop)
            }
            Self::Cancel(_) => tasks::cancel(uow, &id, Some("not needed")).map(drop),
            Self::AcknowledgeCancel(_) => tasks::acknowledge_cancel(uow, &id, &held()?).map(drop),
            Self::Release(_) => tasks::release(uow, &id, token).map(drop),
            Self::Retry(_) => tasks::retry(uow, &id).map(drop),
            Self::Heartbeat(_) => tasks::heartbeat(uow, &id, &held()?, None).map(drop),
            Self::ReportProgress(_, percentage) => {
                let progress = TaskProgress::at(percentage);
                tasks::update_progress(uow, &id, token, &progress).map(drop)
            }
            Self::UpdateTask(_, priority) => {
                task.priority = TaskPriority::ALL[priority];
                data::update(uow, &mut task).map(drop)
            }
            _ => data::delete(uow, &id).map(drop),
        }
    }

    fn is_silent(&self) -> bool {
        matches!(
            self,
            Self::Heartbeat(_) | Self::Ping(_) | Self::SetStatus(..) | Self::ReportProgress(..)
        )
    }
}

/// Returns how many operations were done and committed.
fn run(test: &TestStore, history: &History) -> usize {
    let mut done = 0;
    for (operation, fate) in history {
        test.advance_seconds(match operation {
            Operation::Wait(seconds) => *seconds,
            _ => 1,
        });
        if matches!(operation, Operation::Maintain) {
            let report = test.store.maintain(Duration::from_secs(60)).unwrap();
            assert_eq!(report.errors().count(), 0, "{report:?}");
        }
        let undo = || Error::new(ErrorCode::Cancelled, "on purpose");
        let outcome = test.store.write(|uow| match fate {
            Fate::Commit => operation.run(uow),
            Fate::RollBack => operation.run(uow).and(Err(undo())),
            Fate::RollBackToSavepoint => uow.savepoint(|uow| operation.run(uow).and(Err(undo()))),
        });
        match outcome {
            Ok(()) => done += 1,
            Err(error) => assert_ne!(error.code(), ErrorCode::Internal, "{error}"),
        }
    }
    done
}

type Row = Map<String, Value>;
type Tables = BTreeMap<String, BTreeMap<String, Row>>;

/// What `ON DELETE` does to the rows that a deleted one leaves behind.
#[derive(Debug, QueryableByName)]
struct Reference {
    #[diesel(sql_type = Text)]
    child: String,
    #[diesel(sql_type = Text)]
    column: String,
    #[diesel(sql_type = Text)]
    parent: String,
    #[diesel(sql_type = Text)]
    on_delete: String,
}

fn references(test: &TestStore) -> Vec<Reference> {
    let query = "SELECT t.name AS child, f.\"from\" AS \"column\", f.\"table\" AS parent, \
         f.on_delete AS on_delete FROM sqlite_schema AS t, pragma_foreign_key_list(t.name) AS f \
         WHERE t.type = 'table'";
    let read = test
        .store
        .read(|r| Ok(sql_query(query).load(r.connection())?));
    read.unwrap()
}

/// Tables that are made of nothing but entries of the log.
struct Replay {
    tables: Tables,
    references: Vec<Reference>,
}

impl Replay {
    fn apply(&mut self, log: &AuditLog) {
        if log.action == "Retention" {
            return self.remove_all(log);
        }
        let id = log.entity_id.clone().unwrap();
        let (old, new) = (object(&log.old_values), object(&log.new_values));
        let table = self.tables.entry(log.entity_type.clone()).or_default();
        let before = table.get(&id).cloned();
        match log.action.as_str() {
            "Create" => {
                let is_unset =
                    |value: &Value| value.is_null() || *value == json!(false) || *value == json!(0);
                assert!(!new.values().any(is_unset), "{new:?}");
                let row = with_unset(&log.entity_type, new);
                assert_eq!(table.insert(id.clone(), row), None, "created twice");
            }
            "Delete" if log.new_values.is_none() => {
                table.remove(&id).expect("deleted before its creation");
                self.follow_deletion(&log.entity_type, &id);
            }
            "Update" | "Delete" | "Restore" => {
                let row = table.get_mut(&id).expect("updated before its creation");
                let mut changed = log.changed_properties.clone().unwrap().0;
                changed.sort_unstable();
                if log.entity_type != "Tasks" {
                    // Updates without an entry count, too.
                    changed.push("RowVersion".to_owned());
                    changed.sort_unstable();
                    row.insert("RowVersion".to_owned(), old["RowVersion"].clone());
                }
                assert!(changed.iter().eq(new.keys()), "{log:?}");
                for column in &changed {
                    let value = old.get(column).unwrap_or(&Value::Null);
                    if !unaudited(&log.entity_type).contains(&column.as_str()) {
                        assert_eq!(&row[column], value, "{column} before {log:?}");
                    }
                }
                row["RowVersion"] = json!(row["RowVersion"].as_i64().unwrap() + 1);
                row["UpdatedAt"] = json!(log.timestamp);
                row["UpdatedBy"] = json!(log.user_id);
                assert!(
                    new.get("RowVersion")
                        .is_none_or(|version| *version == row["RowVersion"])
                );
                row.extend(new);
            }
            other => panic!("{other} is no change"),
        }
        if let ("Tasks", Some(task)) = (log.entity_type.as_str(), self.task(log)) {
            derived::follow(
                &mut self.tables,
                before.as_ref(),
                &task,
                &json!(log.timestamp),
            );
        }
    }

    fn remove_all(&mut self, log: &AuditLog) {
        let properties = &log.properties.as_ref().unwrap().0;
        for id in properties["Ids"].as_array().unwrap() {
            let id = id.as_str().unwrap();
            let table = self.tables.get_mut(&log.entity_type).unwrap();
            table.remove(id).expect("deleted before its creation");
            self.follow_deletion(&log.entity_type, id);
        }
    }

    fn task(&self, log: &AuditLog) -> Option<Row> {
        let id = log.entity_id.as_ref()?;
        self.tables.get("Tasks")?.get(id).cloned()
    }

    fn follow_deletion(&mut self, parent: &str, id: &str) {
        for reference in self.references.iter().filter(|r| r.parent == parent) {
            let Some(children) = self.tables.get_mut(&reference.child) else {
                continue;
            };
            let column = &reference.column;
            for row in children.values_mut().filter(|row| row[column] == id) {
                assert_eq!(reference.on_delete, "SET NULL", "{reference:?}");
                row[column] = Value::Null;
            }
        }
    }
}

/// Returns a new row with the columns that its entry leaves out.
fn with_unset(table: &str, mut row: Row) -> Row {
    let columns = match table {
        "Agents" => Agent::columns(),
        "Repositories" => CodeRepository::columns(),
        _ => Task::columns(),
    };
    for column in columns {
        let name = column.name;
        let unset = match name {
            "IsDeleted" | "IsPinned" | "IsHeld" | "IsActive" => json!(false),
            _ if name.starts_with("Average")
                || name.ends_with("Score")
                || name.ends_with("Rating") =>
            {
                json!(0.0)
            }
            "RetryCount" | "MaxRetries" | "WorkflowStep" | "ProgressPercentage"
            | "UnmetDependencies" => json!(0),
            _ if name.contains("Tasks") => json!(0),
            _ => Value::Null,
        };
        row.entry(name).or_insert(unset);
    }
    row
}

fn object(values: &Option<orchestra_store::types::Json>) -> Row {
    match values {
        Some(json) => json.0.as_object().cloned().unwrap(),
        None => Row::new(),
    }
}

/// The columns that heartbeats, reports of agents and progress write without an entry, as `services::audit` says.
fn unaudited(table: &str) -> &'static [&'static str] {
    match table {
        "Agents" => &["LastPing"],
        "Tasks" => &[
            "ProgressPercentage",
            "ProgressMessage",
            "LastProgressUpdate",
            "UpdatedAt",
            "UpdatedBy",
            "RowVersion",
        ],
        _ => &[],
    }
}

fn entries(test: &TestStore) -> Vec<AuditLog> {
    let mut entries = Vec::new();
    let mut cursor = None;
    loop {
        let read = test
            .store
            .read(|r| audit::written_after(r, cursor.as_ref(), 50));
        let slice = read.unwrap();
        entries.extend(slice.items);
        cursor = slice.next;
        if cursor.is_none() {
            return entries;
        }
    }
}

/// A table as it is, without what the database computes and what the log leaves out.
fn present<E: Entity>(test: &TestStore, ignored: &[&str]) -> BTreeMap<String, Row> {
    let rows = test.store.read(rows::<E>).unwrap();
    let of_row = |row: E| {
        let Ok(Value::Object(mut values)) = serde_json::to_value(&row) else {
            panic!("{row:?} is no object")
        };
        strip::<E>(&mut values, ignored);
        (row.id().to_string(), values)
    };
    rows.into_iter().map(of_row).collect()
}

fn strip<E: Entity>(row: &mut Row, ignored: &[&str]) {
    let computed = E::columns().iter().filter(|c| c.is_generated);
    for name in computed.map(|c| c.name).chain(ignored.iter().copied()) {
        row.remove(name);
    }
}

fn assert_same<E: Entity>(test: &TestStore, replay: &mut Tables, ignored: &[&str]) {
    let mut replayed = replay.remove(E::NAME).unwrap_or_default();
    for row in replayed.values_mut() {
        strip::<E>(row, ignored);
    }
    let present = present::<E>(test, ignored);
    assert_eq!(replayed, present, "{}", E::NAME);
}

/// What the log tells of a row's present is the row, but for columns that only entries of others tell of, and unless a
/// parent of it was deleted.
fn assert_states<E: Entity>(test: &TestStore, told_by_others: &[&str]) {
    let parents = ["AgentId", "RepositoryId", "ParentTaskId"];
    for (id, row) in present::<E>(test, told_by_others) {
        let id = Id::<E>::new(id.as_str()).unwrap();
        let state = test
            .store
            .read(|r| audit::state_at(r, &id, r.now()))
            .unwrap();
        let state = object(&state);
        for (column, value) in row {
            if !(value.is_null() && parents.contains(&column.as_str())) {
                assert_eq!(state[&column], value, "{column} of {id}");
            }
        }
    }
}

fn check(history: &History) -> usize {
    let fast = |config: &mut StoreConfig| {
        config.durability = Durability::Normal;
        let seconds = Some(Duration::from_secs(20));
        config.retention.completed_tasks = seconds;
        config.retention.failed_tasks = seconds;
        config.retention.cancelled_tasks = seconds;
    };
    let test = TestStore::with(fast);
    let done = run(&test, history);
    let entries = entries(&test);
    let mut replay = Replay {
        tables: Tables::new(),
        references: references(&test),
    };
    for log in &entries {
        replay.apply(log);
    }
    let is_silent = history.iter().any(|(operation, _)| operation.is_silent());
    let silent = |table| if is_silent { unaudited(table) } else { &[] };
    let left_out = |table, computed: &[&'static str]| [silent(table), computed].concat();
    // What follows from the other columns of the row, and the stamps of updates without an entry.
    let [of_agents, of_repositories] = [&derived::OF_AGENTS[6..], &derived::OF_REPOSITORIES[5..]];
    assert_same::<Agent>(&test, &mut replay.tables, &left_out("Agents", of_agents));
    let of_tasks = [
        "LeaseToken",
        "LeaseExpiresAt",
        "LeaseRenewedAt",
        "LeaseBoot",
        "LeaseDeadline",
    ];
    assert_same::<Task>(&test, &mut replay.tables, &left_out("Tasks", &of_tasks));
    assert_same::<CodeRepository>(&test, &mut replay.tables, of_repositories);
    assert!(replay.tables.is_empty(), "{:?}", replay.tables);
    if !is_silent {
        assert_states::<Agent>(&test, &derived::OF_AGENTS);
        assert_states::<Task>(&test, &of_tasks);
        assert_states::<CodeRepository>(&test, &derived::OF_REPOSITORIES);
    }
    done
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: scaled(100, 3000),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn replaying_the_log_gives_the_tables_as_they_are(
        mut history in history(),
        with_silent in any::<bool>(),
    ) {
        if !with_silent {
            history.retain(|(operation, _)| !operation.is_silent());
        }
        check(&history);
    }
}

/// Random histories must not be mere refusals.
#[test]
fn a_known_history_does_each_kind_of_step() {
    use Operation::*;
    let enqueue = |repository, retries| Enqueue {
        repository,
        priority: 1,
        retries,
        agent: None,
        parent: None,
    };
    let operations = [
        Register(0, 0, 3),
        enqueue(0, 1),
        enqueue(0, 0),
        enqueue(0, 2),
        Claim(0, 3),
        Start(0),
        ReportProgress(0, 40),
        Heartbeat(0),
        Ping(0),
        Complete(0),
        Start(1),
        Fail(1, false),
        Retry(1),
        Start(2),
        Cancel(2),
        AcknowledgeCancel(2),
        DeleteTask(2),
        UpdateTask(1, 3),
        UpdateAgent(0, "renamed".to_owned()),
        Register(0, 1, 2),
        SetStatus(0, AgentStatus::Offline),
        Ping(0),
        RemoveAgent(0),
        RestoreAgent(0),
        UpdateRepository(0, Some("it".to_owned())),
        DeleteRepository(0),
        DeleteAgent(0),
        Wait(5),
        Rescue,
        Wait(30),
        Maintain,
    ];
    let history: History = operations.map(|o| (o, Fate::Commit)).into_iter().collect();
    assert_eq!(check(&history), history.len());
}
