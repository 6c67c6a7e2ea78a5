//! The operations of the specification's `IAgentRepository`, one test each under its name.

use std::collections::BTreeMap;
use std::time::Duration;

use orchestra_store::models::{Agent, AgentId, PerformanceMetric};
use orchestra_store::query::Specification;
use orchestra_store::schema::performance_metrics;
use orchestra_store::services::agents::{
    self, AgentPerformanceMetrics, MaintenanceReason, Measurement, NewAgent, SelectionCriteria,
};
use orchestra_store::services::tasks::{self, Claim, Failure, NewTask};
use orchestra_store::services::{analytics, data};
use orchestra_store::types::{AgentStatus, Json, SelectionStrategy, TaskStatus, TimeSpan};
use orchestra_store::{Clock as _, ErrorCode, Reader, Result};

use crate::support::{REPOSITORY, TestStore, token_of};

const DAY: TimeSpan = TimeSpan::from_ticks(TimeSpan::TICKS_PER_DAY);

/// Runs a new task on this agent for so many seconds.
fn run(test: &TestStore, agent: &AgentId, seconds: u64, succeeds: bool) {
    let new = NewTask {
        agent_id: Some(agent.clone()),
        max_retries: Some(0),
        ..NewTask::new("ls", REPOSITORY)
    };
    test.enqueue(&new);
    let task = test.claim(agent, 1).remove(0);
    let token = token_of(&task);
    let write = |uow: &mut orchestra_store::UnitOfWork<'_>| {
        tasks::start(uow, &task.id, Some(&token))?;
        test.advance_seconds(seconds);
        if succeeds {
            tasks::complete(uow, &task.id, Some(&token), None)
        } else {
            tasks::fail(uow, &task.id, Some(&token), &Failure::new("no"))
        }
    };
    test.store.write(write).unwrap();
}

/// All agents give a sign of life.
fn ping_all(test: &TestStore) {
    test.store
        .write(|uow| {
            let ids: Vec<AgentId> = agents::list(uow)?.into_iter().map(|a| a.id).collect();
            ids.iter().try_for_each(|id| agents::heartbeat(uow, id))
        })
        .unwrap();
}

fn best(test: &TestStore, criteria: &SelectionCriteria) -> Option<String> {
    let found = test
        .store
        .read(|reader| agents::find_best(reader, REPOSITORY, criteria));
    found.unwrap().map(|agent| agent.id.to_string())
}

fn best_by(test: &TestStore, strategy: SelectionStrategy) -> Option<String> {
    best(test, &SelectionCriteria::by(strategy))
}

fn ids(agents: Vec<Agent>) -> Vec<String> {
    agents
        .into_iter()
        .map(|agent| agent.id.to_string())
        .collect()
}

fn set_status(test: &TestStore, id: &AgentId, status: AgentStatus) {
    let set = test
        .store
        .write(|uow| agents::set_status(uow, id, status, None));
    set.unwrap();
}

fn refused<T>(outcome: Result<T>, column: &str) {
    let error = outcome.err().unwrap();
    assert_eq!(error.code(), ErrorCode::InvalidArgument, "{error}");
    assert_eq!(error.details().column.as_deref(), Some(column), "{error}");
}

#[test]
fn get_available_agents() {
    let test = TestStore::new();
    let full = test.agent("full", 1);
    let half = test.agent("half", 2);
    test.agent("free", 1);
    for status in [
        AgentStatus::Error,
        AgentStatus::Offline,
        AgentStatus::Unknown,
    ] {
        set_status(&test, &test.agent(status.name(), 1), status);
    }
    let mut any = NewAgent::new("Any", "claude-code", "*");
    any.id = Some(AgentId::new("any").unwrap());
    let mut elsewhere = NewAgent::new("Elsewhere", "claude-code", "/srv/git/billing");
    elsewhere.id = Some(AgentId::new("elsewhere").unwrap());
    let removed = test.agent("removed", 1);
    test.store
        .write(|uow| {
            agents::register(uow, &any)?;
            agents::register(uow, &elsewhere)?;
            agents::remove(uow, &removed)
        })
        .unwrap();
    for agent in [&full, &half] {
        test.task("ls");
        assert_eq!(test.claim(agent, 1).len(), 1);
    }
    let available = |path| {
        let found = test.store.read(|r| agents::find_available(r, path));
        ids(found.unwrap())
    };
    assert_eq!(available(Some(REPOSITORY)), ["any", "free", "half"]);
    assert_eq!(available(Some("/srv/git/search/")), ["any", "free", "half"]);
    assert_eq!(available(None), ["any", "elsewhere", "free", "half"]);
    test.advance_seconds(5 * 60);
    assert_eq!(available(None).len(), 4);
    test.advance_seconds(1);
    assert_eq!(available(None), [""; 0]);
}

