//! Rows that belong to a user, with every function that reads or writes the rows of any entity.
//!
//! Each is called in two databases, of which one has a row of Ann that the other lacks: what Ann gets differs, what
//! anybody else gets is the same. The functions are read from the sources, so that a new one has to have a call here.

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::ops::ControlFlow;

use orchestra_store::models::{Agent, AgentId, UserPreference, UserPreferenceId};
use orchestra_store::query::{Aggregate, Direction, Query, Specification};
use orchestra_store::registry::{self, AnyEntity};
use orchestra_store::schema::{agents as agent_columns, user_preferences};
use orchestra_store::services::{audit, data};
use orchestra_store::{ErrorCode, Reader, Result, Store, UnitOfWork, UserContext};
use serde_json::{Map, Value, json};

use crate::repository::Repository;
use crate::support::TestStore;

/// The row of Ann.
const HERS: &str = "hers";
/// Users who must not see it: another one, and the one that acts where nobody is named.
const OTHERS: [&str; 2] = ["bert", "system"];

/// Functions that no table with owners has a use for, with the reason.
const OF_OTHER_TABLES: [(&str, &str); 3] = [
    ("AnyEntity::delete_subtree", "preferences form no tree"),
    ("delete::delete_subtree", "preferences form no tree"),
    ("aggregate::average_span", "preferences have no time spans"),
];

/// Functions that show the rows of all users, and why.
const OF_ALL_USERS: [(&str, &str); 2] = [
    (
        "AnyEntity::for_each_of_all_users",
        "exports the whole table",
    ),
    (
        "AnyEntity::first_unreadable",
        "checks the whole table, and shows an id at the most",
    ),
];

/// What a call came to, as text.
type Call = Box<dyn Fn(&Store) -> String>;

fn reads<T: Debug + 'static>(work: impl Fn(&mut Reader<'_>) -> Result<T> + 'static) -> Call {
    Box::new(move |store| told(&store.read(&work)))
}

fn writes<T: Debug + 'static>(work: impl Fn(&mut UnitOfWork<'_>) -> Result<T> + 'static) -> Call {
    Box::new(move |store| told(&store.write(&work)))
}

fn told<T: Debug>(outcome: &Result<T>) -> String {
    match outcome {
        Ok(value) => format!("{value:?}"),
        Err(error) => format!("{:?} {} {:?}", error.code(), error, error.details()),
    }
}

fn id() -> UserPreferenceId {
    UserPreferenceId::new(HERS).unwrap()
}

fn any() -> &'static dyn AnyEntity {
    registry::by_name("UserPreferences").unwrap()
}

fn all() -> Specification<UserPreference> {
    Specification::new()
}

/// A row of Ann, as she would write it.
fn row(id: &str) -> Value {
    json!({"Id": id, "UserId": "ann", "Key": "a-theme", "Value": "dark", "AgentId": "agent"})
}

/// The row of Ann as somebody who knows it has it, to be written.
fn known(reader: &Reader<'_>, id: &str) -> UserPreference {
    let mut row = row(id);
    let stamps = json!({
        "Type": "UI", "IsEncrypted": false, "IsReadOnly": false, "CreatedAt": reader.now(),
        "UpdatedAt": reader.now(), "CreatedBy": "ann", "UpdatedBy": "ann", "RowVersion": 2,
        "Category": null, "RepositoryId": null, "Description": null, "EncryptionKeyId": null,
    });
    for (column, value) in stamps.as_object().unwrap() {
        row[column] = value.clone();
    }
    serde_json::from_value(row).unwrap()
}

fn changed(reader: &Reader<'_>) -> UserPreference {
    let mut row = known(reader, HERS);
    row.value = "light".to_owned();
    row
}

fn changes() -> Map<String, Value> {
    json!({"Value": "light"}).as_object().unwrap().clone()
}

fn agents(reader: &mut Reader<'_>) -> Result<Vec<Agent>> {
    Ok(vec![data::get(reader, &AgentId::new("agent")?)?])
}

