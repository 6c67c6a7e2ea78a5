//! The operations of the specification's `IGenericRepository<T>`, each under its name, and what its implementation does.

use std::sync::Arc;
use std::time::Duration;

use diesel::ExpressionMethods as _;
use orchestra_store::models::{Agent, AgentId, CodeRepository, RepositoryId, Task};
use orchestra_store::query::{Aggregate, Condition, Direction, Specification};
use orchestra_store::schema::{agents, repositories};
use orchestra_store::services::{agents as agent_service, data};
use orchestra_store::{
    CancelToken, ErrorCode, Reader, Result, Store, TableDependency, UnitOfWork, UserContext,
};
use serde_json::{Value, json};

use super::rows::{agents_of, entity, five_repositories, get, ids, insert, query};
use crate::support::{REPOSITORY, TestStore};

const TABLE: &str = "Repositories";

fn look<T>(test: &TestStore, work: impl FnOnce(&mut Reader<'_>) -> Result<T>) -> T {
    test.store.read(work).unwrap()
}

fn change<T>(test: &TestStore, work: impl FnOnce(&mut UnitOfWork<'_>) -> Result<T>) -> T {
    test.store.write(work).unwrap()
}

fn repository_id(id: &str) -> RepositoryId {
    RepositoryId::new(id).unwrap()
}

fn aggregate(test: &TestStore, aggregate: Aggregate, column: &str) -> Value {
    look(test, |r| {
        entity("Agents").aggregate(r, &json!({}), aggregate, column)
    })
}

/// Whether the next cached read of a repository is answered from memory.
fn is_cached(store: &Store, id: &str) -> bool {
    let hits = store.cache_statistics().hits;
    store.cached(&repository_id(id)).unwrap();
    store.cache_statistics().hits > hits
}

fn rename(uow: &mut UnitOfWork<'_>, id: &str, name: &str) -> Result<Value> {
    entity(TABLE).update(uow, &json!({"Id": id, "Name": name}))
}

// Basic operations.

#[test]
fn get_by_id() {
    let test = five_repositories();
    let found = look(&test, |r| {
        data::find::<CodeRepository>(r, &repository_id("b"))
    });
    assert_eq!(found.unwrap().name, "repository b");
    let nothing = look(&test, |r| {
        data::find::<CodeRepository>(r, &repository_id("x"))
    });
    assert_eq!(nothing, None);
}

#[test]
fn get_by_id_with_include_properties() {
    let test = five_repositories();
    let agent = test.agent("a", 1);
    let document = json!({"where": {"Id": agent.as_str()}, "include": ["Repository", "Tasks"]});
    let answer = query(&test.store, "Agents", &document);
    let row = &answer["Items"][0];
    assert_eq!(row["Repository"]["Path"], REPOSITORY);
    assert_eq!(row["Tasks"], json!([]));
}

#[test]
fn get_all() {
    let test = five_repositories();
    assert_eq!(
        ids(&test.store, TABLE, &json!({})),
        ["a", "b", "c", "d", "e"]
    );
}

#[test]
fn find() {
    let test = five_repositories();
    let inactive = Specification::<CodeRepository>::new().filter(repositories::is_active.eq(false));
    let found = look(&test, |r| data::list(r, &inactive));
    let found: Vec<&str> = found.iter().map(|row| row.id.as_str()).collect();
    assert_eq!(found, ["d", "e"]);
}

// Advanced querying.

#[test]
fn get_paged() {
    let test = five_repositories();
    let document = json!({"where": {"IsActive": true}, "orderBy": [{"Name": "desc"}], "page": {"number": 1, "size": 2}});
    assert_eq!(ids(&test.store, TABLE, &document), ["c", "b"]);
    let answer = query(&test.store, TABLE, &document);
    let told = ["TotalCount", "PageNumber", "PageSize", "TotalPages"]
        .map(|field| answer[field].as_i64().unwrap());
    assert_eq!(told, [3, 1, 2, 2]);
}

#[test]
fn get_paged_without_a_predicate_has_all_rows() {
    let test = five_repositories();
    let answer = query(
        &test.store,
        TABLE,
        &json!({"page": {"number": 1, "size": 10}}),
    );
    assert_eq!(answer["TotalCount"], 5);
    assert_eq!(answer["Items"].as_array().unwrap().len(), 5);
}

#[test]
fn get_paged_orders_ascending_or_descending() {
    let test = five_repositories();
    let ordered = |direction: &str| {
        let document = json!({"orderBy": [{"Path": direction}], "page": {"number": 1, "size": 2}});
        ids(&test.store, TABLE, &document)
    };
    assert_eq!(ordered("asc"), ["a", "b"]);
    assert_eq!(ordered("desc"), ["e", "d"]);
    let default = json!({"orderBy": ["Path"], "page": {"number": 1, "size": 2}});
    assert_eq!(
        ids(&test.store, TABLE, &default),
        ["a", "b"],
        "ascending = true"
    );
}

#[test]
fn get_paged_page_number_defaults_to_1() {
    let test = five_repositories();
    let document = json!({"page": {"size": 2}});
    assert_eq!(ids(&test.store, TABLE, &document), ["a", "b"]);
    assert_eq!(query(&test.store, TABLE, &document)["PageNumber"], 1);
}

#[test]
fn get_paged_page_size_defaults_to_20() {
    let test = TestStore::new();
    for number in 0..21 {
        insert(
            &test.store,
            "Users",
            &json!({"UserName": format!("user {number}")}),
        );
    }
    let answer = query(&test.store, "Users", &json!({"page": {"number": 1}}));
    assert_eq!(answer["Items"].as_array().unwrap().len(), 20);
    assert_eq!(
        (&answer["PageSize"], &answer["TotalPages"]),
        (&json!(20), &json!(2))
    );
}

#[test]
fn get_paged_includes_related_rows() {
    let test = five_repositories();
    test.agent("a", 1);
    let document = json!({"include": ["Repository"], "page": {"number": 1, "size": 1}});
    let answer = query(&test.store, "Agents", &document);
    assert_eq!(answer["Items"][0]["Repository"]["Path"], REPOSITORY);
}

#[test]
fn get_paged_includes_a_path_of_relations() {
    let test = five_repositories();
    let agent = test.agent("a", 1);
    let repository = test.get_agent(&agent).repository_id.unwrap();
    let document = json!({"where": {"Id": repository}, "include": ["Agents.Repository"], "page": {"number": 1, "size": 1}});
    let answer = query(&test.store, TABLE, &document);
    assert_eq!(
        answer["Items"][0]["Agents"][0]["Repository"]["Path"],
        REPOSITORY
    );
}

#[test]
fn get_paged_skips_the_pages_before() {
    let test = five_repositories();
    let page = |number: i64| {
        ids(
            &test.store,
            TABLE,
            &json!({"page": {"number": number, "size": 2}}),
        )
    };
    assert_eq!(page(2), ["c", "d"]);
    assert_eq!(page(3), ["e"]);
    assert_eq!(page(4), [""; 0]);
}

#[test]
fn get_paged_total_pages_are_rounded_up() {
    let test = five_repositories();
    let pages = |size: u32| {
        let answer = query(
            &test.store,
            TABLE,
            &json!({"page": {"number": 1, "size": size}}),
        );
        answer["TotalPages"].as_i64().unwrap()
    };
    assert_eq!(
        [pages(1), pages(2), pages(3), pages(5), pages(6)],
        [5, 3, 2, 1, 1]
    );
}

#[test]
fn find_with_specification() {
    let test = five_repositories();
    let active = Condition::matching(repositories::is_active.eq(true));
    let named = Condition::matching(repositories::name.eq("repository b"));
    let specification = Specification::<CodeRepository>::new()
        .matching(active.and(named.not()))
        .order_by(repositories::path, Direction::Descending);
    let found = look(&test, |r| data::list(r, &specification));
    let found: Vec<&str> = found.iter().map(|row| row.id.as_str()).collect();
    assert_eq!(found, ["c", "a"]);
}

// Aggregations.

#[test]
fn count() {
    let test = five_repositories();
    let count = |document: Value| look(&test, |r| entity(TABLE).count(r, &document));
    assert_eq!(count(json!({})), 5);
    assert_eq!(count(json!({"where": {"IsActive": false}})), 2);
}

#[test]
fn exists() {
    let test = five_repositories();
    let exists = |name: &str| {
        look(&test, |r| {
            entity(TABLE).exists(r, &json!({"where": {"Name": name}}))
        })
    };
    assert!(exists("repository a"));
    assert!(!exists("repository x"));
}

#[test]
fn max() {
    let test = agents_of(&[2, 7, 3]);
    assert_eq!(aggregate(&test, Aggregate::Max, "MaxConcurrentTasks"), 7);
}

#[test]
fn min() {
    let test = agents_of(&[4, 2, 3]);
    assert_eq!(aggregate(&test, Aggregate::Min, "MaxConcurrentTasks"), 2);
}

#[test]
fn sum() {
    let test = agents_of(&[4, 2, 3]);
    assert_eq!(aggregate(&test, Aggregate::Sum, "MaxConcurrentTasks"), 9);
}

#[test]
fn average() {
    let test = agents_of(&[4, 2]);
    assert_eq!(
        aggregate(&test, Aggregate::Average, "MaxConcurrentTasks"),
        3.0
    );
}

// Modifications.

#[test]
fn add() {
    let test = TestStore::new();
    let added = insert(
        &test.store,
        TABLE,
        &json!({"Name": "search", "Path": "/srv/search"}),
    );
    let id = added["Id"].as_str().unwrap();
    assert_eq!(get(&test.store, TABLE, id), added);
}

#[test]
fn add_range() {
    let test = TestStore::new();
    let row = |path: &str| json!({"Id": path, "Name": "search", "Path": path});
    change(&test, |uow| {
        entity(TABLE).insert_many(uow, &[row("/a"), row("/b")])
    });
    assert_eq!(ids(&test.store, TABLE, &json!({})), ["/a", "/b"]);
    let refused = test
        .store
        .write(|uow| entity(TABLE).insert_many(uow, &[row("/c"), row("/a")]));
    assert_eq!(refused.unwrap_err().code(), ErrorCode::AlreadyExists);
    assert_eq!(
        ids(&test.store, TABLE, &json!({})),
        ["/a", "/b"],
        "all or none"
    );
}

#[test]
fn update() {
    let test = five_repositories();
    let mut row = look(&test, |r| {
        data::get::<CodeRepository>(r, &repository_id("a"))
    });
    row.name = "other".to_owned();
    assert!(change(&test, |uow| data::update(uow, &mut row)));
    assert_eq!(get(&test.store, TABLE, "a")["Name"], "other");
}

#[test]
fn update_range() {
    let test = five_repositories();
    let rows = ["a", "b"].map(|id| json!({"Id": id, "Name": "other"}));
    change(&test, |uow| entity(TABLE).update_many(uow, &rows));
    assert_eq!(
        ids(&test.store, TABLE, &json!({"where": {"Name": "other"}})),
        ["a", "b"]
    );
}

#[test]
fn delete_entity() {
    let test = five_repositories();
    let row = look(&test, |r| {
        data::get::<CodeRepository>(r, &repository_id("a"))
    });
    change(&test, |uow| data::delete_entity(uow, &row));
    assert_eq!(ids(&test.store, TABLE, &json!({})), ["b", "c", "d", "e"]);
}

#[test]
fn delete_by_id() {
    let test = five_repositories();
    change(&test, |uow| entity(TABLE).delete(uow, "c"));
    assert_eq!(ids(&test.store, TABLE, &json!({})), ["a", "b", "d", "e"]);
    let missing = test.store.write(|uow| entity(TABLE).delete(uow, "c"));
    assert_eq!(missing.unwrap_err().code(), ErrorCode::NotFound);
}

#[test]
fn delete_range() {
    let test = five_repositories();
    assert_eq!(
        change(&test, |uow| entity(TABLE).delete_many(uow, &["a", "e"])),
        2
    );
    assert_eq!(ids(&test.store, TABLE, &json!({})), ["b", "c", "d"]);
}

// Bulk operations.

#[test]
fn bulk_insert() {
    let test = five_repositories();
    let rows = look(&test, |r| {
        data::list(r, &Specification::<CodeRepository>::new())
    });
    let other = TestStore::new();
    assert_eq!(change(&other, |uow| data::bulk_insert(uow, rows)), 5);
    assert_eq!(
        ids(&other.store, TABLE, &json!({})),
        ["a", "b", "c", "d", "e"]
    );
}

#[test]
fn bulk_insert_of_nothing_inserts_0() {
    let test = TestStore::new();
    assert_eq!(
        change(&test, |uow| data::bulk_insert::<CodeRepository>(uow, [])),
        0
    );
}

#[test]
fn bulk_update() {
    let test = five_repositories();
    let inactive = json!({"where": {"IsActive": false}});
    let changes = json!({"Description": "old"});
    assert_eq!(
        change(&test, |uow| entity(TABLE)
            .bulk_update(uow, &inactive, &changes)),
        2,
        "affected rows"
    );
    assert_eq!(
        ids(
            &test.store,
            TABLE,
            &json!({"where": {"Description": "old"}})
        ),
        ["d", "e"]
    );
}

#[test]
fn bulk_delete() {
    let test = five_repositories();
    let inactive = json!({"where": {"IsActive": false}});
    assert_eq!(
        change(&test, |uow| entity(TABLE).bulk_delete(uow, &inactive)),
        2
    );
    assert_eq!(ids(&test.store, TABLE, &json!({})), ["a", "b", "c"]);
}

// Caching.

fn cached_count(test: &TestStore, key: &str, expiry: Option<Duration>, value: i64) -> i64 {
    let tasks = [TableDependency::on::<Task>()];
    *test
        .store
        .cached_result(key, &tasks, expiry, |_| Ok(value))
        .unwrap()
}

#[test]
fn get_from_cache() {
    let test = TestStore::new();
    assert_eq!(cached_count(&test, "k", None, 1), 1, "the factory makes it");
    assert_eq!(cached_count(&test, "k", None, 2), 1);
    assert_eq!(cached_count(&test, "other", None, 2), 2);
}

#[test]
fn get_from_cache_for_an_expiration() {
    let test = TestStore::new();
    let minute = Some(Duration::from_secs(60));
    cached_count(&test, "k", minute, 1);
    test.advance_seconds(59);
    assert_eq!(cached_count(&test, "k", minute, 2), 1);
    test.advance_seconds(1);
    assert_eq!(cached_count(&test, "k", minute, 3), 3);
}

#[test]
fn invalidate_cache() {
    let test = TestStore::new();
    cached_count(&test, "k", None, 1);
    assert!(test.store.invalidate("k"));
    assert_eq!(cached_count(&test, "k", None, 2), 2);
}

#[test]
fn invalidate_cache_pattern() {
    let test = TestStore::new();
    for key in ["Tasks_1", "Tasks_2", "Agents_1"] {
        cached_count(&test, key, None, 1);
    }
    assert_eq!(test.store.invalidate_pattern("Tasks_*"), 2);
    assert_eq!(cached_count(&test, "Tasks_1", None, 2), 2);
    assert_eq!(cached_count(&test, "Agents_1", None, 2), 1);
}

// What every operation has, and what the implementation says of them.

#[test]
fn every_operation_takes_a_cancellation_token() {
    let test = five_repositories();
    let token = CancelToken::new();
    token.cancel();
    let store = test.store.cancellable(&token);
    let all = Specification::<CodeRepository>::new();
    let outcomes = [
        store.read(|r| data::list(r, &all)).err(),
        store.read(|r| data::count(r, &all)).err(),
        store.write(|uow| data::bulk_delete(uow, &all)).err(),
        store.write(|uow| rename(uow, "a", "other")).err(),
    ];
    for error in outcomes {
        assert_eq!(error.unwrap().code(), ErrorCode::Cancelled);
    }
    assert_eq!(ids(&test.store, TABLE, &json!({})).len(), 5);
}

#[test]
fn get_by_id_tries_the_cache_first() {
    let test = five_repositories();
    let first = test.store.cached(&repository_id("a")).unwrap().unwrap();
    let second = test.store.cached(&repository_id("a")).unwrap().unwrap();
    assert!(Arc::ptr_eq(&first, &second));
    assert_eq!(test.store.cache_statistics().hits, 1);
}

#[test]
fn get_by_id_caches_no_entity_that_is_not_there() {
    let test = five_repositories();
    assert_eq!(test.store.cached(&repository_id("x")).unwrap(), None);
    assert_eq!(test.store.cache_statistics().entries, 0);
}

#[test]
fn absolute_expiration_is_15_minutes() {
    let test = five_repositories();
    is_cached(&test.store, "a");
    for _ in 0..4 {
        test.advance_seconds(224);
        assert!(is_cached(&test.store, "a"));
    }
    test.advance_seconds(4);
    assert!(!is_cached(&test.store, "a"), "900 s old");
}

#[test]
fn sliding_expiration_is_5_minutes() {
    let test = five_repositories();
    is_cached(&test.store, "a");
    test.advance_seconds(299);
    assert!(is_cached(&test.store, "a"));
    test.advance_seconds(300);
    assert!(!is_cached(&test.store, "a"));
}

#[test]
fn add_returns_the_entity() {
    let test = TestStore::new();
    let added = insert(
        &test.store,
        TABLE,
        &json!({"Name": "search", "Path": "/srv/search"}),
    );
    assert_eq!(
        (&added["Name"], &added["IsActive"]),
        (&json!("search"), &json!(true))
    );
}

#[test]
fn add_invalidates_list_caches() {
    let test = five_repositories();
    let count = || {
        let on = [TableDependency::on::<CodeRepository>()];
        let made = test
            .store
            .cached_result("Repositories_List", &on, None, |reader| {
                data::count(reader, &Specification::<CodeRepository>::new())
            });
        *made.unwrap()
    };
    assert_eq!(count(), 5);
    insert(
        &test.store,
        TABLE,
        &json!({"Name": "search", "Path": "/srv/search"}),
    );
    assert_eq!(count(), 6);
}

#[test]
fn update_invalidates_the_cached_entity() {
    let test = five_repositories();
    is_cached(&test.store, "a");
    change(&test, |uow| rename(uow, "a", "other"));
    let cached = test.store.cached(&repository_id("a")).unwrap().unwrap();
    assert_eq!(cached.name, "other");
}

#[test]
fn delete_invalidates_the_cached_entity() {
    let test = five_repositories();
    is_cached(&test.store, "a");
    change(&test, |uow| entity(TABLE).delete(uow, "a"));
    assert_eq!(test.store.cached(&repository_id("a")).unwrap(), None);
}

#[test]
fn bulk_update_invalidates_the_cache() {
    let test = five_repositories();
    is_cached(&test.store, "a");
    let changes = json!({"Name": "other"});
    change(&test, |uow| {
        entity(TABLE).bulk_update(uow, &json!({}), &changes)
    });
    let cached = test.store.cached(&repository_id("a")).unwrap().unwrap();
    assert_eq!(cached.name, "other");
}

#[test]
fn delete_marks_what_is_soft_deletable() {
    let test = TestStore::new();
    let id = test.agent("a", 1);
    test.advance_seconds(5);
    let ann = test.store.context(UserContext::user("ann"));
    ann.write(|uow| data::delete::<Agent>(uow, &id)).unwrap();
    let with_deleted = Specification::<Agent>::new()
        .filter(agents::id.eq(id.clone()))
        .with_deleted();
    let row = look(&test, |r| data::list(r, &with_deleted)).remove(0);
    assert!(row.is_deleted);
    assert_eq!(
        row.deleted_at,
        Some("2026-01-01T00:00:05Z".parse().unwrap())
    );
    assert_eq!(row.deleted_by.as_deref(), Some("ann"));
}

#[test]
fn delete_removes_what_is_not_soft_deletable() {
    let test = five_repositories();
    change(&test, |uow| entity(TABLE).delete(uow, "a"));
    let document = json!({"where": {"Id": "a"}, "withDeleted": true});
    assert_eq!(ids(&test.store, TABLE, &document), [""; 0]);
}

#[test]
fn the_current_user_is_system_where_none_is_known() {
    let test = TestStore::new();
    let id = test.agent("a", 1);
    change(&test, |uow| agent_service::remove(uow, &id));
    let document = json!({"where": {"Id": "a"}, "withDeleted": true});
    let answer = query(&test.store, "Agents", &document);
    assert_eq!(answer["Items"][0]["DeletedBy"], "system");
}

#[test]
fn the_key_of_a_cached_entity_has_its_table_and_its_id() {
    let test = five_repositories();
    is_cached(&test.store, "a");
    assert!(!test.store.invalidate("OrchestraDB:Repository_a"));
    assert!(test.store.invalidate("Repositories:a"));
    assert_eq!(AgentId::new("a").unwrap().as_str(), "a");
}
