//! The operations of the specification's `ITaskRepository`, each under its name.

use std::time::Duration;

use diesel::connection::SimpleConnection as _;
use orchestra_store::models::{
    AgentId, LeaseToken, PerformanceMetric, RepositoryId, Task, TaskId, WorkflowDefinitionId,
    WorkflowExecutionId,
};
use orchestra_store::query::Specification;
use orchestra_store::registry;
use orchestra_store::schema::performance_metrics;
use orchestra_store::services::analytics::{self, Period, TaskScope};
use orchestra_store::services::tasks::{self, Failure, Metrics, NewTask, TaskProgress, TreeOf};
use orchestra_store::services::{agents, data};
use orchestra_store::types::{TaskPriority, TaskStatus, TimeSpan};
use orchestra_store::{ErrorCode, Reader, Result, UnitOfWork};
use serde_json::json;

use crate::support::{REPOSITORY, TestStore, token_of};

impl TestStore {
    fn look<T>(&self, work: impl FnOnce(&mut Reader<'_>) -> Result<T>) -> T {
        self.store.read(work).unwrap()
    }

    fn run<T>(&self, work: impl FnOnce(&mut UnitOfWork<'_>) -> Result<T>) -> T {
        self.store.write(work).unwrap()
    }

    /// A task that an agent claims and starts.
    fn running_task(&self, agent: &AgentId, command: &str) -> (TaskId, LeaseToken) {
        let id = self.task(command);
        let claimed = self.claim(agent, 10);
        let token = token_of(claimed.iter().find(|task| task.id == id).unwrap());
        self.run(|uow| tasks::start(uow, &id, Some(&token)));
        (id, token)
    }

    fn failed_task(&self, agent: &AgentId, command: &str) -> TaskId {
        let (id, token) = self.running_task(agent, command);
        let failure = Failure {
            message: "no".to_owned(),
            permanent: true,
        };
        self.run(|uow| tasks::fail(uow, &id, Some(&token), &failure));
        id
    }

    fn repository_id(&self, id: &TaskId) -> RepositoryId {
        self.get_task(id).repository_id.unwrap()
    }

    fn metrics_of(&self, id: &TaskId) -> Vec<(String, f64)> {
        let of_task = Specification::<PerformanceMetric>::new()
            .filter(performance_metrics::entity_id.eq(id.to_string()));
        let metrics = self.look(|reader| data::list(reader, &of_task));
        let named = metrics.into_iter().map(|m| (m.metric_name, m.metric_value));
        let mut named: Vec<_> = named.collect();
        named.sort_by(|a, b| a.0.cmp(&b.0));
        named
    }

    /// The outcome of a refused call, after which no row of any table but the first is new.
    #[track_caller]
    fn refused<T: std::fmt::Debug>(
        &self,
        code: ErrorCode,
        work: impl FnOnce(&mut UnitOfWork<'_>) -> Result<T>,
    ) -> orchestra_store::Error {
        let before = self.audited();
        let error = self.store.write(work).unwrap_err();
        assert_eq!(error.code(), code, "{error}");
        assert_eq!(self.audited(), before, "{error}");
        error
    }

    fn audited(&self) -> i64 {
        let log = registry::by_name("AuditLogs").unwrap();
        self.look(|reader| log.count(reader, &json!({})))
    }
}

use diesel::prelude::*;

fn ids(tasks: &[Task]) -> Vec<&TaskId> {
    tasks.iter().map(|task| &task.id).collect()
}

fn seconds(seconds: u64) -> TimeSpan {
    Duration::from_secs(seconds).into()
}

/// Lengths of time that are no period.
const NO_PERIODS: [i64; 3] = [0, -1, 3661 * TimeSpan::TICKS_PER_DAY];

#[test]
fn get_pending_tasks() {
    let test = TestStore::new();
    let agent = test.agent("a", 10);
    let of_priority = |priority| {
        let mut new = NewTask::new("ls", REPOSITORY);
        new.priority = priority;
        test.advance_seconds(1);
        test.enqueue(&new).id
    };
    let high = of_priority(TaskPriority::High);
    test.claim(&agent, 1);
    let low = of_priority(TaskPriority::Low);
    let later_high = of_priority(TaskPriority::High);
    let done = of_priority(TaskPriority::Critical);
    test.run(|uow| tasks::cancel(uow, &done, None));

    // An assigned task isn't run yet either.
    let pending = test.look(|reader| tasks::list_pending(reader, 10));
    assert_eq!(ids(&pending), [&high, &later_high, &low]);
    let first = test.look(|reader| tasks::list_pending(reader, 2));
    assert_eq!(ids(&first), [&high, &later_high]);
    assert!(
        test.look(|reader| tasks::list_pending(reader, 0))
            .is_empty()
    );
}

#[test]
fn get_tasks_by_agent() {
    let test = TestStore::new();
    let (a, b) = (test.agent("a", 10), test.agent("b", 10));
    let failed = test.failed_task(&a, "one");
    test.advance_seconds(1);
    let (running, _) = test.running_task(&a, "two");
    let (others, _) = test.running_task(&b, "three");
    let of = |agent: &AgentId, status| {
        test.look(|reader| tasks::list_of_agent(reader, agent, status, 10))
    };
    assert_eq!(ids(&of(&a, None)), [&running, &failed]);
    assert_eq!(ids(&of(&a, Some(TaskStatus::Failed))), [&failed]);
    assert_eq!(ids(&of(&b, None)), [&others]);
    let ghost = AgentId::new("ghost").unwrap();
    let unknown = test
        .store
        .read(|r| tasks::list_of_agent(r, &ghost, None, 10));
    assert_eq!(unknown.unwrap_err().code(), ErrorCode::NotFound);
}

#[test]
fn get_tasks_by_repository() {
    let test = TestStore::new();
    let old = test.task("old");
    test.advance_seconds(60);
    let new = test.task("new");
    test.enqueue(&NewTask::new("elsewhere", "/srv/git/other"));
    test.advance_seconds(60);
    let repository = test.repository_id(&old);
    let of = |period| {
        test.store
            .read(|reader| tasks::list_of_repository(reader, &repository, period, 10))
    };
    assert_eq!(ids(&of(None).unwrap()), [&new, &old]);
    // The begin of a period belongs to it, its end doesn't.
    assert_eq!(ids(&of(Some(seconds(120))).unwrap()), [&new, &old]);
    let shorter = seconds(120) - TimeSpan::from_ticks(1);
    assert_eq!(ids(&of(Some(shorter)).unwrap()), [&new]);
    test.task("now");
    assert_eq!(ids(&of(Some(seconds(60))).unwrap()), [&new]);
    for ticks in NO_PERIODS {
        let error = of(Some(TimeSpan::from_ticks(ticks))).unwrap_err();
        assert_eq!(error.details().column.as_deref(), Some("period"), "{error}");
    }
    let ghost = RepositoryId::new("ghost").unwrap();
    let unknown = test
        .store
        .read(|r| tasks::list_of_repository(r, &ghost, None, 10));
    assert_eq!(unknown.unwrap_err().code(), ErrorCode::NotFound);
}

#[test]
fn get_task_analytics() {
    let test = TestStore::new();
    let agent = test.agent("a", 10);
    test.failed_task(&agent, "one");
    test.running_task(&agent, "two");
    test.advance_seconds(1);
    let told = test.look(|reader| {
        let period = Period::until_now(reader, seconds(60))?;
        analytics::task_analytics(reader, period, &TaskScope::default())
    });
    assert_eq!((told.total, told.success_rate), (2, 0.0));
    assert_eq!(told.by_status[&TaskStatus::Failed], 1);
}

#[test]
fn get_failed_tasks() {
    let test = TestStore::new();
    let agent = test.agent("a", 10);
    let old = test.failed_task(&agent, "old");
    test.advance_seconds(60);
    let new = test.failed_task(&agent, "new");
    test.advance_seconds(1);
    let failed = |period| {
        test.store
            .read(|reader| tasks::list_failed(reader, period, 10))
    };
    assert_eq!(ids(&failed(None).unwrap()), [&new, &old]);
    assert_eq!(ids(&failed(Some(seconds(61))).unwrap()), [&new, &old]);
    assert_eq!(ids(&failed(Some(seconds(60))).unwrap()), [&new]);
    for ticks in NO_PERIODS {
        let error = failed(Some(TimeSpan::from_ticks(ticks))).unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvalidArgument);
    }
}

#[test]
fn get_long_running_tasks() {
    let test = TestStore::new();
    let agent = test.agent("a", 10);
    let (long, _) = test.running_task(&agent, "long");
    test.advance_seconds(60);
    let (short, _) = test.running_task(&agent, "short");
    test.failed_task(&agent, "failed");
    test.advance_seconds(10);
    let running = |threshold| {
        test.store
            .read(|reader| tasks::list_long_running(reader, threshold, 10))
    };
    assert_eq!(ids(&running(seconds(10)).unwrap()), [&long, &short]);
    assert_eq!(ids(&running(seconds(11)).unwrap()), [&long]);
    assert_eq!(ids(&running(seconds(70)).unwrap()), [&long]);
    assert!(running(seconds(71)).unwrap().is_empty());
    for ticks in NO_PERIODS {
        let error = running(TimeSpan::from_ticks(ticks)).unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvalidArgument);
    }
}

#[test]
fn update_task_progress() {
    let test = TestStore::new();
    let agent = test.agent("a", 10);
    let (id, token) = test.running_task(&agent, "one");
    let mut progress = TaskProgress::at(40);
    progress.metrics = Metrics::from([("RowsRead".to_owned(), 12.5.into())]);
    let update = |progress: &TaskProgress| {
        let progress = progress.clone();
        let (id, token) = (id.clone(), token.clone());
        move |uow: &mut UnitOfWork<'_>| tasks::update_progress(uow, &id, Some(&token), &progress)
    };
    assert_eq!(test.run(update(&progress)).progress_percentage, 40);
    assert_eq!(test.metrics_of(&id), [("RowsRead".to_owned(), 12.5)]);

    progress.percentage = 39;
    let error = test.refused(ErrorCode::InvalidArgument, update(&progress));
    assert_eq!(
        error.details().column.as_deref(),
        Some("ProgressPercentage")
    );
    progress.percentage = 50;
    progress.metrics.insert("Load".to_owned(), f64::NAN.into());
    let error = test.refused(ErrorCode::InvalidArgument, update(&progress));
    assert_eq!(error.details().column.as_deref(), Some("MetricValue"));
    assert_eq!(test.metrics_of(&id).len(), 1);
}

#[test]
fn complete_task() {
    let test = TestStore::new();
    let agent = test.agent("a", 10);
    let (id, token) = test.running_task(&agent, "one");
    let complete = |metrics: &[(&str, f64)]| {
        let named = metrics.iter().map(|(n, v)| ((*n).to_owned(), (*v).into()));
        let metrics: Metrics = named.collect();
        let (id, token) = (id.clone(), token.clone());
        move |uow: &mut UnitOfWork<'_>| {
            tasks::complete_with_metrics(uow, &id, Some(&token), Some("ok"), &metrics)
        }
    };
    let nameless = complete(&[("", 1.0)]);
    let error = test.refused(ErrorCode::InvalidArgument, nameless);
    assert_eq!(error.details().column.as_deref(), Some("MetricName"));
    let infinite = complete(&[("Load", f64::INFINITY)]);
    test.refused(ErrorCode::InvalidArgument, infinite);
    assert_eq!(test.get_task(&id).status, TaskStatus::InProgress);

