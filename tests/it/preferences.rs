//! Preferences: who sees which, which one wins, and what of a sealed one can be seen.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use diesel::prelude::*;
use orchestra_store::models::{AgentId, AuditLog, RepositoryId, UserPreference};
use orchestra_store::query::Specification;
use orchestra_store::schema::{audit_logs, user_preferences};
use orchestra_store::services::preferences::{self, NewPreference, PreferenceScope, Rekeyed};
use orchestra_store::services::{code_repositories, data};
use orchestra_store::types::PreferenceType;
use orchestra_store::{
    EncryptionKey, ErrorCode, Result, StaticKeys, Store, StoreConfig, UserContext,
};
use serde_json::json;
use tracing_subscriber::fmt::format::FmtSpan;

use crate::support::{REPOSITORY, TestStore, child_argument, child_process};

/// What no file, log or message may contain.
const MARKER: &str = "s3cret-marker-41f7";

fn keys() -> StaticKeys {
    StaticKeys::new("k1", EncryptionKey::new([1; 32]))
}

fn with_keys(keys: StaticKeys) -> TestStore {
    TestStore::with(|config| config.keys = Some(Arc::new(keys)))
}

/// The same file, opened with other keys.
fn reopened(test: &TestStore, keys: Option<StaticKeys>) -> Store {
    let mut config = StoreConfig::new(test.path());
    config.keys = keys.map(|keys| Arc::new(keys) as _);
    Store::open(config).unwrap()
}

fn user(store: &Store, name: &str) -> Store {
    store.context(UserContext::user(name))
}

fn set(store: &Store, new: &NewPreference) -> Result<UserPreference> {
    store.write(|uow| preferences::set(uow, new))
}

fn put(store: &Store, key: &str, value: &str, scope: PreferenceScope) -> UserPreference {
    set(store, &NewPreference::new(key, value, scope)).unwrap()
}

fn put_sealed(store: &Store, key: &str) -> UserPreference {
    let new = NewPreference::new(key, MARKER, PreferenceScope::user()).encrypted();
    set(store, &new).unwrap()
}

fn text(store: &Store, key: &str) -> Result<Option<String>> {
    let found = store.read(|r| preferences::get(r, key, &PreferenceScope::user()))?;
    Ok(found.map(|preference| preference.text().to_owned()))
}

fn repository(test: &TestStore, path: &str) -> RepositoryId {
    let row = test
        .store
        .write(|uow| code_repositories::register(uow, path));
    row.unwrap().id
}

fn audited(test: &TestStore) -> Vec<AuditLog> {
    let of_preferences = Specification::<AuditLog>::new()
        .filter(audit_logs::entity_type.eq("UserPreferences"))
        .order_by(audit_logs::id, orchestra_store::query::Direction::Ascending);
    test.store.read(|r| data::list(r, &of_preferences)).unwrap()
}

/// All scopes that apply to one agent in one repository, the most specific first.
fn scopes(repository: &RepositoryId, agent: &AgentId) -> Vec<PreferenceScope> {
    let of = |scope: PreferenceScope| {
        let both = scope.clone().of_agent(agent).in_repository(repository);
        let agent = scope.clone().of_agent(agent);
        [both, agent, scope.clone().in_repository(repository), scope]
    };
    [of(PreferenceScope::user()), of(PreferenceScope::everyone())].concat()
}

#[test]
fn the_most_specific_preference_wins() {
    let test = TestStore::new();
    let agent = test.agent("a", 1);
    let repository = repository(&test, REPOSITORY);
    let ann = user(&test.store, "ann");
    let resolved = |key: &str| {
        let found = ann.read(|r| preferences::resolve(r, key, Some(&repository), Some(&agent)));
        found
            .unwrap()
            .map(|preference| preference.text().to_owned())
    };
    let scopes = scopes(&repository, &agent);
    // Each subset of the eight scopes: the first one of it wins.
    for subset in 0_u32..256 {
        let key = format!("key {subset}");
        let chosen: Vec<usize> = (0..8).filter(|at| subset & (1 << at) != 0).collect();
        ann.write(|uow| {
            for &at in chosen.iter().rev() {
                let new = NewPreference::new(&key, at.to_string(), scopes[at].clone());
                preferences::set(uow, &new)?;
            }
            Ok(())
        })
        .unwrap();
        let expected = chosen.first().map(usize::to_string);
        assert_eq!(resolved(&key), expected, "subset {subset:08b}");
    }
    let effective = ann
        .read(|r| preferences::list_effective(r, Some(&repository), Some(&agent)))
        .unwrap();
    assert_eq!(effective.len(), 255);
    for row in effective {
        assert_eq!(resolved(&row.key), Some(row.value.clone()), "{}", row.key);
    }
}

