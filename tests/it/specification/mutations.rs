//! Faults of the product, each of which a test of the suite has to find: `mutations.txt`.

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

use super::facts::is_entry;
use crate::support::{copy_directory, is_full, note};

const MUTATIONS: &str = include_str!("mutations.txt");

/// The suite without the other tests, so that it is built quickly.
const SUITE: &str = "#![allow(dead_code, clippy::all)]\nmod every_entity;\nmod schema;\nmod specification;\nmod support;\n";

struct Mutation {
    test: &'static str,
    file: &'static str,
    text: String,
    replacement: String,
}

fn mutations() -> Vec<Mutation> {
    let lines = MUTATIONS.lines().filter(|line| is_entry(line));
    let parsed = lines.map(|line| {
        let columns: Vec<&str> = line.split(" | ").collect();
        let [test, file, text, replacement] = columns[..] else {
            panic!("must have four columns: {line}");
        };
        let [text, replacement] = [text, replacement].map(|text| text.replace("\\n", "\n"));
        Mutation {
            test,
            file,
            text,
            replacement,
        }
    });
    parsed.collect()
}

fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

impl Mutation {
    /// The file with the fault.
    fn broken(&self) -> String {
        let source = fs::read_to_string(workspace().join(self.file)).unwrap();
        let count = source.matches(&self.text).count();
        assert_eq!(count, 1, "{} must have once: {}", self.file, self.text);
        source.replace(&self.text, &self.replacement)
    }

    /// Breaks a copy of the sources, and returns what the test prints.
    fn run(&self, copy: &Path) -> String {
        let path = copy.join(self.file);
        let sound = fs::read_to_string(&path).unwrap();
        fs::write(&path, self.broken()).unwrap();
        let output = test(copy, self.test);
        fs::write(&path, sound).unwrap();
        output
    }
}

/// Runs a test of the suite in a copy of the sources.
fn test(copy: &Path, name: &str) -> String {
    let output = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["test", "--offline", "--test", "it", "--", "--exact"])
        .arg(format!("specification::{name}"))
        .current_dir(copy)
        .env("CARGO_TARGET_DIR", copy.join("target"))
        .env_remove("ORCHESTRA_FULL_TESTS")
        .output()
        .unwrap();
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

#[test]
fn every_fault_has_its_place_and_its_test() {
    let mutations = mutations();
    assert!(mutations.len() >= 30, "{}", mutations.len());
    for mutation in &mutations {
        mutation.broken();
        let (module, test) = mutation.test.split_once("::").unwrap();
        let suite = workspace().join(format!("tests/it/specification/{module}.rs"));
        let suite = fs::read_to_string(suite).unwrap();
        assert!(
            suite.contains(&format!("fn {test}("))
                || suite.contains(&format!("{test} ="))
                || suite.contains(&format!("{test}:")),
            "{}",
            mutation.test
        );
    }
}

/// Copies what the suite is built from.
fn copy_sources(to: &Path) {
    for folder in ["src", "migrations", ".cargo", "tests/it", "tests/fixtures"] {
        copy_directory(&workspace().join(folder), &to.join(folder));
    }
    for file in ["Cargo.toml", "Cargo.lock", "README.md", "build.rs"] {
        fs::copy(workspace().join(file), to.join(file)).unwrap();
    }
    let manifest = fs::read_to_string(to.join("Cargo.toml")).unwrap();
    let is_of_others =
        |line: &&str| !["members", "default-members"].contains(&line.split(" = ").next().unwrap());
    let manifest: Vec<&str> = manifest.lines().filter(is_of_others).collect();
    fs::write(to.join("Cargo.toml"), manifest.join("\n")).unwrap();
    fs::write(to.join("tests/it/main.rs"), SUITE).unwrap();
}

/// Needs a build for each fault; in the full form of the tests only.
#[test]
fn every_fault_is_found() {
    if !is_full() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let copy = directory.path().join("copy");
    copy_sources(&copy);
    let mut missed = Vec::new();
    for mutation in mutations() {
        let printed = mutation.run(&copy);
        let is_found = printed.contains("test result: FAILED. 0 passed; 1 failed");
        note(&format!(
            "{}: {}",
            mutation.test,
            if is_found { "found" } else { "missed" }
        ));
        if !is_found {
            missed.push(format!("{}: {printed}", mutation.test));
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
}