/// A call of each function; the first word says which it is of.
fn calls() -> Vec<(&'static str, Call)> {
    [
        of_any_entity_reading(),
        of_any_entity_writing(),
        of_data_reading(),
        of_data_writing(),
    ]
    .into_iter()
    .flatten()
    .chain(of_others())
    .collect()
}

fn of_any_entity_reading() -> Vec<(&'static str, Call)> {
    let key = || json!({"where": {"Key": "a-theme"}});
    vec![
        ("AnyEntity::get", reads(|r| any().get(r, HERS))),
        (
            "AnyEntity::get_cached",
            Box::new(|store| told(&any().get_cached(store, HERS))),
        ),
        ("AnyEntity::query", reads(|r| any().query(r, &json!({})))),
        (
            "AnyEntity::query of agents with their preferences",
            reads(|r| {
                let agents = registry::by_name("Agents")?;
                agents.query(r, &json!({"include": ["Preferences"]}))
            }),
        ),
        (
            "AnyEntity::query of a page",
            reads(|r| any().query(r, &json!({"page": {"number": 1, "size": 5}}))),
        ),
        (
            "AnyEntity::query_text",
            reads(|r| any().query_text(r, &json!({"withDeleted": true}))),
        ),
        (
            "AnyEntity::for_each",
            reads(|r| {
                let mut found = Vec::new();
                any().for_each(r, &mut |row| {
                    found.push(row);
                    Ok(())
                })?;
                Ok(found)
            }),
        ),
        (
            "AnyEntity::for_each_of",
            reads(move |r| {
                let mut found = Vec::new();
                any().for_each_of(r, &key(), &mut |row| {
                    found.push(row);
                    Ok(())
                })?;
                Ok(found)
            }),
        ),
        ("AnyEntity::count", reads(move |r| any().count(r, &key()))),
        ("AnyEntity::exists", reads(move |r| any().exists(r, &key()))),
        (
            "AnyEntity::aggregate",
            reads(|r| any().aggregate(r, &json!({}), Aggregate::Max, "RowVersion")),
        ),
        ("AnyEntity::history", reads(|r| any().history(r, HERS))),
        (
            "AnyEntity::state_at",
            reads(|r| {
                let now = r.now();
                any().state_at(r, HERS, now)
            }),
        ),
    ]
}

fn of_any_entity_writing() -> Vec<(&'static str, Call)> {
    let new = || {
        let mut new = row("new");
        new.as_object_mut().unwrap().remove("Id");
        new
    };
    let change = || json!({"Id": HERS, "Value": "light"});
    vec![
        (
            "AnyEntity::insert",
            writes(move |uow| any().insert(uow, &new())),
        ),
        (
            "AnyEntity::insert_many",
            writes(move |uow| any().insert_many(uow, &[new()])),
        ),
        (
            "AnyEntity::update",
            writes(move |uow| any().update(uow, &change())),
        ),
        (
            "AnyEntity::update of an old version",
            writes(|uow| any().update(uow, &json!({"Id": HERS, "RowVersion": 1, "Value": "x"}))),
        ),
        (
            "AnyEntity::update_many",
            writes(move |uow| any().update_many(uow, &[change()])),
        ),
        ("AnyEntity::delete", writes(|uow| any().delete(uow, HERS))),
        (
            "AnyEntity::delete_many",
            writes(|uow| any().delete_many(uow, &[HERS])),
        ),
        (
            "AnyEntity::hard_delete",
            writes(|uow| any().hard_delete(uow, HERS)),
        ),
        (
            "AnyEntity::delete_unchanged",
            writes(|uow| any().delete_unchanged(uow, HERS, 1)),
        ),
        (
            "AnyEntity::delete_subtree",
            writes(|uow| any().delete_subtree(uow, HERS)),
        ),
        (
            "AnyEntity::bulk_hard_delete",
            writes(|uow| any().bulk_hard_delete(uow, &json!({}))),
        ),
        ("AnyEntity::restore", writes(|uow| any().restore(uow, HERS))),
        (
            "AnyEntity::bulk_update",
            writes(|uow| any().bulk_update(uow, &json!({}), &Value::Object(changes()))),
        ),
        (
            "AnyEntity::bulk_delete",
            writes(|uow| any().bulk_delete(uow, &json!({}))),
        ),
    ]
}

