//! Numberings of the states of agents in state files, and their detection.

use std::fmt;

use serde::Serialize;

use crate::types::AgentStatus;

/// Numbering of the states of agents in a state file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub enum StatusNumbering {
    /// Idle 0, Working 1, Error 2, Offline 3.
    FourValue,
    /// Idle 0, Working 1, Busy 2, Error 3, Offline 4.
    FiveValue,
}

impl StatusNumbering {
    /// Returns the state that a number stands for; Working becomes Busy.
    pub(super) fn status(self, number: i64) -> Option<AgentStatus> {
        use AgentStatus::{Busy, Error, Idle, Offline};
        let states: &[AgentStatus] = match self {
            Self::FourValue => &[Idle, Busy, Error, Offline],
            Self::FiveValue => &[Idle, Busy, Busy, Error, Offline],
        };
        usize::try_from(number)
            .ok()
            .and_then(|index| states.get(index).copied())
    }

    /// Returns the number of states.
    pub(super) const fn len(self) -> i64 {
        match self {
            Self::FourValue => 4,
            Self::FiveValue => 5,
        }
    }
}

/// Numbers of a repository's agents by state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct StatusCounts {
    pub(super) idle: u64,
    pub(super) working: u64,
    pub(super) error: u64,
    pub(super) offline: u64,
}

impl StatusCounts {
    /// Counts the states that these numbers stand for; others are ignored.
    pub(super) fn of(numbering: StatusNumbering, numbers: &[i64]) -> Self {
        let mut counts = Self::default();
        for status in numbers.iter().filter_map(|n| numbering.status(*n)) {
            counts.count(status);
        }
        counts
    }

    fn count(&mut self, status: AgentStatus) {
        match status {
            AgentStatus::Idle => self.idle += 1,
            AgentStatus::Busy => self.working += 1,
            AgentStatus::Error => self.error += 1,
            AgentStatus::Offline => self.offline += 1,
            AgentStatus::Unknown => {}
        }
    }
}

impl fmt::Display for StatusCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            idle,
            working,
            error,
            offline,
        } = self;
        write!(
            f,
            "{idle} idle, {working} working, {error} in error, {offline} offline"
        )
    }
}

/// Agents of one repository: the numbers of their states, and the counts in the repository's record.
#[derive(Debug, Default)]
pub(super) struct AgentGroup {
    pub(super) numbers: Vec<i64>,
    /// States that are given by name.
    pub(super) named: Vec<AgentStatus>,
    pub(super) counts: Option<StatusCounts>,
}

impl AgentGroup {
    /// Counts the states of the agents.
    pub(super) fn found(&self, numbering: StatusNumbering) -> StatusCounts {
        let mut found = StatusCounts::of(numbering, &self.numbers);
        self.named.iter().for_each(|&status| found.count(status));
        found
    }
}

/// Detected numbering.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct DetectedNumbering {
    pub(super) numbering: StatusNumbering,
    /// True if it could be the other one, with another state for some agent.
    pub(super) is_guess: bool,
}

