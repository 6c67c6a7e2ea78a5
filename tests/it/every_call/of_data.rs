//! The generic calls on rows of some entities.

use std::any::Any;

use diesel::prelude::*;
use orchestra_store::models::{Agent, ChatSession, Task, TaskId, TemplateCategory, User};
use orchestra_store::query::Specification;
use orchestra_store::schema::{agents, chat_sessions, tasks, template_categories, users};
use orchestra_store::services::data;
use orchestra_store::types::{Id, TaskPriority, TaskStatus};
use orchestra_store::{Entity, Result};
use serde_json::{Map, Value, json};

use super::Call;
use super::world::{World, id};

macro_rules! on_any {
    ($($name:literal by $function:ident;)*) => {
        pub const CALLS: &[(&str, Call)] = &[$(($name, |world| match world.random.number(0..5) {
            0 | 1 => $function::<Task>(world),
            2 => $function::<Agent>(world),
            3 => $function::<TemplateCategory>(world),
            _ => match world.random.happens(500) {
                true => $function::<ChatSession>(world),
                false => $function::<User>(world),
            },
        }),)*];
    };
}

on_any! {
    "data::add" by add;
    "data::add_many" by add_many;
    "data::bulk_insert" by bulk_insert;
    "data::update" by update;
    "data::update_many" by update_many;
    "data::delete" by delete;
    "data::delete_entity" by delete_entity;
    "data::delete_many" by delete_many;
    "data::hard_delete" by hard_delete;
    "data::restore" by restore;
    "data::bulk_update" by bulk_update;
    "data::bulk_update_json" by bulk_update_json;
    "data::bulk_delete" by bulk_delete;
    "data::bulk_hard_delete" by bulk_hard_delete;
    "data::delete_unchanged" by delete_unchanged;
    "data::delete_subtree" by delete_subtree;
}

/// A row that the generic calls are tried with.
trait Row: Entity {
    /// A new row that is stored already.
    fn stored(world: &mut World) -> Self;

    /// A row that isn't stored yet.
    fn unsaved(world: &mut World) -> Self;

    /// Changes what a caller may change.
    fn change(&mut self, name: String);

    /// The column of that, with another value.
    fn changes(name: &str) -> Value;

    /// The rows with these ids.
    fn with_ids(ids: Vec<Id<Self>>) -> Specification<Self>;
}

/// The row with these values.
fn unsaved_like<E: Entity>(row: &E, values: &Value) -> E {
    let mut all = serde_json::to_value(row).unwrap();
    for (column, value) in values.as_object().unwrap() {
        all[column] = value.clone();
    }
    serde_json::from_value(all).unwrap()
}

impl Row for Task {
    fn stored(world: &mut World) -> Self {
        let state = world.pick(&[
            TaskStatus::Pending,
            TaskStatus::Completed,
            TaskStatus::Failed,
        ]);
        world.task_in(state)
    }

    fn unsaved(world: &mut World) -> Self {
        let new = world.task_in(TaskStatus::Pending);
        let other = world.task(TaskStatus::ALL);
        let parent = world.random.happens(300).then(|| world.id(&other.id));
        let own = json!({
            "Id": world.name("task"), "RequestHash": null, "ParentTaskId": parent, "AvailableAt": new.created_at,
        });
        unsaved_like(&new, &own)
    }

    fn change(&mut self, name: String) {
        self.priority = TaskPriority::Critical;
        self.correlation_id = Some(name);
    }

    fn changes(name: &str) -> Value {
        json!({"CorrelationId": name})
    }

    fn with_ids(ids: Vec<TaskId>) -> Specification<Self> {
        Specification::new().filter(tasks::id.eq_any(ids))
    }
}

