//! Files that are not as they should be.

use orchestra_store::import::{ImportOptions, LegacyForm, StatusNumbering};
use orchestra_store::models::{AgentId, TaskId};
use orchestra_store::types::AgentStatus;
use orchestra_store::{Error, ErrorCode, Store};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{
    Copy, V3, assert_empty, assert_sound, content, dry_run, import_json, import_with, made,
    rejected, warned,
};
use crate::support::{TestStore, scaled};

fn agent(id: &str, path: &str, status: i64) -> Value {
    json!({
        "Id": id, "Name": id, "Type": "claude-code", "RepositoryPath": path,
        "Status": status, "LastPing": "2025-10-01T08:00:00+04:00", "CurrentTask": null,
    })
}

fn task(id: &str, agent: &str) -> Value {
    json!({
        "Id": id, "AgentId": agent, "Command": "ls", "RepositoryPath": "/srv/x",
        "CreatedAt": "2025-10-01T08:00:00Z", "Priority": 1, "Status": 0,
        "StartedAt": null, "CompletedAt": null, "Result": null,
    })
}

/// A small state file of the third form.
fn small_state() -> Value {
    let mut active = agent("a", "/srv/x", 4);
    active["LastActiveTime"] = json!("2025-10-01T09:00:00+04:00");
    active["TasksCompleted"] = json!(2);
    json!({
        "Agents": {"a": active.clone(), "b": agent("b", "/srv/y", 1)},
        "TaskQueue": [task("t1", "a"), task("t2", "")],
        "LastUpdate": "2025-10-02T08:00:00+04:00",
        "Repositories": {"x": {
            "Name": "x", "Path": "/srv/x", "Agents": [active],
            "IdleCount": 0, "WorkingCount": 0, "ErrorCount": 0, "OfflineCount": 1,
            "LastUpdate": "2025-10-02T08:00:00+04:00",
        }},
    })
}

#[test]
fn one_bad_record_leaves_the_others_alone() {
    let mut state = small_state();
    state["Agents"]["b"]["LastPing"] = json!(5);
    state["TaskQueue"][0]["Priority"] = json!("urgent");
    let tasks = state["TaskQueue"].as_array_mut().unwrap();
    tasks.push(json!("not a task"));
    state["Repositories"]["y"] = json!({"Name": "y"});
    let test = TestStore::new();
    let report = import_json(&test.store, &state).unwrap();
    let mut places = rejected(&report);
    places.sort_unstable();
    let expected = [
        "Agents[\"b\"].LastPing",
        "Repositories[\"y\"].Path",
        "TaskQueue[0].Priority",
        "TaskQueue[2]",
    ];
    assert_eq!(places, expected);
    let content = content(&test.store);
    assert_eq!(content.agents.len(), 1);
    assert_eq!(content.tasks.len(), 1);
    assert_eq!(report.repositories.rejected, 1);
    assert_sound(&test.store);
}

#[test]
fn an_agent_that_only_a_repository_lists_is_taken() {
    let mut state = small_state();
    let listed = state["Repositories"]["x"]["Agents"].as_array_mut().unwrap();
    listed.push(agent("c", "/srv/x", 4));
    state["Repositories"]["x"]["OfflineCount"] = json!(2);
    state["TaskQueue"][0]["AgentId"] = json!("c");
    let test = TestStore::new();
    let report = import_json(&test.store, &state).unwrap();
    assert!(report.findings.is_empty(), "{:?}", report.findings);
    assert_eq!((report.agents.read, report.agents.imported), (3, 3));
    let c = AgentId::new("c").unwrap();
    assert_eq!(test.get_agent(&c).status, AgentStatus::Offline);
    let t1 = test.get_task(&TaskId::new("t1").unwrap());
    assert_eq!(t1.agent_id, Some(c));
}

#[test]
fn a_state_that_its_numbering_does_not_have_is_rejected() {
    let mut state = small_state();
    state["Agents"]["b"]["Status"] = json!(7);
    let test = TestStore::new();
    let report = import_json(&test.store, &state).unwrap();
    assert_eq!(rejected(&report), ["Agents[\"b\"].Status"]);
    assert_eq!(report.agents.rejected, 1);
}

#[test]
fn counts_that_no_numbering_explains_are_told() {
    let mut state = small_state();
    state["Repositories"]["x"]["IdleCount"] = json!(9);
    let test = TestStore::new();
    let report = import_json(&test.store, &state).unwrap();
    assert_eq!(report.status_numbering, Some(StatusNumbering::FiveValue));
    assert_eq!(warned(&report), ["Repositories[\"x\"]"]);
}

