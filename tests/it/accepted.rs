//! Whatever a write accepts, everything that reads takes.

use std::ops::ControlFlow;

use orchestra_store::maintenance::export::{ExportFormat, export, export_all};
use orchestra_store::maintenance::{backup, integrity, unobserved};
use orchestra_store::models::UserId;
use orchestra_store::registry::{self, AnyEntity, ColumnInfo};
use orchestra_store::services::agents::{self, NewAgent};
use orchestra_store::services::chat::{self, NewMessage};
use orchestra_store::services::preferences::{self, NewPreference, PreferenceScope};
use orchestra_store::services::workflows::{self, NewDefinition, Start};
use orchestra_store::services::{data, tasks};
use orchestra_store::types::{Json, MessageType};
use orchestra_store::{Error, ErrorCode, Reader, Result, Store, StoreConfig};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::every_entity::{row, store};
use crate::support::{REPOSITORY, TestStore, scaled};
use crate::workflows::flow::{End, Flow};

/// Levels of JSON around which something may change.
const DEPTHS: [usize; 11] = [1, 2, 32, 61, 62, 63, 64, 65, 126, 127, 200];
/// Lengths of texts around which something may change.
const LENGTHS: [usize; 15] = [
    0, 1, 50, 51, 100, 101, 128, 129, 255, 256, 500, 501, 1000, 2000, 2001,
];
/// Characters that some reader may not like.
const CHARACTERS: [&str; 12] = [
    "a", "\0", "\u{1}", "\n", "\"", "\\", "\u{7f}", "\u{9b}", "\u{202e}", "\u{feff}", "😀",
    "\u{fffd}",
];

fn nested(levels: usize, is_list: bool) -> Value {
    let wrap = |inner| {
        if is_list {
            json!([inner])
        } else {
            json!({"a": inner})
        }
    };
    let mut value = wrap(json!(1));
    for _ in 1..levels {
        value = wrap(value);
    }
    value
}

/// A value for a column of a kind that no reader may mind, but a writer may refuse.
fn edge(kind: &str) -> BoxedStrategy<Value> {
    let text = (
        prop::sample::select(&CHARACTERS[..]),
        prop::sample::select(&LENGTHS[..]),
    )
        .prop_map(|(character, length)| json!(character.repeat(length)));
    let document = (prop::sample::select(&DEPTHS[..]), any::<bool>())
        .prop_map(|(levels, is_list)| nested(levels, is_list));
    let numbers = [
        json!(0),
        json!(-1),
        json!(i32::MAX),
        json!(i64::from(i32::MAX) + 1),
        json!(i64::MAX),
        json!(i64::MIN),
        json!(u64::MAX),
        json!(0.1),
        json!(-0.0),
        json!(5e-324),
        json!(1.797_693_134_862_315_7e308),
    ];
    let number = prop::sample::select(Vec::from(numbers));
    match kind {
        "Text" => text.boxed(),
        "Json" => prop_oneof![3 => document, 1 => number.clone(), 1 => text].boxed(),
        "List" => prop::collection::vec(text, 0..3)
            .prop_map(Value::from)
            .boxed(),
        "Integer" | "Real" => number.boxed(),
        "Time" => prop::sample::select(vec![
            json!("0001-01-01T00:00:00Z"),
            json!("9999-12-31T23:59:59.9999999Z"),
            json!("10000-01-01T00:00:00Z"),
            json!("2024-02-29T12:00:00+14:00"),
        ])
        .boxed(),
        "TimeSpan" => prop::sample::select(vec![
            json!("00:00:00"),
            json!("10675199.02:48:05.4775807"),
            json!("-00:00:01"),
        ])
        .boxed(),
        "Bool" => any::<bool>().prop_map(Value::from).boxed(),
        _ => prop::sample::select(vec![json!(0), json!(1), json!(99)]).boxed(),
    }
}

/// Columns whose values may be anything: not those that name other rows, hide the row, or that the store writes.
fn free_columns(entity: &dyn AnyEntity) -> Vec<ColumnInfo> {
    let others = [
        "IsDeleted",
        "DeletedAt",
        "DeletedBy",
        "Id",
        "CreatedAt",
        "CreatedBy",
        "UpdatedAt",
        "UpdatedBy",
        "RowVersion",
    ];
    entity
        .columns()
        .into_iter()
        .filter(|c| !c.is_generated && !c.name.ends_with("Id") && !others.contains(&c.name))
        .collect()
}

/// Changes of a row: some columns and their values.
fn changes(entity: &'static dyn AnyEntity) -> impl Strategy<Value = Vec<(&'static str, Value)>> {
    let columns = free_columns(entity);
    let change = prop::sample::select(columns)
        .prop_flat_map(|column| (Just(column.name), edge(column.kind)));
    prop::collection::vec(change, 1..4)
}

