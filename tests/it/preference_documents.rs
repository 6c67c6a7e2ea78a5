//! Preferences as documents: what is exported, and that an import takes all or nothing.

use std::sync::Arc;

use orchestra_store::models::{AgentId, UserPreference};
use orchestra_store::query::Specification;
use orchestra_store::services::preferences::{
    self, Exported, Import, NewPreference, PreferenceDocument, PreferenceScope, SealedValues,
};
use orchestra_store::services::{code_repositories, data};
use orchestra_store::types::PreferenceType;
use orchestra_store::{EncryptionKey, ErrorCode, Result, StaticKeys, Store, UserContext};
use serde_json::json;

use crate::support::{REPOSITORY, TestStore};

const MARKER: &str = "s3cret-marker-93b0";

/// A store with an agent `a` and a repository.
fn with_key(number: u8) -> TestStore {
    let key = StaticKeys::new(format!("k{number}"), EncryptionKey::new([number; 32]));
    let test = TestStore::with(|config| config.keys = Some(Arc::new(key)));
    test.agent("a", 1);
    test
}

fn set(store: &Store, new: &NewPreference) {
    store.write(|uow| preferences::set(uow, new)).unwrap();
}

/// Preferences of Ann and of everyone, in different scopes, one of them sealed.
fn fill(test: &TestStore) -> Store {
    let ann = test.store.context(UserContext::user("ann"));
    let repository = test
        .store
        .read(|r| code_repositories::get_by_path(r, REPOSITORY));
    let repository = repository.unwrap().unwrap().id;
    let agent = AgentId::new("a").unwrap();
    let both = PreferenceScope::user()
        .in_repository(&repository)
        .of_agent(&agent);
    let mut theme = NewPreference::new("theme", "dark", PreferenceScope::user());
    theme.type_ = Some(PreferenceType::Behavior);
    theme.category = Some("look".to_owned());
    theme.description = Some("of the window".to_owned());
    set(&ann, &theme);
    set(
        &ann,
        &NewPreference::new("theme", "light", both).read_only(),
    );
    set(
        &ann,
        &NewPreference::new("token", MARKER, PreferenceScope::user()).encrypted(),
    );
    set(
        &ann,
        &NewPreference::new("theme", "grey", PreferenceScope::everyone()),
    );
    let bob = test.store.context(UserContext::user("bob"));
    set(
        &bob,
        &NewPreference::new("theme", "pink", PreferenceScope::user()),
    );
    ann
}

fn export(store: &Store, with_default: bool, sealed: SealedValues) -> Exported {
    store
        .read(|r| preferences::export(r, with_default, sealed))
        .unwrap()
}

fn import(store: &Store, document: &PreferenceDocument) -> Result<Import> {
    store.write(|uow| preferences::import(uow, document))
}

fn all(store: &Store) -> Vec<UserPreference> {
    store
        .read(|r| data::list(r, &Specification::<UserPreference>::new()))
        .unwrap()
}

/// What a preference says, without the stamps and ids of its row.
fn told(store: &Store) -> Vec<serde_json::Value> {
    let open = |row: UserPreference| {
        let opened = store.read(|r| preferences::open(r, row.clone())).unwrap();
        json!([
            row.user_id,
            row.key,
            opened.text(),
            row.type_,
            row.category,
            row.description,
            row.agent_id,
            row.repository_id.is_some(),
            row.is_encrypted,
            row.is_read_only
        ])
    };
    let mut told: Vec<_> = all(store).into_iter().map(open).collect();
    told.sort_by_key(ToString::to_string);
    told
}

fn document(preferences: serde_json::Value) -> PreferenceDocument {
    serde_json::from_value(json!({"Version": 1, "Preferences": preferences})).unwrap()
}

#[test]
fn what_is_exported_comes_back_elsewhere() {
    let here = with_key(1);
    let ann = fill(&here);
    let exported = export(&ann, true, SealedValues::KeepSealed);
    assert_eq!(
        (exported.document.preferences.len(), exported.left_out),
        (4, 0)
    );
    let text = serde_json::to_string(&exported).unwrap();
    assert!(!text.contains(MARKER) && !text.contains("pink"), "{text}");

    let there = with_key(1);
    let ann_there = there.store.context(UserContext::user("ann"));
    let document: PreferenceDocument =
        serde_json::from_value(serde_json::to_value(&exported.document).unwrap()).unwrap();
    let outcome = import(&ann_there, &document).unwrap();
    assert_eq!(
        (outcome.imported, outcome.unchanged, outcome.refused),
        (4, 0, vec![])
    );
    assert_eq!(told(&ann_there), told(&ann));

    // Again it changes nothing, read-only or not.
    let before = all(&ann_there);
    let outcome = import(&ann_there, &document).unwrap();
    assert_eq!(
        (outcome.imported, outcome.unchanged, outcome.refused),
        (0, 4, vec![])
    );
    assert_eq!(all(&ann_there), before);
}

