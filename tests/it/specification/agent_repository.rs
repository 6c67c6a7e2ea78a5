//! The operations of the specification's `IAgentRepository`, each under its name, and what its implementation does.

use std::time::Duration;

use orchestra_store::models::{Agent, AgentId, PerformanceMetric};
use orchestra_store::query::Specification;
use orchestra_store::services::agents::{
    self, AgentLoad, AgentPerformanceMetrics, NewAgent, SelectionCriteria,
};
use orchestra_store::services::data;
use orchestra_store::services::metrics::{self, Sample};
use orchestra_store::services::tasks::{self, Failure, NewTask};
use orchestra_store::types::{AgentStatus, SelectionStrategy, TaskStatus, TimeSpan};
use orchestra_store::{Clock as _, ErrorCode};
use serde_json::json;

use super::rows::{get, query};
use crate::cache::statements_of;
use crate::support::{REPOSITORY, TestStore, token_of};
use crate::vm_steps;

const DAY: TimeSpan = TimeSpan::from_ticks(TimeSpan::TICKS_PER_DAY);

fn id(id: &str) -> AgentId {
    AgentId::new(id).unwrap()
}

fn register(test: &TestStore, agent: &str, path: &str) -> AgentId {
    let mut new = NewAgent::new(agent, "claude-code", path);
    new.id = Some(id(agent));
    test.store
        .write(|uow| agents::register(uow, &new))
        .unwrap()
        .id
}

fn set_status(
    test: &TestStore,
    agent: &str,
    status: AgentStatus,
    current_task: Option<&str>,
) -> Agent {
    let set = test
        .store
        .write(|uow| agents::set_status(uow, &id(agent), status, current_task));
    set.unwrap()
}

fn available(test: &TestStore, path: Option<&str>) -> Vec<String> {
    let found = test
        .store
        .read(|r| agents::find_available(r, path))
        .unwrap();
    found
        .into_iter()
        .map(|agent| agent.id.to_string())
        .collect()
}

fn best(test: &TestStore, path: &str, criteria: &SelectionCriteria) -> Option<String> {
    let found = test
        .store
        .read(|r| agents::find_best(r, path, criteria))
        .unwrap();
    found.map(|agent| agent.id.to_string())
}

/// Lets an agent run a task for so many seconds.
fn run(test: &TestStore, agent: &AgentId, seconds: u64, succeeds: bool) {
    let new = NewTask {
        agent_id: Some(agent.clone()),
        max_retries: Some(0),
        ..NewTask::new("ls", REPOSITORY)
    };
    test.enqueue(&new);
    let task = test.claim(agent, 1).remove(0);
    let token = token_of(&task);
    let ended = test.store.write(|uow| {
        tasks::start(uow, &task.id, Some(&token))?;
        test.advance_seconds(seconds);
        if succeeds {
            tasks::complete(uow, &task.id, Some(&token), None)
        } else {
            tasks::fail(uow, &task.id, Some(&token), &Failure::new("no"))
        }
    });
    ended.unwrap();
}

fn statistics(test: &TestStore, agent: &str, period: Option<TimeSpan>) -> agents::AgentStatistics {
    test.store
        .read(|r| agents::statistics(r, &id(agent), period))
        .unwrap()
}

fn load_of(test: &TestStore, agent: &str) -> Option<AgentLoad> {
    let loads = test.store.read(agents::load_distribution).unwrap();
    loads
        .into_iter()
        .find(|load| load.agent_id.as_str() == agent)
}

// GetAvailableAgentsAsync.

#[test]
fn get_available_agents() {
    let test = TestStore::new();
    register(&test, "a", REPOSITORY);
    register(&test, "b", "/srv/git/other");
    assert_eq!(available(&test, None), ["a", "b"]);
}

