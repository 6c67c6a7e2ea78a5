//! Calls of workflows and templates.

use diesel::prelude::*;
use orchestra_store::Result;
use orchestra_store::models::{
    TaskTemplate, TemplateCategory, TemplateCategoryId, WorkflowDefinition, WorkflowExecution,
    WorkflowExecutionId,
};
use orchestra_store::query::Specification;
use orchestra_store::schema::{workflow_definitions, workflow_executions};
use orchestra_store::services::templates::{self, Instantiation, NewCategory, NewTemplate};
use orchestra_store::services::workflows::{self, NewDefinition, Start};
use orchestra_store::types::WorkflowExecutionStatus::{
    self, Cancelled, Failed, Paused, Pending, Running,
};
use serde_json::json;

use super::Call;
use super::world::World;

pub const CALLS: &[(&str, Call)] = &[
    ("workflows::publish", publish),
    ("workflows::activate", activate),
    ("workflows::start", start),
    ("workflows::pause", pause),
    ("workflows::resume", resume),
    ("workflows::cancel", cancel),
    ("workflows::retry", retry),
    ("workflows::recover", recover),
    ("templates::publish", publish_template),
    ("templates::activate", activate_template),
    ("templates::instantiate", instantiate),
    ("templates::create_category", create_category),
    ("templates::move_category", move_category),
];

fn definition(world: &mut World) -> NewDefinition {
    let on_failure = world.pick(&["fail", "continue", "retry"]);
    let stages = json!([
        {"name": "build", "onFailure": on_failure, "tasks": [
            {"command": "make", "retries": 0}, {"command": "make doc", "retries": 1},
        ]},
        {"name": "test", "dependsOn": ["build"], "tasks": [{"command": "make test"}]},
    ]);
    let stages = if world.slips() { json!([]) } else { stages };
    let name = world.pick(&["release", "nightly"]);
    NewDefinition::new(name, json!({"repository": world.path(), "stages": stages}))
}

fn publish(world: &mut World) -> Result<()> {
    let new = definition(world);
    world.write(|uow| workflows::publish(uow, &new))?;
    Ok(())
}

/// A published version: the active one, or another.
fn published(world: &mut World, is_active: bool) -> WorkflowDefinition {
    let which = Specification::new().filter(workflow_definitions::is_active.eq(is_active));
    let new = NewDefinition::new(
        world.name("other"),
        json!({"repository": "/srv", "stages": [{"name": "only", "tasks": [{"command": "ls"}]}]}),
    );
    let found = world.draw(&which);
    found.unwrap_or_else(|| world.write(|uow| workflows::publish(uow, &new)).unwrap())
}

fn activate(world: &mut World) -> Result<()> {
    let is_active = world.random.happens(300);
    let known = published(world, is_active);
    let id = world.id(&known.id);
    world.write(|uow| workflows::activate(uow, &id))?;
    Ok(())
}

/// The number of tasks that a definition has.
fn tasks_of(definition: &WorkflowDefinition) -> usize {
    let stages = definition.definition.0["stages"].as_array().unwrap();
    let tasks = stages
        .iter()
        .map(|stage| stage["tasks"].as_array().unwrap().len());
    tasks.sum()
}

fn begin(world: &mut World) -> Result<WorkflowExecution> {
    let known = published(world, true);
    let id = world.id(&known.id);
    let start = Start {
        repository_path: world.path(),
        trigger_type: Some("Manual".to_owned()),
        ..Start::default()
    };
    let execution = world.write(|uow| workflows::start(uow, &id, &start))?;
    world.effect.adds(tasks_of(&known));
    Ok(execution)
}

fn start(world: &mut World) -> Result<()> {
    begin(world).map(drop)
}

/// An execution in one of these states.
fn execution(world: &mut World, states: &[WorkflowExecutionStatus]) -> WorkflowExecutionId {
    let which = Specification::new().filter(workflow_executions::status.eq_any(states.to_vec()));
    let found: Option<WorkflowExecution> = world.draw(&which);
    let id = match found {
        Some(found) => found.id,
        None => loop {
            if let Ok(begun) = begin(world) {
                break begun.id;
            }
        },
    };
    if states == [Paused] {
        // One that is paused already can't be paused, but resumed.
        world.write(|uow| workflows::pause(uow, &id)).ok();
    }
    if !states.contains(&Pending) && states.contains(&Cancelled) {
        world.write(|uow| workflows::cancel(uow, &id, None)).ok();
        world.effect.may_change_others();
    }
    world.id(&id)
}