/// Fails for an error that doesn't say what is wrong with a value.
fn expect_refusal(error: &Error, of: &dyn std::fmt::Debug) {
    let known = [
        ErrorCode::InvalidArgument,
        ErrorCode::ConstraintViolation,
        ErrorCode::AlreadyExists,
        ErrorCode::LimitExceeded,
    ];
    assert!(known.contains(&error.code()), "{of:?}: {error:?}");
}

/// Reads a row in each way that there is.
fn read_row(entity: &dyn AnyEntity, reader: &mut Reader<'_>, id: &str) -> Result<Value> {
    let found = entity.get(reader, id)?;
    let document = json!({"where": {"Id": id}});
    assert_eq!(entity.query(reader, &document)?["Items"], json!([found]));
    let text = entity.query_text(reader, &document)?;
    let parsed: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(parsed["Items"], json!([found]));
    if !entity.is_log() {
        let history = entity.history(reader, id)?;
        let history = serde_json::to_string(&history).unwrap();
        serde_json::from_str::<Value>(&history).unwrap();
        let now = reader.now();
        assert!(entity.state_at(reader, id, now)?.is_some());
    }
    for format in [ExportFormat::JsonLines, ExportFormat::Csv] {
        let mut lines = Vec::new();
        export(reader, entity, format, &mut lines, &mut |_| {
            ControlFlow::Continue(())
        })?;
        if format == ExportFormat::JsonLines {
            let exported = String::from_utf8(lines).unwrap();
            let mut rows = exported
                .lines()
                .map(|line| serde_json::from_str::<Value>(line).unwrap());
            assert!(rows.any(|row| row == found));
        }
    }
    Ok(found)
}

/// Checks that the database and all its values can be read. Rules that hold between rows are not for a single row to
/// keep.
fn check_values(store: &Store) {
    let report = store.read(integrity::check).unwrap();
    let unreadable = |finding: &&integrity::Finding| finding.rule.ends_with("can be read");
    assert_eq!(report.findings.iter().find(unreadable), None);
}

/// Checks the database, and reads a row in a copy of it.
fn read_copy(store: &Store, entity: &dyn AnyEntity, id: &str, found: &Value) {
    check_values(store);
    let directory = tempfile::tempdir().unwrap();
    let copy = directory.path().join("copy.db");
    backup::create(store, &copy, false, &mut unobserved).unwrap();
    backup::verify(&copy).unwrap();
    let copied = Store::open(StoreConfig::new(&copy)).unwrap();
    assert_eq!(&copied.read(|r| entity.get(r, id)).unwrap(), found);
}

/// Writes a row, and reads it in all ways if that was accepted. Returns whether it was.
fn try_row(entity: &'static dyn AnyEntity, changes: &[(&'static str, Value)]) -> bool {
    let test = store();
    let mut new = row(entity.name(), 1);
    for (column, value) in changes {
        new[*column] = value.clone();
    }
    let id = "row-1";
    if let Err(error) = test.store.write(|uow| entity.insert(uow, &new)) {
        expect_refusal(&error, &(entity.name(), changes));
        return false;
    }
    let found = test.store.read(|r| read_row(entity, r, id)).unwrap();
    read_copy(&test.store, entity, id, &found);
    // A row that was read can be added to another database, without what operations or the store write.
    let other = store();
    let mut taken_over = found;
    for column in entity.columns() {
        if column.writer.is_some() && new.get(column.name).is_none() {
            taken_over.as_object_mut().unwrap().remove(column.name);
        }
    }
    other
        .store
        .write(|uow| entity.insert(uow, &taken_over))
        .unwrap();
    other.store.read(|r| read_row(entity, r, id)).unwrap();
    true
}

#[test]
fn rows_that_were_accepted_are_read_in_every_way() {
    let cases = scaled(8, 400);
    for entity in registry::entities() {
        let accepted = std::cell::Cell::new(0);
        let config = ProptestConfig {
            cases,
            failure_persistence: None,
            ..ProptestConfig::default()
        };
        proptest!(config, |(changes in changes(*entity))| {
            accepted.set(accepted.get() + u32::from(try_row(*entity, &changes)));
        });
        println!("{}: {} of {cases} accepted", entity.name(), accepted.get());
    }
}

/// The texts that services are given: JSON of each depth, and each character in each length.
fn texts() -> Vec<String> {
    let documents = DEPTHS
        .iter()
        .flat_map(|&levels| [true, false].map(|is_list| nested(levels, is_list).to_string()));
    let plain = CHARACTERS
        .iter()
        .flat_map(|c| [1, 300, 100_000].map(|times| c.repeat(times)));
    documents
        .chain(plain)
        .chain(
            [
                "[1e400]",
                "-0.0",
                "12345678901234567890123",
                "{\"a\":1,\"a\":2}",
            ]
            .map(str::to_owned),
        )
        .collect()
}

