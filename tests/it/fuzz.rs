//! The seeds of the fuzz targets, through what these run.

#[path = "../../fuzz/src/entry_points/mod.rs"]
mod entry_points;

use std::fs;
use std::path::Path;

use orchestra_store::Store;

/// Runs each seed of a target: whole, cut off at each tenth, and with each tenth byte another one.
fn replay(target: &str, run: impl Fn(&Store, &[u8])) {
    let directory = tempfile::tempdir().unwrap();
    let store = entry_points::open(directory.path()).unwrap();
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds");
    let mut count = 0;
    for seed in fs::read_dir(seeds.join(target)).unwrap() {
        let input = fs::read(seed.unwrap().path()).unwrap();
        for mutant in std::iter::once(input.clone()).chain(mutants(&input)) {
            run(&store, &mutant);
        }
        count += 1;
    }
    assert!(count > 0);
}

fn mutants(input: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let places = (1..10).map(|tenth| input.len() * tenth / 10);
    places.flat_map(|place| {
        let mut changed = input.to_vec();
        changed[place] ^= 1;
        [input[..place].to_vec(), changed]
    })
}

#[test]
fn records() {
    replay("records", entry_points::records);
}

#[test]
fn specifications() {
    replay("specifications", entry_points::specifications);
}

#[test]
fn import() {
    replay("import", entry_points::import);
}

#[test]
fn options() {
    replay("options", entry_points::options);
}
