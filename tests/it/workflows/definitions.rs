//! Definitions and their versions.

use orchestra_store::models::WorkflowDefinition;
use orchestra_store::services::workflows::{self, NewDefinition};
use orchestra_store::{ErrorCode, Result};
use serde_json::{Value, json};

use crate::support::TestStore;

fn one_stage(command: &str) -> Value {
    json!({"stages": [{"name": "only", "tasks": [{"command": command}]}]})
}

fn publish(test: &TestStore, new: &NewDefinition) -> Result<WorkflowDefinition> {
    test.store.write(|uow| workflows::publish(uow, new))
}

fn history(test: &TestStore) -> Vec<WorkflowDefinition> {
    let history = test
        .store
        .read(|reader| workflows::history(reader, "Build"));
    history.unwrap()
}

#[test]
fn versions_are_kept_and_linked_and_one_is_active() {
    let test = TestStore::new();
    let new = NewDefinition::new("Build", one_stage("make"));
    let first = publish(&test, &new).unwrap();
    let second = NewDefinition {
        version: Some("2.0.0".to_owned()),
        change_log: Some("all new".to_owned()),
        ..new.clone()
    };
    let second = publish(&test, &second).unwrap();
    let third = publish(&test, &new).unwrap();
    let versions = [&first, &second, &third].map(|row| row.version.as_str());
    assert_eq!(versions, ["1.0.0", "2.0.0", "2.1.0"]);
    assert_eq!(first.previous_version_id, None);
    assert_eq!(second.previous_version_id.as_ref(), Some(&first.id));
    assert_eq!(third.previous_version_id.as_ref(), Some(&second.id));

    let active = |rows: &[WorkflowDefinition]| {
        let active = rows.iter().filter(|row| row.is_active);
        active.map(|row| row.version.clone()).collect::<Vec<_>>()
    };
    assert_eq!(active(&history(&test)), ["2.1.0"]);
    test.store
        .write(|uow| workflows::activate(uow, &first.id))
        .unwrap();
    assert_eq!(active(&history(&test)), ["1.0.0"]);
    // The next one follows the newest, not the active one.
    let fourth = publish(&test, &new).unwrap();
    assert_eq!(fourth.version, "2.2.0");
    assert_eq!(fourth.previous_version_id.as_ref(), Some(&third.id));
    let listed = test.store.read(workflows::list_active).unwrap();
    assert_eq!(listed, [fourth]);
}

#[test]
fn what_cannot_work_is_not_published_and_nothing_changes() {
    let test = TestStore::new();
    let good = NewDefinition::new("Build", one_stage("make {{target}}"));
    publish(&test, &good).unwrap();
    let before = history(&test);

    let with = |change: fn(&mut NewDefinition)| {
        let mut new = good.clone();
        change(&mut new);
        new
    };
    let cases = [
        (with(|new| new.name.clear()), "Name"),
        (with(|new| new.version = Some("1".to_owned())), "Version"),
        (with(|new| new.definition = json!({}).into()), "Definition"),
        (
            with(|new| new.input_schema = Some(json!({"type": 7}).into())),
            "InputSchema.type",
        ),
        (
            with(|new| new.output_schema = Some(json!([]).into())),
            "OutputSchema",
        ),
        (
            with(|new| new.input_schema = Some(json!({"properties": {"tarket": {}}}).into())),
            "Definition.stages[0].tasks[0].command",
        ),
        (with(|new| new.author = Some("x".repeat(256))), "Author"),
    ];
    for (new, column) in cases {
        let error = publish(&test, &new).unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvalidArgument, "{error}");
        assert_eq!(error.details().column.as_deref(), Some(column), "{error}");
    }
    let old = with(|new| new.version = Some("0.9.0".to_owned()));
    assert_eq!(
        publish(&test, &old).unwrap_err().code(),
        ErrorCode::Conflict
    );
    let unknown = test
        .store
        .write(|uow| workflows::activate(uow, &"nothing".parse().unwrap()));
    assert_eq!(unknown.unwrap_err().code(), ErrorCode::NotFound);
    assert_eq!(history(&test), before);
}
