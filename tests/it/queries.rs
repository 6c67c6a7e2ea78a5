//! The query language: what documents find, refuse and cost.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::ops::ControlFlow;

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use orchestra_store::models::{
    Agent, AgentSession, ApprovalRequest, ChatMessage, ChatSession, CodeRepository,
    OrchestrationLog, Task, TaskDependency, TaskId, TaskTemplate, TemplateCategory, UserPreference,
    WorkflowDefinition, WorkflowExecution,
};
use orchestra_store::query::{
    Aggregate, Condition, Cursor, Direction, Query, Relation, Slice, Specification,
};
use orchestra_store::schema::{agents, tasks};
use orchestra_store::services::data;
use orchestra_store::services::tasks::{self as queue, NewTask};
use orchestra_store::types::{TaskPriority, Timestamp};
use orchestra_store::{Durability, Entity, ErrorCode, Store, StoreConfig};
use serde_json::{Value, json};

use crate::support::{TestStore, child_argument, child_process, scaled};
use crate::vm_steps::{watch, watch_new_connections};

/// Texts that would break a query if they became a part of it, and texts that resemble them.
const TEXTS: [&str; 16] = [
    "alpha",
    "Alpha",
    "ALPHA%",
    "al_pha",
    "alXpha",
    "al\\pha",
    "it's",
    "\"q\"",
    "'; DROP TABLE Tasks; --",
    "ünï",
    "Ünï",
    "100%",
    "%",
    "_",
    "\\",
    "?1",
];

/// Numbers that look random and are the same each time (SplitMix64).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % bound as u64) as usize
    }

    fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }

    fn text(&mut self) -> &'static str {
        TEXTS[self.below(TEXTS.len())]
    }

    fn scalar(&mut self) -> Value {
        match self.below(4) {
            0 => json!(self.below(3)),
            1 => json!(self.below(3) as f64 + 0.5),
            2 => json!(self.below(2) == 0),
            _ => json!(self.text()),
        }
    }
}

/// A literal in SQL, NULL one time in four where the column may be.
fn sql(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn maybe(random: &mut Random, literal: String) -> String {
    match random.below(4) {
        0 => "NULL".to_owned(),
        _ => literal,
    }
}

fn time(random: &mut Random) -> String {
    format!("'2026-01-0{} 10:00:00.0000000'", 1 + random.below(5))
}

fn document(random: &mut Random) -> String {
    let (n, b, q) = (random.scalar(), random.scalar(), random.scalar());
    sql(&json!({"n": n, "a": [{"b": b}, 1], "q r": q, "z": null}).to_string())
}

fn fill(store: &Store, rows: usize) {
    let mut random = Random(7);
    let r = &mut random;
    let mut script = String::new();
    for number in 0..rows {
        let tags = json!([r.text(), r.text()]).to_string();
        script += &format!(
            "INSERT INTO Tasks (Id, Command, RepositoryPath, CorrelationId, Priority, AvailableAt, RetryCount)
             VALUES ('t{number}', {}, {}, {}, {}, {}, {});
             INSERT INTO Agents (Id, Name, Type, RepositoryPath, LastPing, Status, CurrentTask, ConfigurationJson,
                 AverageExecutionTime, MaxConcurrentTasks)
             VALUES ('a{number}', {}, 'x', '*', {}, {}, {}, {}, {}.5, {});
             INSERT INTO WorkflowDefinitions (Id, Name, Version, IsActive, Definition, Tags, IsPublic, Category,
                 LastExecutedAt)
             VALUES ('w{number}', {}, '{number}', 0, {}, {}, {}, {}, {});",
            sql(r.text()), sql(r.text()), { let t = sql(r.text()); maybe(r, t) }, r.below(4), time(r), r.below(3),
            sql(r.text()), time(r), r.below(5), { let t = sql(r.text()); maybe(r, t) },
            { let d = document(r); maybe(r, d) }, r.below(3), 1 + r.below(3),
            sql(r.text()), document(r), maybe(r, sql(&tags)), r.below(2), { let t = sql(r.text()); maybe(r, t) },
            { let t = time(r); maybe(r, t) },
        );
    }
    store
        .write(|uow| Ok(uow.connection().batch_execute(&script)?))
        .unwrap();
}

/// What the test knows of a column.
#[derive(Clone, Copy)]
enum Kind {
    Text,
    Number,
    Bool,
    Time,
    Enum(&'static [&'static str]),
    Json,
    List,
}

