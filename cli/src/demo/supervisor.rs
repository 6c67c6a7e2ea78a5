//! The supervisor: takes tasks from workers that are gone, watches the load, and ends the shift.

use std::collections::HashMap;
use std::thread;
use std::time::{Duration, Instant};

use indicatif::ProgressBar;
use orchestra_store::models::AgentId;
use orchestra_store::services::agents;
use orchestra_store::services::tasks::{self, Rescue};
use orchestra_store::{Reader, Result, Store};

use super::report::{by_status, unfinished};
use super::shift::Shift;

/// How often it looks.
const ROUND: Duration = Duration::from_millis(50);
/// How many tasks it rescues in one transaction.
const RESCUED_AT_ONCE: u32 = 100;
/// When nothing has ended for so long, tasks were lost: leases and waits are much shorter.
const PATIENCE: Duration = Duration::from_secs(60);

/// The load of each agent, looked at again and again.
#[derive(Debug, Default)]
pub(super) struct Loads {
    samples: u32,
    sums: HashMap<AgentId, f64>,
}

impl Loads {
    /// The mean load of an agent, 0 to 1.
    pub(super) fn mean(&self, agent_id: &AgentId) -> f64 {
        let sum = self.sums.get(agent_id).copied().unwrap_or(0.0);
        sum / f64::from(self.samples.max(1))
    }

    fn sample(&mut self, reader: &mut Reader<'_>) -> Result<()> {
        self.samples += 1;
        for agent in agents::load_distribution(reader)? {
            *self.sums.entry(agent.agent_id).or_default() += agent.load;
        }
        Ok(())
    }
}

/// Works until no task is left that hasn't ended.
pub(super) fn supervise(
    store: &Store,
    shift: &Shift,
    bar: &ProgressBar,
) -> Result<(Rescue, Loads)> {
    let mut all = Rescue::default();
    let mut loads = Loads::default();
    let mut last_change = (Instant::now(), u64::MAX);
    while !shift.is_over() {
        let rescue = store.write(|uow| tasks::rescue_expired(uow, RESCUED_AT_ONCE))?;
        all.requeued.extend(rescue.requeued);
        all.failed.extend(rescue.failed);
        all.cancelled.extend(rescue.cancelled);
        let left = store.read(|reader| {
            loads.sample(reader)?;
            Ok(unfinished(&by_status(reader)?))
        })?;
        bar.set_position(shift.expected().saturating_sub(left));
        if left != last_change.1 {
            last_change = (Instant::now(), left);
        }
        if left == 0 || last_change.0.elapsed() > PATIENCE {
            break;
        }
        thread::sleep(ROUND);
    }
    Ok((all, loads))
}
