//! Distribution of a set of values: minimum, maximum, mean and percentiles, computed exactly in bounded memory.

use serde::Serialize;

/// Distribution of a set of times in milliseconds; all zero for an empty set.
///
/// A percentile is the smallest value that at least this share of the values doesn't exceed (nearest rank), so it is
/// always a value that occurred.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Distribution {
    /// Number of values.
    pub count: i64,
    /// Minimum.
    pub min: i64,
    /// Mean.
    pub average: f64,
    /// Maximum.
    pub max: i64,
    /// Median.
    pub p50: i64,
    /// 95th percentile.
    pub p95: i64,
    /// 99th percentile.
    pub p99: i64,
}

/// Percentiles of a [`Distribution`], in the order of its fields.
const PERCENTS: [u64; 3] = [50, 95, 99];

/// Computes the [`Distribution`] of values in one or more passes over them.
///
/// Up to [`MOST_KEPT`] values are kept. More values are counted in buckets by the first pass. If a percentile falls into
/// a bucket of several values, another pass over the same values counts that bucket in finer ones:
///
/// ```ignore
/// let mut values = ValueDistribution::default();
/// while values.wants_pass() {
///     for value in source {
///         values.add(value);
///     }
///     values.end_pass();
/// }
/// values.distribution()
/// ```
///
/// Values below [`FIRST_WIDE`] (70 minutes, in milliseconds) have buckets of their own, so that one pass is enough if
/// no percentile is above. Percentiles up to three days take two passes, others at most five. Negative values count as
/// zero.
#[derive(Debug, Default)]
pub(crate) struct ValueDistribution {
    count: u64,
    min: u64,
    max: u64,
    sum: u128,
    histogram: Histogram,
    /// Percentiles, once the first pass has ended.
    ranks: Option<[Rank; PERCENTS.len()]>,
}

impl ValueDistribution {
    /// Returns true while another pass over all values is needed.
    pub(crate) fn wants_pass(&self) -> bool {
        match &self.ranks {
            None => true,
            Some(ranks) => ranks.iter().any(|rank| rank.window.is_some()),
        }
    }

    /// Adds a value; does nothing when no further pass is needed.
    pub(crate) fn add(&mut self, value: i64) {
        let value = u64::try_from(value).unwrap_or(0);
        match &mut self.ranks {
            None => self.add_first(value),
            Some(ranks) => {
                for window in ranks.iter_mut().filter_map(|rank| rank.window.as_mut()) {
                    window.add(value);
                }
            }
        }
    }

    fn add_first(&mut self, value: u64) {
        self.min = if self.count == 0 {
            value
        } else {
            self.min.min(value)
        };
        self.max = self.max.max(value);
        self.sum += u128::from(value);
        self.count += 1;
        self.histogram.add(value);
    }

    /// Ends a pass, in which all values were added.
    pub(crate) fn end_pass(&mut self) {
        match &mut self.ranks {
            None => {
                self.histogram.kept.sort_unstable();
                let found = PERCENTS.map(|percent| self.histogram.rank(self.count, percent));
                self.histogram = Histogram::default();
                self.ranks = Some(found);
            }
            Some(ranks) => ranks.iter_mut().for_each(Rank::narrow),
        }
    }

    /// Returns the distribution. All passes must have ended.
    pub(crate) fn distribution(&self) -> Distribution {
        let ranks = self.ranks.as_ref().filter(|_| self.count > 0);
        let Some([p50, p95, p99]) = ranks.map(|ranks| ranks.each_ref().map(|r| signed(r.value)))
        else {
            return Distribution::default();
        };
        Distribution {
            count: signed(self.count),
            min: signed(self.min),
            average: self.sum as f64 / self.count as f64,
            max: signed(self.max),
            p50,
            p95,
            p99,
        }
    }
}

fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// Maximum number of values that are kept: up to here, they take less memory and time than the buckets.
const MOST_KEPT: usize = 1 << 16;

/// Limit below which each value has a bucket of its own.
const FIRST_WIDE: u64 = 1 << FIRST_WIDE_BITS;
const FIRST_WIDE_BITS: u32 = 22;
/// Number of buckets of equal width for each power of two above that limit.
const STEPS: u64 = 1 << STEP_BITS;
const STEP_BITS: u32 = 11;
const BUCKETS: usize = (FIRST_WIDE + (u64::BITS - FIRST_WIDE_BITS) as u64 * STEPS) as usize;

