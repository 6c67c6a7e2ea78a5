//! Moments of a set of values, which can be merged with those of another set.

/// Count, sum, minimum, maximum, and sum of the squared distances from the mean.
///
/// Two sets are merged by the formula of Chan, Golub and LeVeque (“Updating Formulae and a Pairwise Algorithm for
/// Computing Sample Variances”, 1979), which, unlike a sum of squares, keeps its precision for values that are close
/// together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moments {
    /// Number of values.
    pub count: i64,
    /// Sum.
    pub sum: f64,
    /// Minimum.
    pub min: f64,
    /// Maximum.
    pub max: f64,
    /// Sum of the squared distances from the mean.
    pub m2: f64,
}

impl Moments {
    /// Returns the moments of one value.
    pub const fn of(value: f64) -> Self {
        Self {
            count: 1,
            sum: value,
            min: value,
            max: value,
            m2: 0.0,
        }
    }

    /// Returns the mean.
    pub fn mean(self) -> f64 {
        self.sum / self.count as f64
    }

    /// Returns the population standard deviation.
    pub fn standard_deviation(self) -> f64 {
        (self.m2 / self.count as f64).sqrt()
    }

    /// Returns the moments of both sets together. A sum that overflows becomes the greatest finite number.
    #[must_use]
    pub fn merged(self, other: Self) -> Self {
        let count = self.count.saturating_add(other.count);
        let distance = other.mean() - self.mean();
        let weight = self.count as f64 * (other.count as f64 / count as f64);
        Self {
            count,
            sum: finite(self.sum + other.sum),
            min: self.min.min(other.min),
            max: self.max.max(other.max),
            m2: finite(self.m2 + other.m2 + distance * distance * weight),
        }
    }
}

fn finite(value: f64) -> f64 {
    value.clamp(f64::MIN, f64::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(values: &[f64]) -> Option<Moments> {
        values
            .iter()
            .copied()
            .map(Moments::of)
            .reduce(Moments::merged)
    }

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() <= 1e-9 * (1.0 + a.abs().max(b.abs()))
    }

    #[test]
    fn close_values_keep_their_precision() {
        let found = of(&[1e9 + 4.0, 1e9 + 7.0, 1e9 + 13.0, 1e9 + 16.0]).unwrap();
        assert!(close(found.m2, 90.0), "{found:?}");
    }

    #[test]
    fn the_greatest_values_stay_finite() {
        let found = of(&[f64::MAX, f64::MAX, f64::MIN]).unwrap();
        assert!(found.sum.is_finite() && found.m2.is_finite(), "{found:?}");
    }

    proptest! {
        #[test]
        fn merging_equals_computing_over_all_values(
            one in proptest::collection::vec(-1e6..1e6_f64, 1..50),
            other in proptest::collection::vec(-1e6..1e6_f64, 1..50),
        ) {
            let merged = of(&one).unwrap().merged(of(&other).unwrap());
            let all = [one, other].concat();
            let mean = all.iter().sum::<f64>() / all.len() as f64;
            let m2: f64 = all.iter().map(|value| (value - mean).powi(2)).sum();
            prop_assert_eq!(merged.count, all.len() as i64);
            prop_assert!(close(merged.mean(), mean));
            prop_assert!((merged.m2 - m2).abs() <= 1e-9 * (1.0 + m2));
            prop_assert_eq!(merged.min, all.iter().copied().fold(f64::MAX, f64::min));
            prop_assert_eq!(merged.max, all.iter().copied().fold(f64::MIN, f64::max));
        }
    }
}
