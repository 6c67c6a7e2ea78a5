//! What hosts keep in the tables `QueryCache`, `ComputedResults` and `SessionData`.

use std::time::Duration;

use orchestra_store::models::AuditLog;
use orchestra_store::services::caches::{
    MAX_VALUE_BYTES, computed_results, query_cache, session_data,
};
use orchestra_store::services::data;
use orchestra_store::types::Json;
use orchestra_store::{ErrorCode, Store, StoreConfig};
use serde_json::json;

use crate::support::TestStore;

const MINUTE: Duration = Duration::from_secs(60);

fn put(test: &TestStore, key: &str, valid: query_cache::Expiry, tags: &[&str]) {
    let value = Json(json!({"of": key}));
    test.store
        .write(|uow| query_cache::put(uow, key, &value, valid, tags))
        .unwrap();
}

fn is_there(store: &Store, key: &str) -> bool {
    let found = store.read(|reader| query_cache::get(reader, key)).unwrap();
    found.is_some()
}

#[test]
fn a_result_of_a_query_is_found_by_every_store_and_written_over() {
    let test = TestStore::new();
    let write = |value| {
        let value = Json(value);
        let put = |uow: &mut orchestra_store::UnitOfWork<'_>| {
            query_cache::put(
                uow,
                "key",
                &value,
                query_cache::Expiry::Never,
                &["a", "a'b"],
            )
        };
        test.store.write(put).unwrap()
    };
    let first = write(json!([1]));
    test.advance_seconds(5);
    let second = write(json!({"x": null}));
    assert_eq!(second.id, first.id);
    assert_eq!(second.row_version, 2);
    assert_eq!(second.created_at, first.created_at);
    assert!(second.updated_at > first.updated_at);

    let other = Store::open(StoreConfig::new(test.path())).unwrap();
    let found = other.read(|reader| query_cache::get(reader, "key"));
    assert_eq!(found.unwrap(), Some(second));
    let audited = test
        .store
        .read(|reader| data::count::<AuditLog>(reader, &Default::default()));
    assert_eq!(audited.unwrap(), 0, "caches are not audited");
}

#[test]
fn entries_expire_and_a_sliding_one_is_renewed_by_its_use() {
    let test = TestStore::new();
    put(&test, "for ever", query_cache::Expiry::Never, &[]);
    put(&test, "once", query_cache::Expiry::After(MINUTE), &[]);
    put(&test, "sliding", query_cache::Expiry::Sliding(MINUTE), &[]);
    let renew = |key| {
        test.store
            .write(|uow| query_cache::renew(uow, key))
            .unwrap()
    };
    test.advance_seconds(59);
    assert!(renew("once").is_some() && renew("sliding").is_some());
    test.advance_seconds(1);
    assert!(!is_there(&test.store, "once") && renew("once").is_none());
    test.advance_seconds(58);
    assert!(is_there(&test.store, "sliding"));
    test.advance_seconds(1);
    assert!(!is_there(&test.store, "sliding") && is_there(&test.store, "for ever"));

    let remove = |limit| {
        test.store
            .write(|uow| query_cache::remove_expired(uow, limit))
            .unwrap()
    };
    assert_eq!((remove(1), remove(10), remove(10)), (1, 1, 0));
    assert!(is_there(&test.store, "for ever"));
}

#[test]
fn entries_are_removed_by_key_and_by_tag() {
    let test = TestStore::new();
    let never = query_cache::Expiry::Never;
    put(&test, "a", never, &["agents", "o'clock %"]);
    put(&test, "b", never, &["agents"]);
    put(&test, "c", never, &["agents of others"]);
    put(&test, "d", never, &[]);
    let invalidate = |tag: &str| {
        test.store
            .write(|uow| query_cache::invalidate_tag(uow, tag))
            .unwrap()
    };
    assert_eq!(invalidate("' OR 1 --"), 0);
    assert_eq!(invalidate("o'clock %"), 1);
    assert_eq!(invalidate("agents"), 1);
    assert!(is_there(&test.store, "c") && is_there(&test.store, "d"));
    let remove = |key| {
        test.store
            .write(|uow| query_cache::remove(uow, key))
            .unwrap()
    };
    assert!(remove("c") && !remove("c"));
}

