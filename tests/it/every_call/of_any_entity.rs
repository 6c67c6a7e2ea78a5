//! The writing calls of [`AnyEntity`], on every registered entity.

use orchestra_store::Result;
use orchestra_store::models::{Agent, Task};
use orchestra_store::registry::{self, AnyEntity, ColumnInfo};
use orchestra_store::services::workflows;
use orchestra_store::types::TaskStatus;
use serde_json::{Value, json};

use super::Call;
use super::world::{World, id};
use crate::every_entity;

pub const CALLS: &[(&str, Call)] = &[
    ("AnyEntity::insert", insert),
    ("AnyEntity::insert_many", insert_many),
    ("AnyEntity::update", update),
    ("AnyEntity::update_many", update_many),
    ("AnyEntity::delete", delete),
    ("AnyEntity::delete_many", delete_many),
    ("AnyEntity::hard_delete", hard_delete),
    ("AnyEntity::restore", restore),
    ("AnyEntity::bulk_update", bulk_update),
    ("AnyEntity::bulk_delete", bulk_delete),
    ("AnyEntity::bulk_hard_delete", bulk_hard_delete),
    ("AnyEntity::delete_unchanged", delete_unchanged),
    ("AnyEntity::delete_subtree", delete_subtree),
];

/// The tables whose rows columns of these names refer to.
const REFERENCES: [(&str, &str); 14] = [
    ("AgentId", "Agents"),
    ("CategoryId", "TemplateCategories"),
    ("DependsOnTaskId", "Tasks"),
    ("LinkedTaskId", "Tasks"),
    ("ParentCategoryId", "TemplateCategories"),
    ("ParentExecutionId", "WorkflowExecutions"),
    ("ParentMessageId", "ChatMessages"),
    ("ParentTaskId", "Tasks"),
    ("RepositoryId", "Repositories"),
    ("TaskId", "Tasks"),
    ("WorkflowDefinitionId", "WorkflowDefinitions"),
    ("WorkflowExecutionId", "WorkflowExecutions"),
    ("WorkflowId", "WorkflowDefinitions"),
    ("SessionId", "ChatSessions"),
];

/// The table that a column refers to. The sessions of agents have names of their programs.
fn target(table: &str, column: &str) -> Option<&'static str> {
    if column == "SessionId" && table != "ChatMessages" {
        return None;
    }
    let found = REFERENCES.iter().find(|(name, _)| *name == column);
    found.map(|(_, target)| *target)
}

/// The id of a row of a table, which is made if need be.
fn some_row(world: &mut World, table: &str) -> String {
    let condition = match table {
        "WorkflowDefinitions" => json!({"IsActive": true}),
        _ => json!({}),
    };
    world
        .draw_id(table, &condition)
        .unwrap_or_else(|| stored(world, table))
}

/// What a new row of a table says, which may be wrong.
pub fn new_row(world: &mut World, table: &str, may_slip: bool) -> Value {
    let number = world.number();
    let (mut row, _) = every_entity::sample(table, number);
    let columns: Vec<String> = row.as_object().unwrap().keys().cloned().collect();
    for column in columns {
        if may_slip && world.slips() {
            row[&column] = json!([[]]);
        } else if table == "TaskDependencies" && column == "TaskId" {
            row[&column] = json!(world.task_in(TaskStatus::Pending).id);
        } else if let Some(target) = target(table, &column) {
            row[&column] = json!(some_row(world, target));
        }
    }
    if table == "Tasks" && world.random.happens(200) {
        row["ParentTaskId"] = json!(some_row(world, "Tasks"));
    }
    let definition = row["WorkflowDefinitionId"].as_str();
    if let Some(definition) = definition.map(str::to_owned) {
        let entity = registry::by_name("WorkflowDefinitions").unwrap();
        let known = world.write(|uow| entity.get(uow, &definition)).unwrap();
        row["WorkflowVersion"] = known["Version"].clone();
    }
    row["Id"] = json!(format!("row {number}"));
    row
}

/// Notes what an answer with a row of a table says.
fn note(world: &mut World, table: &str, row: &Value) {
    match table {
        "Tasks" => {
            let task: Task = serde_json::from_value(row.clone()).unwrap();
            world.effect.shows(&task);
        }
        "Agents" => {
            let agent: Agent = serde_json::from_value(row.clone()).unwrap();
            world.effect.is_stated(&agent.id);
        }
        "WorkflowExecutions" => world.effect.may_add(),
        "TaskDependencies" => world.effect.may_change_others(),
        _ => {}
    }
}