#[test]
fn a_byte_order_mark_and_the_order_of_members_do_not_matter() {
    let state = small_state();
    let text = format!(
        "\u{feff}{{\"Repositories\":{},\"TaskQueue\":{},\"Later\":[[1]],\"Agents\":{}}}",
        state["Repositories"], state["TaskQueue"], state["Agents"]
    );
    let test = TestStore::new();
    let copy = Copy::holding(text.as_bytes());
    let report = import_with(&test.store, &copy.path, ImportOptions::default()).unwrap();
    assert_eq!(report.form, LegacyForm::StateV3);
    assert!(report.findings.is_empty(), "{:?}", report.findings);
    assert_eq!((report.agents.imported, report.tasks.imported), (2, 2));
}

/// Imports what must not be imported.
fn refused(content: &[u8]) -> Error {
    let test = TestStore::new();
    let copy = Copy::holding(content);
    let imported = import_with(&test.store, &copy.path, ImportOptions::default());
    let error = imported.expect_err(&String::from_utf8_lossy(content));
    assert_empty(&test.store, error.message());
    assert_eq!(copy.names(), ["legacy.json"], "{error}");
    error
}

#[test]
fn a_broken_file_is_refused_with_its_name_and_the_place() {
    let whole = made(V3);
    let mut broken: Vec<(Vec<u8>, &str)> = [1, 100, whole.len() / 2, whole.len() - 3]
        .map(|end| (whole[..end].to_vec(), "EOF"))
        .into();
    let mut not_utf8 = whole.clone();
    let place = whole.windows(6).position(|w| w == b"Claude").unwrap();
    not_utf8[place] = 0xFF;
    broken.push((not_utf8, "unicode"));
    let nested = |text: &str| {
        let (open, close) = ("[".repeat(100_000), "]".repeat(100_000));
        text.replace('#', &format!("{open}{close}")).into_bytes()
    };
    broken.push((nested("#"), "an object"));
    broken.push((nested(r#"{"TaskQueue":[#]}"#), "recursion limit"));
    broken.push((nested(r#"{"Agents":{"a":#}}"#), "recursion limit"));
    for (text, reason) in [
        ("", "EOF"),
        ("   \n", "EOF"),
        ("[]", "an object"),
        ("[{}]", "an object"),
        ("42", "an object"),
        ("SQLite format 3", "expected value"),
        ("{\"Agents\": {}, \"TaskQueue\": []} trailing", "trailing"),
        ("{\"Agents\": 5, \"TaskQueue\": []}", "of agents"),
        ("{\"Agents\": {}, \"TaskQueue\": {}}", "array of tasks"),
        (
            "{\"Agents\": {}, \"TaskQueue\": \"none\"}",
            "array of tasks",
        ),
        (
            "{\"Agents\": {}, \"TaskQueue\": [], \"Repositories\": []}",
            "of repositories",
        ),
        (
            "{\"Agents\": {}, \"TaskQueue\": [], \"TaskQueue\": []}",
            "twice",
        ),
        ("{\"Agents\": {}, \"TaskQueue\": [1e999]}", "out of range"),
    ] {
        broken.push((text.as_bytes().to_vec(), reason));
    }
    for (content, reason) in &broken {
        let error = refused(content);
        assert_eq!(error.code(), ErrorCode::ImportFailed, "{error}");
        for part in ["legacy.json", "line", "column", reason] {
            assert!(error.message().contains(part), "{part}: {error}");
        }
        assert!(error.message().len() < 500, "{error}");
    }
}

#[test]
fn a_file_that_is_no_json_is_refused_with_what_can_be_imported() {
    for text in ["# Notes\n", "- an item\n", "Dear diary", ""] {
        let error = refused(text.as_bytes());
        for part in [
            "neither",
            "orchestrator-state.json",
            "agent-config.json",
            "a host",
        ] {
            assert!(error.message().contains(part), "{part}: {error}");
        }
    }
    let error = refused(br#"{"Agents": {"a": }"#);
    assert!(error.message().contains("valid JSON"), "{error}");
}

#[test]
fn a_json_file_of_another_kind_is_refused() {
    for other in [
        json!({}),
        json!({"name": "x", "version": 1}),
        json!({"Agents": {}}),
        json!({"Agents": []}),
        json!({"Agents": [], "TaskQueue": []}),
        json!({"TaskQueue": [], "Repositories": {}}),
        json!({"Agents": null, "TaskQueue": null}),
    ] {
        let error = refused(other.to_string().as_bytes());
        assert_eq!(error.code(), ErrorCode::ImportFailed, "{other}");
        assert!(error.message().contains("TaskQueue"), "{error}");
    }
}

#[test]
fn what_is_no_file_can_not_be_read() {
    let test = TestStore::new();
    let directory = tempfile::tempdir().unwrap();
    for path in [directory.path().to_owned(), directory.path().join("absent")] {
        let error = import_with(&test.store, &path, ImportOptions::default()).unwrap_err();
        assert_eq!(error.code(), ErrorCode::Io, "{error}");
        assert!(error.message().contains(path.to_str().unwrap()), "{error}");
    }
}

#[test]
fn a_huge_value_is_not_repeated_in_what_is_said_of_it() {
    let mut state = small_state();
    state["TaskQueue"][0]["Status"] = json!("x".repeat(1 << 20));
    state["TaskQueue"][1]["AgentId"] = json!("y".repeat(1 << 20));
    let test = TestStore::new();
    let report = import_json(&test.store, &state).unwrap();
    assert_eq!(report.findings.len(), 2);
    assert!(report.findings.iter().all(|f| f.reason.len() < 1000));
}

#[test]
fn a_record_of_100_megabytes_is_rejected_alone() {
    let mut state = small_state();
    let tasks = state["TaskQueue"].as_array().unwrap().len() as u64;
    state["TaskQueue"][0]["Command"] = json!("x".repeat(scaled(4, 100) << 20));
    let test = TestStore::new();
    let report = import_json(&test.store, &state).unwrap();
    assert_eq!(
        (report.tasks.rejected, report.tasks.imported),
        (1, tasks - 1)
    );
    let [finding] = &report.findings[..] else {
        panic!("{} findings", report.findings.len())
    };
    assert_eq!(finding.place, "TaskQueue[0].Command");
    assert!(finding.reason.len() < 1000);
}

/// Values that may stand where others are expected.
fn any_scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-2_i64..8).prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,8}".prop_map(Value::from),
        Just(json!("a")),
        Just(json!("t1")),
        Just(json!("*")),
        Just(json!("0001-01-01T00:00:00Z")),
        Just(json!("9999-12-31T23:59:59.9999999-14:00")),
        Just(json!([])),
        Just(json!({})),
        Just(json!({"Id": "a"})),
    ]
}

/// The paths of all values within `value`.
fn pointers(value: &Value, prefix: &str, found: &mut Vec<String>) {
    found.push(prefix.to_owned());
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                pointers(member, &format!("{prefix}/{name}"), found);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                pointers(item, &format!("{prefix}/{index}"), found);
            }
        }
        _ => {}
    }
}

