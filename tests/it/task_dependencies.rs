//! Tasks that wait for other tasks.

use orchestra_store::models::{AgentId, Task, TaskDependency, TaskId};
use orchestra_store::query::Specification;
use orchestra_store::services::data;
use orchestra_store::services::tasks::{self, Dependency, Failure, NewTask};
use orchestra_store::types::{FailurePolicy, TaskStatus};
use orchestra_store::{Error, ErrorCode, Result};

use crate::support::{REPOSITORY, TestStore, token_of};

/// A task with this id that waits for these.
fn new_task(id: &str, depends_on: &[&str]) -> NewTask {
    let mut new = NewTask::new(format!("run {id}"), REPOSITORY);
    new.id = Some(task_id(id));
    new.depends_on = depends_on.iter().map(|id| task_id(id).into()).collect();
    new.max_retries = Some(0);
    new
}

/// The same, cancelled if one of these fails.
fn follower(id: &str, depends_on: &[&str]) -> NewTask {
    let mut new = new_task(id, depends_on);
    new.on_dependency_failure = FailurePolicy::Cancel;
    new
}

fn task_id(id: &str) -> TaskId {
    TaskId::new(id).unwrap()
}

struct Graph {
    test: TestStore,
    agent: AgentId,
}

impl Graph {
    fn new(tasks: &[NewTask]) -> Self {
        let test = TestStore::new();
        let agent = test.agent("a", 10);
        let graph = Self { test, agent };
        graph.enqueue(tasks).unwrap();
        graph
    }

    fn enqueue(&self, new: &[NewTask]) -> Result<Vec<Task>> {
        self.test.store.write(|uow| tasks::enqueue_many(uow, new))
    }

    /// The ids of what can be claimed, which is claimed then.
    fn claim(&self) -> Vec<String> {
        let claimed = self.test.claim(&self.agent, 10);
        claimed.iter().map(|task| task.id.to_string()).collect()
    }

    fn run(&self, id: &str) -> Task {
        let task = self.task(id);
        let token = token_of(&task);
        let started = self
            .test
            .store
            .write(|uow| tasks::start(uow, &task.id, Some(&token)));
        started.unwrap()
    }

    fn complete(&self, id: &str) {
        let task = self.run(id);
        let token = token_of(&task);
        self.test
            .store
            .write(|uow| tasks::complete(uow, &task.id, Some(&token), None))
            .unwrap();
    }

    fn fail(&self, id: &str) {
        let task = self.run(id);
        let token = token_of(&task);
        self.test
            .store
            .write(|uow| tasks::fail(uow, &task.id, Some(&token), &Failure::new("no")))
            .unwrap();
    }

    fn cancel(&self, id: &str) {
        self.test
            .store
            .write(|uow| tasks::cancel(uow, &task_id(id), None))
            .unwrap();
    }

    fn task(&self, id: &str) -> Task {
        self.test.get_task(&task_id(id))
    }

    fn status(&self, id: &str) -> TaskStatus {
        self.task(id).status
    }

    fn edges(&self) -> Vec<TaskDependency> {
        self.test
            .store
            .read(|reader| data::list(reader, &Specification::<TaskDependency>::new()))
            .unwrap()
    }

    #[track_caller]
    fn assert_refused(&self, new: &[NewTask], code: ErrorCode, says: &str) -> Error {
        let before = self.edges();
        let error = self.enqueue(new).unwrap_err();
        assert_eq!(error.code(), code, "{error}");
        assert!(error.message().contains(says), "{error}");
        assert_eq!(self.edges(), before);
        error
    }
}

#[test]
fn a_task_waits_until_all_that_it_depends_on_have_completed() {
    let graph = Graph::new(&[
        new_task("link", &["compile", "fetch"]),
        new_task("compile", &["fetch"]),
        new_task("fetch", &[]),
    ]);
    assert_eq!(graph.task("link").unmet_dependencies, 2);
    assert_eq!(graph.claim(), ["fetch"]);
    graph.complete("fetch");
    assert_eq!(graph.claim(), ["compile"]);
    graph.test.advance_seconds(30);
    graph.complete("compile");

    let link = graph.task("link");
    assert_eq!(link.unmet_dependencies, 0);
    // What it waited for others is no wait in the queue.
    assert_eq!(
        link.available_at,
        graph.task("compile").completed_at.unwrap()
    );
    assert_eq!(graph.claim(), ["link"]);
}

