//! The rules of agents, one by one.

use std::time::Duration;

use orchestra_store::models::{Agent, AgentId, TaskId};
use orchestra_store::services::agents::{self, AgentLoad, NewAgent};
use orchestra_store::services::{code_repositories, tasks};
use orchestra_store::types::{AgentStatus, Json, TaskStatus, TimeSpan};
use orchestra_store::{Clock as _, ErrorCode, Result};

use crate::support::{REPOSITORY, TestStore, token_of};

fn register(test: &TestStore, new: &NewAgent) -> Result<Agent> {
    test.store.write(|uow| agents::register(uow, new))
}

fn new(id: &str) -> NewAgent {
    let mut new = NewAgent::new(id, "claude-code", REPOSITORY);
    new.id = Some(AgentId::new(id).unwrap());
    new
}

fn set_status(test: &TestStore, id: &AgentId, status: AgentStatus) {
    let set = test
        .store
        .write(|uow| agents::set_status(uow, id, status, None));
    set.unwrap();
}

fn available(test: &TestStore, path: Option<&str>) -> Vec<String> {
    let found = test
        .store
        .read(|reader| agents::find_available(reader, path));
    found
        .unwrap()
        .into_iter()
        .map(|agent| agent.id.to_string())
        .collect()
}

fn load_of(test: &TestStore, id: &AgentId) -> AgentLoad {
    let loads = test.store.read(agents::load_distribution).unwrap();
    loads.into_iter().find(|load| load.agent_id == *id).unwrap()
}

fn run_one(test: &TestStore, agent: &AgentId) {
    test.task("ls");
    let task = &test.claim(agent, 1)[0];
    let token = token_of(task);
    test.store
        .write(|uow| tasks::start(uow, &task.id, Some(&token)))
        .unwrap();
    test.advance_seconds(1);
    test.store
        .write(|uow| tasks::complete(uow, &task.id, Some(&token), None))
        .unwrap();
}

#[test]
fn registering_links_the_repository_and_makes_an_agent_idle() {
    let test = TestStore::new();
    let mut given = new("a");
    given.repository_path = format!("{REPOSITORY}/");
    given.configuration_json = Some(Json(serde_json::json!({"capabilities": ["rust"]})));
    let agent = register(&test, &given).unwrap();
    assert_eq!(agent, test.get_agent(&agent.id));
    assert_eq!(
        (agent.status, agent.last_ping),
        (AgentStatus::Idle, test.clock.now())
    );
    let repository = test
        .store
        .read(|reader| code_repositories::get_by_path(reader, REPOSITORY))
        .unwrap()
        .unwrap();
    assert_eq!(agent.repository_id, Some(repository.id));

    given.id = None;
    let other = register(&test, &given).unwrap();
    assert_ne!(other.id, agent.id, "without an id it is a new one");
    given.repository_path = code_repositories::ANY_PATH.to_owned();
    assert_eq!(register(&test, &given).unwrap().repository_id, None);
}

#[test]
fn registering_again_takes_over_what_changed_and_keeps_the_statistics() {
    let test = TestStore::new();
    let id = register(&test, &new("a")).unwrap().id;
    run_one(&test, &id);
    set_status(&test, &id, AgentStatus::Error);
    let before = test.get_agent(&id);
    test.advance_seconds(10);

    let mut changed = new("a");
    changed.name = "renamed".to_owned();
    changed.max_concurrent_tasks = 5;
    let agent = register(&test, &changed).unwrap();
    assert_eq!(agent, test.get_agent(&id));
    assert_eq!(
        (agent.name.as_str(), agent.max_concurrent_tasks),
        ("renamed", 5)
    );
    assert_eq!(
        (agent.status, agent.last_ping),
        (AgentStatus::Idle, test.clock.now())
    );
    assert_eq!(
        (agent.total_tasks_completed, agent.created_at),
        (1, before.created_at)
    );
    assert_eq!(agent.row_version, before.row_version + 1);
}

#[test]
fn an_agent_that_was_removed_is_gone_until_it_registers_again() {
    let test = TestStore::new();
    let id = register(&test, &new("a")).unwrap().id;
    run_one(&test, &id);
    test.store.write(|uow| agents::remove(uow, &id)).unwrap();
    assert_eq!(test.store.read(agents::list).unwrap(), []);
    let found = test.store.read(|reader| agents::get(reader, &id));
    assert_eq!(found.unwrap_err().code(), ErrorCode::NotFound);
    let beat = test.store.write(|uow| agents::heartbeat(uow, &id));
    assert_eq!(beat.unwrap_err().code(), ErrorCode::NotFound);
    let again = test.store.write(|uow| agents::remove(uow, &id));
    assert_eq!(again.unwrap_err().code(), ErrorCode::NotFound);
    assert!(available(&test, None).is_empty());

    let back = register(&test, &new("a")).unwrap();
    assert_eq!((back.total_tasks_completed, back.deleted_at), (1, None));
}