type Columns = &'static [(&'static str, Kind)];

const TASK: Columns = &[
    ("Id", Kind::Text),
    ("Command", Kind::Text),
    ("RepositoryPath", Kind::Text),
    ("CorrelationId", Kind::Text),
    (
        "Priority",
        Kind::Enum(&["Low", "Normal", "High", "Critical"]),
    ),
    ("AvailableAt", Kind::Time),
    ("RetryCount", Kind::Number),
    ("IsPinned", Kind::Bool),
];
const AGENT: Columns = &[
    ("Name", Kind::Text),
    ("LastPing", Kind::Time),
    (
        "Status",
        Kind::Enum(&["Unknown", "Idle", "Busy", "Offline", "Error"]),
    ),
    ("CurrentTask", Kind::Text),
    ("ConfigurationJson", Kind::Json),
    ("AverageExecutionTime", Kind::Number),
    ("MaxConcurrentTasks", Kind::Number),
];
const WORKFLOW: Columns = &[
    ("Name", Kind::Text),
    ("Definition", Kind::Json),
    ("Tags", Kind::List),
    ("IsPublic", Kind::Bool),
    ("Category", Kind::Text),
    ("LastExecutedAt", Kind::Time),
];

const PATHS: [(&str, &str); 5] = [
    ("$.n", "/n"),
    ("$.a[0].b", "/a/0/b"),
    ("$.\"q r\"", "/q r"),
    ("$.z", "/z"),
    ("$.none", "/none"),
];

fn random_value(r: &mut Random, kind: Kind) -> Value {
    match kind {
        Kind::Text => json!(r.text()),
        Kind::Number => json!(r.below(3)),
        Kind::Bool => json!(r.below(2) == 0),
        Kind::Time => json!(format!("2026-01-0{}T10:00:00Z", 1 + r.below(5))),
        Kind::Enum(names) => json!(r.pick(names)),
        Kind::Json | Kind::List => r.scalar(),
    }
}

fn random_test(r: &mut Random, kind: Kind) -> Value {
    if r.below(8) == 0 {
        return json!({"isNull": r.below(2) == 0});
    }
    match kind {
        Kind::List => json!({"has": r.scalar()}),
        Kind::Json if r.below(3) == 0 => json!({"has": r.scalar()}),
        Kind::Json => {
            let operator = *r.pick(&["eq", "ne", "lt", "lte", "gt", "gte"]);
            json!({"path": {"at": r.pick(&PATHS).0, operator: r.scalar()}})
        }
        Kind::Bool => json!({*r.pick(&["eq", "ne"]): random_value(r, kind)}),
        Kind::Text if r.below(2) == 0 => {
            let operator = *r.pick(&["contains", "startsWith", "endsWith"]);
            json!({operator: r.text()})
        }
        _ => match r.below(10) {
            0 => json!({"between": [random_value(r, kind), random_value(r, kind)]}),
            1 => json!({"in": [random_value(r, kind), random_value(r, kind)]}),
            2 => json!({"notIn": [random_value(r, kind)]}),
            3 => json!({"in": []}),
            4 => Value::Null,
            5 => random_value(r, kind),
            _ => {
                let operator = *r.pick(&["eq", "ne", "lt", "lte", "gt", "gte"]);
                json!({operator: random_value(r, kind)})
            }
        },
    }
}

fn random_condition(r: &mut Random, columns: Columns, depth: usize) -> Value {
    let items = |r: &mut Random| -> Vec<Value> {
        let count = r.below(4);
        (0..count)
            .map(|_| random_condition(r, columns, depth + 1))
            .collect()
    };
    match r.below(if depth < 3 { 6 } else { 3 }) {
        3 => json!({"and": items(r)}),
        4 => json!({"or": items(r)}),
        5 => json!({"not": random_condition(r, columns, depth + 1)}),
        _ => {
            let (name, kind) = *r.pick(columns);
            json!({name: random_test(r, kind)})
        }
    }
}

fn random_document(r: &mut Random, columns: Columns) -> Value {
    let sortable: Vec<_> = columns
        .iter()
        .filter(|(_, kind)| !matches!(kind, Kind::Json | Kind::List))
        .collect();
    let orders: Vec<Value> = (0..r.below(3))
        .map(|_| json!({r.pick(&sortable).0: *r.pick(&["asc", "desc"])}))
        .collect();
    json!({"where": random_condition(r, columns, 0), "orderBy": orders})
}