#[test]
fn a_task_may_depend_on_the_item_of_an_index_and_on_tasks_that_are_there() {
    let graph = Graph::new(&[new_task("there", &[]), new_task("done", &[])]);
    graph.claim();
    graph.complete("done");
    let mut first = new_task("first", &["there", "done"]);
    let mut second = NewTask::new("second", REPOSITORY);
    // In any order, and the same one twice.
    first.depends_on.push(Dependency::Item(1));
    first.depends_on.push(Dependency::Item(1));
    second.depends_on.push(task_id("done").into());
    let tasks = graph.enqueue(&[first, second]).unwrap();
    assert_eq!(tasks[0].unmet_dependencies, 2);
    assert_eq!(tasks[1].unmet_dependencies, 0);
    assert_eq!(tasks[0], graph.task("first"));
    assert_eq!(graph.edges().len(), 4);
}

#[test]
fn a_waiting_task_can_not_be_started_but_cancelled() {
    let graph = Graph::new(&[new_task("a", &[]), new_task("b", &["a"])]);
    let started = graph
        .test
        .store
        .write(|uow| tasks::start(uow, &task_id("b"), None));
    let error = started.unwrap_err();
    assert_eq!(error.code(), ErrorCode::InvalidTransition);
    assert!(error.message().contains("waits for 1"), "{error}");
    graph.cancel("b");
    assert_eq!(graph.status("b"), TaskStatus::Cancelled);
}

#[test]
fn a_failure_blocks_and_a_retry_unblocks() {
    let graph = Graph::new(&[new_task("a", &[]), new_task("b", &["a"])]);
    graph.claim();
    graph.fail("a");
    assert_eq!(graph.status("b"), TaskStatus::Pending);
    assert!(graph.claim().is_empty());

    let retry = |uow: &mut orchestra_store::UnitOfWork<'_>| tasks::retry(uow, &task_id("a"));
    graph.test.store.write(retry).unwrap();
    assert_eq!(graph.claim(), ["a"]);
    graph.complete("a");
    assert_eq!(graph.claim(), ["b"]);
}

#[test]
fn a_failure_cancels_those_that_are_to_follow_and_what_follows_them() {
    let graph = Graph::new(&[
        new_task("a", &[]),
        follower("b", &["a"]),
        follower("c", &["b"]),
        new_task("d", &["b"]),
        follower("e", &["d"]),
    ]);
    graph.claim();
    graph.fail("a");
    let statuses = ["b", "c", "d", "e"].map(|id| graph.status(id));
    use TaskStatus::{Cancelled, Pending};
    assert_eq!(statuses, [Cancelled, Cancelled, Pending, Pending]);
    let message = graph.task("b").error_message.unwrap();
    assert_eq!(
        message,
        "cancelled with the task that it depends on, 'a', which is Failed"
    );
    let message = graph.task("c").error_message.unwrap();
    assert_eq!(
        message,
        "cancelled with the task that it depends on, 'b', which is Cancelled"
    );
}

#[test]
fn cancelling_counts_as_failing_for_those_that_depend_on_it() {
    let graph = Graph::new(&[
        new_task("a", &[]),
        follower("b", &["a"]),
        new_task("c", &["a"]),
    ]);
    graph.cancel("a");
    assert_eq!(graph.status("b"), TaskStatus::Cancelled);
    assert_eq!(graph.status("c"), TaskStatus::Pending);
    assert!(graph.claim().is_empty());
}

