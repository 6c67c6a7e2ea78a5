//! Waits of tasks before their retries.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::time::Duration;

use crate::config::QueuePolicy;
use crate::rows::Reader;
use crate::tables::Task;
use crate::types::Timestamp;

/// Returns the time of a task's next retry, if its run ends now: after its backoff and a part of the jitter that follows
/// from its id, so that a test meets it again.
pub(super) fn next_run(reader: &Reader<'_>, task: &Task) -> Timestamp {
    let policy = reader.queue_policy();
    let retry = task.retry_count.saturating_add(1);
    let mut hasher = DefaultHasher::new();
    (task.id.as_str(), retry).hash(&mut hasher);
    let jitter = jitter(policy, policy.backoff_before(retry));
    reader.now() + policy.backoff_before(retry) + part(jitter, hasher.finish())
}

/// Returns the longest wait before a retry.
pub(super) fn longest(policy: &QueuePolicy) -> Duration {
    let backoff = policy.max_backoff;
    backoff.saturating_add(jitter(policy, backoff))
}

fn jitter(policy: &QueuePolicy, backoff: Duration) -> Duration {
    backoff.saturating_mul(policy.jitter_percent.into()) / 100
}

/// Returns the part of a duration that a number drawn from all of `u64` stands for.
fn part(of: Duration, drawn: u64) -> Duration {
    of.mul_f64(drawn as f64 / u64::MAX as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_jitter_is_a_share_of_the_backoff() {
        let policy = QueuePolicy::default();
        assert_eq!(longest(&policy), Duration::from_secs(660));
        let most = jitter(&policy, policy.backoff_before(1));
        assert_eq!(most, Duration::from_millis(500));
        assert_eq!(part(most, 0), Duration::ZERO);
        assert_eq!(part(most, u64::MAX), most);
        assert_eq!(
            longest(&QueuePolicy {
                jitter_percent: 0,
                ..policy
            }),
            policy.max_backoff
        );
    }
}