fn pause(world: &mut World) -> Result<()> {
    let id = execution(world, &[Pending, Running]);
    world.write(|uow| workflows::pause(uow, &id))?;
    Ok(())
}

fn resume(world: &mut World) -> Result<()> {
    let id = execution(world, &[Paused]);
    world.write(|uow| workflows::resume(uow, &id))?;
    Ok(())
}

fn cancel(world: &mut World) -> Result<()> {
    let id = execution(world, &[Pending, Running, Paused]);
    world.write(|uow| workflows::cancel(uow, &id, Some("not now")))?;
    world.effect.may_change_others();
    Ok(())
}

fn retry(world: &mut World) -> Result<()> {
    let id = execution(world, &[Failed, Cancelled]);
    let from = world.random.happens(200).then_some("build");
    world.write(|uow| workflows::retry(uow, &id, from))?;
    world.effect.may_add();
    Ok(())
}

fn recover(world: &mut World) -> Result<()> {
    world.write(workflows::recover)?;
    world.effect.may_change_others();
    Ok(())
}

fn new_template(world: &mut World) -> NewTemplate {
    let command = if world.slips() {
        "ls {{missing}}"
    } else {
        "ls"
    };
    let definition = json!({"steps": [{"command": command}, {"command": "pwd"}]});
    let mut new = NewTemplate::new(world.pick(&["clean", "deploy"]), definition);
    new.category_id = Some(category(world));
    new
}

fn publish_template(world: &mut World) -> Result<()> {
    let new = new_template(world);
    world.write(|uow| templates::publish(uow, &new))?;
    Ok(())
}

fn template(world: &mut World) -> TaskTemplate {
    let found = world.draw(&Specification::new());
    found.unwrap_or_else(|| {
        let new = NewTemplate::new("list", json!({"steps": [{"command": "ls"}]}));
        world.write(|uow| templates::publish(uow, &new)).unwrap()
    })
}

fn activate_template(world: &mut World) -> Result<()> {
    let known = template(world);
    let id = world.id(&known.id);
    world.write(|uow| templates::activate(uow, &id))?;
    Ok(())
}

fn instantiate(world: &mut World) -> Result<()> {
    let known = template(world);
    let id = world.id(&known.id);
    let with = Instantiation {
        repository_path: world.path(),
        ..Instantiation::default()
    };
    let added = world.write(|uow| templates::instantiate(uow, &id, &with))?;
    world.effect.shows_all(&added);
    Ok(())
}

fn new_category(world: &mut World, parent: Option<TemplateCategoryId>) -> NewCategory {
    NewCategory {
        name: world.name("category"),
        parent_category_id: parent,
        ..NewCategory::default()
    }
}

fn category(world: &mut World) -> TemplateCategoryId {
    let found: Option<TemplateCategory> = world.draw(&Specification::new());
    let known = found.map(|category| category.id).unwrap_or_else(|| {
        let new = new_category(world, None);
        let made = world.write(|uow| templates::create_category(uow, &new));
        made.unwrap().id
    });
    world.id(&known)
}

fn create_category(world: &mut World) -> Result<()> {
    let parent = category(world);
    let parent = world.random.happens(600).then_some(parent);
    let new = new_category(world, parent);
    world.write(|uow| templates::create_category(uow, &new))?;
    Ok(())
}

fn move_category(world: &mut World) -> Result<()> {
    let parent = category(world);
    let moved = match world.random.happens(300) {
        true => category(world),
        false => {
            let new = new_category(world, None);
            let made = world.write(|uow| templates::create_category(uow, &new));
            made.unwrap().id
        }
    };
    let parent = world.random.happens(700).then_some(parent);
    world.write(|uow| templates::move_category(uow, &moved, parent.as_ref()))?;
    Ok(())
}