#[test]
fn available_agents_are_idle() {
    let test = TestStore::new();
    for status in AgentStatus::ALL {
        register(&test, status.name(), REPOSITORY);
        set_status(&test, status.name(), *status, None);
    }
    let found = available(&test, None);
    for status in ["Offline", "Error", "Unknown"] {
        assert!(!found.contains(&status.to_owned()), "{found:?}");
    }
    for status in ["Idle", "Busy"] {
        assert!(found.contains(&status.to_owned()), "{found:?}");
    }
    test.advance_seconds(5 * 60 + 1);
    assert_eq!(available(&test, None), [""; 0], "nothing was heard of them");
}

#[test]
fn available_agents_are_not_deleted() {
    let test = TestStore::new();
    let a = register(&test, "a", REPOSITORY);
    register(&test, "b", REPOSITORY);
    test.store.write(|uow| agents::remove(uow, &a)).unwrap();
    assert_eq!(available(&test, None), ["b"]);
}

#[test]
fn available_agents_are_of_the_repository_or_of_any() {
    let test = TestStore::new();
    register(&test, "any", "*");
    register(&test, "here", REPOSITORY);
    register(&test, "there", "/srv/git/other");
    assert_eq!(available(&test, Some(REPOSITORY)), ["any", "here"]);
    assert_eq!(available(&test, None), ["any", "here", "there"]);
}

#[test]
fn available_agents_come_with_fewest_completed_tasks_first() {
    let test = TestStore::new();
    for (agent, completed) in [("a", 2), ("b", 0), ("c", 1)] {
        let agent = register(&test, agent, REPOSITORY);
        (0..completed).for_each(|_| run(&test, &agent, 1, true));
    }
    assert_eq!(available(&test, None), ["b", "c", "a"]);
}

#[test]
fn available_agents_come_then_by_success_rate() {
    let test = TestStore::new();
    for (agent, failed) in [("a", 3), ("b", 0), ("c", 1)] {
        let agent = register(&test, agent, REPOSITORY);
        run(&test, &agent, 1, true);
        (0..failed).for_each(|_| run(&test, &agent, 1, false));
    }
    assert_eq!(available(&test, None), ["b", "c", "a"]);
}

#[test]
fn agents_include_the_performance_metrics_of_the_last_24_hours() {
    let test = TestStore::new();
    register(&test, "a", REPOSITORY);
    for value in [1.0, 2.0] {
        let sample = Sample {
            entity_id: Some("a".to_owned()),
            ..Sample::new("Agent", "Load", value)
        };
        test.store
            .write(|uow| metrics::record(uow, &sample))
            .unwrap();
        test.clock.advance(Duration::from_secs(20 * 3600));
    }
    let newer = json!({"where": {"Timestamp": {"gte": test.clock.now() - DAY}}});
    let answer = query(
        &test.store,
        "Agents",
        &json!({"include": [{"PerformanceMetrics": newer}]}),
    );
    let found = answer["Items"][0]["PerformanceMetrics"].as_array().unwrap();
    let values: Vec<_> = found
        .iter()
        .map(|metric| metric["MetricValue"].as_f64().unwrap())
        .collect();
    assert_eq!(values, [2.0]);
}

// GetBestAvailableAgentAsync.

#[test]
fn get_best_available_agent() {
    let test = TestStore::new();
    register(&test, "a", REPOSITORY);
    register(&test, "b", "/srv/git/other");
    assert_eq!(
        best(&test, REPOSITORY, &SelectionCriteria::default()).as_deref(),
        Some("a")
    );
}

#[test]
fn best_available_agent_is_null_where_none_is_available() {
    let test = TestStore::new();
    register(&test, "a", "/srv/git/other");
    assert_eq!(best(&test, REPOSITORY, &SelectionCriteria::default()), None);
}

#[test]
fn best_available_agent_is_selected_by_a_strategy() {
    let test = TestStore::new();
    let (slow, fast) = (
        register(&test, "slow", REPOSITORY),
        register(&test, "fast", REPOSITORY),
    );
    run(&test, &slow, 9, true);
    run(&test, &fast, 1, true);
    run(&test, &fast, 1, false);
    let by = |strategy| best(&test, REPOSITORY, &SelectionCriteria::by(strategy)).unwrap();
    assert_eq!(by(SelectionStrategy::BestSuccessRate), "slow");
    assert_eq!(by(SelectionStrategy::Fastest), "fast");
}

