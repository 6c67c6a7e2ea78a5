//! Why a task isn't running: each reason once.

use orchestra_store::UserContext;
use orchestra_store::models::{AgentId, TaskId};
use orchestra_store::services::agents;
use orchestra_store::services::tasks::{self, Failure, NewTask, QueueScope, Reason, TaskFilter};
use orchestra_store::services::workflows::{self, NewDefinition};
use orchestra_store::types::{AgentStatus, TaskStatus};
use orchestra_store::{Clock as _, ErrorCode};
use serde_json::json;

use crate::support::{REPOSITORY, TestStore, token_of};

impl TestStore {
    fn why(&self, id: &TaskId) -> Vec<Reason> {
        let explained = self
            .store
            .read(|reader| tasks::explain(reader, id))
            .unwrap();
        assert_eq!(explained.status, self.get_task(id).status);
        explained.reasons
    }

    fn task_with(&self, change: impl FnOnce(&mut NewTask)) -> TaskId {
        let mut new = NewTask::new("ls", REPOSITORY);
        change(&mut new);
        self.enqueue(&new).id
    }

    /// Claims and starts the one task that there is.
    fn start_next(&self, agent: &AgentId) -> tasks::LeaseToken {
        let task = self.claim(agent, 1).remove(0);
        let token = token_of(&task);
        self.store
            .write(|uow| tasks::start(uow, &task.id, Some(&token)))
            .unwrap();
        token
    }
}

#[test]
fn it_can_be_claimed_now_and_by_whom() {
    let test = TestStore::new();
    let (busy, idle) = (test.agent("a", 2), test.agent("b", 2));
    test.task("first");
    test.claim(&busy, 1);
    let id = test.task("second");
    let agents = vec![busy, idle];
    assert_eq!(test.why(&id), [Reason::Claimable { agents }]);
}

#[test]
fn it_waits_for_a_task() {
    let test = TestStore::new();
    test.agent("a", 1);
    let parent = test.task("first");
    let id = test.task_with(|new| new.depends_on.push(parent.clone().into()));
    let status = TaskStatus::Pending;
    let task_id = parent;
    assert_eq!(test.why(&id), [Reason::WaitsFor { task_id, status }]);
}

#[test]
fn it_is_blocked_by_a_task_that_failed_until_that_is_retried() {
    let test = TestStore::new();
    let agent = test.agent("a", 1);
    let parent = test.task("first");
    let id = test.task_with(|new| new.depends_on.push(parent.clone().into()));
    let token = test.start_next(&agent);
    let failure = Failure {
        message: "no".to_owned(),
        permanent: true,
    };
    let failed = test
        .store
        .write(|uow| tasks::fail(uow, &parent, Some(&token), &failure));
    failed.unwrap();
    let blocked = Reason::BlockedBy {
        task_id: parent.clone(),
        status: TaskStatus::Failed,
    };
    assert_eq!(test.why(&id), [blocked]);
    test.store.write(|uow| tasks::retry(uow, &parent)).unwrap();
    assert!(matches!(test.why(&id)[..], [Reason::WaitsFor { .. }]));
}

#[test]
fn it_is_for_later() {
    let test = TestStore::new();
    test.agent("a", 1);
    let available_at = test.clock.now() + std::time::Duration::from_secs(60);
    let id = test.task_with(|new| new.available_at = Some(available_at));
    assert_eq!(test.why(&id), [Reason::ScheduledUntil { available_at }]);
    test.advance_seconds(60);
    assert!(matches!(test.why(&id)[..], [Reason::Claimable { .. }]));
}

#[test]
fn its_queue_and_its_repository_are_paused() {
    let test = TestStore::new();
    test.agent("a", 1);
    let id = test.task_with(|new| new.queue_name = Some("slow".to_owned()));
    let since = test.clock.now();
    let ada = test.store.context(UserContext::user("ada"));
    ada.write(|uow| {
        tasks::pause(uow, &QueueScope::queue("slow"), Some("a release"))?;
        tasks::pause(uow, &QueueScope::repository(REPOSITORY), None)?;
        tasks::pause(uow, &QueueScope::queue("other"), None)
    })
    .unwrap();
    let paused = |queue: Option<&str>, path: Option<&str>, because: Option<&str>| Reason::Paused {
        queue_name: queue.map(str::to_owned),
        repository_path: path.map(str::to_owned),
        by: "ada".to_owned(),
        since,
        because: because.map(str::to_owned),
    };
    let why = test.why(&id);
    assert_eq!(why.len(), 2);
    assert!(why.contains(&paused(Some("slow"), None, Some("a release"))));
    assert!(why.contains(&paused(None, Some(REPOSITORY), None)));
}

#[test]
fn its_agent_was_removed() {
    let test = TestStore::new();
    let agent_id = test.agent("a", 1);
    test.agent("b", 1);
    let id = test.task_with(|new| new.agent_id = Some(agent_id.clone()));
    test.store
        .write(|uow| agents::remove(uow, &agent_id))
        .unwrap();
    assert_eq!(test.why(&id), [Reason::AgentRemoved { agent_id }]);
}

#[test]
fn its_agent_is_away() {
    let test = TestStore::new();
    let agent_id = test.agent("a", 1);
    test.agent("b", 1);
    let last_ping = test.clock.now();
    let id = test.task_with(|new| new.agent_id = Some(agent_id.clone()));
    let away = |status| Reason::AgentAway {
        agent_id: agent_id.clone(),
        status,
        last_ping,
    };
    // It said so.
    let sign_off = test
        .store
        .write(|uow| agents::set_status(uow, &agent_id, AgentStatus::Offline, None));
    sign_off.unwrap();
    assert_eq!(test.why(&id), [away(AgentStatus::Offline)]);
    // It says nothing any more.
    let idle = test
        .store
        .write(|uow| agents::set_status(uow, &agent_id, AgentStatus::Idle, None));
    idle.unwrap();
    assert!(matches!(test.why(&id)[..], [Reason::Claimable { .. }]));
    test.advance_seconds(5 * 60 + 1);
    assert_eq!(test.why(&id), [away(AgentStatus::Idle)]);
}