/// The values themselves, or their number in each bucket. Buckets are wider for greater values. All [`BUCKETS`] take
/// 17 MB of address space, of which only the pages that are counted in use memory.
#[derive(Debug, Default)]
struct Histogram {
    kept: Vec<u64>,
    /// Counts of the buckets; empty while the values are kept.
    counts: Vec<u32>,
}

impl Histogram {
    fn in_buckets() -> Self {
        Self {
            kept: Vec::new(),
            // Allocated at once: growing would copy, and need memory for both.
            counts: vec![0; BUCKETS],
        }
    }

    fn add(&mut self, value: u64) {
        if !self.counts.is_empty() {
            self.counts[bucket_of(value)] += 1;
        } else if self.kept.len() < MOST_KEPT {
            self.kept.push(value);
        } else {
            let kept = std::mem::replace(self, Self::in_buckets()).kept;
            kept.into_iter().for_each(|value| self.add(value));
            self.add(value);
        }
    }

    /// Returns the rank of a percentile of `count` values. The kept values must be sorted.
    fn rank(&self, count: u64, percent: u64) -> Rank {
        let rank = (count * percent).div_ceil(100).max(1);
        if self.counts.is_empty() {
            let value = self.kept.get(rank as usize - 1);
            return Rank::within(value.copied().unwrap_or_default(), 1, 1);
        }
        let (bucket, rank) = find(&self.counts, rank);
        let (start, width) = bounds_of(bucket);
        Rank::within(start, width, rank)
    }
}

fn bucket_of(value: u64) -> usize {
    if value < FIRST_WIDE {
        return value as usize;
    }
    let power = value.ilog2();
    let step = (value >> (power - STEP_BITS)) - STEPS;
    (FIRST_WIDE + u64::from(power - FIRST_WIDE_BITS) * STEPS + step) as usize
}

/// Returns the smallest value of a bucket, and its width.
fn bounds_of(bucket: usize) -> (u64, u64) {
    let bucket = bucket as u64;
    if bucket < FIRST_WIDE {
        return (bucket, 1);
    }
    let (power, step) = ((bucket - FIRST_WIDE) / STEPS, (bucket - FIRST_WIDE) % STEPS);
    let width = 1 << (power + u64::from(FIRST_WIDE_BITS - STEP_BITS));
    ((STEPS + step) * width, width)
}

/// Returns the bucket that contains the value with this rank, from 1, and the rank of the value in that bucket.
fn find(counts: &[u32], rank: u64) -> (usize, u64) {
    let mut before = 0;
    for (bucket, count) in counts.iter().enumerate() {
        let count = u64::from(*count);
        if before + count >= rank {
            return (bucket, rank - before);
        }
        before += count;
    }
    (0, 1)
}

/// The value with one rank, or the range that contains it.
#[derive(Debug)]
struct Rank {
    /// Value; while there is a window, its lower bound.
    value: u64,
    window: Option<RankRange>,
}

impl Rank {
    fn within(start: u64, width: u64, rank: u64) -> Self {
        Self {
            value: start,
            window: (width > 1).then(|| RankRange::new(start, width, rank)),
        }
    }

    fn narrow(&mut self) {
        if let Some(window) = self.window.take() {
            let (bucket, rank) = find(&window.counts, window.rank);
            let start = window.start + ((bucket as u64) << window.shift);
            *self = Self::within(start, 1 << window.shift, rank);
        }
    }
}

/// Maximum number of buckets of a window, as a power of two.
const WINDOW_BITS: u32 = 16;

/// A range of values that contains the one with a rank, counted in buckets of equal width.
#[derive(Debug)]
struct RankRange {
    start: u64,
    /// Width of a bucket, as a power of two.
    shift: u32,
    counts: Vec<u32>,
    rank: u64,
}

impl RankRange {
    /// Creates a range; `width` must be a power of two.
    fn new(start: u64, width: u64, rank: u64) -> Self {
        let shift = width.ilog2().saturating_sub(WINDOW_BITS);
        Self {
            start,
            shift,
            counts: vec![0; (width >> shift) as usize],
            rank,
        }
    }

