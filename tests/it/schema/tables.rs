//! `schema.rs` and the rules that every table keeps, against the real database.

use std::collections::BTreeMap;

use super::Database;

const SCHEMA: &str = include_str!("../../../src/schema.rs");

/// `TABLE.COLUMN TYPE [NOT NULL]` for each column of `schema.rs`, in its order.
fn columns_of_schema_rs() -> Vec<String> {
    let mut columns = Vec::new();
    let mut table = "";
    let mut name = "";
    for line in SCHEMA.lines().map(str::trim) {
        if let Some(sql_name) = line.strip_prefix("#[sql_name = \"") {
            name = sql_name.strip_suffix("\"]").unwrap();
        } else if line.ends_with(") {") {
            table = name;
        } else if let Some((_, ty)) = line.split_once(" -> ").filter(|_| line.ends_with(',')) {
            let ty = ty.trim_end_matches(',');
            let (ty, null) = match ty.strip_prefix("Nullable<") {
                Some(inner) => (inner.trim_end_matches('>'), ""),
                None => (ty, " NOT NULL"),
            };
            let ty = match ty {
                "Text" | "UtcTime" | "Interval" | "JsonText" | "StringListText" => "TEXT",
                "Integer" | "BigInt" | "Bool" => "INTEGER",
                "Double" => "REAL",
                other => panic!("unexpected type {other}"),
            };
            columns.push(format!("{table}.{name} {ty}{null}"));
        }
    }
    columns
}

#[test]
fn schema_rs_says_what_the_database_has() {
    let mut database = Database::migrated();
    let mut expected = Vec::new();
    for table in database.tables() {
        expected.extend(database.texts(&format!(
            "SELECT '{table}.' || name || ' ' || type || iif(\"notnull\", ' NOT NULL', '')
             FROM pragma_table_xinfo('{table}')"
        )));
    }
    assert!(expected.len() > 300, "{expected:?}");
    assert_eq!(columns_of_schema_rs(), expected);
}

#[test]
fn columns_that_are_booleans_are_declared_so() {
    let mut database = Database::migrated();
    for line in SCHEMA.lines().filter(|line| line.ends_with("-> Bool,")) {
        let column = line.trim().split(' ').next().unwrap().replace('_', "");
        let checks = database.texts(&format!(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql LIKE '%CHECK ({column} IN (0, 1))%'"
        ));
        assert!(!checks.is_empty(), "{column}");
    }
}

#[test]
fn every_table_is_strict() {
    let mut database = Database::migrated();
    for table in database.tables() {
        let strict = database.texts(&format!("SELECT strict FROM pragma_table_list('{table}')"));
        assert_eq!(strict, ["1"], "{table}");
    }
}

#[test]
fn every_foreign_key_leads_an_index() {
    let mut database = Database::migrated();
    let mut keys = 0;
    for table in database.tables() {
        let indexed = database.texts(&format!(
            "SELECT i.name FROM pragma_index_list('{table}') AS l, pragma_index_info(l.name) AS i WHERE i.seqno = 0 AND i.name IS NOT NULL"
        ));
        for column in database.texts(&format!(
            "SELECT \"from\" FROM pragma_foreign_key_list('{table}')"
        )) {
            assert!(indexed.contains(&column), "{table}.{column} has no index");
            keys += 1;
        }
    }
    assert_eq!(keys, 30);
}

#[test]
fn a_row_that_can_change_has_a_version() {
    let mut database = Database::migrated();
    let mut without = database.tables();
    without.retain(|table| {
        let version =
            format!("SELECT 1 FROM pragma_table_info('{table}') WHERE name = 'RowVersion'");
        database.texts(&version).is_empty()
    });
    assert_eq!(
        without,
        [
            "RetentionMarks",
            "ErrorLogs",
            "OrchestrationLogs",
            "ChatSearchEntries",
            "Lineages",
            "RetentionClock",
            "WorkflowStages",
            "WorkflowJoins",
            "AgentPastRuns",
            "RepositoryPastTasks",
            "AuditLogs",
            "ChangeEvents"
        ]
    );
}

/// The specification's indexes are all there, under their names.
#[test]
fn the_specified_indexes_exist() {
    let specified: BTreeMap<&str, &[&str]> = BTreeMap::from([
        (
            "Agents",
            &["Status", "Repository", "Performance", "Health"][..],
        ),
        (
            "Tasks",
            &[
                "Status",
                "Agent",
                "Repository",
                "Workflow",
                "Execution_Timeline",
                "Correlation",
                "Hangfire",
            ],
        ),
        ("Repositories", &["Active", "Usage", "Path"]),
        (
            "UserPreferences",
            &["User", "Repository", "Agent", "Unique"],
        ),
        (
            "PerformanceMetrics",
            &["Entity", "TimeSeries", "Aggregation"],
        ),
        (
            "AuditLogs",
            &["Entity", "User", "Session", "Risk", "Correlation"],
        ),
        (
            "ChatMessages",
            &["Session", "Agent", "Thread", "Task", "Delivery"],
        ),
        (
            "WorkflowExecutions",
            &["Definition", "Status", "User", "Parent"],
        ),
    ]);
    let mut database = Database::migrated();
    for (table, indexes) in specified {
        let present = database.texts(&format!("SELECT name FROM pragma_index_list('{table}')"));
        for index in indexes {
            assert!(
                present.contains(&format!("IX_{table}_{index}")),
                "IX_{table}_{index}"
            );
        }
    }
}