/// Compares values of one column; nothing where one of them is NULL or they are of two types.
fn compare(kind: Kind, a: &Value, b: &Value) -> Option<Ordering> {
    let place = |names: &[&str], value: &Value| names.iter().position(|n| value == n);
    match (kind, a, b) {
        (Kind::Enum(names), a, b) => Some(place(names, a)?.cmp(&place(names, b)?)),
        (Kind::Time, Value::String(a), Value::String(b)) => Some(instant(a).cmp(&instant(b))),
        (_, Value::String(a), Value::String(b)) => Some(a.cmp(b)),
        (_, Value::Bool(a), Value::Bool(b)) => Some(a.cmp(b)),
        (_, Value::Number(a), Value::Number(b)) => a.as_f64()?.partial_cmp(&b.as_f64()?),
        _ => None,
    }
}

fn instant(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn holds_test(kind: Kind, value: &Value, operator: &str, other: &Value) -> bool {
    let order = || compare(kind, value, other);
    let is_equal = |other: &Value| compare(kind, value, other) == Some(Ordering::Equal);
    let like = |test: fn(&str, &str) -> bool| {
        let lower = |v: &Value| v.as_str().map(str::to_ascii_lowercase);
        lower(value).is_some_and(|v| test(&v, &lower(other).unwrap()))
    };
    match operator {
        "eq" if other.is_null() => value.is_null(),
        "eq" => is_equal(other),
        "ne" => !holds_test(kind, value, "eq", other),
        "lt" => order() == Some(Ordering::Less),
        "gt" => order() == Some(Ordering::Greater),
        "lte" => order().is_some_and(Ordering::is_le),
        "gte" => order().is_some_and(Ordering::is_ge),
        "in" => other.as_array().unwrap().iter().any(is_equal),
        "notIn" => !holds_test(kind, value, "in", other),
        "between" => {
            holds_test(kind, value, "gte", &other[0]) && holds_test(kind, value, "lte", &other[1])
        }
        "isNull" => value.is_null() == other.as_bool().unwrap(),
        "contains" => like(|v, part| v.contains(part)),
        "startsWith" => like(|v, part| v.starts_with(part)),
        "endsWith" => like(|v, part| v.ends_with(part)),
        "has" => {
            let is_other = |v: &Value| compare(Kind::Json, v, other) == Some(Ordering::Equal);
            match value {
                Value::Array(items) => items.iter().any(is_other),
                Value::Object(fields) => fields.values().any(is_other),
                _ => false,
            }
        }
        "path" => {
            let at = PATHS.iter().find(|(path, _)| other["at"] == *path).unwrap();
            let found = value.pointer(at.1).unwrap_or(&Value::Null);
            let tests = other
                .as_object()
                .unwrap()
                .iter()
                .filter(|(key, _)| *key != "at");
            tests
                .into_iter()
                .all(|(key, other)| holds_test(Kind::Json, found, key, other))
        }
        other => panic!("{other}"),
    }
}

fn holds(columns: Columns, row: &Value, condition: &Value) -> bool {
    let mut parts = condition.as_object().unwrap().iter();
    parts.all(|(key, value)| match key.as_str() {
        "and" => value
            .as_array()
            .unwrap()
            .iter()
            .all(|c| holds(columns, row, c)),
        "or" => value
            .as_array()
            .unwrap()
            .iter()
            .any(|c| holds(columns, row, c)),
        "not" => !holds(columns, row, value),
        name => {
            let kind = columns
                .iter()
                .find(|(column, _)| *column == name)
                .unwrap()
                .1;
            match value {
                Value::Object(tests) => tests
                    .iter()
                    .all(|(o, v)| holds_test(kind, &row[name], o, v)),
                value => holds_test(kind, &row[name], "eq", value),
            }
        }
    })
}

fn evaluate(columns: Columns, rows: &[Value], document: &Value) -> Vec<Value> {
    let mut found: Vec<Value> = rows
        .iter()
        .filter(|row| holds(columns, row, &document["where"]))
        .cloned()
        .collect();
    let mut orders: Vec<(&str, Kind, bool)> = Vec::new();
    for order in document["orderBy"].as_array().unwrap() {
        let (name, direction) = order.as_object().unwrap().iter().next().unwrap();
        let kind = columns.iter().find(|(column, _)| column == name).unwrap().1;
        if orders.iter().all(|(before, ..)| before != name) {
            orders.push((name, kind, direction == "desc"));
        }
    }
    let is_down = orders.last().is_some_and(|order| order.2);
    orders.push(("Id", Kind::Text, is_down));
    found.sort_by(|a, b| {
        orders
            .iter()
            .fold(Ordering::Equal, |before, (name, kind, is_down)| {
                let (a, b) = (&a[*name], &b[*name]);
                let order = compare(*kind, a, b).unwrap_or((!a.is_null()).cmp(&!b.is_null()));
                before.then(if *is_down { order.reverse() } else { order })
            })
    });
    found
}

fn check_entity<E: Entity>(store: &Store, columns: Columns, cases: u64) {
    let all = store
        .read(|r| data::list::<E>(r, &Specification::new()))
        .unwrap();
    let rows: Vec<Value> = all.iter().map(|row| json!(row)).collect();
    let mut found_some = 0;
    for case in 0..cases {
        let document = random_document(&mut Random(case), columns);
        let specification = Specification::<E>::from_json(&document).expect("a good document");
        let found = store.read(|r| data::list(r, &specification)).unwrap();
        let found: Vec<Value> = found.iter().map(|row| json!(row)).collect();
        let ids = |rows: &[Value]| {
            rows.iter()
                .map(|row| row["Id"].to_string())
                .collect::<Vec<_>>()
        };
        let expected = evaluate(columns, &rows, &document);
        assert_eq!(
            ids(&found),
            ids(&expected),
            "{}: case {case}: {document}",
            E::NAME
        );
        let paged = pages(store, &specification, 1 + case as u32 % 20);
        assert_eq!(
            ids(&paged),
            ids(&expected),
            "{}: case {case}: {document}, in pages",
            E::NAME
        );
        found_some += usize::from(!found.is_empty() && found.len() < rows.len());
    }
    assert!(
        found_some * 4 > cases as usize,
        "only {found_some} documents tell rows apart"
    );
}

/// All rows of a specification, one page behind the other.
fn pages<E: Entity>(store: &Store, specification: &Specification<E>, size: u32) -> Vec<Value> {
    let mut rows = Vec::new();
    for_each_page(store, specification, size, |page, _| {
        rows.extend(page.items.iter().map(|row| json!(row)));
    });
    rows
}

/// Visits one page behind the other, with the steps that each cost.
fn for_each_page<E: Entity>(
    store: &Store,
    specification: &Specification<E>,
    size: u32,
    mut visit: impl FnMut(&Slice<E>, i64),
) {
    let mut cursor: Option<Cursor> = None;
    loop {
        let read = || store.read(|r| data::after(r, specification, cursor.as_ref(), size));
        let (page, watched) = watch(read);
        let page = page.unwrap();
        visit(&page, watched.steps);
        cursor = page.next;
        if cursor.is_none() {
            return;
        }
    }
}

#[test]
fn random_documents_find_what_a_plain_evaluation_finds() {
    let test = TestStore::new();
    fill(&test.store, 60);
    let cases = scaled(300, 5_000);
    check_entity::<Task>(&test.store, TASK, cases);
    check_entity::<Agent>(&test.store, AGENT, cases);
    check_entity::<WorkflowDefinition>(&test.store, WORKFLOW, cases);
}

#[test]
fn no_value_changes_the_shape_of_a_query() {
    watch_new_connections();
    let test = TestStore::new();
    fill(&test.store, 20);
    let statements = |text: &str| {
        let document = json!({"where": {
            "Name": {"eq": text, "in": [text], "contains": text, "between": [text, text]},
            "Tags": {"has": text},
            "Definition": {"path": {"at": "$.n", "eq": text}},
        }});
        let specification = Specification::<WorkflowDefinition>::from_json(&document).unwrap();
        let read = || test.store.read(|r| data::list(r, &specification));
        let (rows, watched) = watch(read);
        rows.unwrap();
        watched.statements
    };
    let plain = statements("plain");
    assert!(plain.iter().any(|sql| sql.contains("LIKE")), "{plain:?}");
    for text in TEXTS {
        assert_eq!(statements(text), plain, "{text}");
    }
    let count = test
        .store
        .read(|r| data::count::<Task>(r, &Specification::new()));
    assert_eq!(count.unwrap(), 20);
}

fn refused_place(document: &Value) -> String {
    let error = Query::<WorkflowDefinition>::from_json(document).expect_err(&document.to_string());
    assert_eq!(error.code(), ErrorCode::InvalidArgument, "{document}");
    error.details().column.clone().unwrap()
}

#[test]
fn nonsense_is_refused_with_its_place() {
    let nested = (0..40).fold(json!({"Name": "x"}), |inner, _| json!({"not": inner}));
    assert!(refused_place(&json!({"where": nested})).starts_with("where.not.not"));
    let empty = json!({"where": {"and": vec![json!({}); 501]}});
    assert_eq!(refused_place(&empty), "where.and[500]");
    for (document, place) in [
        (
            json!({"where": {"Name": {"in": vec!["x"; 1001]}}}),
            "where.Name.in",
        ),
        (json!({"where": {"Name": "a\0b"}}), "where.Name"),
        (
            json!({"where": {"Name": {"contains": "\0"}}}),
            "where.Name.contains",
        ),
        (json!({"where": {"Name": {}}}), "where.Name"),
        (json!({"where": {"Tags": "x"}}), "where.Tags"),
        (
            json!({"where": {"IsPublic": {"gt": true}}}),
            "where.IsPublic.gt",
        ),
        (
            json!({"where": {"Definition": {"path": {"at": "$.a')", "eq": 1}}}}),
            "where.Definition.path.at",
        ),
        (
            json!({"where": {"Definition": {"path": {"at": "$[4294967296]", "eq": 1}}}}),
            "where.Definition.path.at",
        ),
        (json!({"orderBy": ["Tags"]}), "orderBy[0]"),
        (json!({"include": ["Executions", "Nobody"]}), "include[1]"),
        (json!({"page": {"number": 0}}), "page.number"),
        (json!({"page": {"from": 1}}), "page.from"),
        (json!({"page": {}, "limit": 1}), "limit"),
        (json!({"limit": -1}), "limit"),
        (json!({"after": 7}), "after"),
        (json!({"select": []}), "select"),
    ] {
        assert_eq!(refused_place(&document), place, "{document}");
    }
    let unsorted =
        Specification::<Agent>::new().order_by(agents::health_check_interval, Direction::Ascending);
    let test = TestStore::new();
    let error = test.store.read(|r| data::list(r, &unsorted)).unwrap_err();
    assert_eq!(
        error.details().column.as_deref(),
        Some("HealthCheckInterval")
    );
    let foreign = Cursor::from("{\"Name\":1}".to_owned());
    let error = test
        .store
        .read(|r| data::after(r, &Specification::<Agent>::new(), Some(&foreign), 5));
    assert_eq!(error.unwrap_err().code(), ErrorCode::InvalidArgument);
}

#[test]
fn aggregates_are_typed_and_ignore_what_has_no_value() {
    let test = TestStore::new();
    fill(&test.store, 30);
    let read = |aggregate, column: &str| {
        test.store
            .read(|r| data::aggregate::<Task>(r, &Specification::new(), aggregate, column))
    };
    assert_eq!(read(Aggregate::Max, "Priority").unwrap(), "Critical");
    assert_eq!(
        read(Aggregate::Min, "AvailableAt").unwrap(),
        "2026-01-01T10:00:00.0000000Z"
    );
    assert_eq!(
        read(Aggregate::Sum, "ComputedDuration").unwrap(),
        Value::Null
    );
    for (aggregate, column) in [
        (Aggregate::Sum, "Command"),
        (Aggregate::Average, "Priority"),
        (Aggregate::Max, "Nonsense"),
    ] {
        let error = read(aggregate, column).unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvalidArgument);
        assert_eq!(error.details().column.as_deref(), Some(column));
    }
    let all = Specification::<Task>::new();
    test.store
        .read(|r| {
            let rows = data::list(r, &all)?;
            let counts: Vec<i64> = rows.iter().map(|task| task.retry_count.into()).collect();
            let total: i64 = counts.iter().sum();
            assert_eq!(data::sum(r, &all, tasks::retry_count)?, Some(total));
            let mean = data::average(r, &all, tasks::retry_count)?.unwrap();
            assert!((mean - total as f64 / 30.0).abs() < 1e-9);
            let least: Option<TaskPriority> = data::min(r, &all, tasks::priority)?;
            assert_eq!(least, Some(TaskPriority::Low));
            let latest: Option<Timestamp> = data::max(r, &all, tasks::available_at)?;
            assert_eq!(latest, rows.iter().map(|task| task.available_at).max());
            let none = Specification::<Task>::new().matching(Condition::any([]));
            assert_eq!(data::max::<_, _, i32>(r, &none, tasks::retry_count)?, None);
            assert!(data::exists(r, &all)? && !data::exists(r, &none)?);
            Ok(())
        })
        .unwrap();
}