    fn add(&mut self, value: u64) {
        let bucket = value.checked_sub(self.start).map(|v| v >> self.shift);
        let bucket = bucket.and_then(|bucket| self.counts.get_mut(bucket as usize));
        if let Some(count) = bucket {
            *count += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tally(values: &[i64]) -> (Distribution, u32) {
        run(ValueDistribution::default(), values)
    }

    /// Counts the values in buckets, as for more values than are kept.
    fn tally_in_buckets(values: &[i64]) -> (Distribution, u32) {
        let histogram = Histogram::in_buckets();
        let tally = ValueDistribution {
            histogram,
            ..ValueDistribution::default()
        };
        run(tally, values)
    }

    fn run(mut tally: ValueDistribution, values: &[i64]) -> (Distribution, u32) {
        let mut passes = 0;
        while tally.wants_pass() {
            values.iter().for_each(|&value| tally.add(value));
            tally.end_pass();
            passes += 1;
        }
        (tally.distribution(), passes)
    }

    fn naive(mut values: Vec<i64>) -> Distribution {
        values.sort_unstable();
        let (Some(&min), Some(&max)) = (values.first(), values.last()) else {
            return Distribution::default();
        };
        // The smallest value that at least this share doesn't exceed.
        let percentile = |percent: usize| {
            let enough = |value: &&i64| {
                let not_above = values.partition_point(|v| v <= value);
                not_above * 100 >= percent * values.len()
            };
            *values.iter().find(enough).unwrap()
        };
        let sum: i128 = values.iter().map(|&value| i128::from(value)).sum();
        Distribution {
            count: values.len() as i64,
            min,
            average: sum as f64 / values.len() as f64,
            max,
            p50: percentile(50),
            p95: percentile(95),
            p99: percentile(99),
        }
    }

    #[test]
    fn percentiles_are_values_that_occurred() {
        let (hundred, passes) = tally(&(1..=100).rev().collect::<Vec<_>>());
        assert_eq!((hundred.p50, hundred.p95, hundred.p99), (50, 95, 99));
        assert_eq!((hundred.min, hundred.max, hundred.average), (1, 100, 50.5));
        assert_eq!(passes, 1);
    }

    #[test]
    fn one_value_is_its_own_median_and_no_values_are_all_zero() {
        let (one, _) = tally(&[7]);
        assert_eq!((one.p50, one.p99, one.min, one.count), (7, 7, 7, 1));
        assert_eq!(tally(&[]), (Distribution::default(), 1));
        assert_eq!(tally(&[-3]).0.max, 0);
    }

    #[test]
    fn buckets_leave_no_gap() {
        let last = bucket_of(u64::MAX);
        assert_eq!(last, BUCKETS - 1);
        let mut next = 0;
        for bucket in 0..=last {
            let (start, width) = bounds_of(bucket);
            assert_eq!(start, next, "bucket {bucket}");
            assert_eq!(bucket_of(start), bucket);
            assert_eq!(bucket_of(start + (width - 1)), bucket);
            next = start.wrapping_add(width);
        }
        assert_eq!(next, 0);
    }

    #[test]
    fn greater_values_need_more_passes() {
        let (found, passes) = tally_in_buckets(&[i64::MAX, i64::MAX - 1]);
        assert_eq!((found.p50, found.p99), (i64::MAX - 1, i64::MAX));
        assert_eq!(passes, 5);
        let three_days = 3 * 86_400_000;
        assert_eq!(tally_in_buckets(&[three_days, three_days - 1]).1, 2);
        assert_eq!(tally(&[i64::MAX, i64::MAX - 1]).1, 1);
    }

    #[test]
    fn more_values_than_are_kept_are_counted() {
        for count in [MOST_KEPT - 1, MOST_KEPT, MOST_KEPT + 1, 2 * MOST_KEPT] {
            let values: Vec<i64> = (0..count as i64).map(|n| n * 7919 % 100_003).collect();
            assert_eq!(tally(&values), (naive(values), 1), "{count}");
        }
    }

    proptest! {
        // Each case scans all buckets several times.
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn it_equals_sorting_all_values(
            values in proptest::collection::vec(
                prop_oneof![0..100_i64, 0..5_000_000_i64, 0..40_000_000_000_i64, 0..i64::MAX, 4_194_302..4_194_308_i64],
                0..300,
            )
        ) {
            prop_assert_eq!(tally(&values).0, naive(values.clone()));
            prop_assert_eq!(tally_in_buckets(&values).0, naive(values));
        }
    }
}
