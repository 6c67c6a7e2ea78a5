//! Every constraint refuses what it should, and says its name.

use std::collections::BTreeSet;

use super::Database;
use super::refused_values::{BOOLS, JSON, LENGTHS, LISTS, RANGES, SPANS, TIMES};

/// Rules over several columns, and triggers: the name, and a statement on `rows.sql` that breaks it.
const RULES: &[(&str, &str)] = &[
    (
        "CK_Repositories_Statistics",
        "UPDATE Repositories SET FailedTasks = 3 WHERE Id = 'b'",
    ),
    (
        "CK_Repositories_Statistics",
        "UPDATE Repositories SET FailedTasks = -1",
    ),
    (
        "CK_Repositories_Ratings",
        "UPDATE Repositories SET PerformanceRating = 10.1",
    ),
    (
        "CK_Repositories_Ratings",
        "UPDATE Repositories SET ReliabilityScore = 1.1",
    ),
    (
        "CK_Agents_TotalTasks",
        "UPDATE Agents SET TotalTasksFailed = -1",
    ),
    (
        "CK_Agents_Deletion",
        "UPDATE Agents SET IsDeleted = 1 WHERE Id = 'a'",
    ),
    (
        "CK_Agents_Deletion",
        "UPDATE Agents SET IsDeleted = 0 WHERE Id = 'b'",
    ),
    (
        "CK_AgentSessions_Closed",
        "UPDATE AgentSessions SET ClosedAt = NULL WHERE Id = 'b'",
    ),
    (
        "CK_WorkflowDefinitions_Statistics",
        "UPDATE WorkflowDefinitions SET SuccessCount = 6",
    ),
    (
        "CK_WorkflowDefinitions_PreviousVersionId",
        "UPDATE WorkflowDefinitions SET PreviousVersionId = Id",
    ),
    (
        "CK_WorkflowExecutions_Timing",
        "UPDATE WorkflowExecutions SET CompletedAt = '2026-11-23 11:59:59.9999999' WHERE Id = 'b'",
    ),
    (
        "CK_WorkflowExecutions_Completion",
        "UPDATE WorkflowExecutions SET CompletedAt = NULL WHERE Id = 'b'",
    ),
    (
        "CK_WorkflowExecutions_Completion",
        "UPDATE WorkflowExecutions SET Status = 4 WHERE Id = 'a'",
    ),
    (
        "CK_WorkflowExecutions_ParentExecutionId",
        "UPDATE WorkflowExecutions SET ParentExecutionId = Id",
    ),
    // Started before it was created; ended before it was started; ended before it was created.
    (
        "CK_Tasks_Timing",
        "UPDATE Tasks SET StartedAt = '2026-11-23 11:00:00.1234566' WHERE Id = 'b'",
    ),
    (
        "CK_Tasks_Timing",
        "UPDATE Tasks SET CompletedAt = '2026-11-23 12:00:00.1234566', Status = 4, LeaseOwner = NULL, LeaseToken = NULL, LeaseExpiresAt = NULL WHERE Id = 'b'",
    ),
    (
        "CK_Tasks_Timing",
        "UPDATE Tasks SET CompletedAt = '2000-01-01 00:00:00.0000000', Status = 5 WHERE Id = 'a'",
    ),
    // Completed without having started.
    (
        "CK_Tasks_Timing",
        "UPDATE Tasks SET CompletedAt = '2999-01-01 00:00:00.0000000', Status = 3 WHERE Id = 'a'",
    ),
    (
        "CK_Tasks_Completion",
        "UPDATE Tasks SET Status = 5 WHERE Id = 'a'",
    ),
    (
        "CK_Tasks_Completion",
        "UPDATE Tasks SET CompletedAt = '2999-01-01 00:00:00.0000000' WHERE Id = 'b'",
    ),
    (
        "CK_Tasks_Lease",
        "UPDATE Tasks SET LeaseOwner = NULL WHERE Id = 'b'",
    ),
    (
        "CK_Tasks_Lease",
        "UPDATE Tasks SET LeaseToken = NULL WHERE Id = 'b'",
    ),
    (
        "CK_Tasks_Lease",
        "UPDATE Tasks SET LeaseExpiresAt = NULL WHERE Id = 'b'",
    ),
    (
        "CK_Tasks_Lease",
        "UPDATE Tasks SET Status = 0 WHERE Id = 'b'",
    ),
    (
        "CK_Tasks_Pinned",
        "UPDATE Tasks SET IsPinned = 1 WHERE Id = 'a'",
    ),
    // The agent of a pinned task that isn't finished can't go.
    ("CK_Tasks_Pinned", "DELETE FROM Agents WHERE Id = 'b'"),
    (
        "CK_Tasks_ParentTaskId",
        "INSERT INTO Tasks (Id, Command, RepositoryPath, ParentTaskId) VALUES ('x', 'x', '/', 'x')",
    ),
    (
        "CK_Tasks_ParentCycle",
        "UPDATE Tasks SET ParentTaskId = 'b' WHERE Id = 'a'",
    ),
    (
        "CK_UserPreferences_Sealed",
        "UPDATE UserPreferences SET IsEncrypted = 1 WHERE Id = 'a'",
    ),
    (
        "CK_UserPreferences_Encryption",
        "UPDATE UserPreferences SET IsEncrypted = 0 WHERE Id = 'b'",
    ),
    (
        "CK_ApprovalRequests_Decision",
        "UPDATE ApprovalRequests SET Status = 2 WHERE Id = 'a'",
    ),
    (
        "CK_ApprovalRequests_Decision",
        "UPDATE ApprovalRequests SET DecidedBy = 'anna' WHERE Id = 'a'",
    ),
    (
        "CK_ApprovalRequests_Final",
        "UPDATE ApprovalRequests SET Status = 2 WHERE Id = 'b'",
    ),
    (
        "CK_ChatMessages_ParentMessageId",
        "UPDATE ChatMessages SET ParentMessageId = Id",
    ),
    (
        "CK_TemplateCategories_ParentCategoryId",
        "INSERT INTO TemplateCategories (Id, Name, ParentCategoryId) VALUES ('x', 'x', 'x')",
    ),
    (
        "CK_TemplateCategories_ParentCycle",
        "UPDATE TemplateCategories SET ParentCategoryId = 'b' WHERE Id = 'a'",
    ),
    (
        "CK_PerformanceMetrics_PeriodType",
        "UPDATE PerformanceMetrics SET PeriodType = 'Yearly' WHERE Id = 'b'",
    ),
    (
        "CK_PerformanceMetrics_Period",
        "UPDATE PerformanceMetrics SET PeriodType = 'Hourly', MinValue = 0, MaxValue = 0, Sum = 0, M2 = 0 WHERE Id = 'a'",
    ),
    (
        "CK_PerformanceMetrics_Period",
        "UPDATE PerformanceMetrics SET PeriodType = 'Instant' WHERE Id = 'b'",
    ),
    (
        "CK_PerformanceMetrics_Period",
        "UPDATE PerformanceMetrics SET PeriodEnd = PeriodStart WHERE Id = 'b'",
    ),
    (
        "CK_PerformanceMetrics_Range",
        "UPDATE PerformanceMetrics SET MinValue = 8 WHERE Id = 'b'",
    ),
    (
        "CK_PerformanceMetrics_Rollup",
        "UPDATE PerformanceMetrics SET M2 = NULL WHERE Id = 'b'",
    ),
    (
        "CK_RetentionMarks_TableName",
        "INSERT INTO RetentionMarks (TableName, DeleteBefore) VALUES ('Tasks', '2026-01-01 00:00:00.0000000')",
    ),
    (
        "CK_RetentionMarks_Forward",
        "UPDATE RetentionMarks SET DeleteBefore = '2000-01-01 00:00:00.0000000'",
    ),
    ("CK_RetentionMarks_Forward", "DELETE FROM RetentionMarks"),
    (
        "CK_AuditLogs_AppendOnly",
        "UPDATE AuditLogs SET UserId = NULL",
    ),
    ("CK_AuditLogs_AppendOnly", "DELETE FROM AuditLogs"),
    (
        "CK_ErrorLogs_AppendOnly",
        "UPDATE ErrorLogs SET Message = 'other'",
    ),
    ("CK_ErrorLogs_AppendOnly", "DELETE FROM ErrorLogs"),
    (
        "CK_OrchestrationLogs_AppendOnly",
        "UPDATE OrchestrationLogs SET Message = 'other'",
    ),
    (
        "CK_OrchestrationLogs_AppendOnly",
        "DELETE FROM OrchestrationLogs",
    ),
    (
        "CK_Tasks_UnmetDependencies",
        "UPDATE Tasks SET UnmetDependencies = 1 WHERE Id = 'b'",
    ),
    (
        "CK_TaskDependencies_DependsOnTaskId",
        "INSERT INTO TaskDependencies (Id, TaskId, DependsOnTaskId) VALUES ('x', 'c', 'c')",
    ),
    (
        "CK_TaskDependencies_Cycle",
        "INSERT INTO TaskDependencies (Id, TaskId, DependsOnTaskId) VALUES ('x', 'a', 'c')",
    ),
    (
        "CK_TaskDependencies_Cycle",
        "UPDATE TaskDependencies SET TaskId = 'b', DependsOnTaskId = 'c' WHERE Id = 'a'",
    ),
    (
        "CK_QueuePauses_Target",
        "UPDATE QueuePauses SET QueueName = NULL WHERE Id = 'a'",
    ),
    (
        "CK_Tasks_WaitedFor",
        "INSERT INTO WorkflowJoins (WorkflowExecutionId, Stage, DependsOnStage) VALUES ('b', 2, 1);
         DELETE FROM Tasks WHERE Id = 'b'",
    ),
    (
        "CK_WorkflowJoins_Itself",
        "UPDATE WorkflowJoins SET DependsOnStage = Stage",
    ),
];