#[test]
fn what_failed_before_counts_like_what_fails_later() {
    let graph = Graph::new(&[new_task("a", &[])]);
    graph.claim();
    graph.fail("a");
    let tasks = graph
        .enqueue(&[
            follower("b", &["a"]),
            follower("c", &["b"]),
            new_task("d", &["a"]),
        ])
        .unwrap();
    let statuses: Vec<TaskStatus> = tasks.iter().map(|task| task.status).collect();
    use TaskStatus::{Cancelled, Pending};
    assert_eq!(statuses, [Cancelled, Cancelled, Pending]);
}

#[test]
fn a_long_chain_is_no_deeper_than_a_short_one() {
    let name = |number: usize| format!("t{number:05}");
    let chain: Vec<NewTask> = (0..2_000)
        .map(|number| match number {
            0 => follower(&name(0), &[]),
            _ => follower(&name(number), &[&name(number - 1)]),
        })
        .collect();
    let graph = Graph::new(&chain);
    graph.cancel(&name(0));
    assert_eq!(graph.status(&name(1_999)), TaskStatus::Cancelled);
}

#[test]
fn a_circle_is_refused_with_its_path() {
    let graph = Graph::new(&[]);
    let circle = [
        new_task("free", &[]),
        new_task("a", &["c", "free"]),
        new_task("b", &["a"]),
        new_task("c", &["b"]),
    ];
    let says = "a -> c -> b -> a";
    let error = graph.assert_refused(&circle, ErrorCode::InvalidArgument, says);
    assert_eq!(error.details().column.as_deref(), Some("DependsOn"));
    let itself = [new_task("a", &["a"])];
    graph.assert_refused(&itself, ErrorCode::InvalidArgument, "a -> a");
    let mut by_index = NewTask::new("ls", REPOSITORY);
    by_index.depends_on.push(0.into());
    let says = "item 0 -> item 0";
    graph.assert_refused(&[by_index], ErrorCode::InvalidArgument, says);
    assert!(graph.claim().is_empty());
}

#[test]
fn what_a_task_depends_on_has_to_be_there() {
    let graph = Graph::new(&[]);
    let unknown = [new_task("a", &[]), new_task("b", &["ghost"])];
    let error = graph.assert_refused(&unknown, ErrorCode::NotFound, "ghost");
    assert_eq!(error.details().index, Some(1));
    let mut beyond = new_task("a", &[]);
    beyond.depends_on.push(1.into());
    let says = "must be an index below 1, the number of items, got 1";
    graph.assert_refused(&[beyond], ErrorCode::InvalidArgument, says);
    assert!(graph.claim().is_empty());
}

#[test]
fn an_item_that_is_known_by_its_key_keeps_what_it_waits_for() {
    let with_key = |mut new: NewTask| {
        new.idempotency_key = Some(format!("key of {}", new.command));
        new
    };
    let batch = [
        with_key(new_task("a", &[])),
        with_key(new_task("b", &["a"])),
    ];
    let graph = Graph::new(&batch);
    assert_eq!(graph.enqueue(&batch).unwrap().len(), 2);
    assert_eq!(graph.edges().len(), 1);
    // A new one depends on the known one, and twice the same request is one task.
    let mut again = batch[0].clone();
    again.id = Some(task_id("other"));
    let twice = with_key(NewTask::new("twice", REPOSITORY));
    let tasks = graph
        .enqueue(&[again, new_task("c", &["other"]), twice.clone(), twice])
        .unwrap();
    assert_eq!(tasks[0].id, task_id("a"));
    assert_eq!(tasks[2], tasks[3]);
    let edges = graph.edges();
    let of_c = edges.iter().find(|edge| edge.task_id == task_id("c"));
    assert_eq!(of_c.unwrap().depends_on_task_id, task_id("a"));
}

#[test]
fn dependencies_come_as_json() {
    let json = r#"{"Command": "ls", "RepositoryPath": "/srv", "DependsOn": ["a", 0],
        "OnDependencyFailure": "Cancel"}"#;
    let new: NewTask = serde_json::from_str(json).unwrap();
    let expected = [Dependency::Task(task_id("a")), Dependency::Item(0)];
    assert_eq!(new.depends_on, expected);
    assert_eq!(new.on_dependency_failure, FailurePolicy::Cancel);
}

