//! Metrics: recording, rollups against a naive computation, series.

use std::collections::BTreeMap;

use diesel::prelude::*;
use orchestra_store::schema::{audit_logs, performance_metrics};
use orchestra_store::services::analytics::Period;
use orchestra_store::services::metrics::{
    self, MetricPoint, Resolution, RollupStep, Sample, Series,
};
use orchestra_store::types::{TimeSpan, Timestamp};
use orchestra_store::{Clock as _, Durability, ErrorCode, StoreConfig};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};

use crate::support::{TestStore, scaled};

const HOUR: i64 = TimeSpan::TICKS_PER_HOUR;
const DAY: i64 = TimeSpan::TICKS_PER_DAY;

fn sample(value: f64, at: Timestamp) -> Sample {
    let mut sample = Sample::new("System", "Load", value);
    sample.timestamp = Some(at);
    sample
}

fn roll_up(test: &TestStore, limit: u32) -> RollupStep {
    test.store
        .write(|uow| metrics::roll_up(uow, limit))
        .unwrap()
}

fn points(test: &TestStore, id: Option<&str>, resolution: Resolution) -> Vec<MetricPoint> {
    let series = Series {
        entity_type: "System".to_owned(),
        entity_id: id.map(str::to_owned),
        metric_name: "Load".to_owned(),
        resolution,
    };
    let now = test.clock.now();
    let around = |days| TimeSpan::from_ticks(days * DAY);
    let period = Period::new(now - around(100), now + around(100)).unwrap();
    test.store
        .read(|r| metrics::query(r, &series, period, 10_000))
        .unwrap()
}

#[test]
fn values_are_recorded_as_they_come_and_without_audit() {
    let test = TestStore::new();
    let now = test.clock.now();
    let mut load = Sample::new("System", "Load", 0.5);
    load.metric_unit = Some("ratio".to_owned());
    test.store.write(|uow| metrics::record(uow, &load)).unwrap();
    let many = [sample(1.5, now), sample(2.5, now + TimeSpan::from_ticks(1))];
    test.store
        .write(|uow| metrics::record_many(uow, &many))
        .unwrap();

    let found = points(&test, None, Resolution::Instant);
    let values: Vec<f64> = found.iter().map(|point| point.metric_value).collect();
    assert_eq!(values, [0.5, 1.5, 2.5]);
    assert_eq!((found[0].start, found[0].count), (now, 1));
    assert_eq!(found[0].metric_unit.as_deref(), Some("ratio"));
    let audited = audit_logs::table.filter(audit_logs::entity_type.eq("PerformanceMetrics"));
    let audited: i64 = test
        .store
        .read(|r| Ok(audited.count().get_result(r.connection())?))
        .unwrap();
    assert_eq!(audited, 0);
}

#[test]
fn one_value_at_fault_keeps_all_out_and_is_named() {
    let test = TestStore::new();
    let mut samples = vec![Sample::new("System", "Load", 1.0); 3];
    for (change, column) in [
        (
            (|s| s.metric_value = f64::NAN) as fn(&mut Sample),
            "MetricValue",
        ),
        (|s| s.metric_value = f64::INFINITY, "MetricValue"),
        (|s| s.entity_type = String::new(), "EntityType"),
        (|s| s.metric_name = "x".repeat(256), "MetricName"),
        (|s| s.entity_id = Some("a\0".to_owned()), "EntityId"),
    ] {
        samples[1] = samples[0].clone();
        change(&mut samples[1]);
        let error = test
            .store
            .write(|uow| metrics::record_many(uow, &samples))
            .unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvalidArgument);
        assert_eq!(error.details().column.as_deref(), Some(column));
        assert_eq!(error.details().index, Some(1));
    }
    assert!(points(&test, None, Resolution::Instant).is_empty());
}

#[test]
fn rolling_up_twice_changes_nothing_and_late_values_are_merged() {
    let test = TestStore::new();
    let start = test.clock.now();
    let at = |ticks| start + TimeSpan::from_ticks(ticks);
    let record = |values: &[(f64, i64)]| {
        let samples: Vec<Sample> = values.iter().map(|&(v, t)| sample(v, at(t))).collect();
        test.store
            .write(|uow| metrics::record_many(uow, &samples))
            .unwrap();
    };
    record(&[(1.0, 0), (3.0, HOUR - 1), (10.0, HOUR), (20.0, DAY)]);
    assert_eq!(
        roll_up(&test, 3),
        RollupStep {
            merged: 3,
            has_more: true
        }
    );
    assert_eq!(
        roll_up(&test, 3),
        RollupStep {
            merged: 1,
            has_more: false
        }
    );

    let hours = points(&test, None, Resolution::Hourly);
    let counts: Vec<(i64, f64)> = hours.iter().map(|p| (p.count, p.metric_value)).collect();
    assert_eq!(counts, [(2, 2.0), (1, 10.0), (1, 20.0)]);
    assert_eq!((hours[0].start, hours[0].end), (start, at(HOUR)));
    assert_eq!(
        (hours[0].min, hours[0].max, hours[0].standard_deviation),
        (1.0, 3.0, 1.0)
    );
    assert_eq!(points(&test, None, Resolution::Daily).len(), 2);
    // The first of January 2026 is a Thursday.
    let weeks = points(&test, None, Resolution::Weekly);
    assert_eq!(
        (weeks.len(), weeks[0].count, weeks[0].start),
        (1, 4, at(-3 * DAY))
    );

    assert_eq!(
        roll_up(&test, 100),
        RollupStep {
            merged: 0,
            has_more: false
        }
    );
    assert_eq!(points(&test, None, Resolution::Hourly), hours);

    // Rollups stay when the values are removed, and take in what comes late.
    let instants = performance_metrics::table.filter(performance_metrics::period_start.is_null());
    test.store
        .write(|uow| Ok(diesel::delete(instants).execute(uow.connection())?))
        .unwrap();
    record(&[(5.0, 1)]);
    roll_up(&test, 100);
    let first = &points(&test, None, Resolution::Hourly)[0];
    assert_eq!((first.count, first.sum, first.max), (3, 9.0, 5.0));
}