/// The id of a new row.
fn stored(world: &mut World, table: &str) -> String {
    let entity = registry::by_name(table).unwrap();
    let row = new_row(world, table, false);
    let stored = world.write(|uow| entity.insert(uow, &row)).unwrap();
    note(world, table, &stored);
    stored["Id"].as_str().unwrap().to_owned()
}

/// An entity that the call fits, or in a few cases any.
fn entity(world: &mut World, fits: impl Fn(&dyn AnyEntity) -> bool) -> &'static dyn AnyEntity {
    let all: Vec<_> = registry::entities().to_vec();
    let fitting: Vec<_> = all.iter().copied().filter(|entity| fits(*entity)).collect();
    let entity = match world.slips() {
        true => world.pick(&all),
        false => world.pick(&fitting),
    };
    world.table = Some(entity.name());
    entity
}

fn insert(world: &mut World) -> Result<()> {
    let entity = entity(world, |_| true);
    let row = new_row(world, entity.name(), true);
    let added = world.write(|uow| entity.insert(uow, &row))?;
    note(world, entity.name(), &added);
    Ok(())
}

fn insert_many(world: &mut World) -> Result<()> {
    let entity = entity(world, |_| true);
    let name = entity.name();
    let rows = [new_row(world, name, true), new_row(world, name, true)];
    let added = world.write(|uow| entity.insert_many(uow, &rows))?;
    added.iter().for_each(|row| note(world, name, row));
    Ok(())
}

fn is_no_log(entity: &dyn AnyEntity) -> bool {
    !entity.is_log()
}

/// The id of a row of this entity, an old or a new one.
fn present(world: &mut World, entity: &dyn AnyEntity) -> String {
    if world.random.happens(700)
        && let Some(id) = world.draw_id(entity.name(), &json!({}))
    {
        return id;
    }
    stored(world, entity.name())
}

/// Another value for a column that a caller may change.
fn value(world: &mut World, table: &str, column: &ColumnInfo) -> Value {
    if let Some(target) = target(table, column.name) {
        return json!(some_row(world, target));
    }
    let first = world.random.happens(500);
    match (column.name, column.kind) {
        // An agent that holds more than it may is the host's doing.
        ("MaxConcurrentTasks", _) => json!(10),
        ("AvailableAt", _) if first => json!("2027-01-01 00:00:00.0000000"),
        (_, "Text") => json!(world.name("text")),
        (_, "Real") => json!(if first { 0.5 } else { 0.25 }),
        (_, "Bool") => json!(first),
        (_, "Time") => json!("2025-01-01 00:00:00.0000000"),
        (_, "TimeSpan") => json!("00:01:00"),
        (_, "Json") => json!({"a": world.number()}),
        (_, "List") => json!(["a", "b"]),
        _ => json!(if first { 1 } else { 2 }),
    }
}

/// What an update of a table is to change.
fn change(world: &mut World, entity: &dyn AnyEntity) -> Value {
    let of_callers: Vec<ColumnInfo> = entity.columns();
    let of_callers: Vec<&ColumnInfo> = of_callers.iter().filter(|c| c.writer.is_none()).collect();
    if world.slips() {
        let columns = entity.columns();
        let any = world.random.choose(&columns).unwrap();
        return json!({any.name: value(world, entity.name(), any)});
    }
    match world.random.choose(&of_callers).copied() {
        Some(column) if world.random.happens(500) => {
            json!({column.name: value(world, entity.name(), column)})
        }
        _ => every_entity::sample(entity.name(), 0).1,
    }
}

/// A row with changes: all of its columns, or those alone.
fn changed(world: &mut World, entity: &dyn AnyEntity) -> Value {
    let id = present(world, entity);
    let mut row = match world.random.happens(500) {
        true => world.write(|uow| entity.get(uow, &id)).unwrap(),
        false => json!({"Id": id}),
    };
    let change = change(world, entity);
    for (column, value) in change.as_object().unwrap() {
        row[column] = value.clone();
    }
    row
}

fn update(world: &mut World) -> Result<()> {
    let entity = entity(world, is_no_log);
    let row = changed(world, entity);
    world.write(|uow| entity.update(uow, &row))?;
    Ok(())
}

fn update_many(world: &mut World) -> Result<()> {
    let entity = entity(world, is_no_log);
    let rows = [changed(world, entity)];
    world.write(|uow| entity.update_many(uow, &rows))?;
    Ok(())
}