    let task = test.run(complete(&[("Tokens", 1200.0), ("CostUsd", 0.25)]));
    assert_eq!(
        (task.status, task.progress_percentage),
        (TaskStatus::Completed, 100)
    );
    let expected = [("CostUsd".to_owned(), 0.25), ("Tokens".to_owned(), 1200.0)];
    assert_eq!(test.metrics_of(&id), expected);
    assert_eq!(test.get_agent(&agent).total_tasks_completed, 1);
}

#[test]
fn get_tasks_by_correlation_id() {
    let test = TestStore::new();
    let correlated = |id: &str| {
        let mut new = NewTask::new("ls", REPOSITORY);
        new.correlation_id = Some(id.to_owned());
        test.advance_seconds(1);
        test.enqueue(&new).id
    };
    let (first, _, second) = (correlated("x"), correlated("y"), correlated("x"));
    let of = |id: &str| test.store.read(|r| tasks::list_correlated(r, id, 10));
    assert_eq!(ids(&of("x").unwrap()), [&first, &second]);
    assert!(of("z").unwrap().is_empty());
    assert_eq!(of("").unwrap_err().code(), ErrorCode::InvalidArgument);
}

/// A workflow with two runs, each of which has tasks.
fn workflow(test: &TestStore) -> (WorkflowDefinitionId, [WorkflowExecutionId; 2]) {
    test.run(|uow| {
        Ok(uow.connection().batch_execute(
            "INSERT INTO WorkflowDefinitions (Id, Name, Definition) VALUES ('w', 'release', '{}');
             INSERT INTO WorkflowExecutions (Id, WorkflowDefinitionId, WorkflowVersion)
             VALUES ('run-1', 'w', '1'), ('run-2', 'w', '1');",
        )?)
    });
    let runs = ["run-1", "run-2"].map(|id| WorkflowExecutionId::new(id).unwrap());
    (WorkflowDefinitionId::new("w").unwrap(), runs)
}