#[test]
fn a_retry_of_a_cancelled_task_frees_those_that_wait_for_it() {
    let test = TestStore::new();
    let agent = test.agent("a", 2);
    let first = test.task("first");
    let second = test.enqueue(&NewTask {
        depends_on: vec![first.clone().into()],
        ..NewTask::new("second", REPOSITORY)
    });
    // Its worker is asked to stop, and does; a retry forgets that.
    let claimed = test.claim(&agent, 1).remove(0);
    test.store
        .write(|uow| tasks::cancel(uow, &first, Some("by mistake")))
        .unwrap();
    test.store
        .write(|uow| tasks::acknowledge_cancel(uow, &first, &token_of(&claimed)))
        .unwrap();
    let again = test.store.write(|uow| tasks::retry(uow, &first)).unwrap();
    assert_eq!(again.status, TaskStatus::Pending);
    assert_eq!(
        (again.cancel_requested_at, again.error_message),
        (None, None)
    );
    let claimed = test.claim(&agent, 2);
    assert_eq!(claimed.len(), 1);
    let token = token_of(&claimed[0]);
    test.store
        .write(|uow| {
            tasks::start(uow, &first, Some(&token))?;
            tasks::complete(uow, &first, Some(&token), None)
        })
        .unwrap();
    assert_eq!(test.claim(&agent, 1)[0].id, second.id);
}

#[test]
fn a_retry_of_a_cancelled_task_waits_only_for_what_has_not_completed() {
    let test = TestStore::new();
    let (done, open) = (test.task("ls"), test.task("pwd"));
    let mut new = NewTask::new("make", REPOSITORY);
    new.depends_on = [&done, &open].map(|id| Dependency::Task(id.clone())).into();
    let id = test.enqueue(&new).id;
    let write = |work: &dyn Fn(&mut orchestra_store::UnitOfWork<'_>) -> Result<Task>| {
        test.store.write(|uow| work(uow)).unwrap()
    };
    let complete = |parent: &TaskId| {
        write(&|uow| tasks::start(uow, parent, None));
        write(&|uow| tasks::complete(uow, parent, None, None))
    };
    write(&|uow| tasks::cancel(uow, &id, None));
    complete(&done);
    let again = write(&|uow| tasks::retry(uow, &id));
    assert_eq!(again.unmet_dependencies, 1);
    complete(&open);
    assert_eq!(test.get_task(&id).unmet_dependencies, 0);
    write(&|uow| tasks::start(uow, &id, None));
}

#[test]
fn a_task_is_deleted_with_its_parts_or_not_at_all() {
    let test = TestStore::new();
    let agent = test.agent("a", 1);
    let part_of = |whole: &TaskId, command: &str| {
        let new = NewTask {
            parent_task_id: Some(whole.clone()),
            ..NewTask::new(command, REPOSITORY)
        };
        test.enqueue(&new).id
    };
    let whole = test.task("whole");
    let part = part_of(&whole, "part");
    let leaf = part_of(&part, "leaf");
    let delete = || test.store.write(|uow| data::delete_subtree(uow, &whole));

    let held = test.claim(&agent, 1).remove(0);
    assert_eq!(delete().unwrap_err().code(), ErrorCode::Conflict);
    test.store
        .write(|uow| tasks::release(uow, &held.id, Some(&token_of(&held))))
        .unwrap();
    let waiting = test.enqueue(&NewTask {
        depends_on: vec![leaf.clone().into()],
        ..NewTask::new("waiting", REPOSITORY)
    });
    assert_eq!(delete().unwrap_err().code(), ErrorCode::ConstraintViolation);
    assert_eq!(test.get_task(&leaf).command, "leaf");
    test.store
        .write(|uow| data::delete(uow, &waiting.id))
        .unwrap();
    assert_eq!(delete().unwrap(), 3);
}