#[test]
fn the_greatest_values_do_not_stop_the_rollup() {
    let test = TestStore::new();
    let now = test.clock.now();
    let samples = [
        sample(f64::MAX, now),
        sample(f64::MAX, now),
        sample(f64::MIN, now),
    ];
    test.store
        .write(|uow| metrics::record_many(uow, &samples))
        .unwrap();
    assert_eq!(roll_up(&test, 100).merged, 3);
    assert_eq!(points(&test, None, Resolution::Daily)[0].count, 3);
}

type Expected = BTreeMap<(Option<&'static str>, i64), Vec<f64>>;

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * (1.0 + a.abs().max(b.abs()))
}

fn is_as_expected(point: &MetricPoint, values: &[f64]) -> bool {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / count;
    point.count == values.len() as i64
        && close(point.metric_value, mean)
        && close(point.sum, values.iter().sum())
        && point.min == values.iter().copied().fold(f64::MAX, f64::min)
        && point.max == values.iter().copied().fold(f64::MIN, f64::max)
        && (point.standard_deviation - variance.sqrt()).abs() <= 1e-6 * (1.0 + variance.sqrt())
}

#[test]
fn rollups_are_what_a_naive_computation_over_the_values_gives() {
    let fast = |config: &mut StoreConfig| config.durability = Durability::Normal;
    let test = TestStore::with(fast);
    let start = test.clock.now();
    let config = Config {
        cases: scaled(25, 500),
        failure_persistence: None,
        ..Config::default()
    };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[5; 32]);
    let ids = proptest::sample::select(vec![None, Some("one"), Some("two")]);
    // Many fall on the borders of hours, days and weeks.
    let times = prop_oneof![
        (-200..200_i64).prop_map(|hour| hour * HOUR),
        -8 * DAY..8 * DAY
    ];
    let batch = proptest::collection::vec((ids, times, -1e6..1e6_f64), 0..30);
    let cases = (proptest::collection::vec(batch, 1..4), 1..40_u32);
    let outcome = TestRunner::new_with_rng(config, rng).run(&cases, |(batches, limit)| {
        test.store
            .write(|uow| Ok(diesel::delete(performance_metrics::table).execute(uow.connection())?))
            .unwrap();
        let mut recorded = Vec::new();
        for batch in batches {
            let samples: Vec<Sample> = batch
                .iter()
                .map(|&(id, ticks, value)| {
                    let mut sample = sample(value, start + TimeSpan::from_ticks(ticks));
                    sample.entity_id = id.map(str::to_owned);
                    sample
                })
                .collect();
            test.store
                .write(|uow| metrics::record_many(uow, &samples))
                .unwrap();
            // Also where nothing is left, and in the middle of what comes.
            roll_up(&test, limit);
            recorded.extend(batch);
        }
        while roll_up(&test, limit).has_more {}
        for (resolution, length, offset) in [
            (Resolution::Hourly, HOUR, 0),
            (Resolution::Daily, DAY, 0),
            (Resolution::Weekly, 7 * DAY, 3 * DAY),
        ] {
            let mut expected = Expected::new();
            for &(id, ticks, value) in &recorded {
                let moment = start.ticks() + ticks + offset;
                let begin = moment.div_euclid(length) * length - offset;
                expected.entry((id, begin)).or_default().push(value);
            }
            let mut found = 0;
            for id in [None, Some("one"), Some("two")] {
                for point in points(&test, id, resolution) {
                    let values = &expected[&(id, point.start.ticks())];
                    prop_assert!(is_as_expected(&point, values), "{point:?} {values:?}");
                    prop_assert_eq!(point.end - point.start, TimeSpan::from_ticks(length));
                    found += 1;
                }
            }
            prop_assert_eq!(found, expected.len());
        }
        Ok::<(), TestCaseError>(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}
