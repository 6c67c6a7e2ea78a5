//! Random sequences of all public calls that write, generic ones included: the check finds nothing, ever, the queue is
//! what the answers of the calls say, and at least half of the calls of each function succeed.
//!
//! The functions are read from the sources, so that a new one has to have a call here.

mod counts;
mod model;
mod of_agents;
mod of_any_entity;
mod of_chat;
mod of_data;
mod of_settings;
mod of_tasks;
mod of_workflows;
mod registration;
mod world;

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use orchestra_store::Result;
use orchestra_store::maintenance::integrity;
use orchestra_store::registry;

use crate::support::scaled;
use counts::Counts;
use world::World;

/// Calls a function with arguments that the world has, most of them fitting.
type Call = fn(&mut World) -> Result<()>;

/// The first of the seeds, one for each sequence.
const SEED: u64 = 17;
/// Calls of a sequence, in which each function is called once at least.
const STEPS: usize = 250;
/// The seed of one sequence that is to run alone, with the check behind each call.
const ALONE: &str = "ORCHESTRA_SEED";

fn calls() -> Vec<(&'static str, Call)> {
    let all = [
        of_agents::CALLS,
        of_any_entity::CALLS,
        of_chat::CALLS,
        of_data::CALLS,
        of_settings::CALLS,
        of_tasks::CALLS,
        of_workflows::CALLS,
    ];
    all.concat()
}

/// The calls as often as they are to be made: those of any entity and of the queue more often than others.
fn deck() -> Vec<(&'static str, Call)> {
    let often = |(name, _): &(&str, Call)| match name.split_once("::").unwrap().0 {
        "AnyEntity" => 5,
        "tasks" | "workflows" => 2,
        _ => 1,
    };
    let all = calls().into_iter();
    all.flat_map(|call| std::iter::repeat_n(call, often(&call)))
        .collect()
}

#[test]
fn every_function_has_a_call() {
    let called: BTreeSet<String> = calls().iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(called.len(), calls().len(), "each once");
    assert!(deck().len() <= STEPS, "{}", deck().len());
    let functions = registration::functions();
    let missing: Vec<_> = functions.difference(&called).collect();
    let gone: Vec<_> = called.difference(&functions).collect();
    let is_complete = missing.is_empty() && gone.is_empty();
    assert!(is_complete, "missing {missing:?}, gone {gone:?}");
}

#[test]
fn no_sequence_of_calls_breaks_a_rule() {
    let mut campaign = Campaign::default();
    if let Ok(seed) = std::env::var(ALONE) {
        campaign.check_every = 1;
        return campaign.run(seed.parse().unwrap());
    }
    let sequences = scaled(8, 1000);
    for seed in SEED..SEED + sequences {
        campaign.run(seed);
    }
    campaign.of_entities.print();
    campaign.counts.print();
    let (functions, steps) = (campaign.counts.len(), campaign.counts.steps());
    println!("{functions} functions, {steps} calls, {sequences} sequences");
    assert_eq!(functions, calls().len());
    campaign.counts.hold(sequences as usize);
    assert!(campaign.of_entities.len() > 5 * registry::entities().len());
}

/// What all sequences came to.
struct Campaign {
    counts: Counts,
    /// The same for each function of any entity with each entity.
    of_entities: Counts,
    /// The check follows so many calls.
    check_every: usize,
}

impl Default for Campaign {
    fn default() -> Self {
        Self {
            counts: Counts::default(),
            of_entities: Counts::default(),
            check_every: scaled(10, 5),
        }
    }
}

impl Campaign {
    /// Runs one sequence, and says where it failed.
    fn run(&mut self, seed: u64) {
        let mut done = Vec::new();
        let outcome = catch_unwind(AssertUnwindSafe(|| self.run_steps(seed, &mut done)));
        if let Err(panic) = outcome {
            let last = &done[done.len().saturating_sub(20)..];
            println!(
                "{} calls, the last of them:\n{}",
                done.len(),
                last.join("\n")
            );
            println!("{ALONE}={seed} runs this sequence alone");
            resume_unwind(panic);
        }
    }

    fn run_steps(&mut self, seed: u64, done: &mut Vec<String>) {
        let mut world = World::new(seed);
        let mut calls = Vec::new();
        for step in 1..=STEPS {
            if calls.is_empty() {
                calls = deck();
                world.random.shuffle(&mut calls);
            }
            let (name, call) = calls.pop().unwrap();
            done.push(name.to_owned());
            world.begin_step();
            let outcome = call(&mut world);
            let what = self.note(name, world.table, &outcome);
            world.follow(&what);
            done.pop();
            done.push(what);
            if step % self.check_every == 0 || step == STEPS {
                check(&world);
            }
        }
    }

    /// Counts a call, and returns what is to be said of it.
    fn note(&mut self, name: &str, table: Option<&str>, outcome: &Result<()>) -> String {
        self.counts.note(name.to_owned(), outcome);
        let of = table.map_or(String::new(), |table| format!(" {table}"));
        if table.is_some() {
            self.of_entities.note(format!("{name}{of}"), outcome);
        }
        match outcome {
            Ok(()) => format!("{name}{of}: done"),
            Err(error) => format!("{name}{of}: {error}"),
        }
    }
}

fn check(world: &World) {
    let report = world.test.store.read(integrity::check).unwrap();
    assert_eq!(report.findings, []);
}