/// The id of a row that may be removed: most often a new one, which nothing refers to.
fn removable(world: &mut World, entity: &dyn AnyEntity) -> String {
    if world.random.happens(200) {
        return present(world, entity);
    }
    let id_of_new = stored(world, entity.name());
    if entity.name() == "WorkflowExecutions" {
        let execution = id(id_of_new.clone());
        let ended = world.write(|uow| workflows::cancel(uow, &execution, None));
        ended.unwrap();
        world.effect.may_change_others();
    }
    id_of_new
}

/// Notes that a row of a table is gone.
fn note_removed(world: &mut World, table: &str, row: &str) {
    match table {
        "Tasks" => {
            world.effect.removes(&id(row));
            world.effect.may_change_others();
        }
        "TaskDependencies" => world.effect.may_change_others(),
        _ => {}
    }
}

fn delete(world: &mut World) -> Result<()> {
    let entity = entity(world, is_no_log);
    let row = removable(world, entity);
    world.write(|uow| entity.delete(uow, &row))?;
    note_removed(world, entity.name(), &row);
    Ok(())
}

fn delete_many(world: &mut World) -> Result<()> {
    let entity = entity(world, is_no_log);
    let rows = [removable(world, entity), removable(world, entity)];
    world.write(|uow| entity.delete_many(uow, &rows.each_ref().map(String::as_str)))?;
    rows.iter()
        .for_each(|row| note_removed(world, entity.name(), row));
    Ok(())
}

fn hard_delete(world: &mut World) -> Result<()> {
    let entity = entity(world, is_no_log);
    let row = removable(world, entity);
    world.write(|uow| entity.hard_delete(uow, &row))?;
    note_removed(world, entity.name(), &row);
    Ok(())
}

fn restore(world: &mut World) -> Result<()> {
    let entity = entity(world, |entity| entity.keeps_deleted());
    let row = removable(world, entity);
    if world.random.happens(700) {
        world.write(|uow| entity.delete(uow, &row))?;
        note_removed(world, entity.name(), &row);
    }
    world.write(|uow| entity.restore(uow, &row))?;
    Ok(())
}

fn bulk_update(world: &mut World) -> Result<()> {
    let entity = entity(world, is_no_log);
    let ids = [present(world, entity), present(world, entity)];
    let change = change(world, entity);
    let which = json!({"where": {"Id": {"in": ids}}});
    world.write(|uow| entity.bulk_update(uow, &which, &change))?;
    Ok(())
}

fn bulk_delete(world: &mut World) -> Result<()> {
    let entity = entity(world, is_no_log);
    let rows = [removable(world, entity), removable(world, entity)];
    let which = json!({"where": {"Id": {"in": rows}}});
    world.write(|uow| entity.bulk_delete(uow, &which))?;
    rows.iter()
        .for_each(|row| note_removed(world, entity.name(), row));
    Ok(())
}

fn bulk_hard_delete(world: &mut World) -> Result<()> {
    let entity = entity(world, is_no_log);
    let rows = [removable(world, entity), removable(world, entity)];
    let which = json!({"where": {"Id": {"in": rows}}});
    world.write(|uow| entity.bulk_hard_delete(uow, &which))?;
    rows.iter()
        .for_each(|row| note_removed(world, entity.name(), row));
    Ok(())
}

fn delete_unchanged(world: &mut World) -> Result<()> {
    let entity = entity(world, is_no_log);
    let row = removable(world, entity);
    let present = world.write(|uow| entity.get(uow, &row)).unwrap();
    let version = present["RowVersion"].as_i64().unwrap_or(1) + i64::from(world.slips());
    world.write(|uow| entity.delete_unchanged(uow, &row, version))?;
    note_removed(world, entity.name(), &row);
    Ok(())
}

fn delete_subtree(world: &mut World) -> Result<()> {
    const WITH_PARTS: [&str; 4] = [
        "ChatMessages",
        "Tasks",
        "TemplateCategories",
        "WorkflowExecutions",
    ];
    let entity = entity(world, |entity| WITH_PARTS.contains(&entity.name()));
    let row = removable(world, entity);
    let tree = match entity.name() {
        "Tasks" => world.with_parts(&id(row.clone())),
        _ => Vec::new(),
    };
    world.write(|uow| entity.delete_subtree(uow, &row))?;
    note_removed(world, entity.name(), &row);
    tree.iter().for_each(|id| world.effect.removes(id));
    Ok(())
}