#[test]
fn best_available_agent_meets_the_criteria() {
    let test = TestStore::new();
    register(&test, "a", REPOSITORY);
    let of_type = |type_: &str| SelectionCriteria {
        type_: Some(type_.to_owned()),
        ..SelectionCriteria::default()
    };
    assert_eq!(
        best(&test, REPOSITORY, &of_type("claude-code")).as_deref(),
        Some("a")
    );
    assert_eq!(best(&test, REPOSITORY, &of_type("aider")), None);
}

// GetAgentsByStatusAsync.

#[test]
fn get_agents_by_status() {
    let test = TestStore::new();
    for agent in ["a", "b", "c"] {
        register(&test, agent, REPOSITORY);
    }
    set_status(&test, "b", AgentStatus::Error, None);
    let of = |status| {
        let found = test
            .store
            .read(|r| agents::list_by_status(r, status))
            .unwrap();
        let ids: Vec<String> = found
            .into_iter()
            .map(|agent| agent.id.to_string())
            .collect();
        ids
    };
    assert_eq!(of(AgentStatus::Error), ["b"]);
    assert_eq!(of(AgentStatus::Idle), ["a", "c"]);
}

// GetAgentStatisticsAsync.

#[test]
fn get_agent_statistics() {
    let test = TestStore::new();
    let agent = register(&test, "a", REPOSITORY);
    run(&test, &agent, 2, true);
    run(&test, &agent, 4, false);
    test.advance_seconds(1);
    let told = statistics(&test, "a", None);
    assert_eq!((told.agent_name.as_str(), told.tasks.total), ("a", 2));
    assert_eq!(
        (told.tasks.success_rate, told.tasks.duration.max),
        (0.5, 4000)
    );
}

#[test]
fn agent_statistics_are_of_30_days_by_default() {
    let test = TestStore::new();
    let agent = register(&test, "a", REPOSITORY);
    run(&test, &agent, 1, true);
    test.clock.advance(Duration::from_secs(29 * 24 * 3600));
    assert_eq!(statistics(&test, "a", None).tasks.total, 1);
    test.clock.advance(Duration::from_secs(24 * 3600));
    assert_eq!(statistics(&test, "a", None).tasks.total, 0);
}

#[test]
fn agent_statistics_count_tasks_that_were_created_in_the_period() {
    let test = TestStore::new();
    let agent = register(&test, "a", REPOSITORY);
    run(&test, &agent, 1, true);
    test.clock.advance(Duration::from_secs(3 * 24 * 3600));
    run(&test, &agent, 1, true);
    test.advance_seconds(1);
    assert_eq!(statistics(&test, "a", Some(DAY)).tasks.total, 1);
}

#[test]
fn agent_statistics_of_an_unknown_agent_are_an_error() {
    let test = TestStore::new();
    let unknown = test
        .store
        .read(|r| agents::statistics(r, &id("ghost"), None));
    let error = unknown.unwrap_err();
    assert_eq!(error.code(), ErrorCode::NotFound);
    assert!(error.message().contains("ghost"), "{error}");
}

// UpdateAgentStatusAsync.

#[test]
fn update_agent_status() {
    let test = TestStore::new();
    register(&test, "a", REPOSITORY);
    set_status(&test, "a", AgentStatus::Error, None);
    assert_eq!(get(&test.store, "Agents", "a")["Status"], "Error");
}

#[test]
fn update_agent_status_to_idle_clears_the_current_task() {
    let test = TestStore::new();
    register(&test, "a", REPOSITORY);
    set_status(&test, "a", AgentStatus::Busy, Some("t1"));
    let idle = set_status(&test, "a", AgentStatus::Idle, Some("t2"));
    assert_eq!((idle.status, idle.current_task), (AgentStatus::Idle, None));
}

