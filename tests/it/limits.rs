//! Reaches each limit of `docs/limits.md`, and goes one past it.

use std::collections::BTreeSet;

use diesel::prelude::*;
use orchestra_store::maintenance::documents;
use orchestra_store::maintenance::sql::{SqlLimits, query};
use orchestra_store::models::{RepositoryId, Task, UserId};
use orchestra_store::query::Specification;
use orchestra_store::registry;
use orchestra_store::schema::tasks as stored_tasks;
use orchestra_store::services::agents::{self, NewAgent};
use orchestra_store::services::audit::{self, AuditFilter};
use orchestra_store::services::caches::computed_results::{self, NewResult};
use orchestra_store::services::chat::{self, Attachment, NewMessage};
use orchestra_store::services::metrics::{self, Sample};
use orchestra_store::services::preferences;
use orchestra_store::services::tasks::{self, NewTask, TaskFilter, TreeOf};
use orchestra_store::services::workflows::{self, NewDefinition};
use orchestra_store::services::{code_repositories, data};
use orchestra_store::types::{Json, MessageType, WorkflowExecutionStatus};
use orchestra_store::{ErrorCode, Result, events};
use serde_json::{Value, json};

use crate::support::{REPOSITORY, TestStore, child_argument, child_process};
use crate::workflows::flow::{End, Flow};

const PAGE: &str = include_str!("../../docs/limits.md");
/// Memory of a process that reaches a limit and goes past it, in bytes.
const MEMORY: u64 = 256_000_000;

/// A limit of the page.
#[derive(Debug)]
struct Limit {
    name: String,
    value: usize,
    /// The error beyond it; none where something else happens, which the case checks.
    code: Option<String>,
}

/// Does something in a new store with this many of what a limit is about.
type Case = fn(&TestStore, usize) -> Result<()>;

