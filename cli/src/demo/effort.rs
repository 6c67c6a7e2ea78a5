//! What running a task comes to: made up, but the same in each demonstration.

use std::time::Duration;

/// How a run ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// The task did what it should.
    Completes,
    /// The run fails; another may succeed.
    Fails,
    /// Running the task again is of no use.
    FailsForGood,
}

/// What a run of a task comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Effort {
    /// How long it takes.
    pub(super) duration: Duration,
    /// How it ends.
    pub(super) end: End,
}

impl Effort {
    /// Derives it from the command, and from how often the task was run again.
    pub(super) fn of(command: &str, retry: i32) -> Self {
        let task = hash(command.as_bytes());
        let run = mixed(task ^ u64::from(retry.unsigned_abs()));
        let end = match (task % 100, run % 100) {
            (0..3, _) => End::FailsForGood,
            (_, 0..10) => End::Fails,
            _ => End::Completes,
        };
        let duration = Duration::from_millis(1 + (run >> 32) % 8);
        Self { duration, end }
    }
}

/// FNV-1a, <http://www.isthe.com/chongo/tech/comp/fnv/>, mixed.
fn hash(bytes: &[u8]) -> u64 {
    let fold = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    mixed(bytes.iter().fold(0xcbf2_9ce4_8422_2325, fold))
}

/// The last step of SplitMix64: each bit of the input decides over all of the output.
fn mixed(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_ends_occur_and_most_runs_succeed() {
        let efforts: Vec<_> = (0..1000)
            .map(|n| Effort::of(&format!("task {n}"), 0))
            .collect();
        let count = |end| efforts.iter().filter(|effort| effort.end == end).count();
        assert!((15..60).contains(&count(End::FailsForGood)));
        assert!((60..150).contains(&count(End::Fails)));
        assert!(count(End::Completes) > 800);
    }

    #[test]
    fn it_is_the_same_each_time_and_a_task_that_fails_for_good_always_does() {
        let is_hopeless = |n: &u32| Effort::of(&format!("task {n}"), 0).end == End::FailsForGood;
        let hopeless = format!("task {}", (0..).find(is_hopeless).unwrap());
        for retry in 0..4 {
            assert_eq!(Effort::of(&hopeless, retry).end, End::FailsForGood);
            assert_eq!(Effort::of(&hopeless, retry), Effort::of(&hopeless, retry));
        }
    }
}
