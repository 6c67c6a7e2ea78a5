//! Task analytics against a naive computation over the same rows.

use std::collections::BTreeMap;

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use orchestra_store::models::{AgentId, RepositoryId, Task, TaskId};
use orchestra_store::schema::tasks as table;
use orchestra_store::services::analytics::{
    Distribution, ErrorCount, Period, TaskAnalytics, TaskScope, Throughput, report, task_analytics,
    task_trends,
};
use orchestra_store::services::error_logs::{self, NewErrorLog};
use orchestra_store::services::tasks::{self, NewTask, TaskFilter};
use orchestra_store::types::{TaskPriority, TaskStatus, TimeSpan, Timestamp};
use orchestra_store::{Clock as _, Durability, StoreConfig, UnitOfWork};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};

use crate::support::{REPOSITORY, TestStore, scaled};
use crate::vm_steps::{watch, watch_new_connections};

const HOUR: i64 = TimeSpan::TICKS_PER_HOUR;
const MILLISECOND: i64 = TimeSpan::TICKS_PER_SECOND / 1000;

fn analyse(test: &TestStore, period: Period, scope: &TaskScope) -> TaskAnalytics {
    let analytics = test
        .store
        .read(|reader| task_analytics(reader, period, scope));
    analytics.unwrap()
}

fn period(from: Timestamp, hours: i64) -> Period {
    Period::new(from, from + TimeSpan::from_ticks(hours * HOUR)).unwrap()
}

/// When and how a task went, in ticks since the start.
#[derive(Debug, Clone)]
struct Past {
    created: i64,
    waited: i64,
    ran: i64,
    status: TaskStatus,
    priority: TaskPriority,
    by_agent: bool,
    elsewhere: bool,
    retries: i32,
    error: Option<&'static str>,
}

fn past() -> impl Strategy<Value = Past> {
    // Many times fall on the hour and so on the borders of periods and buckets.
    let created = prop_oneof![(0..72_i64).prop_map(|hour| hour * HOUR), 0..72 * HOUR];
    (
        created,
        0..3 * HOUR,
        prop_oneof![0..30 * HOUR, (0..30_i64).prop_map(|hours| hours * HOUR)],
        proptest::sample::select(TaskStatus::ALL),
        proptest::sample::select(TaskPriority::ALL),
        any::<bool>(),
        any::<bool>(),
        0..4,
        proptest::option::of(proptest::sample::select(vec!["a", "b", "c"])),
    )
        .prop_map(
            |(created, waited, ran, status, priority, by_agent, elsewhere, retries, error)| Past {
                created,
                waited,
                ran,
                status,
                priority,
                by_agent,
                elsewhere,
                retries,
                error,
            },
        )
}

/// Writes a task as if all this had happened to it.
fn insert(test: &TestStore, start: Timestamp, number: usize, past: &Past) {
    let at = |ticks: i64| start + TimeSpan::from_ticks(ticks);
    let created = at(past.created);
    let started = at(past.created + past.waited);
    let has_started = !matches!(past.status, TaskStatus::Pending | TaskStatus::Assigned);
    let has_ended = has_started && past.status != TaskStatus::InProgress;
    let mut new = NewTask::new(
        "ls",
        if past.elsewhere {
            "/srv/git/b"
        } else {
            REPOSITORY
        },
    );
    new.id = Some(TaskId::new(format!("t{number}")).unwrap());
    new.priority = past.priority;
    test.store
        .write(|uow| {
            let task = tasks::enqueue(uow, &new)?;
            diesel::update(table::table.find(&task.id))
                .set((
                    table::status.eq(past.status),
                    table::created_at.eq(created),
                    table::available_at.eq(created),
                    table::started_at.eq(has_started.then_some(started)),
                    table::completed_at
                        .eq(has_ended.then(|| started + TimeSpan::from_ticks(past.ran))),
                    table::agent_id.eq(past.by_agent.then(agent)),
                    table::retry_count.eq(past.retries),
                    table::error_message.eq(past.error),
                ))
                .execute(uow.connection())?;
            Ok(())
        })
        .unwrap();
}

fn agent() -> AgentId {
    AgentId::new("a").unwrap()
}