#[test]
fn specifications_are_reused_and_composed() {
    let test = TestStore::new();
    fill(&test.store, 40);
    let urgent = Specification::<Task>::new().filter(tasks::priority.ge(TaskPriority::High));
    // A nullable expression: unknown where there is no id.
    let correlated = Specification::<Task>::new().filter(tasks::correlation_id.ne("alpha"));
    let count = |s: &Specification<Task>| test.store.read(|r| data::count(r, s)).unwrap();
    let (a, b) = (count(&urgent), count(&correlated));
    let both = count(&urgent.clone().and(correlated.clone()));
    let any = count(&urgent.clone().or(correlated.clone()));
    assert_eq!(a + b, both + any);
    assert_eq!(count(&correlated.clone().not()), 40 - b);
    assert!(both > 0 && both < a);
}

/// Tasks in groups of one moment each, and their ids.
fn many_tasks(store: &Store, count: usize) {
    let script = format!(
        "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {count})
         INSERT INTO Tasks (Id, Command, RepositoryPath, CreatedAt)
         SELECT printf('t%08d', (i * 7919) % 1000003), 'ls', '/r',
             strftime('%Y-%m-%d %H:%M:%S', 1767225600 + i / 3, 'unixepoch') || '.0000000' FROM n"
    );
    store
        .write(|uow| Ok(uow.connection().batch_execute(&script)?))
        .unwrap();
}