#[test]
fn a_computed_result_holds_for_its_input() {
    let test = TestStore::new();
    let mut new = computed_results::NewResult::new(Json(json!(42)));
    new.input_hash = Some("abc");
    new.computation_time = Some(Duration::from_millis(1500));
    new.valid_for = Some(MINUTE);
    new.tags = &["report"];
    let row = test
        .store
        .write(|uow| computed_results::put(uow, "report", &new))
        .unwrap();
    assert_eq!(row.computation_time, Some(1500));
    let get = |hash| {
        test.store
            .read(|reader| computed_results::get(reader, "report", hash))
            .unwrap()
    };
    assert_eq!(get(None), Some(row.clone()));
    assert_eq!(get(Some("abc")), Some(row));
    assert_eq!(get(Some("other")), None);
    test.advance_seconds(60);
    assert_eq!(get(None), None);
    let removed = test
        .store
        .write(|uow| computed_results::invalidate_tag(uow, "report"));
    assert_eq!(removed.unwrap(), 1);
}

#[test]
fn a_session_has_its_own_values() {
    let test = TestStore::new();
    let put = |session: &str, key: &str, valid_for| {
        let value = Json(json!(format!("{session} {key}")));
        test.store
            .write(|uow| session_data::put(uow, session, key, &value, valid_for, &["ui"]))
            .unwrap()
    };
    let list = |session: &str| {
        let all = test
            .store
            .read(|reader| session_data::list(reader, session));
        let keys = all.unwrap().into_iter().map(|row| row.key);
        keys.collect::<Vec<_>>()
    };
    put("s1", "theme", None);
    put("s1", "cursor", Some(MINUTE));
    let of_other = put("s2", "theme", None);
    assert_eq!(list("s1"), ["cursor", "theme"]);
    test.advance_seconds(60);
    assert_eq!(list("s1"), ["theme"]);
    let removed = test
        .store
        .write(|uow| session_data::remove_session(uow, "s1"));
    assert_eq!(removed.unwrap(), 2);
    let found = test
        .store
        .read(|reader| session_data::get(reader, "s2", "theme"));
    assert_eq!(found.unwrap(), Some(of_other));
    let remove = || {
        test.store
            .write(|uow| session_data::remove(uow, "s2", "theme"))
            .unwrap()
    };
    assert!(remove() && !remove());
}

#[test]
fn what_is_too_large_is_refused_with_its_column() {
    let test = TestStore::new();
    let refused = |key: &str, value: &Json, tags: &[&str]| {
        let never = query_cache::Expiry::Never;
        let error = test
            .store
            .write(|uow| query_cache::put(uow, key, value, never, tags))
            .unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvalidArgument);
        error.details().column.clone().unwrap()
    };
    let small = Json(json!(1));
    let large = Json(json!("x".repeat(MAX_VALUE_BYTES)));
    assert_eq!(refused("", &small, &[]), "Key");
    assert_eq!(refused(&"k".repeat(501), &small, &[]), "Key");
    assert_eq!(refused("key", &large, &[]), "Value");
    assert_eq!(refused("key", &small, &[""]), "Tags");
    assert_eq!(refused("key", &small, &["t"; 33]), "Tags");
}

#[test]
fn writing_them_leaves_what_is_cached_of_other_tables() {
    let test = TestStore::new();
    let id = test.agent("a", 1);
    test.store.cached(&id).unwrap();
    put(&test, "a", query_cache::Expiry::After(MINUTE), &["t"]);
    put(&test, "a", query_cache::Expiry::Sliding(MINUTE), &["t"]);
    test.store
        .write(|uow| {
            query_cache::renew(uow, "a")?;
            query_cache::invalidate_tag(uow, "t")
        })
        .unwrap();
    test.store.cached(&id).unwrap();
    let statistics = test.store.cache_statistics();
    assert_eq!((statistics.hits, statistics.misses), (1, 1));
}