/// Detects the numbering by the counts in the repositories' records, by the majority if they disagree. If they fit
/// both, a number that only one numbering has decides.
pub(super) fn decide<'a>(groups: impl Iterator<Item = &'a AgentGroup>) -> DetectedNumbering {
    let mut fitting = [0_u32; 2];
    let (mut only_five_values, mut ambiguous) = (false, false);
    for group in groups {
        for (fits, numbering) in fitting
            .iter_mut()
            .zip([StatusNumbering::FourValue, StatusNumbering::FiveValue])
        {
            let fit = group.counts == Some(group.found(numbering));
            *fits += u32::from(fit);
        }
        only_five_values |= group.numbers.contains(&4);
        ambiguous |= group.numbers.iter().any(|n| matches!(n, 2 | 3));
    }
    let [four, five] = fitting;
    let decided = |numbering| DetectedNumbering {
        numbering,
        is_guess: false,
    };
    if four != five {
        decided(if four > five {
            StatusNumbering::FourValue
        } else {
            StatusNumbering::FiveValue
        })
    } else if only_five_values {
        decided(StatusNumbering::FiveValue)
    } else {
        DetectedNumbering {
            numbering: StatusNumbering::FourValue,
            is_guess: ambiguous,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::StatusNumbering::{FiveValue, FourValue};
    use super::*;

    fn group(numbers: &[i64], counts: Option<[u64; 4]>) -> AgentGroup {
        AgentGroup {
            numbers: numbers.to_vec(),
            named: Vec::new(),
            counts: counts.map(|[idle, working, error, offline]| StatusCounts {
                idle,
                working,
                error,
                offline,
            }),
        }
    }

    fn decided(groups: &[AgentGroup]) -> (StatusNumbering, bool) {
        let DetectedNumbering {
            numbering,
            is_guess,
        } = decide(groups.iter());
        (numbering, is_guess)
    }

    #[test]
    fn the_counts_of_the_repositories_decide() {
        let numbers = [0, 1, 2, 3];
        let four = group(&numbers, Some([1, 1, 1, 1]));
        let five = group(&numbers, Some([1, 2, 1, 0]));
        assert_eq!(decided(&[four]), (FourValue, false));
        assert_eq!(decided(&[five]), (FiveValue, false));
    }

    #[test]
    fn one_repository_that_tells_decides_for_all() {
        let silent = group(&[0, 1], Some([1, 1, 0, 0]));
        let without_counts = group(&[2, 3], None);
        let telling = group(&[2], Some([0, 1, 0, 0]));
        assert_eq!(
            decided(&[silent, without_counts, telling]),
            (FiveValue, false)
        );
    }

    #[test]
    fn counts_outweigh_a_number_that_only_five_values_have() {
        let stray = group(&[4], None);
        let telling = group(&[2, 2, 3], Some([0, 0, 2, 1]));
        assert_eq!(decided(&[stray, telling]), (FourValue, false));
    }

    #[test]
    fn the_majority_of_counts_that_disagree_decides() {
        let four = || group(&[2], Some([0, 0, 1, 0]));
        let five = group(&[2], Some([0, 1, 0, 0]));
        assert_eq!(decided(&[four(), five, four()]), (FourValue, false));
    }

    #[test]
    fn without_counts_a_four_decides() {
        assert_eq!(decided(&[group(&[0, 2, 4], None)]), (FiveValue, false));
        let wrong_counts = group(&[0, 2, 4], Some([9, 9, 9, 9]));
        assert_eq!(decided(&[wrong_counts]), (FiveValue, false));
    }

    #[test]
    fn without_anything_it_is_four_values_and_a_guess_where_that_matters() {
        assert_eq!(decided(&[group(&[0, 1, 2], None)]), (FourValue, true));
        assert_eq!(decided(&[group(&[0, 1, 3], None)]), (FourValue, true));
        assert_eq!(decided(&[group(&[0, 1], None)]), (FourValue, false));
        assert_eq!(decided(&[]), (FourValue, false));
    }

    #[test]
    fn each_number_stands_for_one_state() {
        use AgentStatus::{Busy, Error, Idle, Offline};
        let states = |numbering: StatusNumbering| {
            (-1..6)
                .map(|n| numbering.status(n))
                .collect::<Vec<Option<AgentStatus>>>()
        };
        let some = |states: [AgentStatus; 4]| states.map(Some);
        assert_eq!(states(FourValue)[1..5], some([Idle, Busy, Error, Offline]));
        assert_eq!(states(FiveValue)[2..6], some([Busy, Busy, Error, Offline]));
        for numbering in [FourValue, FiveValue] {
            let known = states(numbering).iter().flatten().count();
            assert_eq!(i64::try_from(known).unwrap(), numbering.len());
            assert_eq!(numbering.status(numbering.len()), None);
        }
    }
}