macro_rules! rows {
    ($($entity:ident in $table:ident by $column:literal as $field:ident, stored by $stored:expr;)*) => {$(
        impl Row for $entity {
            fn stored(world: &mut World) -> Self {
                let stored: fn(&mut World) -> Self = $stored;
                stored(world)
            }

            fn unsaved(world: &mut World) -> Self {
                let like = Self::stored(world);
                let (id, name) = (world.name("new"), world.name("name"));
                unsaved_like(&like, &json!({"Id": id, $column: name}))
            }

            fn change(&mut self, name: String) {
                self.$field = name.into();
            }

            fn changes(name: &str) -> Value {
                json!({$column: name})
            }

            fn with_ids(ids: Vec<Id<Self>>) -> Specification<Self> {
                Specification::new().filter($table::id.eq_any(ids))
            }
        }
    )*};
}

rows! {
    Agent in agents by "Name" as name, stored by |world| world.free_agent();
    TemplateCategory in template_categories by "Name" as name, stored by |world| inserted(world, "TemplateCategories");
    ChatSession in chat_sessions by "Title" as title, stored by |world| inserted(world, "ChatSessions");
    User in users by "DisplayName" as display_name, stored by |world| inserted(world, "Users");
}

fn inserted<E: Entity>(world: &mut World, table: &str) -> E {
    let row = super::of_any_entity::new_row(world, table, false);
    let entity = orchestra_store::registry::by_name(table).unwrap();
    let stored = world.write(|uow| entity.insert(uow, &row)).unwrap();
    let id: Id<E> = id(stored["Id"].as_str().unwrap());
    world.write(|uow| data::get(uow, &id)).unwrap()
}

/// Notes a row that a call added.
fn note_added<E: Entity>(world: &mut World, row: &E) {
    if let Some(task) = (row as &dyn Any).downcast_ref::<Task>() {
        world.effect.shows(task);
    }
}

/// Notes a row that a call removed.
fn note_removed<E: Entity>(world: &mut World, id: &Id<E>) {
    if let Some(task) = (id as &dyn Any).downcast_ref::<TaskId>() {
        world.effect.removes(task);
        world.effect.may_change_others();
    }
}

fn add<E: Row>(world: &mut World) -> Result<()> {
    let mut row = E::unsaved(world);
    world.write(|uow| data::add(uow, &mut row))?;
    note_added(world, &row);
    Ok(())
}

fn add_many<E: Row>(world: &mut World) -> Result<()> {
    let mut rows = [E::unsaved(world), E::unsaved(world)];
    world.write(|uow| data::add_many(uow, &mut rows))?;
    rows.iter().for_each(|row| note_added(world, row));
    Ok(())
}

fn bulk_insert<E: Row>(world: &mut World) -> Result<()> {
    let rows = [E::unsaved(world), E::unsaved(world)];
    let added = rows.clone();
    world.write(|uow| data::bulk_insert(uow, added))?;
    rows.iter().for_each(|row| note_added(world, row));
    Ok(())
}

/// A row that is there, most often an old one.
fn present<E: Row>(world: &mut World) -> E {
    match world.random.happens(700) {
        true => world.draw(&Specification::new()),
        false => None,
    }
    .unwrap_or_else(|| E::stored(world))
}

fn update<E: Row>(world: &mut World) -> Result<()> {
    let mut row = present::<E>(world);
    row.change(world.name("name"));
    world.write(|uow| data::update(uow, &mut row))?;
    Ok(())
}

fn update_many<E: Row>(world: &mut World) -> Result<()> {
    let mut rows = [E::stored(world), present::<E>(world)];
    rows.iter_mut()
        .for_each(|row| row.change(world.name("name")));
    world.write(|uow| data::update_many(uow, &mut rows))?;
    Ok(())
}

/// A row that may be removed: an old one in some cases.
fn removable<E: Row>(world: &mut World) -> E {
    match world.random.happens(250) {
        true => present::<E>(world),
        false => E::stored(world),
    }
}

fn delete<E: Row>(world: &mut World) -> Result<()> {
    let row = removable::<E>(world);
    let id = world.id(row.id());
    world.write(|uow| data::delete(uow, &id))?;
    note_removed(world, &id);
    Ok(())
}

fn delete_entity<E: Row>(world: &mut World) -> Result<()> {
    let row = removable::<E>(world);
    world.write(|uow| data::delete_entity(uow, &row))?;
    note_removed(world, row.id());
    Ok(())
}