fn fast(config: &mut StoreConfig) {
    config.durability = Durability::Normal;
}

#[test]
fn a_cursor_visits_each_row_once_while_others_come_and_go() {
    watch_new_connections();
    let count = scaled(20_000, 200_000);
    let test = TestStore::with(fast);
    many_tasks(&test.store, count);
    let by_time = Specification::<Task>::new().order_by(tasks::created_at, Direction::Ascending);
    let mut visited = BTreeSet::new();
    let mut removed_ahead = 0;
    let mut costs = Vec::new();
    for_each_page(&test.store, &by_time, 50, |page, steps| {
        for task in &page.items {
            assert!(visited.insert(task.id.clone()), "{} comes twice", task.id);
        }
        if page.next.is_some() && costs.len() % 20 == 0 {
            let last = page.items.last().unwrap();
            removed_ahead += disturb(&test.store, last, costs.len());
        }
        costs.push(steps);
    });
    let original = visited
        .iter()
        .filter(|id| id.as_str().starts_with('t'))
        .count();
    assert_eq!(original + removed_ahead, count);
    let early = costs[1];
    let (page, dearest) = costs
        .iter()
        .enumerate()
        .max_by_key(|(_, cost)| **cost)
        .unwrap();
    println!(
        "page 2: {early} steps; the dearest of {} is page {}: {dearest}",
        costs.len(),
        page + 1
    );
    assert!(
        *dearest < early * 3 / 2,
        "page 2: {early} steps, page {}: {dearest}",
        page + 1
    );
}