#[test]
fn get_best_available_agent() {
    let test = TestStore::new();
    assert_eq!(best_by(&test, SelectionStrategy::Weighted), None);

    // Of ten runs each: `sure` is slow and always succeeds, `fast` fails twice, `poor` fails often.
    for (id, seconds, failures) in [("sure", 8, 0), ("fast", 1, 2), ("poor", 2, 6)] {
        let agent = test.agent(id, 4);
        for number in 0..10 {
            run(&test, &agent, seconds, number >= failures);
        }
    }
    ping_all(&test);
    let named = |strategy| best_by(&test, strategy).unwrap();
    assert_eq!(named(SelectionStrategy::LeastLoaded), "sure");
    assert_eq!(named(SelectionStrategy::BestSuccessRate), "sure");
    assert_eq!(named(SelectionStrategy::Fastest), "fast");
    // 0.4 + 0.4 × 9/12 + 0.2 = 0.9 against 0.4 + 0.4 × 11/12 + 0.2/8 = 0.79.
    assert_eq!(named(SelectionStrategy::Weighted), "fast");
    assert_eq!(
        SelectionCriteria::default().strategy,
        SelectionStrategy::Weighted
    );

    // Half of its capacity in use costs `fast` 0.2, and the lead.
    test.task("ls");
    test.task("ls");
    assert_eq!(test.claim(&AgentId::new("fast").unwrap(), 2).len(), 2);
    assert_eq!(named(SelectionStrategy::Weighted), "sure");
    assert_eq!(named(SelectionStrategy::LeastLoaded), "sure");

    // A new agent counts as one half of everything: 0.4 + 0.2 + 0.1 is between the others.
    test.agent("fresh", 4);
    assert_eq!(named(SelectionStrategy::Weighted), "sure");
    assert_eq!(named(SelectionStrategy::Fastest), "fast");
}

#[test]
fn get_best_available_agent_takes_turns_by_round_robin() {
    let test = TestStore::new();
    for id in ["a", "b", "c"] {
        test.agent(id, 5);
    }
    let mut turns = Vec::new();
    for _ in 0..6 {
        let id = best_by(&test, SelectionStrategy::RoundRobin).unwrap();
        test.task("ls");
        test.advance_seconds(1);
        assert_eq!(test.claim(&AgentId::new(&*id).unwrap(), 1).len(), 1);
        turns.push(id);
    }
    assert_eq!(turns, ["a", "b", "c", "a", "b", "c"]);
    // To ask changes nothing.
    for _ in 0..2 {
        assert_eq!(best_by(&test, SelectionStrategy::RoundRobin).unwrap(), "a");
    }
}

