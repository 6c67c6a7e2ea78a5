//! The programs in `examples/`: each prints what its header says, and leaves a sound database behind.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use orchestra_store::maintenance::integrity;
use orchestra_store::{Store, StoreConfig, events};
use serde_json::Value;

use crate::support::target_directory;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Builds the examples in the profile and the target directory of this test, and returns the programs by name.
///
/// `cargo test` has built them already, `cargo test --test it` has not. Without `--package`, Cargo takes the
/// features that both of these take, so that it builds no dependency again.
fn build() -> BTreeMap<String, PathBuf> {
    let output = Command::new(env!("CARGO"))
        .args(["build", "--examples", "--message-format", "json"])
        .args(["--profile", &profile(), "--target-dir"])
        .arg(target_directory())
        .current_dir(ROOT)
        .output()
        .unwrap();
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "an example can't be built: {log}");
    let messages = serde_json::Deserializer::from_slice(&output.stdout).into_iter::<Value>();
    messages
        .map(|message| message.unwrap())
        .filter(|message| message["target"]["kind"][0] == "example")
        .filter_map(|message| {
            let name = message["target"]["name"].as_str()?.to_owned();
            Some((name, PathBuf::from(message["executable"].as_str()?)))
        })
        .collect()
}

/// Returns the profile of this test, which names the directory that it was built into.
fn profile() -> String {
    let test = std::env::current_exe().unwrap();
    let directory = test.ancestors().nth(2).unwrap().file_name().unwrap();
    match directory.to_str().unwrap() {
        "debug" => "dev".to_owned(),
        other => other.to_owned(),
    }
}

/// Returns the sources in `examples/` by name.
fn sources() -> BTreeMap<String, String> {
    let files = fs::read_dir(Path::new(ROOT).join("examples")).unwrap();
    let source = |path: PathBuf| {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        (name, fs::read_to_string(path).unwrap())
    };
    files.map(|file| source(file.unwrap().path())).collect()
}

/// Returns what the header of an example says that it prints.
fn promised(source: &str) -> String {
    let header = source.lines().take_while(|line| line.starts_with("//!"));
    let texts = header.map(|line| line.trim_start_matches("//!").trim_start());
    let block = texts.skip_while(|text| *text != "```text").skip(1);
    let lines = block.take_while(|text| *text != "```");
    lines.flat_map(|line| [line, "\n"]).collect()
}

/// Returns what a program prints.
fn run(program: &mut Command) -> String {
    let output = program.output().unwrap();
    assert!(output.status.success(), "{program:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn each_prints_what_its_header_says_and_leaves_a_sound_database() {
    let (programs, sources) = (build(), sources());
    assert!(programs.keys().eq(sources.keys()), "{programs:?}");
    for (name, source) in sources {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("example.db");
        let printed = run(Command::new(&programs[&name]).arg(&path));
        assert_eq!(printed, promised(&source), "{name}");
        assert!(
            source.contains(&format!("cargo run --example {name} ")),
            "{name}"
        );

        let store = Store::open(StoreConfig::new(path)).unwrap();
        let report = store.read(integrity::check).unwrap();
        assert!(report.is_ok(), "{name}: {report:?}");
        assert!(store.read(events::newest).unwrap() > 0, "{name}");
    }
}

#[test]
fn each_removes_the_database_that_nobody_asked_for() {
    for (name, program) in build() {
        let directory = tempfile::tempdir().unwrap();
        run(Command::new(program).env("TMPDIR", directory.path()));
        let left: Vec<_> = fs::read_dir(directory.path()).unwrap().collect();
        assert!(left.is_empty(), "{name}: {left:?}");
    }
}
