//! What a cycle writes into the write-ahead log, and what a finished task keeps in the file.

use std::path::Path;

use orchestra_store::Durability;
use orchestra_store::maintenance::space;

use super::sides::{
    ByHand, Kernel, RESULT, SharedByHand, Variant, claim_and_start, complete_and_claim,
};
use super::{BY_HAND, Options, Side as _};
use crate::sides::scratch_directory;

/// Bytes of the log for each page in it.
const FRAME: u64 = 4096 + 24;
/// So many that no checkpoint comes while the log is watched.
const NO_CHECKPOINT: u32 = 1_000_000;

/// What a cycle and a finished task cost.
#[derive(Debug, Clone, Copy)]
pub struct Costs {
    /// The name of the side.
    pub side: &'static str,
    /// Bytes that a cycle of one worker writes into the write-ahead log.
    pub log_bytes: f64,
    /// Bytes that a finished task keeps in the file, without free space.
    pub kept: f64,
}

impl Costs {
    /// Pages that a cycle of one worker writes into the write-ahead log.
    pub fn pages(&self) -> f64 {
        self.log_bytes / FRAME as f64
    }
}

/// Measures the code by hand and the kernel's variants.
pub(super) fn measure(options: &Options) -> Vec<Costs> {
    let mut all = vec![by_hand(options)];
    let variants = [Variant::Unaudited].into_iter().chain(Variant::ALL);
    all.extend(variants.map(|variant| kernel(variant, options)));
    for costs in &all {
        println!(
            "{}: {:.0} bytes of the log ({:.1} pages) for each cycle, {:.0} bytes kept for each finished task",
            costs.side,
            costs.log_bytes,
            costs.pages(),
            costs.kept
        );
    }
    all
}

fn by_hand(options: &Options) -> Costs {
    let directory = scratch_directory();
    let path = directory.path().join("queue.db");
    SharedByHand.fill(&path, options.tasks);
    let queue = ByHand::open(&path, Durability::Normal);
    let cycle = || {
        let (id, _command) = queue.claim().unwrap();
        queue.complete(id, RESULT);
    };
    queue.execute(c"PRAGMA wal_checkpoint(TRUNCATE); PRAGMA wal_autocheckpoint = 1000000");
    let cycles = options.tasks / 4;
    let log_bytes = watch_log(&path, cycles, cycle);
    (cycles + 1..options.tasks).for_each(|_| cycle());
    queue.execute(c"VACUUM; PRAGMA wal_checkpoint(TRUNCATE)");
    Costs {
        side: BY_HAND,
        log_bytes,
        kept: kept(&path, options.tasks, |empty| SharedByHand.fill(empty, 0)),
    }
}

fn kernel(variant: Variant, options: &Options) -> Costs {
    let directory = scratch_directory();
    let path = directory.path().join("queue.db");
    let side = Kernel(variant);
    side.fill(&path, options.tasks);
    let store = side.open(&path, |config| {
        config.durability = Durability::Normal;
        config.wal_autocheckpoint = NO_CHECKPOINT;
    });
    let claim = side.claim(0);
    let mut next = claim_and_start(&store, &claim);
    let mut cycle = || {
        let task = next.pop().unwrap();
        next = complete_and_claim(&store, task, &claim);
    };
    let cycles = options.tasks / 4;
    let log_bytes = watch_log(&path, cycles, &mut cycle);
    (cycles + 1..options.tasks).for_each(|_| cycle());
    space::vacuum(&store).unwrap();
    store.close().unwrap();
    drop(store);
    Costs {
        side: side.name(),
        log_bytes,
        kept: kept(&path, options.tasks, |empty| side.fill(empty, 0)),
    }
}

/// Bytes that the log grows by in each of some cycles, behind a first one.
fn watch_log(path: &Path, cycles: u64, mut cycle: impl FnMut()) -> f64 {
    let size = || {
        let log = path.with_file_name("queue.db-wal");
        std::fs::metadata(log).unwrap().len()
    };
    cycle();
    let before = size();
    (0..cycles).for_each(|_| cycle());
    (size() - before) as f64 / cycles as f64
}

/// Bytes for each of the finished tasks in a file, but for those that an empty file has.
fn kept(path: &Path, tasks: u64, create: impl FnOnce(&Path)) -> f64 {
    let empty = path.with_file_name("empty.db");
    create(&empty);
    let size = |path| std::fs::metadata(path).unwrap().len();
    (size(path) - size(&empty)) as f64 / tasks as f64
}
