//! Rows as JSON, as a host sees them through the generic operations.

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::Text;
use orchestra_store::registry::{self, AnyEntity};
use orchestra_store::{Error, Store};
use serde_json::{Value, json};

use crate::support::TestStore;

pub fn entity(table: &str) -> &'static dyn AnyEntity {
    registry::by_name(table).unwrap()
}

pub fn insert(store: &Store, table: &str, row: &Value) -> Value {
    try_insert(store, table, row).unwrap()
}

pub fn try_insert(store: &Store, table: &str, row: &Value) -> Result<Value, Error> {
    store.write(|uow| entity(table).insert(uow, row))
}

pub fn get(store: &Store, table: &str, id: &str) -> Value {
    store.read(|reader| entity(table).get(reader, id)).unwrap()
}

/// The answer to a query.
pub fn query(store: &Store, table: &str, document: &Value) -> Value {
    store
        .read(|reader| entity(table).query(reader, document))
        .unwrap()
}

/// The ids of the rows that a query finds.
pub fn ids(store: &Store, table: &str, document: &Value) -> Vec<String> {
    let answer = query(store, table, document);
    let rows = answer["Items"].as_array().unwrap();
    rows.iter()
        .map(|row| row["Id"].as_str().unwrap().to_owned())
        .collect()
}

/// The one value that a query in SQL finds, as text.
pub fn text(store: &Store, sql: &str) -> String {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        value: String,
    }
    let query = diesel::sql_query(format!("SELECT CAST(({sql}) AS TEXT) AS value"));
    let found = store.read(|reader| Ok(query.get_result::<Row>(reader.connection())?));
    found.unwrap().value
}

/// Runs statements, as another program would.
pub fn run(store: &Store, sql: &str) -> Result<(), Error> {
    store.write(|uow| Ok(uow.connection().batch_execute(sql)?))
}

/// A store with the repositories `a` to `e`, of which `d` and `e` aren't active.
pub fn five_repositories() -> TestStore {
    let test = TestStore::new();
    for (id, is_active) in [
        ("a", true),
        ("b", true),
        ("c", true),
        ("d", false),
        ("e", false),
    ] {
        let row = json!({"Id": id, "Name": format!("repository {id}"), "Path": format!("/srv/{id}"), "IsActive": is_active});
        insert(&test.store, "Repositories", &row);
    }
    test
}

/// A store with agents of these capacities, whose ids are `a0`, `a1` and so on.
pub fn agents_of(capacities: &[i32]) -> TestStore {
    let test = TestStore::new();
    for (number, capacity) in capacities.iter().enumerate() {
        test.agent(&format!("a{number}"), *capacity);
    }
    test
}