/// What must be unique: the columns or the index that SQLite names, and a statement on `rows.sql` that breaks it.
const UNIQUE: &[(&str, &str)] = &[
    (
        "Repositories.Path",
        "UPDATE Repositories SET Path = '/same'",
    ),
    (
        "AuditLogs.Id",
        "INSERT INTO AuditLogs (Id, EntityType, Action) VALUES ('a', 'T', 'X')",
    ),
    (
        "AgentSessions.SessionId",
        "UPDATE AgentSessions SET SessionId = 'same'",
    ),
    (
        "WorkflowDefinitions.Name, WorkflowDefinitions.Version",
        "UPDATE WorkflowDefinitions SET Name = 'same', Version = '1'",
    ),
    (
        "WorkflowDefinitions.Name",
        "UPDATE WorkflowDefinitions SET Name = 'same', Version = Id, IsActive = 1",
    ),
    (
        "TaskTemplates.Name",
        "UPDATE TaskTemplates SET Name = 'same', IsActive = 1",
    ),
    (
        "Tasks.IdempotencyKey",
        "UPDATE Tasks SET IdempotencyKey = 'same'",
    ),
    ("Users.UserName", "UPDATE Users SET UserName = 'same'"),
    (
        "index 'IX_UserPreferences_Unique'",
        "UPDATE UserPreferences SET UserId = 'same', Key = 'same', RepositoryId = NULL, AgentId = NULL",
    ),
    (
        "index 'IX_TemplateCategories_Unique'",
        "UPDATE TemplateCategories SET Name = 'same', ParentCategoryId = NULL",
    ),
    (
        "index 'IX_PerformanceMetrics_Rollup'",
        "UPDATE PerformanceMetrics SET EntityId = NULL, PeriodType = 'Daily', PeriodStart = '2026-11-23 00:00:00.0000000', PeriodEnd = '2026-11-24 00:00:00.0000000', MinValue = 0, MaxValue = 0, Sum = 0, M2 = 0",
    ),
    ("QueryCache.Key", "UPDATE QueryCache SET Key = 'same'"),
    (
        "ComputedResults.Key",
        "UPDATE ComputedResults SET Key = 'same'",
    ),
    (
        "SessionData.SessionId, SessionData.Key",
        "UPDATE SessionData SET SessionId = 'same', Key = 'same'",
    ),
    (
        "TaskDependencies.TaskId, TaskDependencies.DependsOnTaskId",
        "UPDATE TaskDependencies SET DependsOnTaskId = 'b'",
    ),
    (
        "index 'IX_QueuePauses_Unique'",
        "UPDATE QueuePauses SET RepositoryPath = NULL",
    ),
    (
        "ChatSearchEntries.Id",
        "UPDATE ChatSearchEntries SET Id = 'a'",
    ),
];

