//! What the specification seeds a new database with, row by row.

use orchestra_store::{Store, StoreConfig};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::rows::{entity, ids, query};

/// A new database with its seed data.
fn new() -> (TempDir, Store) {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(StoreConfig::new(directory.path().join("orchestra.db"))).unwrap();
    (directory, store)
}

/// The row whose column has this value.
fn row(table: &str, column: &str, value: &str) -> Value {
    let (_directory, store) = new();
    let answer = query(&store, table, &json!({"where": {column: value}}));
    let rows = answer["Items"].as_array().unwrap();
    assert_eq!(rows.len(), 1, "{table} {value}");
    rows[0].clone()
}

/// Holds a preference that everyone has.
fn is_seeded(key: &str, [value, type_, category, description]: [&str; 4]) {
    let row = row("UserPreferences", "Key", key);
    let told = ["UserId", "Value", "Type", "Category", "Description"]
        .map(|column| row[column].as_str().unwrap());
    assert_eq!(told, ["default", value, type_, category, description]);
}

#[test]
fn preference_ui_theme() {
    is_seeded("ui.theme", ["dark", "UI", "Appearance", "Default UI theme"]);
}

#[test]
fn preference_ui_page_size() {
    is_seeded(
        "ui.pageSize",
        ["50", "UI", "Display", "Default page size for lists"],
    );
}

#[test]
fn preference_system_auto_refresh() {
    is_seeded(
        "system.autoRefresh",
        ["true", "Behavior", "System", "Auto-refresh data in UI"],
    );
}

#[test]
fn preference_notifications_enabled() {
    is_seeded(
        "notifications.enabled",
        [
            "true",
            "Behavior",
            "Notifications",
            "Enable system notifications",
        ],
    );
}

#[test]
fn there_is_no_other_preference() {
    let (_directory, store) = new();
    assert_eq!(ids(&store, "UserPreferences", &json!({})).len(), 4);
}

#[test]
fn data_that_is_there_is_not_seeded_again() {
    let (directory, store) = new();
    let theme = ids(
        &store,
        "UserPreferences",
        &json!({"where": {"Key": "ui.theme"}}),
    )
    .remove(0);
    store
        .write(|uow| entity("UserPreferences").delete(uow, &theme))
        .unwrap();
    store.close().unwrap();
    let again = Store::open(StoreConfig::new(directory.path().join("orchestra.db"))).unwrap();
    assert_eq!(ids(&again, "UserPreferences", &json!({})).len(), 3);
}

/// The texts of a template, and the commands and descriptions of its steps.
fn template(name: &str) -> (Value, Vec<(String, String)>) {
    let row = row("TaskTemplates", "Name", name);
    let steps = row["Definition"]["steps"].as_array().unwrap().clone();
    let text = |step: &Value, field: &str| step[field].as_str().unwrap().to_owned();
    let steps = steps
        .iter()
        .map(|step| (text(step, "command"), text(step, "description")))
        .collect();
    (row, steps)
}

fn texts(row: &Value) -> [&str; 5] {
    ["Name", "Description", "Category", "Version", "CreatedBy"]
        .map(|column| row[column].as_str().unwrap())
}

fn pairs(steps: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = steps
        .iter()
        .map(|(command, description)| ((*command).to_owned(), (*description).to_owned()));
    owned.collect()
}

#[test]
fn template_code_review() {
    let (row, _) = template("Code Review");
    let expected = [
        "Code Review",
        "Comprehensive code review template",
        "Development",
        "1.0.0",
        "system",
    ];
    assert_eq!(texts(&row), expected);
    assert_eq!(
        (&row["IsPublic"], &row["Tags"]),
        (&json!(true), &json!(["code-review", "git", "quality"]))
    );
}

#[test]
fn template_code_review_has_three_steps() {
    let (_, steps) = template("Code Review");
    let expected = [
        ("git diff HEAD~1", "Show recent changes"),
        ("git log --oneline -10", "Show recent commits"),
        (
            r"find . -name '*.cs' -exec grep -l 'TODO\|FIXME\|HACK' {} \;",
            "Find code issues",
        ),
    ];
    assert_eq!(steps, pairs(&expected));
}

#[test]
fn template_code_review_has_parameters() {
    let (row, _) = template("Code Review");
    let expected = json!({
        "branch": {"type": "string", "default": "main", "required": true},
        "depth": {"type": "number", "default": 1, "required": false},
    });
    assert_eq!(row["Definition"]["parameters"], expected);
}

#[test]
fn template_build_and_test() {
    let (row, _) = template("Build and Test");
    let expected = [
        "Build and Test",
        "Standard build and test pipeline",
        "CI/CD",
        "1.0.0",
        "system",
    ];
    assert_eq!(texts(&row), expected);
    assert_eq!(
        (&row["IsPublic"], &row["Tags"]),
        (&json!(true), &json!(["build", "test", "dotnet"]))
    );
}

#[test]
fn template_build_and_test_has_three_steps() {
    let (_, steps) = template("Build and Test");
    let expected = [
        ("dotnet restore", "Restore dependencies"),
        ("dotnet build", "Build project"),
        ("dotnet test", "Run tests"),
    ];
    assert_eq!(steps, pairs(&expected));
}

#[test]
fn template_build_and_test_has_parameters() {
    let (row, _) = template("Build and Test");
    let expected = json!({
        "configuration": {"type": "string", "default": "Release", "required": false},
        "verbosity": {"type": "string", "default": "minimal", "required": false},
    });
    assert_eq!(row["Definition"]["parameters"], expected);
}

#[test]
fn there_is_no_other_template() {
    let (_directory, store) = new();
    assert_eq!(ids(&store, "TaskTemplates", &json!({})).len(), 2);
}
