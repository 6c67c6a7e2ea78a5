//! What the shared library exports.

use std::collections::BTreeSet;
use std::process::Command;

use crate::header;
use crate::library::libraries;

/// Above all not SQLite's functions, which would take the place of those of a host that has an
/// SQLite of its own.
#[test]
fn the_functions_of_the_header_and_nothing_else_is_exported() {
    let library = &libraries().shared;
    let output = Command::new("nm")
        .args(["--dynamic", "--defined-only", "--format=just-symbols"])
        .arg(library)
        .output()
        .expect("nm, of binutils, is needed");
    assert!(output.status.success());
    let symbols = String::from_utf8(output.stdout).unwrap();
    let exported: BTreeSet<String> = symbols.lines().map(str::to_owned).collect();
    assert_eq!(exported, header::functions());
}