fn of_data_reading() -> Vec<(&'static str, Call)> {
    let version = user_preferences::row_version;
    vec![
        ("read::find", reads(|r| data::find(r, &id()))),
        ("read::get", reads(|r| data::get(r, &id()))),
        (
            "read::list",
            reads(|r| data::list(r, &all().with_deleted())),
        ),
        (
            "read::first",
            reads(|r| {
                data::first(
                    r,
                    &all().order_by(user_preferences::key, Direction::Ascending),
                )
            }),
        ),
        ("read::page", reads(|r| data::page(r, &all(), 1, 5))),
        (
            "read::after",
            reads(|r| Ok(data::after(r, &all(), None, 5)?.items)),
        ),
        ("read::count", reads(|r| data::count(r, &all()))),
        (
            "read::exists",
            reads(|r| {
                data::exists(
                    r,
                    &all().filter(diesel::ExpressionMethods::eq(user_preferences::id, id())),
                )
            }),
        ),
        (
            "read::for_each",
            reads(|r| {
                let mut found = Vec::new();
                data::for_each(r, &all(), |row| {
                    found.push(row);
                    ControlFlow::Continue(())
                })?;
                Ok(found)
            }),
        ),
        (
            "aggregate::max",
            reads(move |r| data::max::<_, _, i64>(r, &all(), version)),
        ),
        (
            "aggregate::min",
            reads(|r| data::min::<_, _, String>(r, &all(), user_preferences::key)),
        ),
        (
            "aggregate::sum",
            reads(move |r| data::sum::<_, _, i64>(r, &all(), version)),
        ),
        (
            "aggregate::average",
            reads(move |r| data::average(r, &all(), version)),
        ),
        (
            "aggregate::average_span",
            reads(|r| {
                data::average_span(
                    r,
                    &Specification::<Agent>::new(),
                    agent_columns::total_execution_time,
                )
            }),
        ),
        (
            "aggregate::aggregate",
            reads(|r| data::aggregate(r, &all(), Aggregate::Min, "Key")),
        ),
        (
            "answer::query",
            reads(|r| data::query(r, &Query::<UserPreference>::from_json(&json!({}))?)),
        ),
        (
            "answer::query_text",
            reads(|r| {
                data::query_text(
                    r,
                    &Query::<UserPreference>::from_json(&json!({"limit": 2}))?,
                )
            }),
        ),
        (
            "include::related",
            reads(|r| {
                let agents = agents(r)?;
                data::related::<Agent, UserPreference>(r, &agents, "Preferences")
            }),
        ),
        (
            "include::related_where",
            reads(|r| {
                let agents = agents(r)?;
                data::related_where::<Agent, UserPreference>(r, &agents, "Preferences", &all())
            }),
        ),
        ("audit::history", reads(|r| audit::history(r, &id()))),
        (
            "audit::state_at",
            reads(|r| {
                let now = r.now();
                audit::state_at(r, &id(), now)
            }),
        ),
    ]
}

