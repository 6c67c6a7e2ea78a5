//! Calls of the queue.

use std::time::Duration;

use diesel::prelude::*;
use orchestra_store::Result;
use orchestra_store::models::{LeaseToken, QueuePause, Task, TaskDependency};
use orchestra_store::query::Specification;
use orchestra_store::schema::tasks as columns;
use orchestra_store::services::tasks::{
    self, Claim, Dependency, Failure, Metrics, NewTask, QueueScope, TaskChange, TaskFilter,
    TaskProgress, TaskReport,
};
use orchestra_store::types::TaskStatus::{
    self, Assigned, Cancelled, Completed, Failed, InProgress, Pending,
};
use orchestra_store::types::{FailurePolicy, TaskPriority};

use super::Call;
use super::world::{QUEUES, World, id};

pub const CALLS: &[(&str, Call)] = &[
    ("tasks::enqueue", enqueue),
    ("tasks::enqueue_many", enqueue_many),
    ("tasks::claim", claim),
    ("tasks::claim_and_start", claim_and_start),
    ("tasks::complete_and_claim", complete_and_claim),
    ("tasks::fail_and_claim", fail_and_claim),
    ("tasks::start", start),
    ("tasks::heartbeat", heartbeat),
    ("tasks::update_progress", update_progress),
    ("tasks::complete", complete),
    ("tasks::complete_with_metrics", complete_with_metrics),
    ("tasks::fail", fail),
    ("tasks::cancel", cancel),
    ("tasks::acknowledge_cancel", acknowledge_cancel),
    ("tasks::release", release),
    ("tasks::release_unleased", release_unleased),
    ("tasks::reassign", reassign),
    ("tasks::retry", retry),
    ("tasks::redrive", redrive),
    ("tasks::rescue_expired", rescue_expired),
    ("tasks::change_many", change_many),
    ("tasks::set_status", set_status),
    ("tasks::assign_pending", assign_pending),
    ("tasks::add_dependency", add_dependency),
    ("tasks::remove_dependency", remove_dependency),
    ("tasks::pause", pause),
    ("tasks::resume", resume),
];

/// A task with this and that.
pub fn new_task(world: &mut World) -> NewTask {
    let mut new = NewTask::new(world.name("make"), world.path());
    new.priority = world.pick(TaskPriority::ALL);
    new.max_retries = Some(world.pick(&[0, 1, 3]));
    if world.random.happens(300) {
        new.queue_name = Some(world.pick(&QUEUES).to_owned());
    }
    if world.random.happens(100) {
        new.idempotency_key = Some(world.pick(&["k1", "k2"]).to_owned());
        new.command = "make".to_owned();
    }
    if world.random.happens(200) {
        let agent = world.agent();
        new.agent_id = Some(world.id(&agent.id));
    }
    if world.random.happens(200) {
        let parent = world.task(&[Pending, InProgress, Completed]);
        new.parent_task_id = Some(world.id(&parent.id));
    }
    if world.random.happens(300) {
        let other = world.task(&[Pending, InProgress, Failed, Completed]);
        new.depends_on = vec![Dependency::Task(world.id(&other.id))];
        new.on_dependency_failure = world.pick(FailurePolicy::ALL);
    }
    new
}

fn enqueue(world: &mut World) -> Result<()> {
    let new = new_task(world);
    let task = world.write(|uow| tasks::enqueue(uow, &new))?;
    world.effect.shows(&task);
    Ok(())
}

fn enqueue_many(world: &mut World) -> Result<()> {
    let mut new = vec![new_task(world), new_task(world)];
    new.iter_mut().for_each(|task| task.idempotency_key = None);
    new[1].depends_on = vec![Dependency::Item(0)];
    let added = world.write(|uow| tasks::enqueue_many(uow, &new))?;
    world.effect.shows_all(&added);
    Ok(())
}

fn a_claim(world: &mut World) -> Result<Claim> {
    let limit = world.random.number(1..3) as u32;
    let claim = if world.random.happens(700) {
        let agent = world.agent();
        world.write(|uow| orchestra_store::services::agents::heartbeat(uow, &agent.id))?;
        Claim::agent(&world.id(&agent.id))
    } else {
        Claim::repository(world.path(), "worker")
    };
    Ok(claim.up_to(limit))
}

fn claim(world: &mut World) -> Result<()> {
    let claim = a_claim(world)?;
    let claimed = world.write(|uow| tasks::claim(uow, &claim))?;
    note_claimed(world, &claimed);
    Ok(())
}

fn claim_and_start(world: &mut World) -> Result<()> {
    let claim = a_claim(world)?;
    let claimed = world.write(|uow| tasks::claim_and_start(uow, &claim))?;
    note_claimed(world, &claimed);
    world.effect.may_change_others();
    Ok(())
}

fn complete_and_claim(world: &mut World) -> Result<()> {
    let (task, claim) = (world.task(&[InProgress]), a_claim(world)?);
    let (id, token) = (world.id(&task.id), world.token(&task));
    let turn =
        world.write(|uow| tasks::complete_and_claim(uow, &id, token.as_ref(), None, &claim))?;
    ends(world, &turn.ended);
    note_claimed(world, &turn.claimed);
    Ok(())
}