fn distribution(mut values: Vec<i64>) -> Distribution {
    values.sort_unstable();
    let Some(&max) = values.last() else {
        return Distribution::default();
    };
    // The smallest value that at least this share is not above.
    let percentile = |percent: usize| {
        let enough = |value: &&i64| {
            let not_above = values.iter().filter(|v| v <= value).count();
            not_above * 100 >= percent * values.len()
        };
        *values.iter().find(enough).unwrap()
    };
    Distribution {
        count: values.len() as i64,
        min: values[0],
        average: values.iter().sum::<i64>() as f64 / values.len() as f64,
        max,
        p50: percentile(50),
        p95: percentile(95),
        p99: percentile(99),
    }
}

fn millis(span: TimeSpan) -> i64 {
    (span.ticks() + MILLISECOND / 2).div_euclid(MILLISECOND)
}

fn count_by<K: Ord>(tasks: &[&Task], key: impl Fn(&Task) -> K) -> BTreeMap<K, i64> {
    let mut counts = BTreeMap::new();
    for task in tasks {
        *counts.entry(key(task)).or_default() += 1;
    }
    counts
}

/// The same, computed from all rows one after another.
fn naive(tasks: &[Task], period: Period, bucket: i64) -> TaskAnalytics {
    let is_in = |at: Timestamp| period.from <= at && at < period.to;
    let made: Vec<&Task> = tasks.iter().filter(|task| is_in(task.created_at)).collect();
    let count = |status| made.iter().filter(|task| task.status == status).count() as f64;
    let (completed, failed) = (count(TaskStatus::Completed), count(TaskStatus::Failed));
    let has_outcome =
        |task: &&&Task| matches!(task.status, TaskStatus::Completed | TaskStatus::Failed);

    let mut throughput = Vec::new();
    let mut start = period.from.ticks().div_euclid(bucket) * bucket;
    while start < period.to.ticks() {
        let ended_as = |status| {
            let ended = tasks.iter().filter(|task| {
                let at = task.completed_at;
                task.status == status
                    && at.is_some_and(|at| {
                        is_in(at) && (start..start + bucket).contains(&at.ticks())
                    })
            });
            ended.count() as i64
        };
        throughput.push(Throughput {
            start: Timestamp::from_ticks(start).unwrap(),
            completed: ended_as(TaskStatus::Completed),
            failed: ended_as(TaskStatus::Failed),
            cancelled: ended_as(TaskStatus::Cancelled),
        });
        start += bucket;
    }

    let failures: Vec<&Task> = made
        .iter()
        .copied()
        .filter(|task| task.status == TaskStatus::Failed && task.error_message.is_some())
        .collect();
    let mut top_errors: Vec<ErrorCount> =
        count_by(&failures, |task| task.error_message.clone().unwrap())
            .into_iter()
            .map(|(error_message, count)| ErrorCount {
                error_message,
                count,
            })
            .collect();
    // Those that are as frequent stay in the order of the alphabet.
    top_errors.sort_by_key(|error| -error.count);

    TaskAnalytics {
        period,
        total: made.len() as i64,
        by_status: count_by(&made, |task| task.status),
        by_priority: count_by(&made, |task| task.priority),
        success_rate: if completed + failed == 0.0 {
            0.0
        } else {
            completed / (completed + failed)
        },
        retries: made.iter().map(|task| i64::from(task.retry_count)).sum(),
        duration: distribution(
            made.iter()
                .filter(has_outcome)
                .map(|task| millis(task.completed_at.unwrap() - task.started_at.unwrap()))
                .collect(),
        ),
        queue_wait: distribution(
            made.iter()
                .filter_map(|task| task.started_at.map(|at| (at, task.available_at)))
                .map(|(started, available)| (started - available).ticks() / MILLISECOND)
                .collect(),
        ),
        throughput,
        top_errors,
    }
}