#[test]
fn get_best_available_agent_that_meets_the_criteria() {
    let test = TestStore::new();
    for (id, type_, capabilities) in [
        (
            "a",
            "claude-code",
            Some(r#"{"capabilities": ["rust", "sql"]}"#),
        ),
        ("b", "claude-code", Some(r#"{"capabilities": ["rust"]}"#)),
        ("c", "aider", None),
        ("d", "aider", Some(r#"{"capabilities": "rust"}"#)),
    ] {
        let mut new = NewAgent::new(id, type_, REPOSITORY);
        new.id = Some(AgentId::new(id).unwrap());
        new.configuration_json = capabilities.map(|text| Json(serde_json::from_str(text).unwrap()));
        test.store.write(|uow| agents::register(uow, &new)).unwrap();
    }
    run(&test, &AgentId::new("b").unwrap(), 1, true);
    ping_all(&test);
    let json = |text: &str| serde_json::from_str::<SelectionCriteria>(text).unwrap();
    for (criteria, expected) in [
        (r#"{"Type": "aider"}"#, Some("c")),
        (r#"{"Type": "codex"}"#, None),
        (r#"{"Capabilities": ["sql", "rust"]}"#, Some("a")),
        (r#"{"Capabilities": ["rus"]}"#, None),
        (r#"{"MinSuccessRate": 0.5}"#, Some("b")),
        (r#"{"MinSuccessRate": 0.5, "Type": "aider"}"#, None),
        (r#"{"PreferredAgentIds": ["d", "nobody"]}"#, Some("d")),
        (
            r#"{"PreferredAgentIds": ["nobody"], "Strategy": "leastloaded"}"#,
            Some("b"),
        ),
        (
            r#"{"PreferredAgentIds": ["c"], "Type": "claude-code", "Strategy": 3}"#,
            Some("a"),
        ),
    ] {
        assert_eq!(
            best(&test, &json(criteria)).as_deref(),
            expected,
            "{criteria}"
        );
    }
}

#[test]
fn get_best_available_agent_refuses_what_makes_no_sense() {
    let test = TestStore::new();
    test.agent("a", 1);
    let find = |criteria: &SelectionCriteria| {
        test.store
            .read(|reader| agents::find_best(reader, REPOSITORY, criteria))
    };
    for rate in [-0.1, 1.1, f64::NAN] {
        let criteria = SelectionCriteria {
            min_success_rate: rate,
            ..SelectionCriteria::default()
        };
        refused(find(&criteria), "MinSuccessRate");
    }
    let criteria = SelectionCriteria {
        capabilities: vec![String::new()],
        ..SelectionCriteria::default()
    };
    refused(find(&criteria), "Capabilities");

    let unknown: Result<SelectionStrategy> = "Best".parse().map_err(orchestra_store::Error::from);
    refused(unknown, "selection strategy");
    let error = serde_json::from_str::<SelectionCriteria>(r#"{"Strategy": "Best"}"#).unwrap_err();
    assert!(
        error.to_string().contains("RoundRobin, Weighted"),
        "{error}"
    );
}

#[test]
fn get_agents_by_status() {
    let test = TestStore::new();
    for id in ["a", "b", "c", "d"] {
        test.agent(id, 1);
    }
    let id = |name| AgentId::new(name).unwrap();
    set_status(&test, &id("b"), AgentStatus::Error);
    set_status(&test, &id("d"), AgentStatus::Error);
    test.store
        .write(|uow| agents::remove(uow, &id("d")))
        .unwrap();
    let by_status = |status| {
        let found = test.store.read(|r| agents::list_by_status(r, status));
        ids(found.unwrap())
    };
    assert_eq!(by_status(AgentStatus::Idle), ["a", "c"]);
    assert_eq!(by_status(AgentStatus::Error), ["b"]);
    assert_eq!(by_status(AgentStatus::Busy), [""; 0]);
}

#[test]
fn get_agent_statistics() {
    let test = TestStore::new();
    let (a, b) = (test.agent("a", 1), test.agent("b", 1));
    run(&test, &a, 100, true);
    test.advance_seconds(40 * 24 * 3600);
    for (seconds, succeeds) in [(1, true), (2, true), (3, false)] {
        run(&test, &a, seconds, succeeds);
    }
    run(&test, &b, 50, true);
    let statistics = |id: &AgentId, length| test.store.read(|r| agents::statistics(r, id, length));
    let of_a = statistics(&a, None).unwrap();
    assert_eq!(
        (of_a.agent_id.as_str(), of_a.agent_name.as_str()),
        ("a", "Agent a")
    );
    assert_eq!(of_a.agent_status, AgentStatus::Idle);
    let counts = BTreeMap::from([(TaskStatus::Completed, 2), (TaskStatus::Failed, 1)]);
    assert_eq!((of_a.tasks.total, &of_a.tasks.by_status), (3, &counts));
    let duration = of_a.tasks.duration;
    assert_eq!(
        (duration.min, duration.p50, duration.max),
        (1000, 2000, 3000)
    );
    assert_eq!(
        (duration.p95, duration.p99, duration.average),
        (3000, 3000, 2000.0)
    );
    assert!((of_a.tasks.success_rate - 2.0 / 3.0).abs() < 1e-12);
    let ended: i64 = of_a
        .tasks
        .throughput
        .iter()
        .map(|t| t.completed + t.failed)
        .sum();
    assert_eq!(ended, 3);
    let longer = TimeSpan::from_ticks(50 * TimeSpan::TICKS_PER_DAY);
    assert_eq!(
        statistics(&a, Some(longer)).unwrap().tasks.duration.max,
        100_000
    );

    // They are those of the tasks of this agent, whatever asks for them.
    let same = test.store.read(|reader: &mut Reader<'_>| {
        let period = analytics::Period::until_now(reader, longer)?;
        let scope = analytics::TaskScope {
            agent_id: Some(a.clone()),
            ..analytics::TaskScope::default()
        };
        analytics::task_analytics(reader, period, &scope)
    });
    assert_eq!(statistics(&a, Some(longer)).unwrap().tasks, same.unwrap());

    for length in [-1, 0, 3661 * TimeSpan::TICKS_PER_DAY] {
        refused(statistics(&a, Some(TimeSpan::from_ticks(length))), "period");
    }
    let ghost = AgentId::new("ghost").unwrap();
    assert_eq!(
        statistics(&ghost, None).unwrap_err().code(),
        ErrorCode::NotFound
    );
}

#[test]
fn update_agent_status() {
    let test = TestStore::new();
    let id = test.agent("a", 1);
    let before = test.get_agent(&id);
    test.advance_seconds(10);
    let set = test
        .store
        .write(|uow| agents::set_status(uow, &id, AgentStatus::Busy, Some("cleaning up")));
    let after = set.unwrap();
    assert_eq!(after, test.get_agent(&id));
    assert_eq!(after.current_task.as_deref(), Some("cleaning up"));
    assert_eq!(
        (after.status, after.last_ping),
        (AgentStatus::Busy, test.clock.now())
    );
    assert!(before.last_ping < after.last_ping);
    let long = "x".repeat(2001);
    let error = test
        .store
        .write(|uow| agents::set_status(uow, &id, AgentStatus::Busy, Some(&long)));
    refused(error, "CurrentTask");
    assert_eq!(test.get_agent(&id), after);
}

#[test]
fn get_stale_agents() {
    let test = TestStore::new();
    test.agent("old", 1);
    test.advance_seconds(30);
    test.agent("older", 1);
    test.advance_seconds(30);
    test.agent("new", 1);
    let stale = |seconds: u64| {
        let threshold = TimeSpan::from(Duration::from_secs(seconds));
        let found = test.store.read(|r| agents::list_stale(r, threshold));
        ids(found.unwrap())
    };
    assert_eq!(stale(10), ["old", "older"]);
    assert_eq!(stale(30), ["old"], "exactly as long ago is not longer");
    assert_eq!(stale(60), [""; 0]);
    for ticks in [-1, 0, i64::MIN, 3661 * TimeSpan::TICKS_PER_DAY] {
        let threshold = TimeSpan::from_ticks(ticks);
        refused(
            test.store.read(|r| agents::list_stale(r, threshold)),
            "threshold",
        );
    }
}

#[test]
fn update_agent_performance_metrics() {
    let test = TestStore::new();
    let id = test.agent("a", 1);
    run(&test, &id, 1, true);
    let update = |metrics: &AgentPerformanceMetrics| {
        test.store
            .write(|uow| agents::update_performance_metrics(uow, &id, metrics))
    };
    let measurement = |name: &str, value| Measurement {
        metric_name: name.to_owned(),
        metric_value: value,
        metric_unit: Some("tokens".to_owned()),
    };
    let metrics = AgentPerformanceMetrics {
        tasks_completed: 2,
        tasks_failed: 1,
        execution_time: Duration::from_secs(11).into(),
        measurements: vec![measurement("Input", 5.0), measurement("Output", 7.5)],
    };
    let agent = update(&metrics).unwrap();
    assert_eq!(
        (agent.total_tasks_completed, agent.total_tasks_failed),
        (3, 1)
    );
    assert_eq!(agent.average_execution_time, 3000.0);
    assert_eq!(test.get_agent(&id).success_rate, 0.75);
    let recorded = || -> Vec<PerformanceMetric> {
        let all = Specification::new().order_by(
            performance_metrics::metric_name,
            orchestra_store::query::Direction::Ascending,
        );
        test.store.read(|r| data::list(r, &all)).unwrap()
    };
    let rows = recorded();
    assert_eq!(rows.len(), 2);
    assert_eq!(
        (rows[1].metric_name.as_str(), rows[1].metric_value),
        ("Output", 7.5)
    );
    assert_eq!(rows[0].entity_id.as_deref(), Some("a"));
    assert_eq!(rows[0].timestamp, test.clock.now());

    let before = test.get_agent(&id);
    let wrong = |change: fn(&mut AgentPerformanceMetrics), column: &str| {
        let mut metrics = metrics.clone();
        change(&mut metrics);
        refused(update(&metrics), column);
        assert_eq!((test.get_agent(&id), recorded().len()), (before.clone(), 2));
    };
    wrong(|m| m.tasks_completed = -1, "TasksCompleted");
    wrong(|m| m.tasks_failed = 1_000_001, "TasksFailed");
    wrong(
        |m| m.execution_time = TimeSpan::from_ticks(-1),
        "ExecutionTime",
    );
    wrong(
        |m| (m.tasks_completed, m.tasks_failed) = (0, 0),
        "ExecutionTime",
    );
    wrong(
        |m| m.measurements[1].metric_value = f64::INFINITY,
        "MetricValue",
    );
    wrong(
        |m| m.measurements[1].metric_name = String::new(),
        "MetricName",
    );
    wrong(
        |m| m.measurements[0].metric_unit = Some("u".repeat(51)),
        "MetricUnit",
    );
    wrong(
        |m| m.measurements = vec![m.measurements[0].clone(); 101],
        "Measurements",
    );
}

#[test]
fn get_agent_load_distribution() {
    let test = TestStore::new();
    let (half, full) = (test.agent("half", 4), test.agent("full", 1));
    test.agent("none", 2);
    for (agent, count) in [(&half, 2), (&full, 1)] {
        (0..count).for_each(|_| drop(test.task("ls")));
        assert_eq!(test.claim(agent, count).len(), count as usize);
    }
    let loads = test.store.read(agents::load_distribution).unwrap();
    let loads: Vec<_> = loads
        .iter()
        .map(|load| (load.agent_id.as_str(), load.current_tasks, load.load))
        .collect();
    assert_eq!(
        loads,
        [("full", 1, 1.0), ("half", 2, 0.5), ("none", 0, 0.0)]
    );
}

#[test]
fn get_agents_requiring_maintenance() {
    let test = TestStore::new();
    let well = test.agent("well", 1);
    let failing = test.agent("failing", 1);
    let unlucky = test.agent("unlucky", 1);
    for number in 0..5 {
        run(&test, &failing, 1, number < 2);
        run(&test, &well, 1, number < 3);
        // Four failures are no evidence yet.
        if number < 4 {
            run(&test, &unlucky, 1, false);
        }
    }
    let stuck = test.agent("stuck", 2);
    test.task("ls");
    test.task("ls");
    let claim = Claim::agent(&stuck)
        .up_to(2)
        .leased_for(Duration::from_secs(1));
    assert_eq!(
        test.store
            .write(|uow| tasks::claim(uow, &claim))
            .unwrap()
            .len(),
        2
    );
    let broken = test.agent("broken", 1);
    set_status(&test, &broken, AgentStatus::Error);
    let gone = test.agent("gone", 1);
    let pinged = test.get_agent(&gone).last_ping;

    let due = || -> Vec<(String, Vec<MaintenanceReason>)> {
        let found = test.store.read(agents::list_requiring_maintenance).unwrap();
        let named = found
            .into_iter()
            .map(|m| (m.agent.id.to_string(), m.reasons));
        named.collect()
    };
    test.advance_seconds(2);
    let many_failures = MaintenanceReason::ManyFailures {
        ended: 5,
        failed: 3,
    };
    let expected = [
        ("broken".to_owned(), vec![MaintenanceReason::Error]),
        ("failing".to_owned(), vec![many_failures]),
        (
            "stuck".to_owned(),
            vec![MaintenanceReason::ExpiredLeases { count: 2 }],
        ),
    ];
    assert_eq!(due(), expected);

    test.advance_seconds(299);
    test.store
        .write(|uow| {
            let ids = [&well, &failing, &unlucky, &stuck, &broken];
            ids.into_iter()
                .try_for_each(|id| agents::heartbeat(uow, id))
        })
        .unwrap();
    let no_ping = MaintenanceReason::NoPing { last_ping: pinged };
    assert!(
        due().contains(&("gone".to_owned(), vec![no_ping])),
        "{:?}",
        due()
    );

    // What failed more than a day ago is forgiven.
    test.clock.advance(DAY.to_duration().unwrap());
    ping_all(&test);
    let names: Vec<String> = due().into_iter().map(|(id, _)| id).collect();
    assert_eq!(names, ["broken", "stuck"]);
}
