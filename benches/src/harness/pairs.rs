//! Two sides of a case, in turn.

use std::time::{Duration, Instant};

use super::Spread;

/// How long each case is measured.
#[derive(Debug, Clone, Copy)]
pub struct Effort {
    /// The least that one side works in a round: short, so that few rounds are interrupted by
    /// something else, and both sides of most rounds meet the same conditions.
    pub round: Duration,
    /// The time after which no further round begins.
    pub budget: Duration,
    /// The least number of rounds.
    pub rounds: usize,
}

impl Effort {
    /// Enough to see where things stand.
    pub const SHORT: Self = Self {
        round: Duration::from_millis(1),
        budget: Duration::from_secs(2),
        rounds: 5,
    };
    /// For the report.
    pub const FULL: Self = Self {
        round: Duration::from_millis(1),
        budget: Duration::from_secs(10),
        rounds: 11,
    };
    /// Only to see that it runs.
    pub const SMOKE: Self = Self {
        round: Duration::ZERO,
        budget: Duration::ZERO,
        rounds: 2,
    };

    /// The same with a third of the time, for what is done by many.
    #[must_use]
    pub fn shortened(mut self) -> Self {
        self.budget /= 3;
        self.rounds = 3;
        self
    }
}

/// What is measured.
#[derive(Debug, Clone, Copy)]
pub struct Case {
    /// What is done.
    pub name: &'static str,
    /// What it is compared with.
    pub baseline: &'static str,
    /// The ratio that it is to reach at least, if one is set.
    pub target: Option<f64>,
}

impl Case {
    /// A case with this name against the same work by hand.
    pub const fn new(name: &'static str) -> Self {
        Self {
            name,
            baseline: "by hand",
            target: None,
        }
    }

    /// The same, which is to reach this ratio.
    pub const fn at_least(mut self, target: f64) -> Self {
        self.target = Some(target);
        self
    }

    /// The same, compared with something else.
    pub const fn against(mut self, baseline: &'static str) -> Self {
        self.baseline = baseline;
        self
    }
}

/// What came out of a case.
#[derive(Debug, Clone, Copy)]
pub struct Measurement {
    /// The case.
    pub case: Case,
    /// Seconds that the kernel takes for one operation.
    pub kernel: Spread,
    /// Seconds that the baseline takes for it.
    pub baseline: Spread,
    /// The baseline's time divided by the kernel's, round by round: 1 where both are equally
    /// fast, less where the kernel is slower.
    pub ratio: Spread,
    /// How many rounds there were.
    pub rounds: usize,
}

impl Measurement {
    /// Whether the median ratio reaches the target, if there is one.
    pub fn meets_target(&self) -> Option<bool> {
        self.case.target.map(|target| self.ratio.median >= target)
    }
}

/// Runs cases and keeps what came out.
#[derive(Debug)]
pub struct Bench {
    /// How long each case is measured.
    pub effort: Effort,
    only: Option<String>,
    /// What came out.
    pub measurements: Vec<Measurement>,
}

impl Bench {
    /// Runs all cases, or only those whose names contain a text.
    pub fn new(effort: Effort, only: Option<String>) -> Self {
        Self {
            effort,
            only,
            measurements: Vec::new(),
        }
    }

    /// Whether any of these cases is to run.
    pub fn wants(&self, cases: &[Case]) -> bool {
        let wanted = |name: &str| self.only.as_deref().is_none_or(|only| name.contains(only));
        cases.iter().any(|case| wanted(case.name))
    }

    /// Measures one case, if it is to run. Each side does as many operations as it is told, and
    /// says how long they took; what it has to prepare isn't in that time.
    ///
    /// Both sides run in each round, and take turns to be first.
    pub fn compare(
        &mut self,
        case: Case,
        mut kernel: impl FnMut(u32) -> Duration,
        mut baseline: impl FnMut(u32) -> Duration,
    ) {
        if !self.wants(&[case]) {
            return;
        }
        let count = self.operations_per_round(&mut kernel, &mut baseline);
        let mut rounds: Vec<(f64, f64)> = Vec::new();
        let started = Instant::now();
        while rounds.len() < self.effort.rounds || started.elapsed() < self.effort.budget {
            let round = if rounds.len().is_multiple_of(2) {
                let kernel = kernel(count);
                (kernel, baseline(count))
            } else {
                let baseline = baseline(count);
                (kernel(count), baseline)
            };
            rounds.push((round.0.as_secs_f64(), round.1.as_secs_f64()));
        }
        let measurement = sum_up(case, &rounds, count);
        println!("{measurement}");
        self.measurements.push(measurement);
    }

    /// Doubles the number of operations until the faster side works long enough, which warms both
    /// up too.
    fn operations_per_round(
        &self,
        kernel: &mut impl FnMut(u32) -> Duration,
        baseline: &mut impl FnMut(u32) -> Duration,
    ) -> u32 {
        let mut count = 1;
        while kernel(count).min(baseline(count)) < self.effort.round {
            count *= 2;
        }
        count
    }
}

fn sum_up(case: Case, rounds: &[(f64, f64)], count: u32) -> Measurement {
    let each = |of: fn(&(f64, f64)) -> f64| Spread::of(rounds.iter().map(of).collect());
    let per_operation = |spread: Spread| Spread {
        lower: spread.lower / f64::from(count),
        median: spread.median / f64::from(count),
        upper: spread.upper / f64::from(count),
    };
    Measurement {
        case,
        kernel: per_operation(each(|round| round.0)),
        baseline: per_operation(each(|round| round.1)),
        ratio: each(|round| round.1 / round.0),
        rounds: rounds.len(),
    }
}

impl std::fmt::Display for Measurement {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let verdict = match (self.case.target, self.meets_target()) {
            (Some(target), Some(true)) => format!(", at least {target:.2}: met"),
            (Some(target), _) => format!(", at least {target:.2}: MISSED"),
            (None, _) => String::new(),
        };
        write!(
            f,
            "{}: {:.2} [{:.2}-{:.2}] of {} ({:.1} against {:.1} µs, {} rounds){verdict}",
            self.case.name,
            self.ratio.median,
            self.ratio.lower,
            self.ratio.upper,
            self.case.baseline,
            self.kernel.median * 1e6,
            self.baseline.median * 1e6,
            self.rounds,
        )
    }
}