fn text_of(characters: usize) -> String {
    format!("'{}'", "ü".repeat(characters))
}

/// A value that a check on one column must refuse.
struct Refused {
    check: String,
    table: &'static str,
    column: &'static str,
    /// As SQL.
    value: String,
}

fn refused_values() -> Vec<Refused> {
    let mut cases = Vec::new();
    let mut add = |table, column, check: &str, value: &str| {
        cases.push(Refused {
            check: format!("CK_{table}_{check}"),
            table,
            column,
            value: value.to_owned(),
        });
    };
    for &(table, columns) in LENGTHS {
        for &(column, least, greatest) in columns {
            add(table, column, column, &text_of(greatest + 1));
            if least == 1 {
                add(table, column, column, "''");
            }
        }
    }
    let by_kind: [(_, &[&str]); 5] = [
        (
            TIMES,
            &[
                "'2026-11-23 12:00:00'",
                "'2026-11-23T12:00:00.0000000'",
                "'2026-11-23 12:00:00.0000000Z'",
            ],
        ),
        (SPANS, &["'60'", "'-00:01:00'"]),
        (BOOLS, &["2"]),
        (JSON, &["'{'"]),
        (LISTS, &["'a,b'", "'{}'"]),
    ];
    for (tables, values) in by_kind {
        for &(table, columns) in tables {
            for &column in columns {
                for value in values {
                    add(table, column, column, value);
                }
            }
        }
    }
    for &(table, columns) in RANGES {
        for &(column, check, values) in columns {
            for value in values {
                add(table, column, check, value);
            }
        }
    }
    cases
}