#[test]
fn an_agent_that_holds_tasks_is_not_removed_and_is_busy_when_it_registers_again() {
    let test = TestStore::new();
    let id = test.agent("a", 1);
    test.task("ls");
    let task = &test.claim(&id, 1)[0];
    let error = test
        .store
        .write(|uow| agents::remove(uow, &id))
        .unwrap_err();
    assert_eq!(error.code(), ErrorCode::Conflict);
    assert!(
        error
            .message()
            .contains("'a' must hold no tasks to be removed, got 1"),
        "{error}"
    );
    assert_eq!(
        register(&test, &new("a")).unwrap().status,
        AgentStatus::Busy
    );

    let token = token_of(task);
    test.store
        .write(|uow| tasks::release(uow, &task.id, Some(&token)))
        .unwrap();
    test.store.write(|uow| agents::remove(uow, &id)).unwrap();
}

#[test]
fn a_status_and_a_heartbeat_are_signs_of_life() {
    let test = TestStore::new();
    let id = test.agent("a", 1);
    test.advance_seconds(10);
    set_status(&test, &id, AgentStatus::Offline);
    let agent = test.get_agent(&id);
    assert_eq!(
        (agent.status, agent.last_ping),
        (AgentStatus::Offline, test.clock.now())
    );
    test.advance_seconds(10);
    test.store.write(|uow| agents::heartbeat(uow, &id)).unwrap();
    let agent = test.get_agent(&id);
    assert_eq!(
        (agent.status, agent.last_ping),
        (AgentStatus::Idle, test.clock.now())
    );

    set_status(&test, &id, AgentStatus::Error);
    test.store.write(|uow| agents::heartbeat(uow, &id)).unwrap();
    assert_eq!(
        test.get_agent(&id).status,
        AgentStatus::Error,
        "an error stays until it is cleared"
    );
}

#[test]
fn what_does_not_fit_a_column_is_refused_by_its_name() {
    let test = TestStore::new();
    type Change = fn(&mut NewAgent);
    let cases: [(&str, Change); 9] = [
        ("Name", |new| new.name = String::new()),
        ("Name", |new| new.name = "x".repeat(256)),
        ("Type", |new| new.type_ = "a\0".to_owned()),
        ("RepositoryPath", |new| new.repository_path = String::new()),
        ("MaxConcurrentTasks", |new| new.max_concurrent_tasks = 0),
        ("MaxConcurrentTasks", |new| new.max_concurrent_tasks = 11),
        ("HealthCheckInterval", |new| {
            new.health_check_interval = TimeSpan::ZERO
        }),
        ("SessionId", |new| new.session_id = Some(String::new())),
        ("SessionId", |new| new.session_id = Some("x".repeat(129))),
    ];
    for (column, change) in cases {
        let mut given = new("a");
        change(&mut given);
        let error = register(&test, &given).unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvalidArgument, "{error}");
        assert_eq!(error.details().column.as_deref(), Some(column), "{error}");
    }
    assert_eq!(test.store.read(agents::list).unwrap(), []);
}

#[test]
fn available_is_who_is_at_work_in_the_repository() {
    let test = TestStore::new();
    test.agent("here", 1);
    let register_at = |id, path: &str| {
        let mut given = new(id);
        given.repository_path = path.to_owned();
        register(&test, &given).unwrap();
    };
    register_at("there", "/srv/git/other");
    register_at("anywhere", "*");
    for (id, status) in [
        ("offline", AgentStatus::Offline),
        ("error", AgentStatus::Error),
        ("unknown", AgentStatus::Unknown),
    ] {
        set_status(&test, &test.agent(id, 1), status);
    }
    set_status(&test, &test.agent("busy", 1), AgentStatus::Busy);
    assert_eq!(
        available(&test, Some(&format!("{REPOSITORY}/"))),
        ["anywhere", "busy", "here"]
    );
    assert_eq!(
        available(&test, None),
        ["anywhere", "busy", "here", "there"]
    );
}