#[test]
fn get_workflow_task_tree() {
    let test = TestStore::new();
    let agent = test.agent("a", 10);
    let (workflow, [first, second]) = workflow(&test);
    let step = |id: &str, run: &WorkflowExecutionId, step: i32, part_of: Option<&str>| {
        let mut new = NewTask::new(id, REPOSITORY);
        new.id = Some(TaskId::new(id).unwrap());
        new.workflow_id = Some(workflow.clone());
        new.workflow_execution_id = Some(run.clone());
        new.workflow_step = step;
        new.parent_task_id = part_of.map(|id| TaskId::new(id).unwrap());
        new
    };
    let mut test_step = step("test", &first, 1, None);
    test_step
        .depends_on
        .push(TaskId::new("build").unwrap().into());
    test.run(|uow| {
        tasks::enqueue_many(
            uow,
            &[
                step("build", &first, 0, None),
                test_step,
                step("compile", &first, 0, Some("build")),
                step("other", &second, 0, None),
            ],
        )
    });
    let claimed = test.claim(&agent, 1);
    let token = token_of(&claimed[0]);
    assert_eq!(claimed[0].id.as_str(), "build");
    test.run(|uow| {
        tasks::start(uow, &claimed[0].id, Some(&token))?;
        tasks::update_progress(uow, &claimed[0].id, Some(&token), &TaskProgress::at(60))
    });

    let tree = test.look(|r| tasks::workflow_tree(r, &TreeOf::Execution(first.clone())));
    let [run] = tree.executions.as_slice() else {
        panic!("{tree:#?}");
    };
    assert_eq!(run.workflow_execution_id.as_ref(), Some(&first));
    let nodes: Vec<(&str, usize)> = run
        .nodes
        .iter()
        .map(|node| (node.task.id.as_str(), node.depth))
        .collect();
    assert_eq!(nodes, [("build", 0), ("compile", 1), ("test", 0)]);
    assert_eq!(run.nodes[2].depends_on, [claimed[0].id.clone()]);
    assert_eq!(run.nodes[0].total.status, TaskStatus::InProgress);
    assert_eq!(run.nodes[0].total.progress_percentage, 30.0);
    assert_eq!(run.nodes[2].total.status, TaskStatus::Pending);
    assert_eq!((run.total.tasks, run.total.progress_percentage), (3, 20.0));
    assert!(run.cycles.is_empty());

    let of_definition = TreeOf::Definition(workflow);
    let tree = test.look(|r| tasks::workflow_tree(r, &of_definition));
    let runs: Vec<_> = tree
        .executions
        .iter()
        .map(|e| e.workflow_execution_id.clone())
        .collect();
    assert_eq!(runs, [Some(first), Some(second)]);

    let ghost = TreeOf::Execution(WorkflowExecutionId::new("ghost").unwrap());
    let unknown = test.store.read(|r| tasks::workflow_tree(r, &ghost));
    assert_eq!(unknown.unwrap_err().code(), ErrorCode::NotFound);
}

