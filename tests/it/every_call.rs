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

use crate::support::{is_full, scaled};
use counts::Counts;
use world::World;

/// Calls a function with arguments that the world has, most of them fitting.
type Call = fn(&mut World) -> Result<()>;

/// The first of the seeds, one for each sequence.
const SEED: u64 = 17;
/// Calls of a sequence.
const STEPS: usize = 250;

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

/// The calls as often as they are to be drawn: those of any entity and of the queue more often than others.
fn drawn() -> Vec<(&'static str, Call)> {
    let often = |(name, _): &(&str, Call)| match name.split_once("::").unwrap().0 {
        "AnyEntity" => 5,
        "tasks" | "workflows" => 2,
        _ => 1,
    };
    let all = calls().into_iter();
    all.flat_map(|call| std::iter::repeat_n(call, often(&call))).collect()
}

#[test]
fn every_function_has_a_call() {
    let called: BTreeSet<String> = calls().iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(called.len(), calls().len(), "each once");
    let functions = registration::functions();
    let missing: Vec<_> = functions.difference(&called).collect();
    let gone: Vec<_> = called.difference(&functions).collect();
    assert!(missing.is_empty() && gone.is_empty(), "missing {missing:?}, gone {gone:?}");
}

#[test]
fn no_sequence_of_calls_breaks_a_rule() {
    let mut counts = Counts::default();
    let mut of_entities = Counts::default();
    let sequences = scaled(8, 2000);
    for seed in SEED..SEED + sequences {
        run(seed, &mut counts, &mut of_entities);
    }
    counts.print();
    let (functions, steps) = (counts.len(), counts.steps());
    println!("{functions} functions, {steps} calls, {sequences} sequences");
    assert_eq!(functions, calls().len());
    counts.hold(scaled(3, 500));
    if is_full() {
        of_entities.print();
    }
    assert!(of_entities.len() > 5 * registry::entities().len());
}

/// Runs one sequence, and says where it failed.
fn run(seed: u64, counts: &mut Counts, of_entities: &mut Counts) {
    let mut done: Vec<String> = Vec::new();
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        sequence(seed, counts, of_entities, &mut done);
    }));
    if let Err(panic) = outcome {
        let last = &done[done.len().saturating_sub(20)..];
        println!("seed {seed}, call {}, behind:\n{}", done.len(), last.join("\n"));
        resume_unwind(panic);
    }
}

fn sequence(seed: u64, counts: &mut Counts, of_entities: &mut Counts, done: &mut Vec<String>) {
    let drawn = drawn();
    let mut world = World::new(seed);
    for step in 1..=STEPS {
        let (name, call) = world.pick(&drawn);
        world.choose_user();
        world.table = None;
        if world.random.happens(150) {
            world.advance();
        }
        done.push(name.to_owned());
        let outcome = call(&mut world);
        let of = world.table.map_or(String::new(), |table| format!(" {table}"));
        done.pop();
        done.push(format!("{name}{of}: {}", told(&outcome)));
        counts.note(name.to_owned(), &outcome);
        if world.table.is_some() {
            of_entities.note(format!("{name}{of}"), &outcome);
        }
        world.follow(done.last().unwrap());
        if step % scaled(10, 1) == 0 || step == STEPS {
            check(&world, done.last().unwrap());
        }
    }
}

fn told(outcome: &Result<()>) -> String {
    match outcome {
        Ok(()) => "done".to_owned(),
        Err(error) => error.to_string(),
    }
}

fn check(world: &World, what: &str) {
    let report = world.test.store.read(integrity::check).unwrap();
    assert_eq!(report.findings, [], "after {what}");
}
