//! What a new database begins with.

use diesel::connection::SimpleConnection as _;
use orchestra_store::models::{TaskTemplate, UserPreference};
use orchestra_store::query::Specification;
use orchestra_store::services::data;
use orchestra_store::{Entity, Store, StoreConfig};
use tempfile::TempDir;

/// A new database.
fn new() -> (TempDir, Store) {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(StoreConfig::new(directory.path().join("orchestra.db"))).unwrap();
    (directory, store)
}

fn all<E: Entity>(store: &Store) -> Vec<E> {
    store
        .read(|reader| data::list(reader, &Specification::<E>::new()))
        .unwrap()
}

fn values(store: &Store) -> Vec<(String, String)> {
    let mut values: Vec<_> = all::<UserPreference>(store)
        .into_iter()
        .map(|preference| (preference.key, preference.value))
        .collect();
    values.sort();
    values
}

#[test]
fn the_specified_rows_are_there_with_ids_that_do_not_change() {
    let (_directory, store) = new();
    let expected = [
        ("notifications.enabled", "true"),
        ("system.autoRefresh", "true"),
        ("ui.pageSize", "50"),
        ("ui.theme", "dark"),
    ];
    let expected = expected.map(|(key, value)| (key.to_owned(), value.to_owned()));
    assert_eq!(values(&store), expected);

    let templates = all::<TaskTemplate>(&store);
    let [review, build] = templates.as_slice() else {
        panic!("{templates:?}");
    };
    assert_eq!(review.id.as_str(), "5eed0000-0000-4000-8000-000000000101");
    assert_eq!(
        review.definition.0["steps"][2]["command"],
        r"find . -name '*.cs' -exec grep -l 'TODO\|FIXME\|HACK' {} \;"
    );
    assert_eq!(review.definition.0["parameters"]["depth"]["default"], 1);
    assert_eq!(build.definition.0["steps"].as_array().unwrap().len(), 3);
}

#[test]
fn what_was_changed_or_deleted_is_not_brought_back() {
    let (directory, store) = new();
    let preferences = all::<UserPreference>(&store);
    let theme = preferences.iter().find(|p| p.key == "ui.theme").unwrap();
    let size = preferences.iter().find(|p| p.key == "ui.pageSize").unwrap();
    let changed = store.write(|uow| {
        let mut theme = theme.clone();
        theme.value = "light".to_owned();
        data::update(uow, &mut theme)?;
        data::delete::<UserPreference>(uow, &size.id)
    });
    changed.unwrap();
    store.close().unwrap();
    let again = Store::open(StoreConfig::new(directory.path().join("orchestra.db"))).unwrap();
    let values = values(&again);
    assert!(values.contains(&("ui.theme".to_owned(), "light".to_owned())));
    assert_eq!(values.len(), 3);
}

#[test]
fn undoing_the_migration_leaves_what_a_user_changed() {
    let (_directory, store) = new();
    let undo = include_str!("../../migrations/2026-11-24-000800_seed/down.sql");
    let mut theme = all::<UserPreference>(&store)
        .into_iter()
        .find(|preference| preference.key == "ui.theme")
        .unwrap();
    theme.value = "light".to_owned();
    let undone = store.write(|uow| {
        data::update(uow, &mut theme)?;
        Ok(uow.connection().batch_execute(undo)?)
    });
    undone.unwrap();
    assert_eq!(values(&store).len(), 1);
}
