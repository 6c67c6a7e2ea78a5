//! The database as a whole: backup, and import of a predecessor's file.

use std::collections::HashMap;
use std::fs::File;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use orchestra_store::models::{CodeRepository, RepositoryId, Task};
use orchestra_store::services::tasks::NewTask;
use orchestra_store::types::{TaskPriority, Timestamp};
use serde::Deserialize;

use super::enqueue::row;
use super::{Connection, Environment, Row as _, Trail};

/// Copies the database into a new file, checks the copy and makes it durable.
pub fn back_up(connection: &Connection, target: &Path) {
    let mut private = File::options();
    private.write(true).create_new(true).mode(0o600);
    let file = private.open(target).unwrap();
    let name = target.to_str().unwrap();
    connection.prepare("VACUUM INTO ?").execute(&[&name]);
    let copy = Connection::open(target, super::Role::Reader);
    let mut check = copy.prepare("PRAGMA integrity_check");
    let found: Option<String> = check.first(&[], |row| row.get(0));
    assert_eq!(found.as_deref(), Some("ok"));
    file.sync_all().unwrap();
    File::open(target.parent().unwrap())
        .unwrap()
        .sync_all()
        .unwrap();
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct StateFile {
    task_queue: Vec<LegacyTask>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct LegacyTask {
    id: String,
    command: String,
    repository_path: String,
    priority: i32,
    created_at: Timestamp,
}

/// Adds the tasks of a state file, which all wait and have no agents, and their repositories, with
/// audit rows, events and statistics.
pub fn import(connection: &Connection, environment: &Environment, file: &Path) {
    let text = std::fs::read_to_string(file).unwrap();
    let state: StateFile = serde_json::from_str(&text).unwrap();
    let mut insert = Task::prepare_insert(connection);
    let mut trail = Trail::new(connection, environment, true);
    let mut repositories: HashMap<String, CodeRepository> = HashMap::new();
    connection.execute("BEGIN IMMEDIATE");
    for legacy in state.task_queue {
        let path = legacy.repository_path.clone();
        let repository = repositories
            .entry(path)
            .or_insert_with_key(|path| add_repository(connection, environment, &mut trail, path));
        repository.total_tasks += 1;
        let task = imported(environment, legacy, repository.id.clone());
        task.insert(&mut insert);
        trail.imported(("Tasks", task.id.as_str()), environment.now(), &task);
    }
    trail.finish_import("Tasks", environment.now());
    for repository in repositories.values() {
        count_tasks(connection, environment, &mut trail, repository);
    }
    trail.finish();
    connection.execute("COMMIT");
}

fn imported(environment: &Environment, legacy: LegacyTask, repository: RepositoryId) -> Task {
    let mut new = NewTask::new(legacy.command, legacy.repository_path);
    new.id = Some(legacy.id.parse().unwrap());
    new.priority = TaskPriority::try_from(legacy.priority).unwrap();
    new.available_at = Some(legacy.created_at);
    let task = row(environment, &new, repository);
    Task {
        created_at: legacy.created_at,
        updated_at: legacy.created_at,
        ..task
    }
}

fn add_repository(
    connection: &Connection,
    environment: &Environment,
    trail: &mut Trail,
    path: &str,
) -> CodeRepository {
    let now = environment.now();
    let mut insert = connection.prepare(
        "INSERT INTO Repositories (Id, Name, Path, CreatedAt, UpdatedAt) VALUES (?, ?, ?, ?, ?)",
    );
    let name = path.rsplit('/').next().unwrap();
    insert.execute(&[&environment.new_id(), &name, &path, &now, &now]);
    let mut select = CodeRepository::prepare_select(connection, "WHERE Path = ?");
    let repository = select.first(&[&path], CodeRepository::read).unwrap();
    let place = ("Repositories", repository.id.as_str());
    trail.created(place, now, &repository);
    repository
}

fn count_tasks(
    connection: &Connection,
    environment: &Environment,
    trail: &mut Trail,
    repository: &CodeRepository,
) {
    let now = environment.now();
    let mut changes = super::trail::Changes::default();
    changes.set("TotalTasks", &mut 0, repository.total_tasks);
    let mut update = connection.prepare(
        "UPDATE Repositories SET TotalTasks = ?, UpdatedAt = ?, UpdatedBy = ?,
             RowVersion = RowVersion + 1
         WHERE Id = ?",
    );
    let values: [&dyn super::Value; 4] = [
        &repository.total_tasks,
        &now,
        &environment.user,
        &repository.id,
    ];
    update.execute(&values);
    let place = ("Repositories", repository.id.as_str());
    trail.derived(place, changes);
}
