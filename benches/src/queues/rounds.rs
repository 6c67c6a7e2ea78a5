//! Rounds in which all sides work in turn, each on a fresh copy of its file.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::sides::{CLibrary, Kernel, PEERS, QueuePeer, Run, SharedByHand, Variant};
use super::{Conditions, Found, Options, Side};
use crate::c_abi::Library;
use crate::harness::Spread;
use crate::sides::scratch_directory;

/// The cycles per second of a side under some conditions.
#[derive(Debug, Clone)]
pub struct Rate {
    /// The name of the side.
    pub side: &'static str,
    /// The conditions.
    pub conditions: Conditions,
    /// Cycles per second of each round.
    pub rounds: Vec<f64>,
}

impl Rate {
    /// The median of the rounds.
    pub fn median(&self) -> f64 {
        Spread::of(self.rounds.clone()).median
    }
}

/// A peer that couldn't take part.
#[derive(Debug, Clone)]
pub struct Skipped {
    /// The name of the peer.
    pub peer: &'static str,
    /// The reason.
    pub reason: String,
}

/// A side with its file, from which each run gets a copy.
struct Entrant {
    side: Box<dyn Side>,
    file: PathBuf,
}

impl Entrant {
    fn new(side: Box<dyn Side>, directory: &Path, options: &Options) -> Self {
        let file = directory.join(format!("{}.db", side.name()));
        side.fill(&file, options.tasks);
        Self { side, file }
    }

    /// Works off a copy, and returns the cycles per second.
    fn run(&self, conditions: Conditions, options: &Options) -> f64 {
        let directory = scratch_directory();
        let copy = directory.path().join("queue.db");
        std::fs::copy(&self.file, &copy).unwrap();
        let limit = options.limit;
        let done = self.side.run(&copy, Run { conditions, limit });
        let (side, all) = (self.side.name(), done.completed + done.waiting);
        assert_eq!(all, options.tasks, "{side}: tasks were lost");
        // Some sides measure up to the last end, which is earlier than the limit.
        let had_time = done.elapsed < limit / 2;
        assert!(!had_time || done.waiting == 0, "{side}: tasks were left");
        println!("{conditions}, {side}: {:.0} a second", done.rate());
        done.rate()
    }
}

/// Measures all sides under all conditions.
pub(super) fn measure(options: &Options) -> Found {
    let directory = scratch_directory();
    let mut found = Found::default();
    let entrants = entrants(&directory, options, &mut found);
    for conditions in Conditions::ALL {
        let mut rates: Vec<Rate> = entrants
            .iter()
            .map(|entrant| Rate {
                side: entrant.side.name(),
                conditions,
                rounds: Vec::new(),
            })
            .collect();
        for round in 0..options.rounds {
            for turn in 0..entrants.len() {
                let place = (turn + round) % entrants.len();
                let rate = entrants[place].run(conditions, options);
                rates[place].rounds.push(rate);
            }
        }
        found.rates.extend(rates);
    }
    found
}

fn entrants(directory: &TempDir, options: &Options, found: &mut Found) -> Vec<Entrant> {
    let mut sides: Vec<Box<dyn Side>> = vec![Box::new(SharedByHand)];
    for variant in Variant::ALL {
        sides.push(Box::new(Kernel(variant)));
    }
    sides.push(Box::new(CLibrary(Library::build())));
    if options.has_peers {
        for peer in PEERS {
            match QueuePeer::install(peer) {
                Ok(installed) => {
                    println!("{}", installed.versions);
                    found.peers.push((peer.name, installed.versions.clone()));
                    sides.push(Box::new(installed));
                }
                Err(reason) => {
                    println!("{} is skipped: {reason}", peer.name);
                    found.skipped.push(Skipped {
                        peer: peer.name,
                        reason,
                    });
                }
            }
        }
    }
    let entrants = sides.into_iter();
    entrants
        .map(|side| Entrant::new(side, directory.path(), options))
        .collect()
}
