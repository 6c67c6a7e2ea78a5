//! What a test didn't do.

use std::io::{self, Write};

/// Says what was not tested, and why. Not by `eprintln!`, which is not shown for a test that
/// passes.
pub fn note(what: &str) {
    let line = format!("note: {what}\n");
    io::stderr().write_all(line.as_bytes()).unwrap();
}