/// A dry run of `content`, which ends well with sums that agree, or with a typed error.
fn assert_imported_or_refused(store: &Store, content: &[u8]) {
    let copy = Copy::holding(content);
    match import_with(store, &copy.path, dry_run()) {
        Ok(report) => {
            for counts in [report.agents, report.tasks, report.repositories] {
                let sum = counts.imported
                    + counts.updated
                    + counts.unchanged
                    + counts.differing
                    + counts.rejected;
                assert_eq!(counts.read, sum, "{report:?}");
            }
            let rejections =
                report.agents.rejected + report.tasks.rejected + report.repositories.rejected;
            assert_eq!(rejections, rejected(&report).len() as u64, "{report:?}");
        }
        Err(error) => assert_eq!(error.code(), ErrorCode::ImportFailed, "{error}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn any_bytes_changed_give_an_import_or_an_error(
        edits in prop::collection::vec(
            prop::collection::vec(
                (any::<prop::sample::Index>(), any::<u8>(), 0_usize..3),
                1..4,
            ),
            32,
        ),
    ) {
        let test = TestStore::new();
        for edits in edits {
            let mut content = small_state().to_string().into_bytes();
            for (place, byte, kind) in edits {
                let place = place.index(content.len());
                match kind {
                    0 => content[place] = byte,
                    1 => content.insert(place, byte),
                    _ => drop(content.remove(place)),
                }
            }
            assert_imported_or_refused(&test.store, &content);
        }
        assert_empty(&test.store, "dry runs");
    }

    #[test]
    fn any_values_changed_give_an_import_or_an_error(
        changes in prop::collection::vec(
            prop::collection::vec((any::<prop::sample::Index>(), any_scalar()), 1..4),
            32,
        ),
    ) {
        let test = TestStore::new();
        for changes in changes {
            let mut state = small_state();
            for (place, value) in changes {
                let mut places = Vec::new();
                pointers(&state, "", &mut places);
                let place = &places[place.index(places.len())];
                *state.pointer_mut(place).unwrap() = value;
            }
            assert_imported_or_refused(&test.store, state.to_string().as_bytes());
        }
        assert_empty(&test.store, "dry runs");
    }
}