#[test]
fn its_agent_is_full() {
    let test = TestStore::new();
    let agent_id = test.agent("a", 1);
    test.task("first");
    test.claim(&agent_id, 1);
    let id = test.task_with(|new| new.agent_id = Some(agent_id.clone()));
    let tasks = 1;
    assert_eq!(test.why(&id), [Reason::AgentFull { agent_id, tasks }]);
}

#[test]
fn nobody_serves_its_queue() {
    let test = TestStore::new();
    test.agent("a", 1);
    let id = test.task_with(|new| {
        new.repository_path = "/srv/git/lonely".to_owned();
        new.queue_name = Some("slow".to_owned());
    });
    let nobody = Reason::NobodyServes {
        repository_path: "/srv/git/lonely".to_owned(),
        queue_name: Some("slow".to_owned()),
    };
    assert_eq!(test.why(&id), [nobody]);
}

#[test]
fn no_agent_has_room() {
    let test = TestStore::new();
    let full = test.agent("a", 1);
    let away = test.agent("b", 1);
    test.task("first");
    test.claim(&full, 1);
    test.store
        .write(|uow| agents::set_status(uow, &away, AgentStatus::Error, None))
        .unwrap();
    let id = test.task("second");
    let no_room = Reason::NoCapacity {
        repository_path: REPOSITORY.to_owned(),
        agents: vec![full, away],
    };
    assert_eq!(test.why(&id), [no_room]);
}

#[test]
fn a_worker_has_it() {
    let test = TestStore::new();
    let agent = test.agent("a", 1);
    let id = test.task("first");
    test.claim(&agent, 1);
    let until = test.get_task(&id).lease_expires_at.unwrap();
    let owner = "a".to_owned();
    assert_eq!(test.why(&id), [Reason::LeasedBy { owner, until }]);
}

#[test]
fn its_worker_was_asked_to_stop() {
    let test = TestStore::new();
    let agent = test.agent("a", 1);
    let id = test.task("first");
    test.claim(&agent, 1);
    let cancelled = test.store.write(|uow| tasks::cancel(uow, &id, None));
    let since = cancelled.unwrap().cancel_requested_at.unwrap();
    assert_eq!(since, test.clock.now());
    let why = test.why(&id);
    assert_eq!(
        (why.len(), why.last()),
        (2, Some(&Reason::CancelRequested { since }))
    );
}

#[test]
fn its_workflow_is_paused() {
    let test = TestStore::new();
    test.agent("a", 1);
    let stages = json!({"stages": [{"name": "a", "tasks": [{"command": "ls"}]}]});
    let new = NewDefinition::new("Flow", stages);
    let start = workflows::Start {
        repository_path: REPOSITORY.to_owned(),
        ..workflows::Start::default()
    };
    let paused = test.store.write(|uow| {
        let definition = workflows::publish(uow, &new)?;
        let execution = workflows::start(uow, &definition.id, &start)?;
        workflows::pause(uow, &execution.id)?;
        let task = tasks::list(uow, &TaskFilter::default(), 1)?.remove(0);
        Ok((task.id, execution.id))
    });
    let (id, execution) = paused.unwrap();
    let workflow_execution_id = Some(execution);
    assert_eq!(
        test.why(&id),
        [Reason::WorkflowPaused {
            workflow_execution_id
        }]
    );
}

#[test]
fn its_lease_ended_and_it_awaits_its_rescue() {
    let test = TestStore::new();
    let agent = test.agent("a", 1);
    let id = test.task("first");
    test.claim(&agent, 1);
    let since = test.get_task(&id).lease_expires_at.unwrap();
    test.advance_seconds(61);
    let owner = "a".to_owned();
    assert_eq!(test.why(&id), [Reason::LeaseExpired { owner, since }]);
}

#[test]
fn it_runs_without_a_lease() {
    let test = TestStore::new();
    let id = test.task("first");
    test.store
        .write(|uow| tasks::start(uow, &id, None))
        .unwrap();
    assert_eq!(test.why(&id), [Reason::Unleased]);
}

#[test]
fn it_has_ended() {
    let test = TestStore::new();
    let id = test.task("first");
    test.store
        .write(|uow| tasks::cancel(uow, &id, Some("not needed")))
        .unwrap();
    let ended = Reason::Ended {
        at: Some(test.clock.now()),
        error_message: Some("not needed".to_owned()),
    };
    assert_eq!(test.why(&id), [ended]);
}

#[test]
fn all_reasons_that_hold_are_told() {
    let test = TestStore::new();
    let parent = test.task("first");
    let later = test.clock.now() + std::time::Duration::from_secs(60);
    let id = test.task_with(|new| {
        new.depends_on.push(parent.into());
        new.available_at = Some(later);
    });
    let reasons = test.why(&id);
    assert!(matches!(
        reasons[..],
        [
            Reason::WaitsFor { .. },
            Reason::ScheduledUntil { .. },
            Reason::NobodyServes { .. }
        ]
    ));
    let json = serde_json::to_value(&reasons[1]).unwrap();
    assert_eq!(json["Reason"], "ScheduledUntil");
    assert_eq!(json["AvailableAt"], "2026-01-01T00:01:00.0000000Z");
    let unknown = TaskId::new("ghost").unwrap();
    let error = test.store.read(|r| tasks::explain(r, &unknown));
    assert_eq!(error.unwrap_err().code(), ErrorCode::NotFound);
}