/// A case for each row of the page.
const CASES: &[(&str, Case)] = &[
    ("length of a text", |test, count| {
        let task = claimed(test);
        let result = "x".repeat(count);
        test.store
            .write(|uow| tasks::complete(uow, &task.id, task.lease_token.as_ref(), Some(&result)))
            .map(drop)
    }),
    ("length of a JSON document", |test, count| {
        configure(test, json!("x".repeat(count - 2)))
    }),
    ("depth of a JSON document", |test, count| {
        configure(test, nested(count))
    }),
    ("depth of an embedded result", |_, count| {
        let flow = flow(1, 1);
        let execution = flow.start();
        flow.end_with(&flow.begin("0-0"), End::Good, &nested(count).to_string());
        let output = flow.get(&execution.id).output_results.unwrap().0;
        assert_eq!(
            output["0"][0].is_string(),
            count > limit_named("depth of an embedded result").value
        );
        Ok(())
    }),
    ("length of an id", |test, count| {
        insert(
            test,
            "Users",
            json!({"Id": "x".repeat(count), "UserName": "a"}),
        )
    }),
    ("length of a name", |test, count| {
        let new = NewAgent::new("x".repeat(count), "claude-code", REPOSITORY);
        test.store
            .write(|uow| agents::register(uow, &new))
            .map(drop)
    }),
    ("length of a path", |test, count| {
        enqueue(
            test,
            &NewTask::new("make", format!("/{}", "x".repeat(count - 1))),
        )
    }),
    ("length of a command", |test, count| {
        enqueue(test, &NewTask::new("x".repeat(count), REPOSITORY))
    }),
    ("length of a message", |test, count| {
        say(test, &"é".repeat(count), 0)
    }),
    ("attachments of a message", |test, count| {
        say(test, "look", count)
    }),
    ("length of a cached value", |test, count| {
        let new = NewResult::new(Json(json!("x".repeat(count - 2))));
        test.store
            .write(|uow| computed_results::put(uow, "key", &new))
            .map(drop)
    }),
    ("tags of a cached value", |test, count| {
        let tags: Vec<String> = (0..count).map(|number| number.to_string()).collect();
        let tags: Vec<&str> = tags.iter().map(String::as_str).collect();
        let new = NewResult {
            tags: &tags,
            ..NewResult::new(Json(json!(1)))
        };
        test.store
            .write(|uow| computed_results::put(uow, "key", &new))
            .map(drop)
    }),
    ("allowed operations of a repository", |test, count| {
        insert(
            test,
            "Repositories",
            json!({"Id": "r", "Name": "r", "Path": "/r"}),
        )?;
        let names: Vec<String> = (0..count).map(|number| number.to_string()).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let id = RepositoryId::new("r").unwrap();
        test.store
            .write(|uow| code_repositories::set_allowed_operations(uow, &id, Some(&names)))
            .map(drop)
    }),
    ("tasks of one call", |test, count| {
        let new = vec![NewTask::new("make", REPOSITORY); count];
        test.store
            .write(|uow| tasks::enqueue_many(uow, &new))
            .map(drop)
    }),
    ("rows of one call", |test, count| insert_users(test, count)),
    ("measurements of one call", |test, count| {
        let samples = vec![Sample::new("Agent", "Load", 0.5); count];
        test.store
            .write(|uow| metrics::record_many(uow, &samples))
            .map(drop)
    }),
    ("preferences of a document", |test, count| {
        let preference = |number: usize| json!({"Key": format!("key {number}"), "Value": "x"});
        let preferences: Vec<Value> = (0..count).map(preference).collect();
        let document = json!({"Version": 1, "Preferences": preferences});
        let document = serde_json::from_value(document).unwrap();
        let imported = test
            .store
            .write(|uow| preferences::import(uow, &document))?;
        assert_eq!(imported.imported, count);
        Ok(())
    }),
    ("rows of an answer", |test, count| {
        let before = test
            .store
            .read(|r| registry::by_name("Users")?.count(r, &json!({})))?;
        insert_users(test, count.min(10_000) - usize::try_from(before).unwrap())?;
        if count > 10_000 {
            insert(test, "Users", json!({"UserName": "one more"}))?;
        }
        test.store
            .read(|r| registry::by_name("Users")?.query_text(r, &json!({})))
            .map(drop)
    }),
    ("size of an answer", |test, count| {
        const ROWS: usize = 8;
        (0..ROWS).for_each(|number| drop(test.task(&format!("task {number}"))));
        let all = test
            .store
            .read(|r| data::list::<Task>(r, &Specification::new()))?;
        let sum = |task: &Task| {
            let row = serde_json::to_value(task).unwrap();
            let columns = registry::by_name("Tasks").unwrap().columns();
            let texts = columns.iter().filter(|c| c.kind == "Text");
            texts
                .map(|c| row[c.name].as_str().map_or(0, str::len))
                .sum::<usize>()
        };
        let mut left = count - all.iter().map(sum).sum::<usize>();
        for (number, task) in all.into_iter().enumerate() {
            let size = left / (ROWS - number);
            left -= size;
            let result = diesel::update(stored_tasks::table.find(&task.id))
                .set(stored_tasks::result.eq("x".repeat(size)));
            test.store
                .write(|uow| Ok(result.execute(uow.connection())?))?;
        }
        assert_eq!(left, 0);
        test.store
            .read(|r| data::list::<Task>(r, &Specification::new()))
            .map(drop)
    }),
    ("changes of a row", |test, count| {
        let change = |number: usize| json!({"Id": "u", "DisplayName": format!("name {number}")});
        insert(test, "Users", json!({"Id": "u", "UserName": "u"}))?;
        let changes: Vec<Value> = (1..count).map(change).collect();
        for changes in changes.chunks(10_000) {
            test.store
                .write(|uow| registry::by_name("Users")?.update_many(uow, changes))?;
        }
        test.store
            .read(|r| registry::by_name("Users")?.history(r, "u"))
            .map(|history| assert_eq!(history.len(), count))
    }),
    ("rows of a page", |test, count| {
        let document = json!({"page": {"number": 1, "size": count}});
        test.store
            .read(|r| registry::by_name("Users")?.query(r, &document))
            .map(drop)
    }),
    ("rows of a list", |test, count| {
        let limit = u32::try_from(count).unwrap();
        test.store
            .read(|r| tasks::list(r, &TaskFilter::default(), limit))
            .map(drop)
    }),
    ("entries of the audit log", |test, count| {
        let size = u32::try_from(count).unwrap();
        test.store
            .read(|r| audit::list(r, &AuditFilter::default(), None, size))
            .map(drop)
    }),
    ("changes at a time", |test, count| {
        let limit = u32::try_from(count).unwrap();
        test.store
            .read(|r| events::since(r, 0, &events::ChangeFilter::all(), limit))
            .map(drop)
    }),
    ("depth of a condition", |test, count| {
        let mut condition = json!({"UserName": "a"});
        for _ in 0..count {
            condition = json!({"not": condition});
        }
        count_users(test, &condition)
    }),
    ("comparisons of a condition", |test, count| {
        count_users(test, &json!({"or": vec![json!({"UserName": "a"}); count]}))
    }),
    ("values of a list in a condition", |test, count| {
        count_users(test, &json!({"UserName": {"in": vec!["a"; count]}}))
    }),
    ("stages of a workflow", |_, count| start(count, 1)),
    ("tasks of a stage", |_, count| start(100, count)),
    ("results of an execution", |_, count| {
        let flow = flow(1, 2);
        let execution = flow.start();
        // The output is the results in `{"0":["",""]}`.
        let size = (count - 13) / 2;
        flow.end_with(&flow.begin("0-0"), End::Good, &"x".repeat(size));
        flow.end_with(
            &flow.begin("0-1"),
            End::Good,
            &"x".repeat(count - 13 - size),
        );
        let ended = flow.get(&execution.id);
        if count > limit_named("results of an execution").value {
            assert_eq!(ended.status, WorkflowExecutionStatus::Failed);
            assert!(ended.error_message.unwrap().contains("16777216"));
            assert!(ended.output_results.is_none());
        } else {
            assert_eq!(ended.status, WorkflowExecutionStatus::Completed);
        }
        Ok(())
    }),
    ("tasks of a tree", |test, count| {
        let stage = json!({"name": "only", "tasks": [{"command": "first"}]});
        let definition = json!({"repository": REPOSITORY, "stages": [stage]});
        let definition = json!({"Id": "d", "Name": "d", "Definition": definition});
        insert(test, "WorkflowDefinitions", definition)?;
        let execution = json!({"Id": "e", "WorkflowDefinitionId": "d", "WorkflowVersion": "1.0.0"});
        insert(test, "WorkflowExecutions", execution)?;
        let task = |number: usize| {
            let command = number.to_string();
            json!({"Command": command, "RepositoryPath": REPOSITORY, "WorkflowExecutionId": "e"})
        };
        let rows: Vec<Value> = (1..count).map(task).collect();
        for rows in rows.chunks(5000) {
            test.store
                .write(|uow| registry::by_name("Tasks")?.insert_many(uow, rows))?;
        }
        let of = TreeOf::Execution("e".parse().unwrap());
        test.store.read(|r| tasks::workflow_tree(r, &of)).map(drop)
    }),
    ("memory of a query", |test, memory| {
        // Half of it is for the rows, which take a little more than their texts.
        let limit = limit_named("memory of a query").value;
        let texts = if memory > limit {
            memory / 2
        } else {
            memory / 2 - (1 << 20)
        };
        let sql = format!(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT {}) \
             SELECT hex(zeroblob(5000)) FROM n",
            texts / 10_000
        );
        let limits = SqlLimits {
            rows: usize::MAX,
            ..SqlLimits::default()
        };
        query(&test.store, &sql, &[], &limits).map(drop)
    }),
    ("columns of a query", |test, count| {
        ask(test, &format!("SELECT {}", list(count)), 0)
    }),
    ("length of a query", |test, count| {
        ask(test, &format!("SELECT 1{}", " ".repeat(count - 8)), 0)
    }),
    ("values of a query", |test, count| {
        ask(
            test,
            &format!("SELECT 1 WHERE 1 IN ({})", vec!["?"; count].join(",")),
            count,
        )
    }),
    ("arguments of a function", |test, count| {
        ask(test, &format!("SELECT max({})", list(count)), 0)
    }),
    ("parts of a UNION", |test, count| {
        ask(test, &vec!["SELECT 1"; count].join(" UNION ALL "), 0)
    }),
    ("length of a document in a file", |_, count| {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("document.json");
        std::fs::write(&path, vec![b' '; count]).unwrap();
        documents::read(&path).map(drop)
    }),
];

