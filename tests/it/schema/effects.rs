//! What the database does by itself: computed columns, dependants of a deleted row, logs, views.

use diesel::prelude::*;
use orchestra_store::schema::tasks;
use orchestra_store::types::Timestamp;
use proptest::prelude::*;

use super::Database;

#[test]
fn success_rate_is_computed() {
    let mut database = Database::with_rows();
    let rates =
        |database: &mut Database| database.texts("SELECT SuccessRate FROM Agents ORDER BY Id");
    assert_eq!(rates(&mut database), ["0.0", "0.5"]);
    database.run("UPDATE Agents SET TotalTasksCompleted = 3, TotalTasksFailed = 1");
    assert_eq!(rates(&mut database), ["0.75", "0.75"]);
}

#[test]
fn duration_is_exact_to_the_millisecond() {
    let mut database = Database::with_rows();
    let day = 864_000_000_000_i64;
    // Fractions around one half of a millisecond, across days and years, in the first and the last year.
    let spans = [
        0,
        1,
        4_999,
        5_000,
        5_001,
        9_999,
        10_000,
        9_999_999,
        10_000_000,
        day - 1,
        365 * day + 5_000,
    ];
    let starts = [
        Timestamp::MIN.ticks(),
        -1,
        0,
        17_639_999_999_999_999,
        Timestamp::MAX.ticks() - 366 * day,
    ];
    for (start, span) in starts
        .iter()
        .flat_map(|start| spans.map(|span| (*start, span)))
    {
        assert_eq!(
            computed_duration(&mut database, start, start + span),
            (span + 5_000) / 10_000
        );
    }
}

fn computed_duration(database: &mut Database, start: i64, end: i64) -> i64 {
    let (start, end) = (timestamp(start), timestamp(end));
    diesel::update(tasks::table.find("a"))
        .set((
            tasks::created_at.eq(start),
            tasks::started_at.eq(start),
            tasks::completed_at.eq(end),
            tasks::status.eq(3),
        ))
        .returning(tasks::computed_duration.assume_not_null())
        .get_result(&mut database.connection)
        .unwrap()
}

fn timestamp(ticks: i64) -> Timestamp {
    Timestamp::from_ticks(ticks).unwrap()
}

#[test]
fn duration_is_exact_for_any_times() {
    let mut database = Database::with_rows();
    let times = (0..2_000_000_000_000_000_000_i64, 0..100_000_000_000_000_i64);
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(500));
    let database = std::cell::RefCell::new(&mut database);
    runner
        .run(&times, |(start, span)| {
            let duration = computed_duration(&mut database.borrow_mut(), start, start + span);
            prop_assert_eq!(duration, (span + 5_000) / 10_000);
            Ok(())
        })
        .unwrap();
}

#[test]
fn only_a_waiting_task_can_be_claimed() {
    let mut database = Database::with_rows();
    database.run("UPDATE Tasks SET Priority = 2");
    let mut claimable = |set: &str| {
        database.run(&format!("UPDATE Tasks SET {set} WHERE Id = 'a'"));
        database
            .texts("SELECT coalesce(OpenPriority, '-') || coalesce(PinnedPriority, '-') FROM Tasks WHERE Id = 'a'")
            .remove(0)
    };
    assert_eq!(claimable("Status = 0"), "2-");
    assert_eq!(claimable("IsPinned = 1, AgentId = 'a'"), "-2");
    assert_eq!(claimable("Status = 1"), "--");
    assert_eq!(claimable("Status = 0, IsPinned = 0"), "2-");
    assert_eq!(claimable("UnmetDependencies = 1"), "--");
    assert_eq!(claimable("IsPinned = 1"), "--");
    assert_eq!(claimable("UnmetDependencies = 0"), "-2");
}

#[test]
fn default_times_have_the_stored_form() {
    let mut database = Database::with_rows();
    let times = database.texts("SELECT CreatedAt FROM Tasks WHERE Id = 'a'");
    let written: Timestamp = tasks::table
        .find("a")
        .select(tasks::created_at)
        .first(&mut database.connection)
        .unwrap();
    assert_eq!(written.to_string(), times[0]);
}