#[test]
fn a_page_of_what_came_in_one_call_costs_no_more_than_one_of_what_came_bit_by_bit() {
    watch_new_connections();
    let count = 5_000;
    let (bit_by_bit, at_once) = (TestStore::with(fast), TestStore::with(fast));
    many_tasks(&bit_by_bit.store, count);
    let all = vec![NewTask::new("ls", "/r"); count];
    let enqueued = at_once.store.write(|uow| queue::enqueue_many(uow, &all));
    let [first, .., last] = &enqueued.unwrap()[..] else {
        panic!("there are many");
    };
    assert_eq!(first.created_at, last.created_at);
    for direction in [Direction::Ascending, Direction::Descending] {
        let usual = dearest_page(&bit_by_bit.store, direction, count);
        let dearest = dearest_page(&at_once.store, direction, count);
        assert!(
            dearest < usual * 3 / 2,
            "{direction:?}: {dearest} and {usual} steps"
        );
    }
}

/// The steps of the dearest of all pages by time.
fn dearest_page(store: &Store, direction: Direction, count: usize) -> i64 {
    let by_time = Specification::<Task>::new().order_by(tasks::created_at, direction);
    let (mut visited, mut dearest) = (BTreeSet::new(), 0);
    for_each_page(store, &by_time, 50, |page, steps| {
        dearest = dearest.max(steps);
        visited.extend(page.items.iter().map(|task| task.id.clone()));
    });
    assert_eq!(visited.len(), count);
    dearest
}