fn of_data_writing() -> Vec<(&'static str, Call)> {
    vec![
        (
            "write::add",
            writes(|uow| data::add(uow, &mut known(uow, "new"))),
        ),
        (
            "write::add_many",
            writes(|uow| data::add_many(uow, &mut [known(uow, "new")])),
        ),
        (
            "write::bulk_insert",
            writes(|uow| {
                let row = known(uow, "new");
                data::bulk_insert(uow, [row])
            }),
        ),
        (
            "write::update",
            writes(|uow| data::update(uow, &mut changed(uow))),
        ),
        (
            "write::update_many",
            writes(|uow| data::update_many(uow, &mut [changed(uow)])),
        ),
        ("delete::delete", writes(|uow| data::delete(uow, &id()))),
        (
            "delete::delete_entity",
            writes(|uow| {
                let row = known(uow, HERS);
                data::delete_entity(uow, &row)
            }),
        ),
        (
            "delete::delete_many",
            writes(|uow| data::delete_many(uow, &[id()])),
        ),
        (
            "delete::hard_delete",
            writes(|uow| data::hard_delete(uow, &id())),
        ),
        (
            "delete::delete_unchanged",
            writes(|uow| data::delete_unchanged(uow, &id(), 1)),
        ),
        (
            "delete::delete_subtree",
            writes(|uow| data::delete_subtree(uow, &id())),
        ),
        (
            "delete::bulk_hard_delete",
            writes(|uow| data::bulk_hard_delete(uow, &all())),
        ),
        ("write::restore", writes(|uow| data::restore(uow, &id()))),
        (
            "write::bulk_update",
            writes(|uow| data::bulk_update(uow, &all(), |row| row.value = "light".to_owned())),
        ),
        (
            "write::bulk_update_json",
            writes(|uow| data::bulk_update_json(uow, &all(), &changes())),
        ),
        (
            "delete::bulk_delete",
            writes(|uow| data::bulk_delete(uow, &all())),
        ),
    ]
}

fn of_others() -> Vec<(&'static str, Call)> {
    vec![
        (
            "reads::cached",
            Box::new(|store| told(&store.cached(&id()))),
        ),
        ("store::find", Box::new(|store| told(&store.find(&id())))),
    ]
}

/// A database in which Ann has a row, or did as much elsewhere.
fn world(has_row: bool) -> TestStore {
    let test = TestStore::new();
    test.agent("agent", 1);
    let ann = context(&test, "ann");
    let (table, new, change) = if has_row {
        (
            "UserPreferences",
            row(HERS),
            json!({"Id": HERS, "Description": "hers"}),
        )
    } else {
        (
            "Users",
            json!({"Id": "u", "UserName": "u"}),
            json!({"Id": "u", "Email": "u@x"}),
        )
    };
    let everyones = json!({"Id": "everyones", "UserId": "default", "Key": "b", "Value": "1"});
    ann.write(|uow| {
        any().insert(uow, &everyones)?;
        let table = registry::by_name(table)?;
        table.insert(uow, &new)?;
        table.update(uow, &change)
    })
    .unwrap();
    test
}

fn context(test: &TestStore, user: &str) -> Store {
    test.store.context(UserContext::user(user))
}

/// The row of Ann as the database has it.
fn hers(test: &TestStore) -> Option<UserPreference> {
    context(test, "ann").read(|r| data::find(r, &id())).unwrap()
}

#[test]
fn what_others_get_is_the_same_without_the_row() {
    for (name, call) in calls() {
        let of = |user: &str, has_row: bool| {
            let test = world(has_row);
            let before = hers(&test);
            let outcome = call(&context(&test, user));
            (outcome, before == hers(&test))
        };
        let shows_her = of("ann", true).0 != of("ann", false).0;
        let is_of_others = OF_OTHER_TABLES
            .iter()
            .any(|(of_others, _)| *of_others == name);
        assert_ne!(shows_her, is_of_others, "{name} shows Ann nothing");
        for other in OTHERS {
            let (outcome, untouched) = of(other, true);
            assert_eq!(outcome, of(other, false).0, "{name} by {other}");
            assert!(untouched, "{name} by {other}");
        }
    }
}

#[test]
fn a_deleted_row_is_shown_to_nobody_else() {
    let deleted = |has_row: bool| {
        let test = world(has_row);
        let ann = context(&test, "ann");
        ann.write(|uow| match has_row {
            true => any().delete(uow, HERS).map(drop),
            false => registry::by_name("Users")?.delete(uow, "u").map(drop),
        })
        .unwrap();
        test
    };
    let calls = calls();
    let told_by = |name: &str| calls.iter().find(|(of, _)| *of == name).unwrap();
    for name in ["audit::history", "audit::state_at", "AnyEntity::history"] {
        let (_, call) = told_by(name);
        for user in OTHERS {
            let of = |has_row| call(&context(&deleted(has_row), user));
            assert_eq!(of(true), of(false), "{name} by {user}");
        }
    }
    let test = deleted(true);
    let history = context(&test, "ann")
        .read(|r| audit::history(r, &id()))
        .unwrap();
    assert_eq!(history.len(), 3);
}