#[test]
fn a_tree_tells_of_circles_that_another_program_made() {
    let test = TestStore::new();
    let (_, [run, _]) = workflow(&test);
    test.run(|uow| {
        Ok(uow.connection().batch_execute(
            "DROP TRIGGER TR_Tasks_ParentCycle; DROP TRIGGER TR_TaskDependencies_InsertCycle;
             INSERT INTO Tasks (Id, Command, RepositoryPath, WorkflowExecutionId)
             VALUES ('a', 'x', '/', 'run-1'), ('b', 'x', '/', 'run-1'), ('c', 'x', '/', 'run-1');
             UPDATE Tasks SET ParentTaskId = 'b' WHERE Id = 'a';
             UPDATE Tasks SET ParentTaskId = 'a' WHERE Id = 'b';
             INSERT INTO TaskDependencies (Id, TaskId, DependsOnTaskId)
             VALUES ('ac', 'a', 'c'), ('ca', 'c', 'a');",
        )?)
    });
    let tree = test.look(|r| tasks::workflow_tree(r, &TreeOf::Execution(run)));
    let run = &tree.executions[0];
    assert_eq!(run.nodes.len(), 3);
    let cycles: Vec<String> = run
        .cycles
        .iter()
        .map(|cycle| {
            let ids: Vec<&str> = cycle.iter().map(TaskId::as_str).collect();
            ids.join(" ")
        })
        .collect();
    assert_eq!(cycles, ["a c a", "a b a"]);
}