/// Removes the last row that was seen and one that was not, and adds rows before and behind.
fn disturb(store: &Store, last: &Task, page: usize) -> usize {
    store
        .write(|uow| {
            let ahead: Option<TaskId> = tasks::table
                .filter(tasks::created_at.gt(last.created_at))
                .filter(tasks::id.like("t%"))
                .order(tasks::created_at.desc())
                .select(tasks::id)
                .first(uow.connection())
                .optional()?;
            let added = format!(
                "INSERT INTO Tasks (Id, Command, RepositoryPath, CreatedAt) VALUES
                 ('before{page}', 'ls', '/r', '2020-01-01 00:00:00.0000000'),
                 ('behind{page}', 'ls', '/r', '2030-01-01 00:00:00.{page:07}')"
            );
            uow.connection().batch_execute(&added)?;
            diesel::delete(tasks::table.find(&last.id)).execute(uow.connection())?;
            let removed = match ahead {
                Some(id) => diesel::delete(tasks::table.find(id)).execute(uow.connection())?,
                None => 0,
            };
            Ok(removed)
        })
        .unwrap()
}

#[test]
fn including_a_relation_of_a_thousand_rows_takes_one_more_statement() {
    watch_new_connections();
    let test = TestStore::with(fast);
    for number in 0..10 {
        test.agent(&format!("a{number}"), 1);
    }
    many_tasks(&test.store, 1_000);
    test.store
        .write(|uow| {
            let sql = "UPDATE Tasks SET AgentId = 'a' || (rowid % 10) WHERE rowid % 20 < 19";
            Ok(uow.connection().batch_execute(sql)?)
        })
        .unwrap();

    let query = Query::<Task>::from_json(&json!({"include": ["Agent"]})).unwrap();
    let (answer, watched) = watch(|| test.store.read(|r| data::query(r, &query)).unwrap());
    assert_eq!(watched.selects, 2, "{:?}", watched.statements);
    let items = answer["Items"].as_array().unwrap();
    assert_eq!(items.len(), 1_000);
    for item in items {
        assert_eq!(
            item["Agent"].get("Id").unwrap_or(&Value::Null),
            &item["AgentId"]
        );
    }

    let query =
        Query::<Agent>::from_json(&json!({"include": ["Tasks"], "page": {"size": 4}})).unwrap();
    let answer = test.store.read(|r| data::query(r, &query)).unwrap();
    assert_eq!(
        (&answer["TotalCount"], &answer["TotalPages"]),
        (&json!(10), &json!(3))
    );
    assert_eq!(answer["Items"][0]["Tasks"].as_array().unwrap().len(), 100);

    let all = Specification::<Task>::new();
    let (agents, watched) = watch(|| {
        let related = test.store.read(|r| {
            let rows = data::list(r, &all)?;
            data::related::<Task, Agent>(r, &rows, "Agent")
        });
        related.unwrap()
    });
    assert_eq!((watched.selects, agents.len()), (2, 950));
    let wrong = test
        .store
        .read(|r| data::related::<Task, Task>(r, &[], "Agent"));
    assert_eq!(wrong.unwrap_err().code(), ErrorCode::InvalidArgument);
}

/// Loads each relation of an entity, and returns how many lead somewhere and how many there are.
fn relations_that_lead_somewhere<E: Entity>(store: &Store) -> (usize, usize) {
    let names: Vec<&str> = Relation::of::<E>().map(|relation| relation.name).collect();
    let query = Query::<E>::from_json(&json!({"include": names})).unwrap();
    let answer = store.read(|r| data::query(r, &query)).unwrap();
    let text = store.read(|r| data::query_text(r, &query)).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), answer);
    let items = answer["Items"].as_array().unwrap();
    let leads = |name: &&&str| {
        items
            .iter()
            .any(|item| item[**name].get(0).is_some() || item[**name].is_object())
    };
    (names.iter().filter(leads).count(), names.len())
}