#[test]
fn what_is_for_another_place_or_user_is_not_seen() {
    let test = TestStore::new();
    let (here, there) = (test.agent("here", 1), test.agent("there", 1));
    let elsewhere = repository(&test, "/srv/git/other");
    let (ann, bob) = (user(&test.store, "ann"), user(&test.store, "bob"));
    put(&ann, "theme", "dark", PreferenceScope::user());
    put(
        &ann,
        "editor",
        "vi",
        PreferenceScope::user().of_agent(&there),
    );
    put(
        &ann,
        "branch",
        "next",
        PreferenceScope::user().in_repository(&elsewhere),
    );
    put(&bob, "shared", "yes", PreferenceScope::everyone());

    let keys = |store: &Store| -> Vec<String> {
        let rows = store.read(|r| preferences::list_effective(r, None, Some(&here)));
        rows.unwrap().into_iter().map(|row| row.key).collect()
    };
    assert_eq!(keys(&ann), ["shared", "theme"]);
    assert_eq!(keys(&bob), ["shared"]);
    assert_eq!(text(&bob, "theme").unwrap(), None);

    // Not by its row either.
    let all = Specification::<UserPreference>::new().filter(user_preferences::key.eq("theme"));
    assert!(!bob.read(|r| data::exists(r, &all)).unwrap());
    let row = ann.read(|r| data::first(r, &all)).unwrap().unwrap();
    let error = bob.read(|r| preferences::open(r, row)).unwrap_err();
    assert_eq!(error.code(), ErrorCode::NotFound);
    // Nor can it be removed or overwritten.
    assert!(
        !bob.write(|uow| preferences::remove(uow, "theme", &PreferenceScope::user()))
            .unwrap()
    );
    put(&bob, "theme", "light", PreferenceScope::user());
    assert_eq!(text(&ann, "theme").unwrap().as_deref(), Some("dark"));
}

#[test]
fn setting_again_changes_the_row_and_keeps_what_is_not_said() {
    let test = TestStore::new();
    let mut new = NewPreference::new("theme", "dark", PreferenceScope::user());
    new.type_ = Some(PreferenceType::Behavior);
    new.category = Some("look".to_owned());
    let first = set(&test.store, &new).unwrap();
    let second = put(&test.store, "theme", "light", PreferenceScope::user());
    assert_eq!(second.id, first.id);
    assert_eq!((second.value.as_str(), second.row_version), ("light", 2));
    assert_eq!(
        (second.type_, &second.category),
        (first.type_, &first.category)
    );
    let third = put(&test.store, "theme", "light", PreferenceScope::user());
    assert_eq!(third, second);
    assert_eq!(audited(&test).len(), 2);
    assert!(
        test.store
            .write(|uow| preferences::remove(uow, "theme", &PreferenceScope::user()))
            .unwrap()
    );
    assert_eq!(text(&test.store, "theme").unwrap(), None);
}

