//! The scales of the charts: from numbers to places, and the numbers beside the axes.

/// How many steps an axis of counts has at the most.
const STEPS: i64 = 4;

/// An axis of counts, from 0 to a round number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Counts {
    step: i64,
    pub(super) top: i64,
}

impl Counts {
    /// The axis on which this is the greatest number.
    pub(super) fn up_to(greatest: i64) -> Self {
        let greatest = greatest.max(1);
        let powers = (0..18).map(|exponent| 10_i64.pow(exponent));
        let mut steps = powers.flat_map(|power| [power, 2 * power, 5 * power]);
        let enough = |step: &i64| step.saturating_mul(STEPS) >= greatest;
        let step = steps.find(enough).unwrap_or(greatest);
        Self {
            step,
            top: ((greatest - 1) / step + 1).saturating_mul(step),
        }
    }

    /// The numbers beside the axis, from 0.
    pub(super) fn ticks(self) -> impl Iterator<Item = i64> {
        (0..=self.top / self.step).map(move |index| index * self.step)
    }

    /// Where a number is, in per cent of the axis.
    pub(super) fn place(self, count: i64) -> f64 {
        count as f64 * 100.0 / self.top as f64
    }
}

/// Parts that stand on each other: what each is, where it begins, and how long it is.
pub(super) fn stacked<T>(parts: impl IntoIterator<Item = (T, i64)>) -> Vec<(T, i64, i64)> {
    let mut end = 0;
    let stacked = parts.into_iter().map(|(part, length)| {
        let begin = end;
        end = length.saturating_add(end);
        (part, begin, length)
    });
    stacked.collect()
}

/// What may stand beside an axis of times: milliseconds and their names. Each is about ten times
/// the one before.
const TIMES: [(i64, &str); 12] = [
    (1, "1 ms"),
    (10, "10 ms"),
    (100, "100 ms"),
    (1_000, "1 s"),
    (10_000, "10 s"),
    (60_000, "1 min"),
    (600_000, "10 min"),
    (3_600_000, "1 h"),
    (36_000_000, "10 h"),
    (345_600_000, "4 d"),
    (3_456_000_000, "40 d"),
    (34_560_000_000, "400 d"),
];

/// A logarithmic axis of times in milliseconds. All below 1 ms is at 1 ms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Times {
    from: i64,
    to: i64,
}

impl Times {
    /// The axis on which these are the least and the greatest time.
    pub(super) fn between(least: i64, greatest: i64) -> Self {
        let mut below = TIMES.iter().rev().map(|(time, _)| *time);
        let from = below.find(|time| *time <= least).unwrap_or(1);
        let mut above = TIMES.iter().map(|(time, _)| *time);
        let to = above.find(|time| *time >= greatest && *time > from);
        Self {
            from,
            to: to.unwrap_or(greatest.max(from + 1)),
        }
    }

    /// The times beside the axis, with their names.
    pub(super) fn ticks(self) -> impl Iterator<Item = (i64, &'static str)> {
        let within = move |(time, _): &(i64, &str)| (self.from..=self.to).contains(time);
        TIMES.into_iter().filter(within)
    }

    /// Where a time is, in per cent of the axis.
    pub(super) fn place(self, millis: i64) -> f64 {
        let from = (self.from as f64).ln();
        let share = ((millis.max(1) as f64).ln() - from) / ((self.to as f64).ln() - from);
        share.clamp(0.0, 1.0) * 100.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_of_counts_ends_at_a_round_number() {
        let ticks = |greatest| Counts::up_to(greatest).ticks().collect::<Vec<_>>();
        assert_eq!(ticks(0), [0, 1]);
        assert_eq!(ticks(4), [0, 1, 2, 3, 4]);
        assert_eq!(ticks(5), [0, 2, 4, 6]);
        assert_eq!(ticks(37), [0, 10, 20, 30, 40]);
        assert_eq!(ticks(1000), [0, 500, 1000]);
        assert_eq!(Counts::up_to(37).place(10), 25.0);
        assert!(Counts::up_to(i64::MAX).ticks().count() > 1);
    }

    #[test]
    fn an_axis_of_times_has_all_of_them_on_it() {
        let names = |least, greatest| {
            let ticks = Times::between(least, greatest).ticks();
            ticks.map(|(_, name)| name).collect::<Vec<_>>()
        };
        assert_eq!(names(0, 0), ["1 ms", "10 ms"]);
        assert_eq!(names(20, 999), ["10 ms", "100 ms", "1 s"]);
        assert_eq!(names(1000, 1000), ["1 s", "10 s"]);
        assert_eq!(names(34_560_000_000, i64::MAX), ["400 d"]);
    }

    #[test]
    fn a_time_is_where_its_logarithm_is() {
        let axis = Times::between(1, 100);
        assert_eq!(
            (axis.place(0), axis.place(10), axis.place(100)),
            (0.0, 50.0, 100.0)
        );
        assert_eq!(axis.place(i64::MAX), 100.0);
    }
}