fn fail_and_claim(world: &mut World) -> Result<()> {
    let (task, claim) = (world.task(&[InProgress]), a_claim(world)?);
    let (id, token) = (world.id(&task.id), world.token(&task));
    let failure = Failure::new("no");
    let turn =
        world.write(|uow| tasks::fail_and_claim(uow, &id, token.as_ref(), &failure, &claim))?;
    ends(world, &turn.ended);
    note_claimed(world, &turn.claimed);
    Ok(())
}

fn note_claimed(world: &mut World, claimed: &[Task]) {
    for task in claimed {
        world.effect.shows(task);
        if let Some(agent) = &task.agent_id {
            world.effect.works(agent);
        }
    }
}

/// A task that may be started: one that is leased, or one that nobody waits with.
fn startable(world: &mut World) -> Task {
    if world.random.happens(500) {
        return world.leased_task(false);
    }
    let ready = Specification::new()
        .filter(columns::status.eq(Pending))
        .filter(columns::unmet_dependencies.eq(0))
        .filter(columns::is_held.eq(false));
    world.draw(&ready).unwrap_or_else(|| world.task_in(Pending))
}

fn start(world: &mut World) -> Result<()> {
    let task = startable(world);
    let (id, token) = (world.id(&task.id), world.token(&task));
    let task = world.write(|uow| tasks::start(uow, &id, token.as_ref()))?;
    world.effect.shows(&task);
    Ok(())
}

fn heartbeat(world: &mut World) -> Result<()> {
    let started = world.random.happens(500);
    let task = world.leased_task(started);
    let (id, token) = (world.id(&task.id), held_token(world, &task));
    let extend = Some(Duration::from_secs(120));
    world.write(|uow| tasks::heartbeat(uow, &id, &token, extend))?;
    Ok(())
}

fn held_token(world: &mut World, task: &Task) -> LeaseToken {
    world.token(task).unwrap_or_else(|| id("nobody's"))
}

fn update_progress(world: &mut World) -> Result<()> {
    let task = world.task(&[InProgress]);
    let (id, token) = (world.id(&task.id), world.token(&task));
    let mut progress = TaskProgress::at(world.random.number(0..101) as i32);
    progress.may_go_back = true;
    progress.message = Some("on it".to_owned());
    let task = world.write(|uow| tasks::update_progress(uow, &id, token.as_ref(), &progress))?;
    world.effect.shows(&task);
    Ok(())
}

/// A task that ends, and what that may bring about.
fn ends(world: &mut World, task: &Task) {
    world.effect.shows(task);
    world.effect.may_change_others();
    if task.workflow_execution_id.is_some() {
        world.effect.may_add();
        world.effect.may_reopen();
    }
}

fn complete(world: &mut World) -> Result<()> {
    let task = world.task(&[InProgress]);
    let (id, token) = (world.id(&task.id), world.token(&task));
    let task = world.write(|uow| tasks::complete(uow, &id, token.as_ref(), Some("done")))?;
    ends(world, &task);
    Ok(())
}

fn complete_with_metrics(world: &mut World) -> Result<()> {
    let task = world.task(&[InProgress]);
    let (id, token) = (world.id(&task.id), world.token(&task));
    let metrics = Metrics::from([("Lines".to_owned(), 3.0.into())]);
    let task = world
        .write(|uow| tasks::complete_with_metrics(uow, &id, token.as_ref(), None, &metrics))?;
    ends(world, &task);
    Ok(())
}

fn fail(world: &mut World) -> Result<()> {
    let task = world.task(&[InProgress]);
    let (id, token) = (world.id(&task.id), world.token(&task));
    let mut failure = Failure::new("no");
    failure.permanent = world.random.happens(400);
    let task = world.write(|uow| tasks::fail(uow, &id, token.as_ref(), &failure))?;
    ends(world, &task);
    Ok(())
}

fn cancel(world: &mut World) -> Result<()> {
    let task = world.task(&[Pending, Assigned, InProgress]);
    let id = world.id(&task.id);
    let task = world.write(|uow| tasks::cancel(uow, &id, Some("not now")))?;
    ends(world, &task);
    Ok(())
}

fn acknowledge_cancel(world: &mut World) -> Result<()> {
    let task = world.leased_task(true);
    world.write(|uow| tasks::cancel(uow, &task.id, None))?;
    let (id, token) = (world.id(&task.id), held_token(world, &task));
    let task = world.write(|uow| tasks::acknowledge_cancel(uow, &id, &token))?;
    ends(world, &task);
    Ok(())
}

fn release(world: &mut World) -> Result<()> {
    let task = world.task(&[Assigned, InProgress]);
    let (id, token) = (world.id(&task.id), world.token(&task));
    let task = world.write(|uow| tasks::release(uow, &id, token.as_ref()))?;
    ends(world, &task);
    Ok(())
}

fn release_unleased(world: &mut World) -> Result<()> {
    let limit = world.random.number(1..4) as u32;
    world.write(|uow| tasks::release_unleased(uow, limit))?;
    world.effect.may_change_others();
    world.effect.may_add();
    Ok(())
}

