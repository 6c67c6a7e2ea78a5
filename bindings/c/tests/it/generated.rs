//! Files that are generated from the sources, and committed.

use std::fs;
use std::path::Path;

/// Whether generated files are to be written instead of compared.
pub fn is_update() -> bool {
    std::env::var_os("ORCHESTRA_UPDATE_GENERATED").is_some_and(|value| value == "1")
}

/// Holds a committed file against what it is generated as now; with `ORCHESTRA_UPDATE_GENERATED=1`
/// writes it instead.
pub fn assert_current(committed: &Path, generated: &str) {
    if is_update() {
        fs::write(committed, generated).unwrap();
        return;
    }
    let name = committed.display();
    let found = fs::read_to_string(committed).unwrap_or_else(|e| panic!("{name}: {e}"));
    let first_difference = found
        .lines()
        .zip(generated.lines())
        .position(|(a, b)| a != b)
        .unwrap_or_else(|| found.lines().count().min(generated.lines().count()));
    assert!(
        found == generated,
        "{name} is not what the sources say, from line {} on: \
         run the tests once with ORCHESTRA_UPDATE_GENERATED=1 and commit it",
        first_difference + 1,
    );
}
