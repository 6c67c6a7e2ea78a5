//! Writing rows out, and asking for them in SQL.

use serde_json::{Value, json};

use crate::support::{Place, text};

#[test]
fn an_entity_is_printed_row_by_row() {
    let place = Place::with_database();
    place.enqueue("make");
    place.enqueue("make, test");
    let lines = place.ok(&["export", "Tasks"]);
    let commands: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["Command"].clone())
        .collect();
    assert_eq!(commands, ["make", "make, test"]);
    let csv = place.ok(&["export", "Tasks", "--format", "csv"]);
    assert!(
        csv.starts_with("Id,Command,") && csv.contains(",\"make, test\""),
        "{csv}"
    );
}

#[test]
fn everything_goes_into_a_new_directory() {
    let place = Place::with_database();
    place.enqueue("make");
    let files = place.json(&["export", "--all", "out"]);
    let tasks = files
        .as_array()
        .unwrap()
        .iter()
        .find(|f| f["Entity"] == "Tasks")
        .unwrap();
    assert_eq!(tasks["Rows"], 1);
    assert!(place.path("out").join("Tasks.jsonl").is_file());
    let error = place.error(4, &["export", "--all", "out"]);
    assert_eq!(text(&error["Code"]), "AlreadyExists");
}

#[test]
fn what_is_to_be_exported_has_to_be_said() {
    let place = Place::with_database();
    assert_eq!(place.run(&["export"]).code, 2);
    assert_eq!(place.run(&["export", "Tasks", "--all", "out"]).code, 2);
    assert!(text(&place.error(2, &["export", "Songs"])["Message"]).contains("Songs"));
}

#[test]
fn a_query_ends_within_its_time_and_memory() {
    let place = Place::with_database();
    let slow =
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";
    let error = place.error(5, &["sql", slow, "--timeout", "1s"]);
    assert_eq!(text(&error["Code"]), "Timeout");
    let large = "SELECT instr(hex(zeroblob(400000000)), 'x')";
    let error = place.error(2, &["sql", large, "--timeout", "1s"]);
    assert_eq!(text(&error["Code"]), "LimitExceeded");
    let long = "SELECT length(hex(zeroblob(4000000)))";
    place.error(2, &["sql", long]);
    let answer = place.json(&["sql", long, "--memory", "512MiB"]);
    assert_eq!(answer["Rows"], json!([[8_000_000]]));
}

#[test]
fn a_query_is_answered_and_can_not_write() {
    let place = Place::with_database();
    place.enqueue("make");
    let query = "SELECT Command, ? AS Given FROM Tasks WHERE Priority = ?";
    let arguments = ["sql", query, "--parameter", "a text", "--parameter", "1"];
    let answer = place.json(&arguments);
    assert_eq!(answer["Columns"], json!(["Command", "Given"]));
    assert_eq!(answer["Rows"], json!([["make", "a text"]]));
    assert_eq!(answer["Truncated"], false);
    let page = place.ok(&arguments);
    assert!(
        page.contains("Command") && page.contains("a text"),
        "{page}"
    );
    let error = place.error(4, &["sql", "DELETE FROM Tasks"]);
    assert_eq!(text(&error["Code"]), "ReadOnly");
    let cut = place.ok(&["sql", "SELECT 1 UNION SELECT 2", "--limit", "1"]);
    assert!(cut.contains("--limit"), "{cut}");
}