fn reassign(world: &mut World) -> Result<()> {
    let task = world.task(&[Pending, Assigned, InProgress]);
    let agent = world.agent();
    let to = world.random.happens(700).then(|| world.id(&agent.id));
    let id = world.id(&task.id);
    let task = world.write(|uow| tasks::reassign(uow, &id, to.as_ref()))?;
    ends(world, &task);
    Ok(())
}

fn retry(world: &mut World) -> Result<()> {
    let task = world.task(&[Failed, Cancelled]);
    let id = world.id(&task.id);
    let task = world.write(|uow| tasks::retry(uow, &id))?;
    world.effect.may_reopen();
    ends(world, &task);
    Ok(())
}

fn redrive(world: &mut World) -> Result<()> {
    let filter = TaskFilter {
        repository_path: Some(world.path()),
        ..TaskFilter::default()
    };
    let limit = world.random.number(1..4) as u32;
    let again = world.write(|uow| tasks::redrive(uow, &filter, limit))?;
    world.effect.may_reopen();
    again.iter().for_each(|task| ends(world, task));
    Ok(())
}

fn rescue_expired(world: &mut World) -> Result<()> {
    let rescue = world.write(|uow| tasks::rescue_expired(uow, 10))?;
    world.effect.rescues(&rescue);
    Ok(())
}

fn change_many(world: &mut World) -> Result<()> {
    let agent = world.agent();
    let change = match world.random.number(0..5) {
        0 => TaskChange::Cancel { reason: None },
        1 => TaskChange::Retry,
        2 => TaskChange::Release,
        3 => TaskChange::Reassign {
            agent_id: Some(world.id(&agent.id)),
        },
        _ => TaskChange::SetPriority {
            priority: world.pick(TaskPriority::ALL),
        },
    };
    let which = Specification::new().filter(columns::repository_path.eq(world.path()));
    world.write(|uow| tasks::change_many(uow, &change, &which, None, 3))?;
    world.effect.may_change_others();
    world.effect.may_reopen();
    world.effect.may_add();
    Ok(())
}

fn set_status(world: &mut World) -> Result<()> {
    let task = world.task(&[Pending, Assigned, InProgress, Failed]);
    let agent = world.agent();
    let mut report = TaskReport::new(world.pick(TaskStatus::ALL));
    if report.status == Assigned || world.random.happens(200) {
        report.agent_id = Some(world.id(&agent.id));
    }
    let (id, token) = (world.id(&task.id), world.token(&task));
    let task = world.write(|uow| tasks::set_status(uow, &id, token.as_ref(), &report))?;
    world.effect.may_reopen();
    ends(world, &task);
    Ok(())
}

fn assign_pending(world: &mut World) -> Result<()> {
    let limit = world.random.number(1..4) as u32;
    let assigned = world.write(|uow| tasks::assign_pending(uow, limit, None))?;
    note_claimed(world, &assigned);
    Ok(())
}

fn add_dependency(world: &mut World) -> Result<()> {
    let task = world.task(&[Pending]);
    let other = match world.random.happens(300) {
        true => world.task(&[Pending, InProgress, Completed, Failed]),
        false => world.task_in(InProgress),
    };
    let (id, on) = (world.id(&task.id), world.id(&other.id));
    let policy = world.pick(FailurePolicy::ALL);
    let task = world.write(|uow| tasks::add_dependency(uow, &id, &on, policy))?;
    ends(world, &task);
    Ok(())
}

fn remove_dependency(world: &mut World) -> Result<()> {
    let edge: Option<TaskDependency> = world.draw(&Specification::new());
    let (id, on) = match edge {
        Some(edge) if world.random.happens(300) => (edge.task_id, edge.depends_on_task_id),
        _ => {
            let (task, other) = (world.task_in(Pending), world.task_in(InProgress));
            world.write(|uow| {
                tasks::add_dependency(uow, &task.id, &other.id, FailurePolicy::Block)
            })?;
            (task.id, other.id)
        }
    };
    let id = world.id(&id);
    let task = world.write(|uow| tasks::remove_dependency(uow, &id, &on))?;
    ends(world, &task);
    Ok(())
}

fn scope(world: &mut World) -> QueueScope {
    match world.random.happens(700) {
        true => QueueScope::queue(world.pick(&QUEUES)),
        false => QueueScope::repository(world.path()),
    }
}

fn pause(world: &mut World) -> Result<()> {
    let scope = scope(world);
    world.write(|uow| tasks::pause(uow, &scope, Some("a release")))?;
    Ok(())
}

fn resume(world: &mut World) -> Result<()> {
    let pause: Option<QueuePause> = world.draw(&Specification::new());
    let scope = match pause {
        Some(pause) => QueueScope {
            queue_name: pause.queue_name,
            repository_path: pause.repository_path,
        },
        None => {
            let scope = scope(world);
            world.write(|uow| tasks::pause(uow, &scope, None))?;
            scope
        }
    };
    world.write(|uow| tasks::resume(uow, &scope))?;
    Ok(())
}