#[test]
fn values_are_read_as_what_they_are() {
    let test = TestStore::new();
    let preference = |value: &str| {
        put(&test.store, "key", value, PreferenceScope::user());
        let found = test
            .store
            .read(|r| preferences::get(r, "key", &PreferenceScope::user()));
        found.unwrap().unwrap()
    };
    assert!(preference(" True ").bool().unwrap());
    assert!(!preference("false").bool().unwrap());
    assert_eq!(preference("-9223372036854775808").i64().unwrap(), i64::MIN);
    assert_eq!(preference("2.5e3").f64().unwrap(), 2500.0);
    let value: serde_json::Value = preference(r#"{"a": [1]}"#).json().unwrap();
    assert_eq!(value, json!({"a": [1]}));

    let wrong = preference(MARKER);
    let errors = [
        wrong.bool().unwrap_err(),
        wrong.i64().unwrap_err(),
        wrong.f64().unwrap_err(),
        wrong.json::<i64>().unwrap_err(),
        preference("9223372036854775808").i64().unwrap_err(),
        preference("NaN").f64().unwrap_err(),
        preference(&format!("\"{MARKER}\""))
            .json::<i64>()
            .unwrap_err(),
    ];
    for error in errors {
        assert_eq!(error.code(), ErrorCode::InvalidArgument);
        assert!(error.message().contains("'key'"), "{error}");
        assert!(!format!("{error:?}").contains(MARKER), "{error:?}");
    }
}

#[test]
fn what_is_read_only_stays() {
    let test = TestStore::new();
    let new = NewPreference::new("limit", "5", PreferenceScope::user()).read_only();
    let row = set(&test.store, &new).unwrap();
    let changed = set(
        &test.store,
        &NewPreference::new("limit", "6", PreferenceScope::user()),
    );
    let removed = test
        .store
        .write(|uow| preferences::remove(uow, "limit", &PreferenceScope::user()));
    for error in [changed.unwrap_err(), removed.unwrap_err()] {
        assert_eq!(error.code(), ErrorCode::ReadOnly);
        assert!(error.message().contains("'limit'"), "{error}");
        assert_eq!(error.details().id.as_deref(), Some(row.id.as_str()));
    }
    assert_eq!(text(&test.store, "limit").unwrap().as_deref(), Some("5"));
}

#[test]
fn what_is_read_only_stays_for_writers_of_any_entity_too() {
    let test = TestStore::new();
    let new = NewPreference::new("k", "v", PreferenceScope::user()).read_only();
    let mut row = set(&test.store, &new).unwrap();
    row.value = "other".to_owned();
    let update = test.store.write(|uow| data::update(uow, &mut row));
    let delete = test.store.write(|uow| data::delete(uow, &row.id));
    for error in [update.unwrap_err(), delete.unwrap_err()] {
        assert_eq!(error.code(), ErrorCode::ReadOnly, "{error}");
        assert_eq!(error.details().id.as_deref(), Some(row.id.as_str()));
    }
    assert_eq!(text(&test.store, "k").unwrap().as_deref(), Some("v"));
}

#[test]
fn what_says_that_it_is_sealed_is_sealed() {
    let test = with_keys(keys());
    let mut row = put(&test.store, "k", MARKER, PreferenceScope::user());
    row.is_encrypted = true;
    let refused = test.store.write(|uow| data::update(uow, &mut row));
    assert_eq!(refused.unwrap_err().code(), ErrorCode::InvalidArgument);
    row.id = "another".parse().unwrap();
    row.key = "another".to_owned();
    let refused = test.store.write(|uow| data::add(uow, &mut row));
    assert_eq!(refused.unwrap_err().code(), ErrorCode::InvalidArgument);
    let insertion = diesel::insert_into(user_preferences::table).values(row);
    let past_the_rules = test
        .store
        .write(|uow| Ok(insertion.execute(uow.connection())?))
        .unwrap_err();
    let constraint = past_the_rules.details().constraint.as_deref();
    assert_eq!(constraint, Some("CK_UserPreferences_Sealed"));
}

#[test]
fn a_sealed_value_is_in_no_file_audit_row_or_text() {
    let test = with_keys(keys());
    let created = put_sealed(&test.store, "token");
    assert_eq!(created.encryption_key_id.as_deref(), Some("k1"));
    assert_eq!(text(&test.store, "token").unwrap().as_deref(), Some(MARKER));

    // Without being asked to, it stays sealed.
    let other = format!("{MARKER} too");
    let changed = put(&test.store, "token", &other, PreferenceScope::user());
    assert!(changed.is_encrypted && changed.value != created.value);
    assert_eq!(
        put(&test.store, "token", &other, PreferenceScope::user()),
        changed
    );
    let all = Specification::<UserPreference>::new();
    let listed = test.store.read(|r| data::list(r, &all)).unwrap();
    assert_eq!(listed, std::slice::from_ref(&changed));
    assert!(changed.value.starts_with("sealed:v1:"), "{}", changed.value);

    let opened = test
        .store
        .read(|r| preferences::get(r, "token", &PreferenceScope::user()))
        .unwrap();
    let new = NewPreference::new("token", MARKER, PreferenceScope::user());
    let shown = format!("{changed:?} {:?} {new:?} {:?}", opened.unwrap(), test.store);
    assert!(shown.contains("[encrypted]"), "{shown}");
    assert!(
        !shown.contains(MARKER) && !shown.contains("sealed:v1:"),
        "{shown}"
    );

    assert!(
        test.store
            .write(|uow| preferences::remove(uow, "token", &PreferenceScope::user()))
            .unwrap()
    );
    let logs = audited(&test);
    assert_eq!(logs.len(), 3);
    for log in &logs {
        for values in [&log.old_values, &log.new_values].into_iter().flatten() {
            assert_eq!(values.0["Value"], "[encrypted]", "{}", log.action);
        }
    }
    assert_eq!(logs[1].changed_properties.as_ref().unwrap().0, ["Value"]);

    put_sealed(&test.store, "kept");
    test.store.close().unwrap();
    for entry in std::fs::read_dir(test.path().parent().unwrap()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        let found = bytes
            .windows(MARKER.len())
            .any(|part| part == MARKER.as_bytes());
        assert!(!found);
    }
}

/// Collects what the library tells of itself, at every level.
#[derive(Clone, Default)]
struct Told(Arc<Mutex<Vec<u8>>>);

impl Write for Told {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// In a process of its own: tracing remembers of each place that logs whether anybody listens, as the
/// first thread found it that came there, and threads of other tests have no listener.
#[test]
fn a_sealed_value_is_in_no_log() {
    let child = child_process("preferences::child_looks_into_the_log", "").output();
    let child = child.unwrap();
    let said = String::from_utf8_lossy(&child.stdout);
    assert!(child.status.success(), "{said}");
    assert!(said.contains("1 passed"), "{said}");
}

#[test]
fn child_looks_into_the_log() {
    if child_argument().is_none() {
        return;
    }
    let told = Told::default();
    let writer = told.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_span_events(FmtSpan::FULL)
        .with_writer(move || writer.clone())
        .finish();
    tracing::subscriber::with_default(subscriber, || {
        let test = with_keys(keys());
        put_sealed(&test.store, "token");
        text(&test.store, "token").unwrap();
        let wrong = StaticKeys::new("k2", EncryptionKey::new([2; 32]))
            .with("k1", EncryptionKey::new([9; 32]));
        let store = reopened(&test, Some(wrong));
        text(&store, "token").unwrap_err();
        let rekeyed = store.write(|uow| preferences::rekey(uow, 10)).unwrap();
        assert_eq!(rekeyed.failed, 1);
        store.close().unwrap();
    });
    let told = String::from_utf8(told.0.lock().unwrap().clone()).unwrap();
    assert!(told.contains("sealed anew"), "{told}");
    assert!(
        !told.contains(MARKER) && !told.contains("sealed:"),
        "{told}"
    );
}

#[test]
fn the_change_from_plain_to_sealed_is_audited_without_the_value() {
    let test = with_keys(keys());
    put(&test.store, "token", "plain", PreferenceScope::user());
    put_sealed(&test.store, "token");
    let update = audited(&test).pop().unwrap();
    assert_eq!(update.old_values.unwrap().0["Value"], "[encrypted]");
    assert_eq!(update.new_values.unwrap().0["Value"], "[encrypted]");
    let mut plain = NewPreference::new("token", MARKER, PreferenceScope::user());
    plain.is_encrypted = Some(false);
    let row = set(&test.store, &plain).unwrap();
    assert_eq!((row.value.as_str(), row.encryption_key_id), (MARKER, None));
}

#[test]
fn what_can_not_be_opened_fails_without_a_hint() {
    let test = with_keys(keys());
    let row = put_sealed(&test.store, "token");
    let stranger = put_sealed(&test.store, "other");
    let check = |store: &Store, hint: &str| {
        let error = text(store, "token").unwrap_err();
        assert_eq!(error.code(), ErrorCode::EncryptionFailed);
        assert!(error.message().contains(hint), "{error}");
        let shown = format!("{error:?}");
        assert!(
            !shown.contains(MARKER) && !shown.contains("sealed:"),
            "{shown}"
        );
    };
    check(&reopened(&test, None), "no encryption keys");
    let wrong = StaticKeys::new("k1", EncryptionKey::new([9; 32]));
    check(&reopened(&test, Some(wrong)), "can't be opened");
    let unknown = StaticKeys::new("k2", EncryptionKey::new([1; 32]));
    check(&reopened(&test, Some(unknown)), "has no key 'k1'");

    let mut tampered = row.value.clone().into_bytes();
    let last = tampered.len() - 3;
    tampered[last] = if tampered[last] == b'A' { b'B' } else { b'A' };
    for value in [
        stranger.value,
        String::from_utf8(tampered).unwrap(),
        format!("sealed:{MARKER}"),
    ] {
        let query = diesel::update(user_preferences::table.find(&row.id))
            .set(user_preferences::value.eq(value));
        test.store
            .write(|uow| Ok(query.execute(uow.connection())?))
            .unwrap();
        check(&test.store, "can't be opened");
    }
    // A new value can take its place.
    put_sealed(&test.store, "token");
    assert_eq!(text(&test.store, "token").unwrap().as_deref(), Some(MARKER));
}

#[test]
fn without_keys_nothing_is_sealed_and_the_rest_works() {
    let test = TestStore::new();
    let new = NewPreference::new("token", MARKER, PreferenceScope::user()).encrypted();
    let error = set(&test.store, &new).unwrap_err();
    assert_eq!(error.code(), ErrorCode::EncryptionFailed);
    assert!(error.message().contains("no encryption keys"), "{error}");
    assert!(!format!("{error:?}").contains(MARKER));
    let error = test
        .store
        .write(|uow| preferences::rekey(uow, 10))
        .unwrap_err();
    assert_eq!(error.code(), ErrorCode::EncryptionFailed);
    put(&test.store, "theme", "dark", PreferenceScope::user());
    assert_eq!(text(&test.store, "theme").unwrap().as_deref(), Some("dark"));
}

#[test]
fn a_new_key_takes_over_in_batches() {
    let test = with_keys(keys());
    for name in ["ann", "bob", "cleo"] {
        put_sealed(&user(&test.store, name), "token");
    }
    let read_only = NewPreference::new("fixed", MARKER, PreferenceScope::user());
    set(&test.store, &read_only.encrypted().read_only()).unwrap();
    let lost = put_sealed(&test.store, "lost");
    put(&test.store, "theme", "dark", PreferenceScope::user());
    let query = diesel::update(user_preferences::table.find(&lost.id))
        .set(user_preferences::encryption_key_id.eq("k0"));
    test.store
        .write(|uow| Ok(query.execute(uow.connection())?))
        .unwrap();

    let both =
        StaticKeys::new("k2", EncryptionKey::new([2; 32])).with("k1", EncryptionKey::new([1; 32]));
    let store = reopened(&test, Some(both));
    let rekey = || store.write(|uow| preferences::rekey(uow, 3)).unwrap();
    let first = rekey();
    assert_eq!((first.resealed, first.remaining), (3, 2));
    let rest = Rekeyed {
        resealed: 1,
        failed: 1,
        remaining: 1,
    };
    assert_eq!(rekey(), rest);
    assert_eq!(
        rekey(),
        Rekeyed {
            resealed: 0,
            ..rest
        }
    );

    // The old key is no longer needed, and no longer of use.
    let new_only = StaticKeys::new("k2", EncryptionKey::new([2; 32]));
    let store = reopened(&test, Some(new_only));
    for name in ["ann", "bob", "cleo"] {
        let text = text(&user(&store, name), "token").unwrap();
        assert_eq!(text.as_deref(), Some(MARKER));
    }
    assert_eq!(
        text(&user(&store, "system"), "fixed").unwrap().as_deref(),
        Some(MARKER)
    );
    let error = text(&test.store, "fixed").unwrap_err();
    assert_eq!(error.code(), ErrorCode::EncryptionFailed);
    for log in audited(&test) {
        assert!(!format!("{log:?}").contains("sealed:v1:"), "{log:?}");
    }
}

#[test]
fn keys_are_not_shown() {
    let mut config = StoreConfig::new("orchestra.db");
    let key = EncryptionKey::new([171; 32]);
    config.keys = Some(Arc::new(StaticKeys::new("k1", key.clone())));
    for text in [
        format!("{config:?}"),
        format!("{config:#?}"),
        format!("{key:?}"),
    ] {
        assert!(text.contains("hidden") && !text.contains("171"), "{text}");
    }
}

#[test]
fn values_that_make_no_sense_are_refused_by_name() {
    let test = TestStore::new();
    let long = "k".repeat(256);
    for (key, value, column) in [
        ("", "v", "Key"),
        (&long, "v", "Key"),
        ("k", "a\0b", "Value"),
    ] {
        let error = set(
            &test.store,
            &NewPreference::new(key, value, PreferenceScope::user()),
        )
        .unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvalidArgument);
        assert_eq!(error.details().column.as_deref(), Some(column));
    }
    let ghost = PreferenceScope::user().of_agent(&AgentId::new("ghost").unwrap());
    let error = set(&test.store, &NewPreference::new("k", "v", ghost)).unwrap_err();
    assert_eq!(error.code(), ErrorCode::ConstraintViolation);
}

#[test]
fn lists_are_read_as_lists_only() {
    let test = TestStore::new();
    let list = |value: &str| {
        put(&test.store, "tools", value, PreferenceScope::user());
        let found = test
            .store
            .read(|r| preferences::get(r, "tools", &PreferenceScope::user()));
        found.unwrap().unwrap().list()
    };
    assert_eq!(list(r#"["a, b", ""]"#).unwrap(), ["a, b", ""]);
    assert_eq!(list(" [] ").unwrap(), [""; 0]);
    for wrong in [
        "a, b",
        "",
        "[1]",
        "[null]",
        r#"{"a": []}"#,
        r#""a""#,
        r#"["a""#,
    ] {
        let error = list(wrong).unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvalidArgument);
        let expected = "'tools' must be a JSON array of strings";
        assert!(error.message().contains(expected), "{error}");
    }
}