#[test]
fn sealed_values_are_left_out_by_default_and_never_in_clear() {
    let test = with_key(1);
    let ann = fill(&test);
    let exported = export(&ann, false, SealedValues::default());
    assert_eq!(
        (exported.document.preferences.len(), exported.left_out),
        (2, 1)
    );
    let text = serde_json::to_string(&exported).unwrap();
    assert!(!text.contains("token") && !text.contains("grey"), "{text}");
}

#[test]
fn one_that_is_refused_refuses_all_and_each_is_told_with_its_key() {
    let test = with_key(1);
    let ann = fill(&test);
    let mut sealed = export(&ann, false, SealedValues::KeepSealed).document;
    sealed.preferences.retain(|p| p.key == "token");
    let before = all(&ann);
    let mut given = document(json!([
        {"Key": "fine", "Value": "1"},
        {"Key": "", "Value": "1"},
        {"Key": "nul", "Value": "a\u{0}b"},
        {"Key": "nowhere", "Value": "1", "RepositoryPath": "/srv/nowhere"},
        {"Key": "nobody", "Value": "1", "AgentId": "nobody"},
        {"Key": "theme", "Value": "blue", "RepositoryPath": REPOSITORY, "AgentId": "a"},
        {"Key": "fine", "Value": "2"},
        {"Key": "bound", "Value": "x", "SealedAs": {"Id": "i", "EncryptionKeyId": "k1"}},
        {"Key": "forged", "Value": "sealed:v1:AAAA", "IsEncrypted": true,
         "SealedAs": {"Id": "i", "EncryptionKeyId": "k1"}},
        {"Key": "theme", "Value": "black"},
    ]));
    let outcome = import(&ann, &given).unwrap();
    let refused: Vec<_> = outcome
        .refused
        .iter()
        .map(|r| (r.index, r.key.as_str(), r.code))
        .collect();
    assert_eq!(
        refused,
        [
            (1, "", ErrorCode::InvalidArgument),
            (2, "nul", ErrorCode::InvalidArgument),
            (3, "nowhere", ErrorCode::NotFound),
            (4, "nobody", ErrorCode::NotFound),
            (5, "theme", ErrorCode::ReadOnly),
            (6, "fine", ErrorCode::AlreadyExists),
            (7, "bound", ErrorCode::InvalidArgument),
            (8, "forged", ErrorCode::EncryptionFailed),
        ]
    );
    assert_eq!(outcome.imported, 0);
    assert_eq!(all(&ann), before);

    let index = std::cell::Cell::new(0);
    given.preferences.retain(|_| {
        let at = index.replace(index.get() + 1);
        matches!(at, 0 | 9)
    });
    assert_eq!(import(&ann, &given).unwrap().imported, 2);

    // Another key doesn't open what was sealed here.
    let stranger = with_key(2);
    let outcome = import(&stranger.store, &sealed).unwrap();
    assert_eq!(
        (outcome.refused[0].key.as_str(), outcome.refused[0].code),
        ("token", ErrorCode::EncryptionFailed)
    );
    assert_eq!(all(&stranger.store), []);
}

#[test]
fn what_comes_in_clear_and_is_to_be_sealed_is_sealed() {
    let test = with_key(1);
    let given = document(json!([{"Key": "token", "Value": MARKER, "IsEncrypted": true}]));
    assert!(!format!("{given:?}").contains(MARKER));
    assert_eq!(import(&test.store, &given).unwrap().imported, 1);
    let row = all(&test.store).remove(0);
    assert!(row.is_encrypted && !row.value.contains(MARKER));
    let opened = test.store.read(|r| preferences::open(r, row)).unwrap();
    assert_eq!(opened.text(), MARKER);
    assert_eq!(import(&test.store, &given).unwrap().unchanged, 1);
}

#[test]
fn a_document_of_another_form_is_refused() {
    let test = with_key(1);
    let mut given = document(json!([]));
    assert_eq!(import(&test.store, &given).unwrap(), Import::default());
    given.version = 2;
    let error = import(&test.store, &given).unwrap_err();
    assert_eq!(error.details().column.as_deref(), Some("Version"));
    let one = document(json!([{"Key": "k", "Value": "v"}]))
        .preferences
        .remove(0);
    given.version = 1;
    given.preferences = vec![one; 10_001];
    let error = import(&test.store, &given).unwrap_err();
    assert_eq!(error.details().column.as_deref(), Some("Preferences"));
    assert!(
        serde_json::from_value::<PreferenceDocument>(json!({"Version": 1, "Prefs": []})).is_err()
    );
}
