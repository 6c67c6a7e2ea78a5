//! The rules of the task queue, one by one. What they do together is in `queue_model`.

use std::time::Duration;

use orchestra_store::models::{AgentId, CodeRepository, LeaseToken, Task, TaskId};
use orchestra_store::services::tasks::{self, Claim, Failure, NewTask, TaskProgress};
use orchestra_store::services::{agents, code_repositories};
use orchestra_store::types::{AgentStatus, TaskPriority, TaskStatus, TimeSpan, Timestamp};
use orchestra_store::{Clock as _, Error, ErrorCode, Result, UnitOfWork};
use serde_json::json;

use crate::support::{REPOSITORY, TestStore, token_of};

impl TestStore {
    fn try_write<T>(&self, work: impl FnOnce(&mut UnitOfWork<'_>) -> Result<T>) -> Result<T> {
        self.store.write(work)
    }

    fn try_enqueue(&self, change: impl FnOnce(&mut NewTask)) -> Result<Task> {
        let mut new = NewTask::new("ls", REPOSITORY);
        change(&mut new);
        self.try_write(|uow| tasks::enqueue(uow, &new))
    }

    fn with_priority(&self, priority: TaskPriority) -> TaskId {
        self.try_enqueue(|new| new.priority = priority).unwrap().id
    }

    fn pinned_to(&self, agent: &AgentId) -> TaskId {
        self.try_enqueue(|new| new.agent_id = Some(agent.clone()))
            .unwrap()
            .id
    }

    /// A task that runs at agent `a`.
    fn running(&self, change: impl FnOnce(&mut NewTask)) -> (TaskId, LeaseToken) {
        let agent = self.agent("a", 10);
        let task = self.try_enqueue(change).unwrap();
        let claimed = self.claim(&agent, 10);
        let token = token_of(claimed.iter().find(|c| c.id == task.id).unwrap());
        self.start(&task.id, &token);
        (task.id, token)
    }

    fn start(&self, id: &TaskId, token: &LeaseToken) -> Task {
        self.try_write(|uow| tasks::start(uow, id, Some(token)))
            .unwrap()
    }

    fn fail(&self, id: &TaskId, token: &LeaseToken) -> Task {
        let failure = Failure::new("exit code 1");
        self.try_write(|uow| tasks::fail(uow, id, Some(token), &failure))
            .unwrap()
    }

    fn complete(&self, id: &TaskId, token: &LeaseToken) -> Task {
        self.try_write(|uow| tasks::complete(uow, id, Some(token), Some("done")))
            .unwrap()
    }

    fn cancel(&self, id: &TaskId) -> Task {
        self.try_write(|uow| tasks::cancel(uow, id, Some("not needed")))
            .unwrap()
    }

    fn rescue(&self) -> tasks::Rescue {
        self.try_write(|uow| tasks::rescue_expired(uow, 100))
            .unwrap()
    }

    fn repository(&self) -> CodeRepository {
        let found = self
            .store
            .read(|r| code_repositories::get_by_path(r, REPOSITORY));
        found.unwrap().unwrap()
    }

    fn seconds_from_now(&self, seconds: u64) -> Timestamp {
        self.clock.now() + Duration::from_secs(seconds)
    }
}

fn ids(tasks: &[Task]) -> Vec<TaskId> {
    tasks.iter().map(|task| task.id.clone()).collect()
}

#[track_caller]
fn assert_fails<T: std::fmt::Debug>(outcome: Result<T>, code: ErrorCode) -> Error {
    let error = outcome.unwrap_err();
    assert_eq!(error.code(), code, "{error}");
    error
}

#[track_caller]
fn assert_refused_column<T: std::fmt::Debug>(outcome: Result<T>, column: &str) {
    let error = assert_fails(outcome, ErrorCode::InvalidArgument);
    assert_eq!(error.details().column.as_deref(), Some(column), "{error}");
}

// Enqueueing

#[test]
fn a_task_is_pending_and_known_to_its_repository() {
    let test = TestStore::new();
    let task = test
        .try_enqueue(|new| new.repository_path = format!(" {REPOSITORY}/ "))
        .unwrap();
    assert_eq!(task, test.get_task(&task.id));
    assert_eq!(
        (task.status, task.available_at),
        (TaskStatus::Pending, test.clock.now())
    );
    assert_eq!((task.max_retries, task.retry_count), (3, 0));
    let repository = test.repository();
    assert_eq!(task.repository_id, Some(repository.id));
    assert_eq!(
        (repository.name.as_str(), repository.total_tasks),
        ("search", 1)
    );
}

#[test]
fn an_id_is_used_once() {
    let test = TestStore::new();
    let with_id = |new: &mut NewTask| new.id = Some(TaskId::new("mine").unwrap());
    assert_eq!(test.try_enqueue(with_id).unwrap().id.as_str(), "mine");
    let error = assert_fails(test.try_enqueue(with_id), ErrorCode::AlreadyExists);
    assert_eq!(error.details().id.as_deref(), Some("mine"));
    assert_eq!(test.repository().total_tasks, 1);
}

#[test]
fn an_idempotency_key_stands_for_one_request() {
    let test = TestStore::new();
    let with_key = |new: &mut NewTask| new.idempotency_key = Some("order 7".to_owned());
    let first = test.try_enqueue(with_key).unwrap();
    test.advance_seconds(5);
    assert_eq!(test.try_enqueue(with_key).unwrap(), first);
    assert_eq!(test.repository().total_tasks, 1);

    let mut named = NewTask::new("ls", format!("{REPOSITORY}/"));
    with_key(&mut named);
    named.id = Some(TaskId::new("another name for it").unwrap());
    assert_eq!(test.enqueue(&named), first);
}

/// Each field of a request is compared, a new one too: the test takes the fields from the type.
#[test]
fn a_request_with_a_used_key_that_asks_for_anything_else_is_refused() {
    let test = TestStore::new();
    let agent = test.agent("a", 1);
    let id = test.task("first");
    let mut new = NewTask::new("ls", REPOSITORY);
    new.idempotency_key = Some("order 7".to_owned());
    let first = test.enqueue(&new);
    let request = serde_json::to_value(&new).unwrap();
    let other = json!({
        "Command": "rm", "RepositoryPath": "/srv/other", "AgentId": agent, "Priority": "High",
        "AvailableAt": "2030-01-01T00:00:00Z", "MaxRetries": 0, "CorrelationId": "c", "ParentTaskId": id,
        "WorkflowId": "w", "WorkflowExecutionId": "e", "WorkflowStep": 1, "QueueName": "q",
        "HangfireJobId": "h", "DependsOn": [id], "OnDependencyFailure": "Cancel",
    });
    for field in request.as_object().unwrap().keys() {
        if ["Id", "IdempotencyKey"].contains(&field.as_str()) {
            continue;
        }
        let mut changed = request.clone();
        changed[field] = other[field].clone();
        assert_ne!(changed, request, "{field} needs another value here");
        let changed: NewTask = serde_json::from_value(changed).unwrap();
        for batch in [vec![changed.clone()], vec![new.clone(), changed.clone()]] {
            let refused = test.try_write(|uow| tasks::enqueue_many(uow, &batch));
            let error = assert_fails(refused, ErrorCode::Conflict);
            assert!(error.message().contains("order 7"), "{field}: {error}");
            assert_eq!(error.details().id.as_deref(), Some(first.id.as_str()));
        }
    }
}

#[test]
fn what_does_not_fit_a_column_is_refused_by_its_name() {
    let test = TestStore::new();
    type Change = fn(&mut NewTask);
    let cases: [(&str, Change); 13] = [
        ("Command", |new| new.command = String::new()),
        ("Command", |new| new.command = "x".repeat(2001)),
        ("Command", |new| new.command = "a\0b".to_owned()),
        ("RepositoryPath", |new| new.repository_path = String::new()),
        ("RepositoryPath", |new| {
            new.repository_path = "x".repeat(501)
        }),
        ("IdempotencyKey", |new| {
            new.idempotency_key = Some(String::new())
        }),
        ("IdempotencyKey", |new| {
            new.idempotency_key = Some("x".repeat(256))
        }),
        ("CorrelationId", |new| {
            new.correlation_id = Some("x".repeat(129))
        }),
        ("QueueName", |new| new.queue_name = Some("x".repeat(101))),
        ("MaxRetries", |new| new.max_retries = Some(11)),
        ("MaxRetries", |new| new.max_retries = Some(-1)),
        ("WorkflowStep", |new| new.workflow_step = -1),
        ("QueueName", |new| new.queue_name = Some("a\0".to_owned())),
    ];
    for (column, change) in cases {
        assert_refused_column(test.try_enqueue(change), column);
    }
    test.try_enqueue(|new| new.command = "ж".repeat(2000))
        .unwrap();
}

#[test]
fn what_a_task_refers_to_has_to_be_there() {
    let test = TestStore::new();
    let unknown = test.try_enqueue(|new| new.agent_id = Some(AgentId::new("ghost").unwrap()));
    let error = assert_fails(unknown, ErrorCode::NotFound);
    assert_eq!(error.details().entity, Some("Agents"));
    let unknown = test.try_enqueue(|new| new.parent_task_id = Some(TaskId::new("ghost").unwrap()));
    let error = assert_fails(unknown, ErrorCode::NotFound);
    assert_eq!(error.details().entity, Some("Tasks"));
    assert_eq!(error.details().id.as_deref(), Some("ghost"));
}

#[test]
fn many_are_enqueued_together_or_not_at_all() {
    let test = TestStore::new();
    let mut new = vec![
        NewTask::new("one", REPOSITORY),
        NewTask::new("two", "/srv/git/other"),
    ];
    new.push(NewTask::new("", REPOSITORY));
    let error = test
        .try_write(|uow| {
            let error = tasks::enqueue_many(uow, &new).unwrap_err();
            // The rest of the transaction goes on.
            tasks::enqueue(uow, &NewTask::new("kept", REPOSITORY))?;
            Ok(error)
        })
        .unwrap();
    assert_eq!(
        (error.code(), error.details().index),
        (ErrorCode::InvalidArgument, Some(2))
    );
    assert_eq!(test.repository().total_tasks, 1);

    new.pop();
    new.push(NewTask::new("three", REPOSITORY));
    let made = test
        .try_write(|uow| tasks::enqueue_many(uow, &new))
        .unwrap();
    let commands: Vec<_> = made.iter().map(|task| task.command.as_str()).collect();
    assert_eq!(commands, ["one", "two", "three"]);
    assert_eq!(test.repository().total_tasks, 3);

    let twice: Vec<NewTask> = ["x", "x"]
        .map(|id| NewTask {
            id: Some(TaskId::new(id).unwrap()),
            ..NewTask::new("ls", "/srv")
        })
        .into();
    let error = assert_fails(
        test.try_write(|uow| tasks::enqueue_many(uow, &twice)),
        ErrorCode::AlreadyExists,
    );
    assert_eq!(error.details().index, Some(1));
}

// Claiming

#[test]
fn a_claim_takes_by_priority_then_availability_then_id() {
    let test = TestStore::new();
    let agent = test.agent("a", 10);
    let (now, later) = (test.clock.now(), test.seconds_from_now(2));
    let add = |id: &str, priority, available_at| {
        test.try_enqueue(|new| {
            new.id = Some(TaskId::new(id).unwrap());
            (new.priority, new.available_at) = (priority, Some(available_at));
        })
        .unwrap();
    };
    add("low", TaskPriority::Low, now);
    add("z", TaskPriority::Normal, now);
    add("later", TaskPriority::Normal, later);
    add("a", TaskPriority::Normal, now);
    add("critical", TaskPriority::Critical, later);
    test.advance_seconds(2);
    let claimed: Vec<_> = test
        .claim(&agent, 10)
        .iter()
        .map(|t| t.id.to_string())
        .collect();
    assert_eq!(claimed, ["critical", "a", "z", "later", "low"]);
}

#[test]
fn a_scheduled_task_waits_for_its_moment() {
    let test = TestStore::new();
    let agent = test.agent("a", 1);
    let at = test.seconds_from_now(10);
    let task = test.try_enqueue(|new| new.available_at = Some(at)).unwrap();
    test.clock.set(at - TimeSpan::from_ticks(1));
    assert!(test.claim(&agent, 1).is_empty());
    test.clock.set(at);
    assert_eq!(ids(&test.claim(&agent, 1)), [task.id]);
}

#[test]
fn an_agent_gets_what_is_open_in_its_repository_and_what_is_pinned_to_it() {
    let test = TestStore::new();
    let (own, other) = (test.agent("own", 10), test.agent("other", 10));
    let low = test.with_priority(TaskPriority::Low);
    let pinned = test.pinned_to(&own);
    let high = test.with_priority(TaskPriority::High);
    test.pinned_to(&other);
    let elsewhere = NewTask::new("ls", "/srv/git/elsewhere");
    test.enqueue(&elsewhere);
    let pinned_elsewhere = test
        .enqueue(&NewTask {
            agent_id: Some(own.clone()),
            ..elsewhere
        })
        .id;
    // Both lanes are merged by priority.
    assert_eq!(
        ids(&test.claim(&own, 10)),
        [high, pinned, pinned_elsewhere, low]
    );
}

#[test]
fn an_agent_of_any_repository_gets_what_is_open_anywhere() {
    let test = TestStore::new();
    let any = AgentId::new("any").unwrap();
    let mut new = agents::NewAgent::new("Any", "worker", code_repositories::ANY_PATH);
    (new.id, new.max_concurrent_tasks) = (Some(any.clone()), 10);
    test.try_write(|uow| agents::register(uow, &new)).unwrap();
    let first = test.task("ls");
    let second = test.enqueue(&NewTask::new("ls", "/srv/git/elsewhere")).id;
    assert_eq!(ids(&test.claim(&any, 10)), [first, second]);
}

#[test]
fn a_worker_that_is_no_agent_claims_what_is_open_in_a_repository() {
    let test = TestStore::new();
    let agent = test.agent("a", 1);
    test.pinned_to(&agent);
    let open = test.task("ls");
    let claim = Claim::repository(format!("{REPOSITORY}/"), "cron").up_to(10);
    let claimed = test.try_write(|uow| tasks::claim(uow, &claim)).unwrap();
    assert_eq!(ids(&claimed), [open]);
    assert_eq!(claimed[0].lease_owner.as_deref(), Some("cron"));
    assert_eq!(claimed[0].agent_id, None);
    let nameless = Claim::repository(REPOSITORY, "");
    assert_refused_column(
        test.try_write(|uow| tasks::claim(uow, &nameless)),
        "LeaseOwner",
    );
}

#[test]
fn an_agent_never_holds_more_than_its_capacity() {
    let test = TestStore::new();
    let agent = test.agent("a", 2);
    for _ in 0..5 {
        test.task("ls");
    }
    let held = test.claim(&agent, 5);
    assert_eq!(held.len(), 2);
    assert!(test.claim(&agent, 5).is_empty());
    let token = token_of(&held[0]);
    test.start(&held[0].id, &token);
    test.complete(&held[0].id, &token);
    assert_eq!(test.claim(&agent, 5).len(), 1);
}

#[test]
fn a_claim_leases_for_as_long_as_it_says() {
    let test = TestStore::new();
    let agent = test.agent("a", 3);
    test.task("ls");
    let task = &test.claim(&agent, 1)[0];
    assert_eq!(task.status, TaskStatus::Assigned);
    assert_eq!(task.lease_expires_at, Some(test.seconds_from_now(60)));
    assert_eq!(*task, test.get_task(&task.id));
    let known = test.get_agent(&agent);
    assert_eq!(known.status, AgentStatus::Busy);
    assert_eq!(known.current_task.as_deref(), Some(task.id.as_str()));

    test.task("ls");
    let claim = |lease| Claim::agent(&agent).leased_for(lease);
    let none = test.try_write(|uow| tasks::claim(uow, &claim(Duration::ZERO)));
    assert_refused_column(none, "lease");
    let for_ever = test
        .try_write(|uow| tasks::claim(uow, &claim(Duration::MAX)))
        .unwrap();
    assert_eq!(for_ever[0].lease_expires_at, Some(Timestamp::MAX));
}

#[test]
fn an_agent_that_is_away_or_unknown_claims_nothing() {
    let test = TestStore::new();
    let agent = test.agent("a", 1);
    test.task("ls");
    for status in [
        AgentStatus::Offline,
        AgentStatus::Error,
        AgentStatus::Unknown,
    ] {
        test.try_write(|uow| agents::set_status(uow, &agent, status, None))
            .unwrap();
        let refused = test.try_write(|uow| tasks::claim(uow, &Claim::agent(&agent)));
        let error = assert_fails(refused, ErrorCode::InvalidTransition);
        assert_eq!(error.details().from.as_deref(), Some(status.name()));
    }
    test.try_write(|uow| agents::remove(uow, &agent)).unwrap();
    for id in [&agent, &AgentId::new("ghost").unwrap()] {
        let refused = test.try_write(|uow| tasks::claim(uow, &Claim::agent(id)));
        let error = assert_fails(refused, ErrorCode::NotFound);
        assert!(error.message().contains(id.as_str()), "{error}");
    }
}

// Running

#[test]
fn only_the_holder_of_the_lease_touches_a_task() {
    let test = TestStore::new();
    let (id, stale) = test.running(|_| {});
    test.advance_seconds(61);
    test.rescue();
    test.advance_seconds(5);
    let current = token_of(&test.claim(&AgentId::new("a").unwrap(), 1)[0]);
    test.start(&id, &current);
    let before = test.get_task(&id);
    let failure = Failure::new("x");
    for token in [Some(&stale), None] {
        for outcome in [
            test.try_write(|uow| tasks::complete(uow, &id, token, None)),
            test.try_write(|uow| tasks::fail(uow, &id, token, &failure)),
            test.try_write(|uow| tasks::start(uow, &id, token)),
            test.try_write(|uow| tasks::release(uow, &id, token)),
            test.try_write(|uow| tasks::update_progress(uow, &id, token, &TaskProgress::at(1))),
        ] {
            let error = assert_fails(outcome, ErrorCode::Conflict);
            assert_eq!(error.details().id.as_deref(), Some(id.as_str()));
            assert!(error.message().contains(id.as_str()), "{error}");
        }
    }
    assert_fails(
        test.try_write(|uow| tasks::heartbeat(uow, &id, &stale, None)),
        ErrorCode::Conflict,
    );
    assert_fails(
        test.try_write(|uow| tasks::acknowledge_cancel(uow, &id, &stale)),
        ErrorCode::Conflict,
    );
    assert_eq!(test.get_task(&id), before);
}

#[test]
fn a_heartbeat_extends_the_lease_and_is_no_sign_of_life_of_the_agent() {
    let test = TestStore::new();
    let (id, token) = test.running(|_| {});
    let agent = AgentId::new("a").unwrap();
    let pinged = test.get_agent(&agent).last_ping;
    test.advance_seconds(50);
    let beat = test
        .try_write(|uow| tasks::heartbeat(uow, &id, &token, None))
        .unwrap();
    assert_eq!(beat.lease_expires_at, test.seconds_from_now(60));
    assert!(!beat.cancel_requested);
    test.advance_seconds(55);
    assert_eq!(test.rescue(), tasks::Rescue::default());
    let longer = Some(Duration::from_secs(600));
    let beat = test
        .try_write(|uow| tasks::heartbeat(uow, &id, &token, longer))
        .unwrap();
    assert_eq!(beat.lease_expires_at, test.seconds_from_now(600));
    assert_eq!(test.get_agent(&agent).last_ping, pinged);
}

#[test]
fn progress_goes_from_0_to_100_and_only_back_when_told() {
    let test = TestStore::new();
    let (id, token) = test.running(|_| {});
    let report = |progress: &TaskProgress| {
        test.try_write(|uow| tasks::update_progress(uow, &id, Some(&token), progress))
    };
    for beyond in [-1, 101] {
        assert_refused_column(report(&TaskProgress::at(beyond)), "ProgressPercentage");
    }
    let half = TaskProgress {
        message: Some("half".to_owned()),
        ..TaskProgress::at(50)
    };
    let task = report(&half).unwrap();
    assert_eq!(
        (task.progress_percentage, task.progress_message.as_deref()),
        (50, Some("half"))
    );
    assert_eq!(task.last_progress_update, Some(test.clock.now()));
    report(&TaskProgress::at(50)).unwrap();
    assert_refused_column(report(&TaskProgress::at(49)), "ProgressPercentage");
    let back = TaskProgress {
        may_go_back: true,
        ..TaskProgress::at(10)
    };
    assert_eq!(report(&back).unwrap().progress_percentage, 10);
}

#[test]
fn completing_counts_for_the_agent_and_the_repository() {
    let test = TestStore::new();
    let (id, token) = test.running(|_| {});
    test.clock.advance(Duration::from_millis(2500));
    let task = test.complete(&id, &token);
    assert_eq!(
        (task.status, task.progress_percentage),
        (TaskStatus::Completed, 100)
    );
    assert_eq!(
        (task.result.as_deref(), &task.lease_token),
        (Some("done"), &None)
    );
    let stored = test.get_task(&id);
    assert_eq!(stored.computed_duration, Some(2500));
    assert_eq!(
        stored.execution_duration.unwrap().to_string(),
        "00:00:02.5000000"
    );

    let agent = test.get_agent(task.agent_id.as_ref().unwrap());
    assert_eq!(
        (agent.total_tasks_completed, agent.total_tasks_failed),
        (1, 0)
    );
    assert_eq!(
        (agent.average_execution_time, agent.success_rate),
        (2500.0, 1.0)
    );
    assert_eq!(
        (agent.status, agent.current_task),
        (AgentStatus::Idle, None)
    );
    let repository = test.repository();
    assert_eq!(
        (repository.successful_tasks, repository.failed_tasks),
        (1, 0)
    );
    assert_eq!(repository.average_task_duration, 2500.0);
    assert_eq!(repository.last_task_executed_at, task.completed_at);
    assert!(repository.reliability_score > 0.0);
}

#[test]
fn a_failure_is_retried_after_a_backoff_that_doubles_until_the_retries_are_used_up() {
    let test = TestStore::new();
    let (id, mut token) = test.running(|new| new.max_retries = Some(2));
    let agent = AgentId::new("a").unwrap();
    for (retry, seconds) in [(1, 5), (2, 10)] {
        let task = test.fail(&id, &token);
        assert_eq!(
            (task.status, task.retry_count),
            (TaskStatus::Pending, retry)
        );
        assert_eq!(task.available_at, test.seconds_from_now(seconds));
        assert_eq!(task.error_message.as_deref(), Some("exit code 1"));
        assert_eq!((task.started_at, &task.agent_id), (None, &None));
        assert_eq!(test.get_agent(&agent).total_tasks_failed, 0);
        test.advance_seconds(seconds - 1);
        assert!(test.claim(&agent, 1).is_empty());
        test.advance_seconds(1);
        token = token_of(&test.claim(&agent, 1)[0]);
        test.start(&id, &token);
    }
    let task = test.fail(&id, &token);
    assert_eq!((task.status, task.retry_count), (TaskStatus::Failed, 2));
    assert_eq!(test.get_agent(&agent).total_tasks_failed, 1);
    assert_eq!(test.repository().failed_tasks, 1);
}

#[test]
fn a_permanent_failure_is_not_retried() {
    let test = TestStore::new();
    let (id, token) = test.running(|_| {});
    let failure = Failure {
        permanent: true,
        ..Failure::new("no such file")
    };
    let task = test
        .try_write(|uow| tasks::fail(uow, &id, Some(&token), &failure))
        .unwrap();
    assert_eq!((task.status, task.retry_count), (TaskStatus::Failed, 0));
}

#[test]
fn a_task_that_nobody_claimed_runs_without_a_lease() {
    let test = TestStore::new();
    let id = test.task("ls");
    test.try_write(|uow| tasks::start(uow, &id, None)).unwrap();
    let task = test
        .try_write(|uow| tasks::complete(uow, &id, None, None))
        .unwrap();
    assert_eq!(task.status, TaskStatus::Completed);
    assert_eq!(test.repository().successful_tasks, 1);
}

// Cancelling, giving back, rescuing, retrying

#[test]
fn what_nobody_holds_is_cancelled_at_once_and_counts_for_nobody() {
    let test = TestStore::new();
    let id = test.task("ls");
    let task = test.cancel(&id);
    assert_eq!(
        (task.status, task.progress_percentage),
        (TaskStatus::Cancelled, 0)
    );
    assert_eq!(task.error_message.as_deref(), Some("not needed"));
    let repository = test.repository();
    assert_eq!(
        (repository.successful_tasks, repository.failed_tasks),
        (0, 0)
    );
}

#[test]
fn a_running_task_is_asked_to_stop_and_its_worker_acknowledges() {
    let test = TestStore::new();
    let (id, token) = test.running(|_| {});
    let asked = test.cancel(&id);
    assert_eq!(asked.status, TaskStatus::InProgress);
    assert_eq!(asked.cancel_requested_at, Some(test.clock.now()));
    test.advance_seconds(1);
    assert_eq!(test.cancel(&id), asked, "asking twice changes nothing");
    let beat = test
        .try_write(|uow| tasks::heartbeat(uow, &id, &token, None))
        .unwrap();
    assert!(beat.cancel_requested);
    let task = test
        .try_write(|uow| tasks::acknowledge_cancel(uow, &id, &token))
        .unwrap();
    assert_eq!(
        (task.status, &task.lease_token),
        (TaskStatus::Cancelled, &None)
    );
    assert_eq!(
        test.get_agent(task.agent_id.as_ref().unwrap()).status,
        AgentStatus::Idle
    );
}

#[test]
fn whatever_ends_a_run_after_the_request_but_success_cancels_the_task() {
    let test = TestStore::new();
    let (id, token) = test.running(|_| {});
    test.cancel(&id);
    assert_eq!(test.fail(&id, &token).status, TaskStatus::Cancelled);

    let (id, token) = test.running(|_| {});
    test.cancel(&id);
    let task = test
        .try_write(|uow| tasks::release(uow, &id, Some(&token)))
        .unwrap();
    assert_eq!(task.status, TaskStatus::Cancelled);

    let (id, _) = test.running(|_| {});
    test.cancel(&id);
    test.advance_seconds(61);
    assert_eq!(test.rescue().cancelled, [id]);

    let (id, token) = test.running(|_| {});
    test.cancel(&id);
    assert_eq!(test.complete(&id, &token).status, TaskStatus::Completed);
}

#[test]
fn a_task_that_is_given_back_is_there_for_anyone_at_once() {
    let test = TestStore::new();
    let (id, token) = test.running(|_| {});
    let task = test
        .try_write(|uow| tasks::release(uow, &id, Some(&token)))
        .unwrap();
    assert_eq!((task.status, task.retry_count), (TaskStatus::Pending, 0));
    assert_eq!(
        test.get_agent(&AgentId::new("a").unwrap()).status,
        AgentStatus::Idle
    );
    let other = test.agent("other", 1);
    assert_eq!(ids(&test.claim(&other, 1)), [id]);
}

#[test]
fn what_runs_without_a_lease_is_given_back_on_demand() {
    let test = TestStore::new();
    let (leased, _) = test.running(|_| {});
    let unleased = [test.task("ls"), test.task("ls")];
    for id in &unleased {
        test.try_write(|uow| tasks::start(uow, id, None)).unwrap();
    }
    let release = |limit| {
        test.try_write(|uow| tasks::release_unleased(uow, limit))
            .unwrap()
    };
    assert_eq!((release(1), release(10), release(10)), (1, 1, 0));
    assert_eq!(test.get_task(&unleased[1]).status, TaskStatus::Pending);
    assert_eq!(test.get_task(&leased).status, TaskStatus::InProgress);
}

#[test]
fn a_lost_worker_costs_a_retry_and_a_task_that_ran_waits_for_its_backoff() {
    let test = TestStore::new();
    let (running, _) = test.running(|new| new.max_retries = Some(1));
    let assigned = test.task("ls");
    test.claim(&AgentId::new("a").unwrap(), 1);
    test.advance_seconds(60);
    assert_eq!(
        test.rescue(),
        tasks::Rescue::default(),
        "the lease lasts to its end"
    );
    test.clock.advance(Duration::from_micros(1));
    let rescue = test.rescue();
    assert_eq!(rescue.requeued, [running.clone(), assigned.clone()]);
    let waits = [(&running, "was running", 5), (&assigned, "was started", 0)];
    for (id, moment, seconds) in waits {
        let task = test.get_task(id);
        let available = test.seconds_from_now(seconds);
        assert_eq!((task.retry_count, task.available_at), (1, available));
        let message = task.error_message.unwrap();
        assert!(message.contains("lease of 'a'") && message.ends_with(moment));
    }

    test.advance_seconds(5);
    for task in test.claim(&AgentId::new("a").unwrap(), 2) {
        test.start(&task.id, &token_of(&task));
    }
    test.advance_seconds(61);
    let rescue = test.rescue();
    assert_eq!(
        (rescue.failed, rescue.requeued),
        (vec![running], vec![assigned])
    );
    assert_eq!(test.repository().failed_tasks, 1);
}

#[test]
fn a_task_that_kills_each_worker_before_it_is_started_fails() {
    let test = TestStore::new();
    let agent = test.agent("a", 1);
    let id = test.task("too large for any worker");
    let mut handed_out = 0;
    while test.get_task(&id).status != TaskStatus::Failed {
        handed_out += test.claim(&agent, 1).len();
        assert!(handed_out <= 4, "handed out again and again");
        test.advance_seconds(61);
        test.rescue();
    }
    assert_eq!((handed_out, test.get_task(&id).retry_count), (4, 3));
    assert_eq!(test.repository().failed_tasks, 1);
    assert_eq!(test.get_agent(&agent).status, AgentStatus::Idle);
}

#[test]
fn tasks_that_failed_together_come_back_one_after_another_and_never_early() {
    let test = TestStore::with(|config| {
        config.queue.backoff = Duration::from_secs(60);
        config.queue.jitter_percent = 10;
    });
    (0..50).for_each(|_| drop(test.task("ls")));
    let claim = Claim::repository(REPOSITORY, "w").up_to(50);
    let mut waits: Vec<TimeSpan> = test
        .try_write(|uow| tasks::claim(uow, &claim))
        .unwrap()
        .iter()
        .map(|task| {
            test.start(&task.id, &token_of(task));
            test.fail(&task.id, &token_of(task)).available_at - test.clock.now()
        })
        .collect();
    waits.sort();
    let [first, last] = [waits[0], waits[49]].map(|wait| wait.total_millis());
    assert!(first >= 60_000.0 && last <= 66_000.0, "{first} to {last}");
    assert!(last - first > 3_000.0, "{first} to {last}");
    waits.dedup();
    assert!(waits.len() > 45);
}

#[test]
fn a_failed_task_is_retried_with_all_its_retries_and_is_no_failure_any_more() {
    let test = TestStore::new();
    let (id, token) = test.running(|new| new.max_retries = Some(0));
    test.advance_seconds(3);
    test.fail(&id, &token);
    assert_eq!(test.repository().failed_tasks, 1);
    let task = test.try_write(|uow| tasks::retry(uow, &id)).unwrap();
    assert_eq!((task.status, task.retry_count), (TaskStatus::Pending, 0));
    assert_eq!((task.error_message, task.completed_at), (None, None));
    let repository = test.repository();
    assert_eq!(
        (repository.failed_tasks, repository.average_task_duration),
        (0, 0.0)
    );
    let agent = test.get_agent(&AgentId::new("a").unwrap());
    assert_eq!(agent.total_tasks_failed, 1, "the agent's run is history");
}

/// An import takes over what the predecessor had counted, which need not agree with the tasks.
#[test]
fn a_failure_that_was_never_counted_can_be_retried() {
    use diesel::connection::SimpleConnection as _;
    let test = TestStore::new();
    let (id, token) = test.running(|new| new.max_retries = Some(0));
    test.advance_seconds(3);
    test.fail(&id, &token);
    let forget = "UPDATE Repositories SET FailedTasks = 0, TotalExecutionTime = '00:00:00'";
    test.try_write(|uow| Ok(uow.connection().batch_execute(forget)?))
        .unwrap();
    let task = test.try_write(|uow| tasks::retry(uow, &id)).unwrap();
    assert_eq!(task.status, TaskStatus::Pending);
    let repository = test.repository();
    assert_eq!(
        (repository.failed_tasks, repository.total_execution_time),
        (0, TimeSpan::ZERO)
    );
}

// What is never allowed

#[test]
fn every_other_step_is_refused_with_both_states() {
    use TaskStatus::{Assigned, Cancelled, Completed, Failed, InProgress, Pending};
    let test = TestStore::new();
    let in_state = |status: TaskStatus| -> (TaskId, Option<LeaseToken>) {
        if status == Pending {
            return (test.task("ls"), None);
        }
        if status == Assigned {
            let id = test.pinned_to(&test.agent("b", 10));
            let claimed = test.claim(&AgentId::new("b").unwrap(), 10);
            let task = claimed.iter().find(|task| task.id == id).unwrap();
            return (id, Some(token_of(task)));
        }
        let (id, token) = test.running(|new| new.max_retries = Some(0));
        match status {
            Completed => drop(test.complete(&id, &token)),
            Failed => drop(test.fail(&id, &token)),
            Cancelled => {
                test.try_write(|uow| tasks::acknowledge_cancel(uow, &id, &token))
                    .unwrap();
            }
            _ => return (id, Some(token)),
        }
        (id, None)
    };
    type Step = fn(&mut UnitOfWork<'_>, &TaskId, Option<&LeaseToken>) -> Result<Task>;
    let steps: [(Step, TaskStatus, &[TaskStatus]); 7] = [
        (
            tasks::start,
            InProgress,
            &[InProgress, Completed, Failed, Cancelled],
        ),
        (
            |uow, id, token| tasks::complete(uow, id, token, None),
            Completed,
            &[Pending, Assigned, Completed, Failed, Cancelled],
        ),
        (
            |uow, id, token| tasks::fail(uow, id, token, &Failure::new("x")),
            Failed,
            &[Pending, Assigned, Completed, Failed, Cancelled],
        ),
        (
            tasks::release,
            Pending,
            &[Pending, Completed, Failed, Cancelled],
        ),
        (
            |uow, id, _| tasks::cancel(uow, id, None),
            Cancelled,
            &[Completed, Failed, Cancelled],
        ),
        (
            |uow, id, _| tasks::retry(uow, id),
            Pending,
            &[Pending, Assigned, InProgress, Completed],
        ),
        (
            |uow, id, token| tasks::update_progress(uow, id, token, &TaskProgress::at(1)),
            InProgress,
            &[Pending, Assigned, Completed, Failed, Cancelled],
        ),
    ];
    for (number, (step, to, from)) in steps.into_iter().enumerate() {
        for &from in from {
            let (id, token) = in_state(from);
            let before = test.get_task(&id);
            let outcome = test.try_write(|uow| step(uow, &id, token.as_ref()));
            let error = assert_fails(outcome, ErrorCode::InvalidTransition);
            let states = (
                error.details().from.as_deref(),
                error.details().to.as_deref(),
            );
            assert_eq!(
                states,
                (Some(from.name()), Some(to.name())),
                "step {number}"
            );
            assert_eq!(test.get_task(&id), before);
        }
    }
}

#[test]
fn an_unknown_task_is_not_found() {
    let test = TestStore::new();
    let (ghost, token) = (TaskId::new("ghost").unwrap(), LeaseToken::new("t").unwrap());
    let (id, some) = (&ghost, Some(&token));
    for outcome in [
        test.store.read(|reader| tasks::get(reader, id)),
        test.try_write(|uow| tasks::start(uow, id, some)),
        test.try_write(|uow| tasks::complete(uow, id, some, None)),
        test.try_write(|uow| tasks::fail(uow, id, some, &Failure::new("x"))),
        test.try_write(|uow| tasks::update_progress(uow, id, some, &TaskProgress::at(1))),
        test.try_write(|uow| tasks::cancel(uow, id, None)),
        test.try_write(|uow| tasks::acknowledge_cancel(uow, id, &token)),
        test.try_write(|uow| tasks::release(uow, id, some)),
        test.try_write(|uow| tasks::retry(uow, id)),
    ] {
        let error = assert_fails(outcome, ErrorCode::NotFound);
        assert_eq!(error.details().id.as_deref(), Some("ghost"));
    }
    let beat = test.try_write(|uow| tasks::heartbeat(uow, id, &token, None));
    assert_fails(beat, ErrorCode::NotFound);
}

#[test]
fn texts_with_nul_are_refused_wherever_they_are_given() {
    let test = TestStore::new();
    let (id, token) = test.running(|_| {});
    let some = Some(&token);
    let message = TaskProgress {
        message: Some("a\0".to_owned()),
        ..TaskProgress::at(1)
    };
    let failure = Failure::new("a\0");
    for (column, outcome) in [
        (
            "Result",
            test.try_write(|uow| tasks::complete(uow, &id, some, Some("a\0"))),
        ),
        (
            "ErrorMessage",
            test.try_write(|uow| tasks::fail(uow, &id, some, &failure)),
        ),
        (
            "ErrorMessage",
            test.try_write(|uow| tasks::cancel(uow, &id, Some("a\0"))),
        ),
        (
            "ProgressMessage",
            test.try_write(|uow| tasks::update_progress(uow, &id, some, &message)),
        ),
    ] {
        assert_refused_column(outcome, column);
    }
    let name = Claim::repository(REPOSITORY, "a\0");
    assert_refused_column(test.try_write(|uow| tasks::claim(uow, &name)), "LeaseOwner");
}

#[test]
fn a_clock_that_is_set_back_breaks_no_task() {
    let test = TestStore::new();
    let back = || {
        test.clock
            .set(test.clock.now() - TimeSpan::from_ticks(TimeSpan::TICKS_PER_HOUR))
    };
    let agent = test.agent("a", 10);
    let pending = test.task("ls");
    back();
    test.cancel(&pending);
    let now = test.clock.now();
    let id = test
        .try_enqueue(|new| new.max_retries = Some(0))
        .unwrap()
        .id;
    let token = token_of(&test.claim(&agent, 1)[0]);
    back();
    let started = test.start(&id, &token);
    assert_eq!(started.started_at, Some(now), "not before it was made");
    back();
    test.try_write(|uow| tasks::update_progress(uow, &id, Some(&token), &TaskProgress::at(1)))
        .unwrap();
    test.try_write(|uow| tasks::heartbeat(uow, &id, &token, None))
        .unwrap();
    back();
    let failed = test.fail(&id, &token);
    assert_eq!(failed.execution_duration, Some(TimeSpan::ZERO));
    back();
    test.try_write(|uow| tasks::retry(uow, &id)).unwrap();
    let token = token_of(&test.claim(&agent, 1)[0]);
    test.start(&id, &token);
    assert_eq!(
        test.complete(&id, &token).execution_duration,
        Some(TimeSpan::ZERO)
    );
}

#[test]
fn tasks_are_listed_newest_first_and_counted_in_every_state() {
    let test = TestStore::new();
    let first = test.task("one");
    test.advance_seconds(1);
    let second = test
        .try_enqueue(|new| new.correlation_id = Some("c".to_owned()))
        .unwrap()
        .id;
    test.cancel(&first);
    let list = |filter: tasks::TaskFilter, limit| {
        ids(&test
            .store
            .read(|reader| tasks::list(reader, &filter, limit))
            .unwrap())
    };
    let all = tasks::TaskFilter::default;
    assert_eq!(list(all(), 10), [second.clone(), first.clone()]);
    assert_eq!(list(all(), 1), list(all(), 10)[..1]);
    let cancelled = tasks::TaskFilter {
        status: Some(TaskStatus::Cancelled),
        ..all()
    };
    assert_eq!(list(cancelled, 10), [first]);
    let correlated = tasks::TaskFilter {
        correlation_id: Some("c".to_owned()),
        ..all()
    };
    assert_eq!(list(correlated, 10), [second]);
    let there = tasks::TaskFilter {
        repository_path: Some(format!("{REPOSITORY}/")),
        ..all()
    };
    assert_eq!(list(there, 10).len(), 2);
    let counts = test.store.read(tasks::count_by_status).unwrap();
    assert_eq!(counts.len(), TaskStatus::ALL.len());
    assert!(counts.contains(&(TaskStatus::Pending, 1)));
    assert!(counts.contains(&(TaskStatus::Completed, 0)));
}