/// `rows.sql`, with the triggers gone that refuse every update.
fn updatable() -> Database {
    let mut database = Database::with_rows();
    database.run(
        "DROP TRIGGER TR_AuditLogs_Update; DROP TRIGGER TR_ErrorLogs_Update;
         DROP TRIGGER TR_OrchestrationLogs_Update; DROP TRIGGER TR_ApprovalRequests_Final;
         DROP TRIGGER TR_RetentionMarks_Update;",
    );
    database
}

#[test]
fn column_checks_refuse_what_they_should() {
    let mut database = updatable();
    for Refused {
        check,
        table,
        column,
        value,
    } in refused_values()
    {
        // A value may break a rule over several columns too: it must be this check that speaks first.
        let result = database.try_run(&format!("UPDATE {table} SET {column} = {value}"));
        assert_eq!(
            result,
            Err(format!("CHECK constraint failed: {check}")),
            "{column} = {value}"
        );
    }
}

#[test]
fn texts_may_be_as_long_as_said() {
    let mut database = updatable();
    for (table, columns) in LENGTHS {
        for (column, least, greatest) in *columns {
            for length in [least, greatest] {
                database.run(&format!(
                    "BEGIN; PRAGMA defer_foreign_keys = ON;
                     UPDATE {table} SET {column} = {} WHERE rowid = 2; ROLLBACK;",
                    text_of(*length),
                ));
            }
        }
    }
}

