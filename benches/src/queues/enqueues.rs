//! Enqueues by one thread, a commit each.

use std::time::Instant;

use orchestra_store::Durability;
use orchestra_store::services::tasks::{self, NewTask};

use super::sides::{ByHand, Kernel, SharedByHand, Variant, command};
use super::{Options, Side as _, word};
use crate::dataset;
use crate::harness::Spread;
use crate::sides::scratch_directory;

/// How fast tasks are enqueued.
#[derive(Debug, Clone, Copy)]
pub struct Enqueues {
    /// What commits survive.
    pub durability: Durability,
    /// Enqueues per second through the kernel, with audit, events and statistics.
    pub ours: f64,
    /// Enqueues per second by hand.
    pub by_hand: f64,
}

impl Enqueues {
    /// The one as a multiple of the other.
    pub fn ratio(&self) -> f64 {
        self.ours / self.by_hand
    }
}

/// Measures both durabilities.
pub(super) fn measure(options: &Options) -> Vec<Enqueues> {
    let both = [Durability::Full, Durability::Normal];
    both.map(|durability| of(durability, options)).to_vec()
}

/// Both sides take turns in short batches.
fn of(durability: Durability, options: &Options) -> Enqueues {
    let directory = scratch_directory();
    let (ours, theirs) = (
        directory.path().join("kernel.db"),
        directory.path().join("by-hand.db"),
    );
    let side = Kernel(Variant::Agents);
    side.fill(&ours, options.tasks);
    SharedByHand.fill(&theirs, options.tasks);
    let store = side.open(&ours, |config| config.durability = durability);
    let queue = ByHand::open(&theirs, durability);
    let batch = options.tasks.min(200);
    let mut rates = (Vec::new(), Vec::new());
    for _ in 0..options.rounds * 5 {
        rates.0.push(rate(batch, |number| {
            let new = NewTask::new(command(number), dataset::path(0));
            store.write(|uow| tasks::enqueue(uow, &new)).unwrap();
        }));
        rates
            .1
            .push(rate(batch, |number| queue.enqueue(&command(number))));
    }
    let found = Enqueues {
        durability,
        ours: Spread::of(rates.0).median,
        by_hand: Spread::of(rates.1).median,
    };
    println!(
        "enqueue {}: {:.0} a second, by hand {:.0}, ratio {:.2}",
        word(durability),
        found.ours,
        found.by_hand,
        found.ratio()
    );
    found
}

fn rate(count: u64, mut once: impl FnMut(u64)) -> f64 {
    let started = Instant::now();
    (0..count).for_each(&mut once);
    count as f64 / started.elapsed().as_secs_f64()
}