// What a queue needs beyond the interface

#[test]
fn reassigning_ends_the_lease_and_pins_the_task() {
    let test = TestStore::new();
    let (a, b) = (test.agent("a", 10), test.agent("b", 10));
    let (id, token) = test.running_task(&a, "one");
    let task = test.run(|uow| tasks::reassign(uow, &id, Some(&b)));
    assert_eq!(
        (task.status, task.agent_id.as_ref()),
        (TaskStatus::Pending, Some(&b))
    );
    assert!(task.is_pinned && task.lease_token.is_none());
    assert_eq!(task.retry_count, 0);
    assert_eq!(
        test.get_agent(&a).status,
        orchestra_store::types::AgentStatus::Idle
    );
    let late = |uow: &mut UnitOfWork<'_>| tasks::complete(uow, &id, Some(&token), None);
    test.refused(ErrorCode::Conflict, late);
    assert!(test.claim(&a, 1).is_empty());

    // And back to anyone, while it waits.
    test.run(|uow| tasks::reassign(uow, &id, None));
    assert_eq!(ids(&test.claim(&a, 1)), [&id]);
}

#[test]
fn a_task_is_reassigned_to_an_agent_that_is_there_and_before_it_ends() {
    let test = TestStore::new();
    let (a, b) = (test.agent("a", 10), test.agent("b", 10));
    let id = test.task("one");
    test.run(|uow| agents::remove(uow, &b));
    let to_removed = |uow: &mut UnitOfWork<'_>| tasks::reassign(uow, &id, Some(&b));
    let error = test.refused(ErrorCode::NotFound, to_removed);
    assert_eq!(error.details().entity, Some("Agents"));
    test.run(|uow| tasks::cancel(uow, &id, None));
    let ended = |uow: &mut UnitOfWork<'_>| tasks::reassign(uow, &id, Some(&a));
    test.refused(ErrorCode::InvalidTransition, ended);
}

#[test]
fn failed_tasks_are_redriven_by_filter_the_first_first() {
    let test = TestStore::new();
    let agent = test.agent("a", 10);
    let failed = [1, 2, 3].map(|number| {
        test.advance_seconds(1);
        test.failed_task(&agent, &format!("task {number}"))
    });
    let redrive = |filter: tasks::TaskFilter, limit| {
        move |uow: &mut UnitOfWork<'_>| tasks::redrive(uow, &filter, limit)
    };
    let elsewhere = tasks::TaskFilter {
        repository_path: Some("/srv/git/other".to_owned()),
        ..Default::default()
    };
    assert!(test.run(redrive(elsewhere, 10)).is_empty());
    let first_two = test.run(redrive(tasks::TaskFilter::default(), 2));
    assert_eq!(ids(&first_two), [&failed[0], &failed[1]]);
    assert!(
        first_two
            .iter()
            .all(|task| task.status == TaskStatus::Pending)
    );
    let left = test.look(|reader| tasks::list_failed(reader, None, 10));
    assert_eq!(ids(&left), [&failed[2]]);
    let completed = tasks::TaskFilter {
        status: Some(TaskStatus::Completed),
        ..Default::default()
    };
    test.refused(ErrorCode::InvalidArgument, redrive(completed, 1));
}