fn delete_many<E: Row>(world: &mut World) -> Result<()> {
    let ids = [E::stored(world), removable::<E>(world)].map(|row| row.id().clone());
    world.write(|uow| data::delete_many(uow, &ids))?;
    ids.iter().for_each(|id| note_removed(world, id));
    Ok(())
}

fn hard_delete<E: Row>(world: &mut World) -> Result<()> {
    let row = removable::<E>(world);
    let id = world.id(row.id());
    world.write(|uow| data::hard_delete(uow, &id))?;
    note_removed(world, &id);
    Ok(())
}

fn delete_unchanged<E: Row>(world: &mut World) -> Result<()> {
    let row = removable::<E>(world);
    let version = row.row_version().unwrap() + i64::from(world.slips());
    world.write(|uow| data::delete_unchanged(uow, row.id(), version))?;
    note_removed(world, row.id());
    Ok(())
}

/// Deletes a task with its parts, or a category: of these entities, no other has rows below it.
fn delete_subtree<E: Row>(world: &mut World) -> Result<()> {
    if world.random.happens(100) {
        let row = removable::<E>(world);
        world.write(|uow| data::delete_subtree(uow, row.id()))?;
        note_removed(world, row.id());
    } else if world.random.happens(300) {
        let category: TemplateCategory = removable(world);
        world.write(|uow| data::delete_subtree(uow, &category.id))?;
    } else {
        let whole = world.task_in(TaskStatus::Failed);
        let tree = world.with_parts(&whole.id);
        world.write(|uow| data::delete_subtree(uow, &whole.id))?;
        tree.iter().for_each(|id| note_removed(world, id));
    }
    Ok(())
}

/// Brings an agent back, most often: no other of these entities keeps what was deleted.
fn restore<E: Row>(world: &mut World) -> Result<()> {
    if world.random.happens(250) {
        let row = present::<E>(world);
        world.write(|uow| data::restore(uow, row.id()))?;
        return Ok(());
    }
    let agent = match world.draw(&Specification::new().with_deleted()) {
        Some(agent) if world.random.happens(300) => agent,
        _ => {
            let agent = world.free_agent();
            world.write(|uow| data::delete(uow, &agent.id))?
        }
    };
    world.write(|uow| data::restore(uow, &agent.id))?;
    Ok(())
}

/// Some rows, of which all are there.
fn some<E: Row>(world: &mut World) -> Vec<Id<E>> {
    vec![
        E::stored(world).id().clone(),
        present::<E>(world).id().clone(),
    ]
}

fn bulk_update<E: Row>(world: &mut World) -> Result<()> {
    let which = E::with_ids(some(world));
    let name = world.name("name");
    world.write(|uow| data::bulk_update(uow, &which, |row| row.change(name.clone())))?;
    Ok(())
}

fn bulk_update_json<E: Row>(world: &mut World) -> Result<()> {
    let which = E::with_ids(some(world));
    let name = world.name("name");
    let changes = match world.slips() {
        true => json!({"RowVersion": 7}),
        false => E::changes(&name),
    };
    let changes: Map<String, Value> = changes.as_object().unwrap().clone();
    world.write(|uow| data::bulk_update_json(uow, &which, &changes))?;
    Ok(())
}

fn bulk_delete<E: Row>(world: &mut World) -> Result<()> {
    let ids = [E::stored(world), removable::<E>(world)].map(|row| row.id().clone());
    let which = E::with_ids(ids.to_vec());
    world.write(|uow| data::bulk_delete(uow, &which))?;
    ids.iter().for_each(|id| note_removed(world, id));
    Ok(())
}

fn bulk_hard_delete<E: Row>(world: &mut World) -> Result<()> {
    let ids = [E::stored(world), removable::<E>(world)].map(|row| row.id().clone());
    let which = E::with_ids(ids.to_vec());
    world.write(|uow| data::bulk_hard_delete(uow, &which))?;
    ids.iter().for_each(|id| note_removed(world, id));
    Ok(())
}