/// Reads all tables in all ways that read more than one row.
fn read_all(test: &TestStore) {
    for entity in registry::entities() {
        let name = entity.name();
        let rows = test.store.read(|r| entity.query_text(r, &json!({})));
        let rows: Value =
            serde_json::from_str(&rows.unwrap()).unwrap_or_else(|e| panic!("{name}: {e}"));
        for row in rows["Items"].as_array().unwrap() {
            let id = row["Id"].as_str().unwrap();
            test.store
                .read(|r| entity.get(r, id))
                .unwrap_or_else(|e| panic!("{name}: {e}"));
            if !entity.is_log() {
                let history = test
                    .store
                    .read(|r| entity.history(r, id))
                    .unwrap_or_else(|e| panic!("{name}: {e}"));
                serde_json::from_str::<Value>(&serde_json::to_string(&history).unwrap()).unwrap();
            }
        }
    }
    let directory = tempfile::tempdir().unwrap();
    for (name, format) in [
        ("lines", ExportFormat::JsonLines),
        ("tables", ExportFormat::Csv),
    ] {
        export_all(
            &test.store,
            &directory.path().join(name),
            format,
            &mut |_, _| ControlFlow::Continue(()),
        )
        .unwrap();
    }
    for file in std::fs::read_dir(directory.path().join("lines")).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        text.lines()
            .for_each(|line| drop(serde_json::from_str::<Value>(line).unwrap()));
    }
    check_values(&test.store);
}

fn note_refusal<T>(outcome: Result<T>, of: &str) {
    if let Err(error) = outcome {
        expect_refusal(&error, &of.chars().take(80).collect::<String>());
    }
}

#[test]
fn results_of_tasks_become_an_output_that_is_read() {
    for text in texts().into_iter().step_by(scaled(3, 1)) {
        let flow = Flow::new(
            json!({"stages": [{"name": "a", "tasks": [{"command": "one"}, {"command": "two"}]}]}),
        );
        let execution = flow.start();
        let task = flow.begin("one");
        let token = task.lease_token.clone().unwrap();
        let completed = flow
            .test
            .store
            .write(|uow| tasks::complete(uow, &task.id, Some(&token), Some(&text)));
        note_refusal(completed.map(drop), &text);
        if flow.test.get_task(&task.id).result.is_some() {
            flow.run("two", End::Good);
            let ended = flow.get(&execution.id);
            let Json(output) = ended.output_results.unwrap();
            let embedded = &output["a"][0];
            assert!(
                embedded.as_str().is_some_and(|s| s == text)
                    || embedded.is_object()
                    || embedded.is_array()
            );
        }
        read_all(&flow.test);
    }
}

#[test]
fn what_services_accept_is_read() {
    let test = TestStore::new();
    let user = UserId::new("system").unwrap();
    let session = test
        .store
        .write(|uow| chat::get_or_create_session(uow, Some(&user), "one", "Talk"));
    let session = session.unwrap().id;
    let definition = test.store.write(|uow| {
        let definition =
            json!({"stages": [{"name": "a", "tasks": [{"command": "echo {{x|shell}}"}]}]});
        workflows::publish(uow, &NewDefinition::new("Flow", definition))
    });
    let definition = definition.unwrap().id;
    for (number, text) in texts().iter().enumerate() {
        let value: Value = serde_json::from_str(text).unwrap_or_else(|_| json!(text));
        let store = &test.store;
        let scope = PreferenceScope::default();
        let preference = NewPreference::new(format!("key {number}"), text, scope);
        note_refusal(store.write(|uow| preferences::set(uow, &preference)), text);
        let message = NewMessage::new(&session, MessageType::User, text.as_str());
        note_refusal(store.write(|uow| chat::append_message(uow, &message)), text);
        let mut agent = NewAgent::new(format!("Agent {number}"), "claude-code", REPOSITORY);
        agent.configuration_json = Some(Json(value.clone()));
        note_refusal(store.write(|uow| agents::register(uow, &agent)), text);
        let start = Start {
            input_parameters: Json(json!({"x": value})),
            repository_path: REPOSITORY.to_owned(),
            ..Start::default()
        };
        note_refusal(
            store.write(|uow| workflows::start(uow, &definition, &start)),
            text,
        );
    }
    read_all(&test);
    let counted = test.store.read(|r| {
        data::count(
            r,
            &orchestra_store::query::Specification::<orchestra_store::models::Agent>::new(),
        )
    });
    assert!(counted.unwrap() > 0);
}