#[test]
fn every_relation_leads_to_rows() {
    let test = TestStore::new();
    let script = concat!(
        include_str!("schema/rows.sql"),
        "UPDATE Agents SET IsDeleted = 0, DeletedAt = NULL, DeletedBy = NULL;",
        "UPDATE UserPreferences SET UserId = 'default';",
        "UPDATE PerformanceMetrics SET EntityType = 'Agent', EntityId = 'a';",
    );
    test.store
        .write(|uow| Ok(uow.connection().batch_execute(script)?))
        .unwrap();
    let store = &test.store;
    let found = [
        relations_that_lead_somewhere::<Agent>(store),
        relations_that_lead_somewhere::<AgentSession>(store),
        relations_that_lead_somewhere::<ApprovalRequest>(store),
        relations_that_lead_somewhere::<ChatMessage>(store),
        relations_that_lead_somewhere::<ChatSession>(store),
        relations_that_lead_somewhere::<CodeRepository>(store),
        relations_that_lead_somewhere::<OrchestrationLog>(store),
        relations_that_lead_somewhere::<Task>(store),
        relations_that_lead_somewhere::<TaskDependency>(store),
        relations_that_lead_somewhere::<TaskTemplate>(store),
        relations_that_lead_somewhere::<TemplateCategory>(store),
        relations_that_lead_somewhere::<UserPreference>(store),
        relations_that_lead_somewhere::<WorkflowDefinition>(store),
        relations_that_lead_somewhere::<WorkflowExecution>(store),
    ];
    for (index, (leading, all)) in found.into_iter().enumerate() {
        assert!(
            leading == all && all > 0,
            "entity {index}: {leading} of {all}"
        );
    }
}

#[test]
fn reading_row_by_row_keeps_one_in_memory() {
    let name = "queries::reading_row_by_row_keeps_one_in_memory";
    if let Some(path) = child_argument() {
        return read_all_and_measure(&path);
    }
    let rows = scaled(100_000, 1_000_000);
    let test = TestStore::with(fast);
    let script = format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})
         INSERT INTO OrchestrationLogs (Id, EventType, Message)
         SELECT printf('%08d', i), 'e', hex(zeroblob(50)) FROM n"
    );
    test.store
        .write(|uow| Ok(uow.connection().batch_execute(&script)?))
        .unwrap();
    test.store.close().unwrap();
    let output = child_process(name, test.path().to_str().unwrap())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{text}");
    let line = text
        .lines()
        .find_map(|line| line.split_once("MEASURED "))
        .expect(&text)
        .1;
    let numbers: Vec<usize> = line
        .split_whitespace()
        .map(|n| n.parse().unwrap())
        .collect();
    println!("{rows} rows: {} KiB", numbers[1]);
    assert_eq!(numbers[0], rows);
    assert!(numbers[1] < 30_000, "{} KiB above the baseline", numbers[1]);
}

fn read_all_and_measure(path: &str) {
    let store = Store::open(StoreConfig::new(path)).unwrap();
    let baseline = memory("VmRSS:");
    let mut rows = 0;
    let count = |_: OrchestrationLog| {
        rows += 1;
        ControlFlow::Continue(())
    };
    store
        .read(|r| data::for_each(r, &Specification::new(), count))
        .unwrap();
    println!(
        "MEASURED {rows} {}",
        memory("VmHWM:").saturating_sub(baseline)
    );
}

/// A line of the process's status, in KiB.
fn memory(name: &str) -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix(name))
        .unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[test]
fn for_each_stops_where_it_is_told_to() {
    let test = TestStore::new();
    fill(&test.store, 10);
    let mut seen = 0;
    let stop_at_three = |_: Task| {
        seen += 1;
        if seen == 3 {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    };
    test.store
        .read(|r| data::for_each(r, &Specification::new(), stop_at_three))
        .unwrap();
    assert_eq!(seen, 3);
}

#[test]
fn the_examples_of_the_documentation_are_understood() {
    let text = include_str!("../../docs/queries.md");
    let examples: Vec<&str> = text
        .split("```json\n")
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap())
        .collect();
    assert!(examples.len() >= 5, "{}", examples.len());
    let test = TestStore::new();
    for example in examples {
        let document: Value = serde_json::from_str(example).expect(example);
        let query = Query::<Task>::from_json(&document).expect(example);
        test.store.read(|r| data::query(r, &query)).expect(example);
    }
}