#[test]
fn a_row_cannot_be_given_to_another_user() {
    let test = world(true);
    let ann = context(&test, "ann");
    let gift = json!({"UserId": "bert"});
    let outcomes = [
        ann.write(|uow| {
            any()
                .update(uow, &json!({"Id": HERS, "UserId": "bert"}))
                .map(drop)
        }),
        ann.write(|uow| any().bulk_update(uow, &json!({}), &gift).map(drop)),
        ann.write(|uow| {
            data::bulk_update(uow, &all(), |row| row.user_id = "bert".parse().unwrap()).map(drop)
        }),
    ];
    for outcome in outcomes {
        let error = outcome.unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvalidArgument, "{error}");
        assert_eq!(error.details().column.as_deref(), Some("UserId"), "{error}");
    }
    assert_eq!(hers(&test).unwrap().user_id.as_str(), "ann");
}

#[test]
fn the_functions_for_all_users_say_so() {
    let test = world(true);
    let mut seen = 0;
    let each = &mut |_| {
        seen += 1;
        Ok(())
    };
    let bert = context(&test, "bert");
    bert.read(|r| any().for_each_of_all_users(r, each)).unwrap();
    assert_eq!(seen, 2);
    let sources = Repository::read(&["src/store/registry"], &["rs"]);
    let (_, source) = sources
        .files
        .iter()
        .find(|(p, _)| p.ends_with("any_entity.rs"))
        .unwrap();
    for (name, reason) in OF_ALL_USERS {
        let declaration = format!("fn {}(", name.strip_prefix("AnyEntity::").unwrap());
        let (before, _) = source.split_once(&declaration).expect(name);
        let documentation = before.rsplit("\n\n").next().unwrap();
        assert!(documentation.contains("user"), "{name}: {reason}");
    }
}

/// The public functions for any entity that take a transaction or a store.
fn functions() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (path, source) in Repository::read(&["src"], &["rs"]).files {
        let file = match path.file_stem().unwrap().to_str().unwrap() {
            "mod" => path
                .parent()
                .unwrap()
                .file_name()
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned(),
            stem => stem.to_owned(),
        };
        for declaration in source.split("pub fn ").skip(1) {
            let signature = declaration.split('{').next().unwrap();
            let takes = ["Reader<", "UnitOfWork<", "&self", "&mut self"];
            if signature.contains(": Entity") && takes.iter().any(|t| signature.contains(t)) {
                found.insert(format!("{file}::{}", name_of(signature)));
            }
        }
        if let Some((_, behind)) = source.split_once("pub trait AnyEntity") {
            let body = behind.split("\n}").next().unwrap();
            for declaration in body.split("\n    fn ").skip(1) {
                let signature = declaration.split(';').next().unwrap();
                if ["reader:", "uow:", "store:"]
                    .iter()
                    .any(|t| signature.contains(t))
                {
                    found.insert(format!("AnyEntity::{}", name_of(signature)));
                }
            }
        }
    }
    found
}

fn name_of(signature: &str) -> &str {
    signature.split(['<', '(']).next().unwrap()
}

#[test]
fn every_function_has_a_call() {
    let called = calls().into_iter().map(|(name, _)| name);
    let called = called.chain(OF_ALL_USERS.map(|(name, _)| name));
    let called: BTreeSet<String> = called
        .map(|name| name.split(' ').next().unwrap().to_owned())
        .collect();
    assert_eq!(functions(), called);
}

#[test]
fn every_entity_with_owners_is_tried() {
    let tables = Repository::read(&["src/tables", "src/rows"], &["rs"]).files;
    let owned = tables.iter().filter(|(path, source)| {
        !path.ends_with("entity_macro.rs") && source.contains("\n    seen by ")
    });
    let owned: Vec<_> = owned.map(|(path, _)| path.file_stem().unwrap()).collect();
    assert_eq!(owned, ["user_preferences"]);
}