#[test]
fn available_is_who_gave_a_sign_of_life_within_five_intervals() {
    let test = TestStore::new();
    let mut given = new("a");
    given.health_check_interval = Duration::from_secs(10).into();
    let id = register(&test, &given).unwrap().id;
    test.advance_seconds(50);
    assert_eq!(available(&test, None), ["a"]);
    test.clock.advance(Duration::from_micros(1));
    assert!(available(&test, None).is_empty());
    test.store.write(|uow| agents::heartbeat(uow, &id)).unwrap();
    assert_eq!(available(&test, None), ["a"]);

    given.health_check_interval = TimeSpan::from_ticks(i64::MAX);
    register(&test, &given).unwrap();
    test.advance_seconds(1_000_000_000);
    assert_eq!(available(&test, None), ["a"]);
}

#[test]
fn available_is_who_has_room_and_completed_the_fewest_tasks_comes_first() {
    let test = TestStore::new();
    let (full, half, free) = (
        test.agent("full", 1),
        test.agent("half", 2),
        test.agent("free", 1),
    );
    for agent in [&full, &half] {
        test.task("ls");
        assert_eq!(test.claim(agent, 1).len(), 1);
    }
    assert_eq!(available(&test, None), ["free", "half"]);
    test.agent("also free", 1);
    assert_eq!(available(&test, None), ["also free", "free", "half"]);
    run_one(&test, &free);
    assert_eq!(available(&test, None), ["also free", "half", "free"]);
}

#[test]
fn load_is_the_part_of_the_capacity_that_is_in_use() {
    let test = TestStore::new();
    let id = test.agent("a", 4);
    assert_eq!(load_of(&test, &id).load, 0.0);
    for _ in 0..3 {
        test.task("ls");
    }
    test.claim(&id, 3);
    let load = load_of(&test, &id);
    assert_eq!(
        (load.current_tasks, load.max_concurrent_tasks, load.load),
        (3, 4, 0.75)
    );
    // An agent may come back with less room than it has in use.
    test.agent("a", 2);
    let load = load_of(&test, &id);
    assert_eq!(
        (load.current_tasks, load.max_concurrent_tasks, load.load),
        (3, 2, 1.0)
    );
    assert!(available(&test, None).is_empty());
}

#[test]
fn tasks_that_were_started_without_a_claim_count_for_their_agent() {
    let test = TestStore::new();
    let (id, other) = (test.agent("a", 4), test.agent("b", 4));
    let status = || {
        (
            test.get_agent(&id).status,
            load_of(&test, &id).current_tasks,
        )
    };
    let started: Vec<TaskId> = (0..4)
        .map(|_| {
            let mut new = tasks::NewTask::new("ls", REPOSITORY);
            new.agent_id = Some(id.clone());
            let task = test.enqueue(&new);
            test.store
                .write(|uow| tasks::start(uow, &task.id, None))
                .unwrap()
                .id
        })
        .collect();
    test.task("for anybody");
    assert_eq!(status(), (AgentStatus::Busy, 4));
    assert_eq!(
        test.get_agent(&id).current_task.as_deref(),
        Some(started[0].as_str())
    );
    assert!(test.claim(&id, 1).is_empty(), "no room");
    assert_eq!(available(&test, None), ["b"]);
    let refused = test.store.write(|uow| agents::remove(uow, &id));
    assert_eq!(refused.unwrap_err().code(), ErrorCode::Conflict);

    let (last, rest) = started.split_last().unwrap();
    for task in rest {
        test.store
            .write(|uow| tasks::complete(uow, task, None, None))
            .unwrap();
    }
    assert_eq!(status(), (AgentStatus::Busy, 1));
    assert_eq!(
        test.store
            .write(|uow| tasks::reassign(uow, last, Some(&other)))
            .unwrap()
            .status,
        TaskStatus::Pending
    );
    assert_eq!(status(), (AgentStatus::Idle, 0));
    assert_eq!(
        test.get_agent(&other).status,
        AgentStatus::Idle,
        "it took nothing yet"
    );
    assert_eq!(test.claim(&id, 1).len(), 1);
}

#[test]
fn an_unknown_agent_is_not_found() {
    let test = TestStore::new();
    let ghost = AgentId::new("ghost").unwrap();
    for error in [
        test.store
            .read(|reader| agents::get(reader, &ghost))
            .unwrap_err(),
        test.store
            .write(|uow| agents::heartbeat(uow, &ghost))
            .unwrap_err(),
        test.store
            .write(|uow| agents::remove(uow, &ghost))
            .unwrap_err(),
        test.store
            .write(|uow| agents::set_status(uow, &ghost, AgentStatus::Idle, None))
            .unwrap_err(),
    ] {
        assert_eq!(error.code(), ErrorCode::NotFound);
        assert_eq!(error.details().id.as_deref(), Some("ghost"));
    }
}