fn nested(levels: usize) -> Value {
    let mut value = json!([]);
    for _ in 1..levels {
        value = json!([value]);
    }
    value
}

fn claimed(test: &TestStore) -> Task {
    let agent = test.agent("ada", 1);
    test.task("make");
    let task = test.claim(&agent, 1).remove(0);
    test.store
        .write(|uow| tasks::start(uow, &task.id, task.lease_token.as_ref()))
        .unwrap()
}

fn configure(test: &TestStore, configuration: Value) -> Result<()> {
    let mut new = NewAgent::new("Ada", "claude-code", REPOSITORY);
    new.configuration_json = Some(Json(configuration));
    test.store
        .write(|uow| agents::register(uow, &new))
        .map(drop)
}

fn insert(test: &TestStore, entity: &str, row: Value) -> Result<()> {
    test.store
        .write(|uow| registry::by_name(entity)?.insert(uow, &row))
        .map(drop)
}

fn insert_users(test: &TestStore, count: usize) -> Result<()> {
    let user = |number: usize| json!({"UserName": format!("user {number}")});
    let users: Vec<Value> = (0..count).map(user).collect();
    test.store
        .write(|uow| registry::by_name("Users")?.insert_many(uow, &users))
        .map(drop)
}

fn count_users(test: &TestStore, condition: &Value) -> Result<()> {
    let document = json!({"where": condition});
    test.store
        .read(|r| registry::by_name("Users")?.count(r, &document))
        .map(drop)
}

fn enqueue(test: &TestStore, new: &NewTask) -> Result<()> {
    test.store.write(|uow| tasks::enqueue(uow, new)).map(drop)
}