#[test]
fn analytics_are_what_a_naive_computation_over_the_rows_gives() {
    let fast = |config: &mut StoreConfig| config.durability = Durability::Normal;
    let test = TestStore::with(fast);
    let start = test.clock.now();
    test.agent("a", 1);
    let repository: RepositoryId = test
        .enqueue(&NewTask::new("x", REPOSITORY))
        .repository_id
        .unwrap();
    let config = Config {
        cases: scaled(40, 1000),
        failure_persistence: None,
        ..Config::default()
    };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let cases = (
        proptest::collection::vec(past(), 0..40),
        (0..48_i64, 0..2_i64),
        prop_oneof![1..48_i64, Just(48), 49..100_i64],
        any::<bool>(),
        any::<bool>(),
    );
    let outcome = TestRunner::new_with_rng(config, rng).run(
        &cases,
        |(pasts, (from, half), hours, of_agent, of_repository)| {
            test.store
                .write(|uow| Ok(diesel::delete(table::table).execute(uow.connection())?))
                .unwrap();
            for (number, past) in pasts.iter().enumerate() {
                insert(&test, start, number, past);
            }
            let from = start + TimeSpan::from_ticks(from * HOUR + half * HOUR / 2);
            let period = period(from, hours);
            let scope = TaskScope {
                agent_id: of_agent.then(agent),
                repository_id: of_repository.then(|| repository.clone()),
            };
            let all = test
                .store
                .read(|reader| tasks::list(reader, &TaskFilter::default(), 1000))
                .unwrap();
            let all: Vec<Task> = all
                .into_iter()
                .filter(|task| !of_agent || task.agent_id == scope.agent_id)
                .filter(|task| !of_repository || task.repository_id == scope.repository_id)
                .collect();
            let bucket = if hours <= 48 { HOUR } else { 24 * HOUR };
            prop_assert_eq!(analyse(&test, period, &scope), naive(&all, period, bucket));
            Ok::<(), TestCaseError>(())
        },
    );
    if let Err(error) = outcome {
        panic!("{error}");
    }
}

#[test]
fn an_agent_costs_no_more_with_the_statistics_of_a_large_table() {
    watch_new_connections();
    let test = TestStore::new();
    for number in 0..16 {
        test.agent(&format!("a{number}"), 1);
    }
    let start = test.clock.now();
    let script = format!(
        "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 1599)
         INSERT INTO Tasks (Id, Command, RepositoryPath, CreatedAt, StartedAt, CompletedAt, AgentId,
             Status, ErrorMessage)
         SELECT 't' || i, 'ls', '/r', '{start}', '{start}', '{start}', 'a' || (i % 16),
             iif(i / 16 % 10 = 0, 4, 3), 'no space left' FROM n"
    );
    let execute = |sql: &str| {
        let run = |uow: &mut UnitOfWork<'_>| Ok(uow.connection().batch_execute(sql)?);
        test.store.write(run).unwrap();
    };
    execute(&script);
    let scope = TaskScope::agent(&AgentId::new("a1").unwrap());
    let cost = || {
        let read = || analyse(&test, period(start, 1), &scope);
        read();
        let (analytics, watched) = watch(read);
        assert_eq!((analytics.total, analytics.top_errors[0].count), (100, 10));
        watched.steps
    };
    let before = cost();
    // What `PRAGMA optimize` notes of 100 000 tasks; it looks at few rows of each index.
    execute(
        "ANALYZE;
         DELETE FROM sqlite_stat1 WHERE tbl = 'Tasks';
         INSERT INTO sqlite_stat1 VALUES
             ('Tasks', 'IX_Tasks_CreatedAt', '100000 1 1'),
             ('Tasks', 'IX_Tasks_Execution_Timeline', '90000 1 1 1'),
             ('Tasks', 'IX_Tasks_Agent', '80000 401'),
             ('Tasks', 'IX_Tasks_Status', '10000 401 401 1');
         ANALYZE sqlite_schema",
    );
    assert_eq!(cost(), before);
}

#[test]
fn without_tasks_everything_is_zero_and_every_hour_is_there() {
    let test = TestStore::new();
    let found = analyse(&test, period(test.clock.now(), 3), &TaskScope::default());
    assert_eq!((found.total, found.success_rate), (0, 0.0));
    assert_eq!((found.duration, found.queue_wait), Default::default());
    assert_eq!(found.throughput.len(), 3);
    assert!(found.top_errors.is_empty());
}

#[test]
fn a_period_has_its_beginning_and_not_its_end() {
    let test = TestStore::new();
    let now = test.clock.now();
    test.task("ls");
    let of = |from| analyse(&test, period(from, 1), &TaskScope::default()).total;
    assert_eq!(of(now), 1);
    assert_eq!(of(now - TimeSpan::from_ticks(HOUR)), 0);
    assert_eq!(of(now - TimeSpan::from_ticks(HOUR - 1)), 1);
    assert_eq!(of(now + TimeSpan::from_ticks(1)), 0);
}