#[test]
fn deleting_an_agent_takes_or_frees_its_dependants() {
    let mut database = Database::with_rows();
    database.run(
        "UPDATE Tasks SET IsPinned = 0;
         INSERT INTO PerformanceMetrics (Id, EntityType, EntityId, MetricName, MetricValue)
         VALUES ('of b', 'Agent', 'b', 'x', 1), ('of a', 'Agent', 'a', 'x', 1), ('of task', 'Task', 'b', 'x', 1);
         DELETE FROM Agents WHERE Id = 'b';",
    );
    for table in ["AgentSessions", "UserPreferences", "ApprovalRequests"] {
        assert!(
            database
                .texts(&format!("SELECT Id FROM {table} WHERE Id = 'b'"))
                .is_empty(),
            "{table}"
        );
    }
    for table in ["Tasks", "ChatMessages", "OrchestrationLogs"] {
        let freed = database.texts(&format!(
            "SELECT Id FROM {table} WHERE Id = 'b' AND AgentId IS NULL"
        ));
        assert_eq!(freed, ["b"], "{table}");
    }
    assert_eq!(
        database.texts("SELECT Id FROM PerformanceMetrics WHERE MetricName = 'x' ORDER BY Id"),
        ["of a", "of task"]
    );
}

#[test]
fn deleting_tasks_and_repositories_removes_their_metrics() {
    let mut database = Database::with_rows();
    database.run(
        "INSERT INTO PerformanceMetrics (Id, EntityType, EntityId, MetricName, MetricValue)
         VALUES ('task', 'Task', 'b', 'x', 1), ('repository', 'Repository', 'b', 'x', 1), ('system', 'System', NULL, 'x', 1);
         DELETE FROM Tasks WHERE Id = 'b'; DELETE FROM Repositories WHERE Id = 'b';",
    );
    assert_eq!(
        database.texts("SELECT Id FROM PerformanceMetrics WHERE MetricName = 'x'"),
        ["system"]
    );
}

#[test]
fn history_keeps_what_it_needs() {
    let mut database = Database::with_rows();
    for statement in [
        "DELETE FROM WorkflowDefinitions WHERE Id = 'b'",
        "DELETE FROM Tasks WHERE Id = 'a'",
    ] {
        assert_eq!(
            database.try_run(statement),
            Err("FOREIGN KEY constraint failed".to_owned())
        );
    }
}

#[test]
fn a_task_can_move_below_another_but_not_below_itself() {
    let mut database = Database::migrated();
    database.run("INSERT INTO Tasks (Id, Command, RepositoryPath) VALUES ('0', 'x', '/')");
    for id in 1..1_200 {
        database.run(&format!(
            "INSERT INTO Tasks (Id, Command, RepositoryPath, ParentTaskId) VALUES ('{id}', 'x', '/', '{}')",
            id - 1
        ));
    }
    assert_eq!(
        database.try_run("UPDATE Tasks SET ParentTaskId = '1199' WHERE Id = '0'"),
        Err("CK_Tasks_ParentCycle".to_owned())
    );
    database.run("UPDATE Tasks SET ParentTaskId = '0' WHERE Id = '1199'");
    assert_eq!(
        database.try_run("INSERT INTO Tasks (Id, Command, RepositoryPath, ParentTaskId) VALUES ('x', 'x', '/', 'later')"),
        Err("FOREIGN KEY constraint failed".to_owned()),
    );
    // A whole subtree goes in one statement.
    database.run("DELETE FROM Tasks WHERE Id <> '0'");
}

#[test]
fn dependencies_form_no_cycle() {
    let mut database = Database::migrated();
    for id in ["a", "b", "c", "d"] {
        database.run(&format!(
            "INSERT INTO Tasks (Id, Command, RepositoryPath) VALUES ('{id}', 'x', '/')"
        ));
    }
    let depends = |task: &str, on: &str| {
        format!(
            "INSERT INTO TaskDependencies (Id, TaskId, DependsOnTaskId) VALUES ('{task}{on}', '{task}', '{on}')"
        )
    };
    // Children first, so that the last one closes what the others left open.
    for (task, on) in [("c", "b"), ("b", "a"), ("d", "b")] {
        database.run(&depends(task, on));
    }
    let cycle = Err("CK_TaskDependencies_Cycle".to_owned());
    assert_eq!(database.try_run(&depends("a", "c")), cycle);
    let update = "UPDATE TaskDependencies SET DependsOnTaskId = 'c' WHERE Id = 'ba'";
    assert_eq!(database.try_run(update), cycle);
    database.run(&depends("d", "c"));
}

