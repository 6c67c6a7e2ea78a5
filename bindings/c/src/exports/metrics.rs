//! Metrics: measured values as they come, and their rollups by hour, day and week.

use kernel::services::metrics;

use crate::abi::prelude::*;
use crate::abi::scalars::period;

/// Records a measured value.
///
/// `sample` is a JSON object: EntityType (Agent, Task, Repository, System, or any other, 1 to 100
/// characters), MetricName (1 to 255 characters), MetricValue (or Value); optional EntityId (the
/// thing's id; none for the whole), MetricUnit (or Unit; up to 50 characters), Timestamp (ISO 8601;
/// now if it is absent), Tags (an array of texts), Properties (any JSON).
///
/// `id` receives the id of the row of PerformanceMetrics, as text and not as JSON; it may be NULL.
/// Free it with orchestra_buffer_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_metric_record(
    store: *const orchestra_store,
    sample: *const u8,
    sample_len: usize,
    id: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(metrics.record writes; error; borrow store, json sample + sample_len -> optional id => {
        id.set_text(
            store
                .write(move |uow| metrics::record(uow, &sample))?
                .as_str(),
        );
    })
}

/// Records up to 10000 measured values in one transaction: all or, when it fails, none.
///
/// `samples` is a JSON array of what orchestra_metric_record() takes. `ids` receives a JSON array
/// of the ids of the rows in the same order; it may be NULL. Free it with orchestra_buffer_free().
/// The details of an error tell the Index of the value at fault, from 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_metric_record_many(
    store: *const orchestra_store,
    samples: *const u8,
    samples_len: usize,
    ids: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(metrics.record_many writes; error;
          borrow store, json_array samples + samples_len -> optional ids => {
        ids.set_json(&store.write(move |uow| metrics::record_many(uow, &samples))?)?;
    })
}

/// Merges values into the rollups of their hour, day and week, the oldest first, at most `limit`, 1
/// to 10000; a host calls it now and then, until there are no more. Each value is merged once.
///
/// `merged` receives how many these were, `has_more` 1 if more are waiting, otherwise 0. Both may
/// be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_metric_roll_up(
    store: *const orchestra_store,
    limit: u32,
    merged: *mut i64,
    has_more: *mut i32,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(metrics.roll_up writes; error; borrow store -> optional merged, optional has_more => {
        let step = store.write(move |uow| metrics::roll_up(uow, limit))?;
        merged.set_count(step.merged);
        has_more.set(step.has_more.into());
    })
}

/// Lists the points of a series that begin in a period, the oldest first, at most `limit`, 1 to
/// 10000. The period's ends are milliseconds since 1970, UTC; the second is not included. It is ten
/// years at the most.
///
/// `series` is a JSON object: EntityType, MetricName, Resolution (Instant for each value, or
/// Hourly, Daily or Weekly for what orchestra_metric_roll_up() has merged so far); optional
/// EntityId (none for values that have none).
///
/// `points` receives a JSON array: Start, End, Count, MetricValue (the mean of a
/// rollup), Sum, Min, Max, StandardDeviation, MetricUnit.
/// Free it with orchestra_buffer_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_metric_query(
    store: *const orchestra_store,
    series: *const u8,
    series_len: usize,
    from_unix_ms: i64,
    to_unix_ms: i64,
    limit: u32,
    points: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(metrics.query reads; error; borrow store, json series + series_len -> required points => {
        let period = period(from_unix_ms, to_unix_ms)?;
        points.set_json(&store.read(|reader| metrics::query(reader, &series, period, limit))?)?;
    })
}