#[test]
fn update_agent_status_to_busy_sets_the_current_task() {
    let test = TestStore::new();
    register(&test, "a", REPOSITORY);
    let busy = set_status(&test, "a", AgentStatus::Busy, Some("t1"));
    assert_eq!(
        (busy.status, busy.current_task.as_deref()),
        (AgentStatus::Busy, Some("t1"))
    );
}

#[test]
fn update_agent_status_to_another_state_keeps_the_current_task() {
    let test = TestStore::new();
    register(&test, "a", REPOSITORY);
    set_status(&test, "a", AgentStatus::Busy, Some("t1"));
    let error = set_status(&test, "a", AgentStatus::Error, None);
    assert_eq!(error.current_task.as_deref(), Some("t1"));
}

#[test]
fn update_agent_status_is_a_ping() {
    let test = TestStore::new();
    register(&test, "a", REPOSITORY);
    test.advance_seconds(30);
    let busy = set_status(&test, "a", AgentStatus::Busy, Some("t1"));
    assert_eq!(busy.last_ping, test.clock.now());
}

#[test]
fn update_agent_status_of_an_unknown_agent_is_an_error() {
    let test = TestStore::new();
    let unknown = test
        .store
        .write(|uow| agents::set_status(uow, &id("ghost"), AgentStatus::Idle, None));
    assert_eq!(unknown.unwrap_err().code(), ErrorCode::NotFound);
}

#[test]
fn update_agent_status_invalidates_the_cached_agent() {
    let test = TestStore::new();
    let a = register(&test, "a", REPOSITORY);
    test.store.cached(&a).unwrap();
    set_status(&test, "a", AgentStatus::Error, None);
    assert_eq!(
        test.store.cached(&a).unwrap().unwrap().status,
        AgentStatus::Error
    );
}

#[test]
fn update_agent_status_invalidates_the_available_agents() {
    let test = TestStore::new();
    register(&test, "a", REPOSITORY);
    assert_eq!(available(&test, None), ["a"]);
    set_status(&test, "a", AgentStatus::Error, None);
    assert_eq!(available(&test, None), [""; 0]);
}

// GetStaleAgentsAsync.

#[test]
fn get_stale_agents() {
    let test = TestStore::new();
    register(&test, "old", REPOSITORY);
    test.advance_seconds(100);
    register(&test, "new", REPOSITORY);
    test.advance_seconds(1);
    let stale = |seconds: u64| {
        let threshold = Duration::from_secs(seconds).into();
        let found = test
            .store
            .read(|r| agents::list_stale(r, threshold))
            .unwrap();
        let ids: Vec<String> = found
            .into_iter()
            .map(|agent| agent.id.to_string())
            .collect();
        ids
    };
    assert_eq!(stale(100), ["old"]);
    assert_eq!(stale(101), [""; 0]);
}

// UpdateAgentPerformanceMetricsAsync.

#[test]
fn update_agent_performance_metrics() {
    let test = TestStore::new();
    register(&test, "a", REPOSITORY);
    let measured: AgentPerformanceMetrics = serde_json::from_value(json!({
        "TasksCompleted": 3, "TasksFailed": 1, "ExecutionTime": "00:00:08",
        "Measurements": [{"MetricName": "Tokens", "MetricValue": 12.5}],
    }))
    .unwrap();
    let written = test
        .store
        .write(|uow| agents::update_performance_metrics(uow, &id("a"), &measured));
    let agent = written.unwrap();
    assert_eq!(
        (agent.total_tasks_completed, agent.total_tasks_failed),
        (3, 1)
    );
    assert_eq!(
        (
            agent.average_execution_time,
            agent.total_execution_time.to_string().as_str()
        ),
        (2000.0, "00:00:08")
    );
    let rows = test
        .store
        .read(|r| data::list(r, &Specification::<PerformanceMetric>::new()))
        .unwrap();
    let rows: Vec<(&str, f64)> = rows
        .iter()
        .map(|m| (m.metric_name.as_str(), m.metric_value))
        .collect();
    assert_eq!(rows, [("Tokens", 12.5)]);
}

// GetAgentLoadDistributionAsync.