#[test]
fn keys_names_paths_and_commands_refuse_nul() {
    let mut database = updatable();
    let tables = database.tables();
    // A mark, an event, a lineage, a clock, a stage, a join and what is past have no id; the entries of the index have that
    // of their message.
    let without = [
        "RetentionMarks",
        "ChangeEvents",
        "Lineages",
        "RetentionClock",
        "ChatSearchEntries",
        "WorkflowStages",
        "WorkflowJoins",
        "AgentPastRuns",
        "RepositoryPastTasks",
    ];
    for table in tables
        .iter()
        .filter(|table| !without.contains(&table.as_str()))
    {
        assert_eq!(
            database.try_run(&format!("UPDATE {table} SET Id = 'a' || char(0)")),
            Err(format!("CHECK constraint failed: CK_{table}_Id")),
        );
    }
    for (table, column) in [
        ("Repositories", "Name"),
        ("Repositories", "Path"),
        ("Agents", "Name"),
        ("Agents", "RepositoryPath"),
        ("Tasks", "Command"),
        ("Tasks", "RepositoryPath"),
        ("Tasks", "IdempotencyKey"),
        ("UserPreferences", "Key"),
    ] {
        assert_eq!(
            database.try_run(&format!(
                "UPDATE {table} SET {column} = 'a' || char(0) || 'b'"
            )),
            Err(format!("CHECK constraint failed: CK_{table}_{column}")),
        );
    }
}

#[test]
fn rules_and_triggers_refuse_what_they_should() {
    for (name, statement) in RULES {
        let error = Database::with_rows()
            .try_run(statement)
            .expect_err(statement);
        assert_eq!(
            error.trim_start_matches("CHECK constraint failed: "),
            *name,
            "{statement}"
        );
    }
}

#[test]
fn what_is_unique_stays_unique() {
    let mut database = Database::with_rows();
    for (what, statement) in UNIQUE {
        assert_eq!(
            database.try_run(statement),
            Err(format!("UNIQUE constraint failed: {what}")),
        );
    }
    let unique = database.texts(
        "SELECT i.name FROM sqlite_schema AS t, pragma_index_list(t.name) AS i
         WHERE t.type = 'table' AND i.\"unique\" AND i.origin <> 'pk'",
    );
    assert_eq!(unique.len(), UNIQUE.len(), "{unique:?}");
}

#[test]
fn foreign_keys_refuse_what_is_not_there() {
    for table in Database::migrated().tables() {
        let mut database = Database::with_rows();
        let key = format!(
            "SELECT name FROM pragma_table_info('{table}') WHERE name = 'Id' OR pk = 1
             ORDER BY name <> 'Id'"
        );
        let key = database.texts(&key).remove(0);
        for column in database.texts(&format!(
            "SELECT \"from\" FROM pragma_foreign_key_list('{table}')"
        )) {
            assert_eq!(
                database.try_run(&format!(
                    "UPDATE {table} SET {column} = 'nobody' WHERE {key} = 'a'"
                )),
                Err("FOREIGN KEY constraint failed".to_owned()),
                "{table}.{column}",
            );
        }
    }
}

#[test]
fn what_must_be_given_can_not_be_null() {
    let mut database = updatable();
    for table in database.tables() {
        // A row number refuses NULL by its type.
        for column in database.texts(&format!(
            "SELECT name FROM pragma_table_xinfo('{table}')
             WHERE \"notnull\" AND hidden = 0 AND NOT (pk AND type = 'INTEGER')"
        )) {
            assert_eq!(
                database.try_run(&format!("UPDATE {table} SET {column} = NULL")),
                Err(format!("NOT NULL constraint failed: {table}.{column}")),
            );
        }
    }
}

#[test]
fn no_constraint_is_without_a_case() {
    let schema = Database::migrated()
        .texts("SELECT sql FROM sqlite_schema WHERE sql LIKE '%CK_%'")
        .join("\n");
    let names: BTreeSet<&str> = schema
        .split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .filter(|word| word.starts_with("CK_"))
        .collect();
    let refused = refused_values();
    let tried: BTreeSet<&str> = refused
        .iter()
        .map(|case| case.check.as_str())
        .chain(RULES.iter().map(|case| case.0))
        .collect();
    assert!(names.len() > 300);
    assert_eq!(
        names.difference(&tried).collect::<Vec<_>>(),
        Vec::<&&str>::new()
    );
}