#[test]
fn one_task_is_its_own_median() {
    let test = TestStore::new();
    let start = test.clock.now();
    let past = Past {
        created: 0,
        waited: 2 * TimeSpan::TICKS_PER_SECOND,
        ran: 1500 * MILLISECOND,
        status: TaskStatus::Completed,
        priority: TaskPriority::High,
        by_agent: false,
        elsewhere: false,
        retries: 1,
        error: None,
    };
    insert(&test, start, 1, &past);
    let found = analyse(&test, period(start, 1), &TaskScope::default());
    assert_eq!(
        (found.duration.p50, found.duration.p99, found.duration.count),
        (1500, 1500, 1)
    );
    assert_eq!((found.queue_wait.average, found.retries), (2000.0, 1));
    assert_eq!(
        (found.success_rate, found.throughput[0].completed),
        (1.0, 1)
    );
}

fn completed(created: i64, ran: i64) -> Past {
    Past {
        created,
        waited: 0,
        ran,
        status: TaskStatus::Completed,
        priority: TaskPriority::Normal,
        by_agent: true,
        elsewhere: false,
        retries: 0,
        error: None,
    }
}

#[test]
fn trends_compare_with_the_period_before() {
    let test = TestStore::new();
    let start = test.clock.now();
    test.agent("a", 1);
    let failed = Past {
        status: TaskStatus::Failed,
        error: Some("a"),
        ..completed(1, 10)
    };
    insert(&test, start, 1, &completed(0, 4000 * MILLISECOND));
    insert(&test, start, 2, &failed);
    for number in 0..4 {
        let past = completed(HOUR + number, 1000 * MILLISECOND);
        insert(&test, start, 3 + number as usize, &past);
    }
    let now = period(start + TimeSpan::from_ticks(HOUR), 1);
    let trends = test
        .store
        .read(|reader| task_trends(reader, now, &TaskScope::default()))
        .unwrap();
    assert_eq!(
        trends.previous,
        analyse(&test, period(start, 1), &TaskScope::default())
    );
    assert_eq!(trends.current, analyse(&test, now, &TaskScope::default()));
    assert_eq!((trends.total.before, trends.total.now), (2.0, 4.0));
    assert_eq!(
        (trends.total.difference, trends.total.ratio),
        (2.0, Some(2.0))
    );
    assert_eq!(
        (trends.failed.difference, trends.failed.ratio),
        (-1.0, Some(0.0))
    );
    assert_eq!(
        (trends.success_rate.before, trends.success_rate.now),
        (0.5, 1.0)
    );
    assert_eq!(trends.retries.ratio, None, "there were none before");
    assert_eq!(trends.median_duration.now, 1000.0);
}

#[test]
fn a_report_has_all_of_a_period_in_one_document() {
    let test = TestStore::new();
    let start = test.clock.now();
    test.agent("a", 1);
    insert(&test, start, 1, &completed(0, HOUR));
    let elsewhere = Past {
        by_agent: false,
        elsewhere: true,
        status: TaskStatus::Cancelled,
        ..completed(1, 0)
    };
    insert(&test, start, 2, &elsewhere);
    test.task("waits");
    let mut error = NewErrorLog::new("no space");
    error.error_code = Some("DiskFull".to_owned());
    for _ in 0..3 {
        test.store
            .write(|uow| error_logs::log(uow, &error))
            .unwrap();
    }
    let found = test
        .store
        .read(|reader| report(reader, period(start, 1)))
        .unwrap();
    assert_eq!(
        found.tasks,
        analyse(&test, period(start, 1), &TaskScope::default())
    );
    assert_eq!(found.agents.len(), 1);
    assert_eq!(
        (found.agents[0].completed, found.agents[0].success_rate),
        (1, 1.0)
    );
    let totals: Vec<i64> = found.repositories.iter().map(|r| r.total).collect();
    assert_eq!(totals, [2, 1]);
    let queue = &found.queues[0];
    assert_eq!(
        (queue.repository_path.as_str(), queue.status, queue.count),
        (REPOSITORY, TaskStatus::Pending, 1)
    );
    assert_eq!(found.errors[0].count, 3);
    let json = serde_json::to_value(&found).unwrap();
    assert_eq!(json["Errors"][0]["ErrorCode"], "DiskFull");
    assert_eq!(json["Tasks"]["Total"], 3);
}
