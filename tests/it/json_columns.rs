//! JSON given as text, as hosts on Entity Framework have it in their properties, is never stored as a text.

use orchestra_store::models::Agent;
use orchestra_store::registry::{self, AnyEntity};
use orchestra_store::services::agents::{self, NewAgent};
use orchestra_store::{Error, ErrorCode};
use serde_json::{Value, json};

use crate::support::TestStore;

fn agents() -> &'static dyn AnyEntity {
    registry::by_name("Agents").unwrap()
}

fn refused(error: &Error) {
    assert_eq!(error.code(), ErrorCode::InvalidArgument);
    assert_eq!(error.details().column.as_deref(), Some("ConfigurationJson"));
}

/// What is stored of a text or document that is given to each of the ways to write a row.
fn stored(test: &TestStore, given: &Value) -> Vec<Result<Value, Error>> {
    let id = test.agent("a", 1);
    let row = json!({"Name": "B", "Type": "t", "RepositoryPath": "*", "LastPing": "2026-01-01T00:00:00Z",
        "ConfigurationJson": given});
    let change = json!({"ConfigurationJson": given});
    let with_id = json!({"Id": id, "ConfigurationJson": given});
    let of = |row: Value| row["ConfigurationJson"].clone();
    let insert = test.store.write(|uow| agents().insert(uow, &row)).map(of);
    let update = test
        .store
        .write(|uow| agents().update(uow, &with_id))
        .map(of);
    let bulk = test.store.write(|uow| {
        agents().bulk_update(uow, &json!({"where": {"Id": id}}), &change)?;
        agents().get(uow, id.as_str()).map(of)
    });
    vec![insert, update, bulk]
}

#[test]
fn the_text_of_a_document_is_taken_as_the_document() {
    let test = TestStore::new();
    for (given, kept) in [
        (json!({"a": 1}), json!({"a": 1})),
        (json!(r#"{"a": [true]}"#), json!({"a": [true]})),
        (json!("7"), json!(7)),
        (json!(null), json!(null)),
    ] {
        for stored in stored(&test, &given) {
            assert_eq!(stored.unwrap(), kept, "{given}");
        }
    }
}

#[test]
fn any_other_text_is_refused() {
    let test = TestStore::new();
    for given in ["hello", "{", ""] {
        for stored in stored(&test, &json!(given)) {
            refused(&stored.unwrap_err());
        }
    }
}

#[test]
fn a_row_that_is_given_back_as_it_was_read_passes() {
    let test = TestStore::new();
    // A text within the document's place, as only Rust or an older release can write it.
    let mut new = NewAgent::new("A", "t", "*");
    new.configuration_json = Some(json!("hello").into());
    let agent: Agent = test.store.write(|uow| agents::register(uow, &new)).unwrap();
    let row = serde_json::to_value(&agent).unwrap();
    let back = test.store.write(|uow| agents().update(uow, &row)).unwrap();
    assert_eq!(back, row);
}

#[test]
fn so_it_is_for_the_documents_of_operations() {
    let read = |text: &str| {
        let json =
            json!({"Name": "A", "Type": "t", "RepositoryPath": "*", "ConfigurationJson": text});
        serde_json::from_value::<NewAgent>(json)
    };
    let kept = read(r#"{"a":1}"#).unwrap().configuration_json;
    assert_eq!(kept, Some(json!({"a": 1}).into()));
    assert!(read("hello").is_err());
}