#[test]
fn get_agent_load_distribution() {
    let test = TestStore::new();
    let agent = test.agent("a", 4);
    run(&test, &agent, 2, true);
    test.task("ls");
    test.claim(&agent, 1);
    let load = load_of(&test, "a").unwrap();
    assert_eq!(
        (
            load.agent_id.as_str(),
            load.agent_name.as_str(),
            load.status
        ),
        ("a", "Agent a", AgentStatus::Busy)
    );
    assert_eq!(
        (load.current_tasks, load.max_concurrent_tasks, load.load),
        (1, 4, 0.25)
    );
    assert_eq!(
        (load.average_execution_time, load.success_rate),
        (2000.0, 1.0)
    );
}

#[test]
fn load_counts_assigned_and_running_tasks() {
    let test = TestStore::new();
    let agent = test.agent("a", 4);
    for _ in 0..3 {
        test.task("ls");
    }
    let claimed = test.claim(&agent, 2);
    let token = token_of(&claimed[0]);
    test.store
        .write(|uow| tasks::start(uow, &claimed[0].id, Some(&token)))
        .unwrap();
    assert_eq!(load_of(&test, "a").unwrap().current_tasks, 2);
    test.store
        .write(|uow| tasks::complete(uow, &claimed[0].id, Some(&token), None))
        .unwrap();
    assert_eq!(load_of(&test, "a").unwrap().current_tasks, 1);
    assert_eq!(test.get_task(&claimed[1].id).status, TaskStatus::Assigned);
}

#[test]
fn load_leaves_deleted_agents_out() {
    let test = TestStore::new();
    let agent = test.agent("a", 4);
    assert!(load_of(&test, "a").is_some());
    test.store.write(|uow| agents::remove(uow, &agent)).unwrap();
    assert!(load_of(&test, "a").is_none());
}

// GetAgentsRequiringMaintenanceAsync.

#[test]
fn get_agents_requiring_maintenance() {
    let test = TestStore::new();
    register(&test, "sound", REPOSITORY);
    register(&test, "broken", REPOSITORY);
    set_status(&test, "broken", AgentStatus::Error, None);
    let found = test.store.read(agents::list_requiring_maintenance).unwrap();
    let found: Vec<&str> = found.iter().map(|due| due.agent.id.as_str()).collect();
    assert_eq!(found, ["broken"]);
}

#[test]
fn agents_include_their_performance_metrics() {
    let test = TestStore::new();
    register(&test, "a", REPOSITORY);
    let sample = Sample {
        entity_id: Some("a".to_owned()),
        ..Sample::new("Agent", "Load", 0.5)
    };
    test.store
        .write(|uow| metrics::record(uow, &sample))
        .unwrap();
    let answer = query(
        &test.store,
        "Agents",
        &json!({"include": ["PerformanceMetrics"]}),
    );
    assert_eq!(
        answer["Items"][0]["PerformanceMetrics"][0]["MetricValue"],
        0.5
    );
}

/// Checks that a second call runs no statement before this time, and one at it.
pub fn assert_cached_for(test: &TestStore, seconds: u64, call: impl Fn()) {
    let runs_statements = || !statements_of(&call).1.is_empty();
    assert!(runs_statements());
    test.advance_seconds(seconds - 1);
    assert!(!runs_statements());
    test.advance_seconds(1);
    assert!(runs_statements());
}

/// A store that forgets no result because nobody asked for it.
pub fn patient() -> TestStore {
    vm_steps::watch_new_connections();
    TestStore::with(|config| config.cache_sliding_expiry = Duration::from_secs(3600))
}

#[test]
fn available_agents_are_cached_for_2_minutes() {
    let test = patient();
    assert_cached_for(&test, 120, || {
        test.store.available_agents(None).unwrap();
    });
}

#[test]
fn agent_statistics_are_cached_for_10_minutes() {
    let test = patient();
    let ada = register(&test, "ada", REPOSITORY);
    assert_cached_for(&test, 600, || {
        test.store.agent_statistics(&ada, None).unwrap();
    });
}