#[test]
fn a_task_that_another_waits_for_stays() {
    let mut database = Database::migrated();
    database.run(
        "INSERT INTO Tasks (Id, Command, RepositoryPath) VALUES ('a', 'x', '/'), ('b', 'x', '/');
         INSERT INTO TaskDependencies (Id, TaskId, DependsOnTaskId) VALUES ('ba', 'b', 'a');",
    );
    let delete = "DELETE FROM Tasks WHERE Id = 'a'";
    let refused = Err("FOREIGN KEY constraint failed".to_owned());
    assert_eq!(database.try_run(delete), refused);
    let end = |status: i32| {
        format!(
            "UPDATE Tasks SET Status = {status}, StartedAt = CreatedAt, CompletedAt = CreatedAt WHERE Id = 'a'"
        )
    };
    database.run(&end(4));
    assert_eq!(database.try_run(delete), refused);
    database.run(&end(3));
    database.run(delete);
    assert!(database.texts("SELECT Id FROM TaskDependencies").is_empty());
}

#[test]
fn logs_lose_only_rows_older_than_their_mark() {
    for (table, time, columns, values) in [
        (
            "AuditLogs",
            "Timestamp",
            "EntityType, Action",
            "'Tasks', 'Update'",
        ),
        ("ErrorLogs", "Timestamp", "Message", "'x'"),
        (
            "OrchestrationLogs",
            "CreatedAt",
            "EventType, Message",
            "'x', 'x'",
        ),
    ] {
        let mut database = Database::migrated();
        database.run(&format!(
            "INSERT INTO {table} (Id, {columns}, {time}) VALUES
                ('old', {values}, '2026-01-01 00:00:00.0000000'), ('new', {values}, '2026-01-02 00:00:00.0000000');"
        ));
        assert!(
            database
                .try_run(&format!("DELETE FROM {table} WHERE Id = 'old'"))
                .is_err(),
            "{table}"
        );

        database.run(&format!(
            "INSERT INTO RetentionMarks (TableName, DeleteBefore) VALUES ('{table}', '2026-01-02 00:00:00.0000000');
             DELETE FROM {table} WHERE Id = 'old';"
        ));
        assert!(
            database
                .try_run(&format!("DELETE FROM {table} WHERE Id = 'new'"))
                .is_err(),
            "{table}"
        );
        assert_eq!(database.texts(&format!("SELECT Id FROM {table}")), ["new"]);
    }
}

#[test]
fn views_summarise() {
    let mut database = Database::with_rows();
    database.run(
        "DELETE FROM Tasks WHERE Id = 'c';
         UPDATE Tasks SET RepositoryId = 'b', RepositoryPath = '/', Priority = 1;
         UPDATE Tasks SET CreatedAt = '2026-11-22 10:00:00.0000000', AvailableAt = '2026-11-22 11:00:00.0000000' WHERE Id = 'a';
         UPDATE Agents SET IsDeleted = 0, DeletedAt = NULL;
         INSERT INTO Tasks (Id, Command, RepositoryPath, Status, CreatedAt, StartedAt, CompletedAt) VALUES
            ('c', 'x', '/', 3, '2026-11-22 10:00:00.0000000', '2026-11-22 10:00:00.0000000', '2026-11-22 10:00:02.0000000'),
            ('d', 'x', '/', 4, '2026-11-22 10:00:00.0000000', '2026-11-22 10:00:00.0000000', '2026-11-22 10:00:01.0000000'),
            ('e', 'x', '/', 5, '2026-11-22 10:00:00.0000000', NULL, '2026-11-22 10:00:01.0000000');",
    );
    for (view, expected) in [
        ("SELECT AgentId || ' ' || TasksHeld || ' ' || SuccessRate FROM AgentPerformance ORDER BY AgentId", &["a 0 0.0", "b 1 0.5"][..]),
        (
            "SELECT RepositoryId || ' ' || AgentCount || ' ' || PendingTasks || ' ' || RunningTasks
             FROM RepositoryActivity ORDER BY RepositoryId",
            &["a 0 0 0", "b 1 1 1"],
        ),
        (
            "SELECT concat_ws(' ', Day, CreatedTasks, OpenTasks, CompletedTasks, FailedTasks, CancelledTasks, SuccessRate, AverageDuration)
             FROM DailyTaskSummary ORDER BY Day",
            &["2026-11-22 4 1 1 1 1 0.5 1500.0", "2026-11-23 1 1 0 0 0 0.0"],
        ),
        (
            "SELECT concat_ws(' ', RepositoryPath, Priority, PendingTasks, RunningTasks, OldestAvailableAt) FROM QueueDepth",
            &["/ 1 1 1 2026-11-22 11:00:00.0000000"],
        ),
        (
            "SELECT concat_ws(' ', WorkflowDefinitionId, Executions, OpenExecutions, CompletedExecutions, AverageDuration)
             FROM WorkflowSummary ORDER BY WorkflowDefinitionId",
            &["a 1 1 0", "b 1 0 1 2.0"],
        ),
    ] {
        assert_eq!(database.texts(view), expected);
    }
}
