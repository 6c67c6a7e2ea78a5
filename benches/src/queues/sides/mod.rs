//! The sides: the kernel in several ways, the code by hand, and the peers.

mod by_hand;
mod c_library;
mod kernel;
mod peer;
mod workers;

use std::path::Path;
use std::time::Duration;

use super::Conditions;

pub(super) use by_hand::ByHand;
pub(super) use c_library::CLibrary;
pub(super) use kernel::{Kernel, Variant, claim_and_start, complete_and_claim};
pub(super) use peer::{PEERS, QueuePeer};
pub(super) use workers::SharedByHand;

/// What a run is to do.
#[derive(Debug, Clone, Copy)]
pub struct Run {
    /// Under which conditions.
    pub conditions: Conditions,
    /// The time after which no worker begins a further cycle.
    pub limit: Duration,
}

/// What a run did.
#[derive(Debug, Clone, Copy)]
pub struct Done {
    /// How many tasks were completed, each once.
    pub completed: u64,
    /// How many tasks wait, as the file says afterwards.
    pub waiting: u64,
    /// How long it took, from when all workers were ready until the last one was done.
    pub elapsed: Duration,
}

impl Done {
    /// Cycles per second.
    pub fn rate(&self) -> f64 {
        self.completed as f64 / self.elapsed.as_secs_f64()
    }
}

/// One of those that are compared.
pub trait Side {
    /// Its name.
    fn name(&self) -> &'static str;

    /// Creates a file with this many tasks, and closes it.
    fn fill(&self, path: &Path, tasks: u64);

    /// Works off tasks of such a file.
    fn run(&self, path: &Path, run: Run) -> Done;
}

/// The command of a task.
pub(super) fn command(number: u64) -> String {
    crate::dataset::new_task(number).command
}

/// The result of a run.
pub(super) const RESULT: &str = "all tests passed";
