//! Imports of what runs, of what the database has already, and of nothing.

use serde_json::json;

use super::*;

fn agent(name: &str, ping: &str) -> Value {
    json!({
        "Id": "a1", "Name": name, "Type": "x", "RepositoryPath": "/r", "Status": 0, "LastPing": ping,
    })
}

fn task(id: &str, changes: &Value) -> Value {
    let mut task = json!({
        "Id": id, "AgentId": "a1", "Command": "make", "RepositoryPath": "/r", "Priority": 1, "Status": 0,
        "CreatedAt": "2025-10-01T08:00:00Z",
    });
    for (field, value) in changes.as_object().unwrap() {
        task[field] = value.clone();
    }
    task
}

fn state(agent: &Value, tasks: &[Value]) -> Value {
    json!({"Agents": {"a1": agent}, "TaskQueue": tasks})
}

fn older() -> Value {
    let failed = json!({
        "Status": 4, "StartedAt": "2025-10-01T08:00:00Z", "CompletedAt": "2025-10-01T08:00:02Z",
    });
    state(
        &agent("Ada", "2025-10-01T09:00:00Z"),
        &[task("t1", &json!({})), task("t2", &failed)],
    )
}

fn newer() -> Value {
    let done = json!({
        "Status": 3, "StartedAt": "2025-10-02T08:00:00Z", "CompletedAt": "2025-10-02T08:00:05Z", "Result": "ok",
    });
    state(
        &agent("Ada Lovelace", "2025-10-02T09:00:00Z"),
        &[task("t1", &done), task("t2", &done)],
    )
}

fn update() -> ImportOptions {
    ImportOptions {
        update: true,
        ..ImportOptions::default()
    }
}

fn import_as(store: &Store, value: &Value, options: ImportOptions) -> Result<ImportReport> {
    import_with(
        store,
        &Copy::holding(value.to_string().as_bytes()).path,
        options,
    )
}

#[test]
fn what_was_running_is_pending_again_and_the_rest_is_in_order() {
    for name in [V1, V2, V3, V3_LARGE, CONFIG] {
        let test = TestStore::new();
        let source = json(&made(name));
        let report = import(&test.store, &made(name));
        let running = |task: &&Value| task["Status"] == 1 || task["Status"] == 2;
        let tasks = source["TaskQueue"].as_array();
        let running = tasks.map_or(0, |_| takeable(&source).iter().filter(running).count());
        assert_eq!(report.requeued, running as u64, "{name}");
        let content = content(&test.store);
        let mut statuses = content.tasks.iter().map(|task| task.status);
        assert!(
            !statuses.any(|status| matches!(status, TaskStatus::Assigned | TaskStatus::InProgress))
        );
        let mut agents = content.agents.iter();
        assert!(!agents.any(|agent| agent.status == AgentStatus::Busy));
        assert_sound(&test.store);
    }
}

#[test]
fn rows_that_differ_are_told_and_left() {
    let test = TestStore::new();
    import_json(&test.store, &older()).unwrap();
    let before = content(&test.store);
    let report = import_json(&test.store, &newer()).unwrap();
    assert_eq!((report.agents.differing, report.tasks.differing), (1, 2));
    assert_eq!((report.agents.unchanged, report.tasks.unchanged), (0, 0));
    assert_eq!(report.backup, None, "nothing was written");
    assert_eq!(content(&test.store), before);
}

#[test]
fn an_update_takes_what_is_newer_with_its_counters() {
    let test = TestStore::new();
    import_json(&test.store, &older()).unwrap();
    let report = import_as(&test.store, &newer(), update()).unwrap();
    assert_eq!((report.agents.updated, report.tasks.updated), (1, 2));
    assert!(report.backup.unwrap().exists());
    let after = content(&test.store);
    assert_eq!(after.agents[0].name, "Ada Lovelace");
    assert!(
        after
            .tasks
            .iter()
            .all(|t| t.status == TaskStatus::Completed)
    );
    let repository = &after.repositories[0];
    let counted = (repository.total_tasks, repository.successful_tasks);
    assert_eq!((counted, repository.failed_tasks), ((2, 2), 0));
    assert_sound(&test.store);

    let report = import_as(&test.store, &newer(), update()).unwrap();
    assert_eq!((report.agents.unchanged, report.tasks.unchanged), (1, 2));
    assert_eq!(report.backup, None);
    let report = import_as(&test.store, &older(), update()).unwrap();
    assert_eq!((report.agents.differing, report.tasks.differing), (1, 2));
    assert_eq!(content(&test.store), after);
}

#[test]
fn what_this_database_runs_is_not_overwritten() {
    let test = TestStore::new();
    import_json(&test.store, &older()).unwrap();
    let waiting = tasks::NewTask {
        depends_on: vec![TaskId::new("t1").unwrap().into()],
        ..tasks::NewTask::new("test", "/r")
    };
    let waiting = test.enqueue(&waiting).id;
    let report = import_as(&test.store, &newer(), update()).unwrap();
    assert_eq!((report.tasks.updated, report.tasks.differing), (1, 1));
    assert_eq!(test.get_task(&waiting).unmet_dependencies, 1);
    assert_sound(&test.store);
}

#[test]
fn an_import_of_nothing_fails_and_leaves_the_file() {
    let refused = state(&json!({"Id": "a1", "Status": "Working"}), &[]);
    let empty = json!({"Agents": {}, "TaskQueue": []});
    for (value, says) in [(&refused, "Agents[\"a1\"]"), (&empty, "got none")] {
        let test = TestStore::new();
        let copy = Copy::holding(value.to_string().as_bytes());
        let report = import_with(&test.store, &copy.path, dry_run()).unwrap();
        assert!(report.took_nothing());
        let error = import_with(&test.store, &copy.path, ImportOptions::default()).unwrap_err();
        assert_eq!(error.code(), ErrorCode::ImportFailed);
        assert!(error.message().contains(says), "{error}");
        assert_eq!(copy.names(), ["legacy.json"]);
        assert_empty(&test.store, says);
    }
}

#[test]
fn names_are_read_as_well_as_numbers() {
    let test = TestStore::new();
    let mut busy = agent("Ada", "2025-10-01T09:00:00Z");
    busy["Status"] = json!("error");
    let high = json!({"Status": "Pending", "Priority": "High"});
    import_json(&test.store, &state(&busy, &[task("t1", &high)])).unwrap();
    let content = content(&test.store);
    assert_eq!(content.agents[0].status, AgentStatus::Error);
    assert_eq!(content.tasks[0].status, TaskStatus::Pending);
    assert_eq!(
        content.tasks[0].priority,
        orchestra_store::types::TaskPriority::High
    );
}