fn say(test: &TestStore, content: &str, attachments: usize) -> Result<()> {
    test.store.write(|uow| {
        let session =
            chat::get_or_create_session(uow, Some(&UserId::new("system")?), "one", "Talk")?;
        let mut message = NewMessage::new(&session.id, MessageType::User, content);
        let attachment = Attachment {
            name: "a.png".to_owned(),
            content_type: None,
            size: 1,
            location: None,
        };
        message.attachments = vec![attachment; attachments];
        chat::append_message(uow, &message).map(drop)
    })
}

fn definition(stages: usize, tasks: usize) -> Value {
    let task = |stage: usize| move |task: usize| json!({"command": format!("{stage}-{task}")});
    let stage = |stage: usize| json!({"name": stage.to_string(), "tasks": (0..tasks).map(task(stage)).collect::<Vec<_>>()});
    json!({"stages": (0..stages).map(stage).collect::<Vec<_>>()})
}

fn flow(stages: usize, tasks: usize) -> Flow {
    Flow::new(definition(stages, tasks))
}

/// Starts a workflow and ends its first task.
fn start(stages: usize, tasks: usize) -> Result<()> {
    let new = NewDefinition::new("Flow", definition(stages, tasks));
    TestStore::new()
        .store
        .write(|uow| workflows::publish(uow, &new))?;
    let flow = flow(stages, tasks);
    let execution = flow.start();
    flow.run("0-0", End::Good);
    assert_eq!(
        flow.get(&execution.id).status,
        WorkflowExecutionStatus::Running
    );
    Ok(())
}

fn list(count: usize) -> String {
    vec!["1"; count].join(",")
}

fn ask(test: &TestStore, sql: &str, values: usize) -> Result<()> {
    query(
        &test.store,
        sql,
        &vec![json!(1); values],
        &SqlLimits::default(),
    )
    .map(drop)
}

/// Reads the rows of the page's tables.
fn limits() -> Vec<Limit> {
    let rows = PAGE
        .lines()
        .filter(|line| line.starts_with("| ") && !line.starts_with("| limit |"));
    let limit = |line: &str| {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let code = cells[3].trim_matches('`');
        Limit {
            name: cells[0].to_owned(),
            value: number(cells[1]),
            code: (code != "none").then(|| code.to_owned()),
        }
    };
    rows.map(limit).collect()
}

/// Reads a number that may have spaces in it, and a unit behind.
fn number(text: &str) -> usize {
    let digits: String = text
        .chars()
        .take_while(|c| c.is_ascii_digit() || *c == ' ')
        .filter(char::is_ascii_digit)
        .collect();
    let factor = match text.split(' ').next_back() {
        Some("KiB") => 1 << 10,
        Some("MiB") => 1 << 20,
        _ => 1,
    };
    digits.parse::<usize>().unwrap() * factor
}

fn limit_named(name: &str) -> Limit {
    let mut limits = limits().into_iter();
    limits.find(|limit| limit.name == name).unwrap()
}

#[test]
fn each_limit_has_a_case_and_each_case_a_limit() {
    let limits: BTreeSet<String> = limits().into_iter().map(|limit| limit.name).collect();
    let cases: BTreeSet<String> = CASES.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(limits, cases);
    assert_eq!(cases.len(), CASES.len());
}

#[test]
fn each_limit_is_reached_in_little_memory_and_no_further() {
    for (name, _) in CASES {
        let output = child_process("limits::body_of_a_process_at_a_limit", name)
            .output()
            .unwrap();
        let printed = String::from_utf8_lossy(&output.stdout);
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{name}: {printed}{error}");
        let told = printed.lines().find(|line| line.starts_with("reached "));
        println!(
            "{name}: {}",
            told.unwrap_or_else(|| panic!("{name}: {printed}"))
        );
    }
}

#[test]
fn body_of_a_process_at_a_limit() {
    let Some(name) = child_argument() else {
        return;
    };
    let limit = limit_named(&name);
    let (_, case) = CASES.iter().find(|(known, _)| *known == name).unwrap();
    case(&TestStore::new(), limit.value).unwrap();
    let beyond = case(&TestStore::new(), limit.value + 1);
    let code = beyond
        .as_ref()
        .err()
        .map(|error| format!("{:?}", error.code()));
    assert_eq!(code, limit.code, "{beyond:?}");
    if let Err(error) = beyond
        && error.code() == ErrorCode::LimitExceeded
    {
        // The message names the limit and the way out.
        assert!(error.message().contains("; "), "{error}");
    }
    let peak = peak();
    println!("\nreached {} with {} MB", limit.value, peak / 1_000_000);
    assert!(peak < MEMORY, "{peak} bytes");
}

/// Returns the most memory that this process ever had, in bytes, where the system tells.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.map_or("0", |line| line.trim().trim_end_matches(" kB"));
    kib.parse::<u64>().unwrap() << 10
}
