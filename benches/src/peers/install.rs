//! Installing what the peers need, under `target/peers/`, from their registries.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Host, Peer};

/// The peer's program, installed.
pub(super) fn program(peer: Peer) -> Command {
    match peer.host {
        Host::Rust => cargo(peer.name),
        Host::Python => python(peer.name),
        Host::Node => node(peer.name),
    }
}

fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("peers")
}

fn installed(name: &str) -> PathBuf {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/peers");
    std::fs::create_dir_all(directory.join(name)).unwrap();
    directory.canonicalize().unwrap().join(name)
}

fn run(command: &mut Command) {
    let status = command.status();
    assert!(status.unwrap().success(), "{command:?} failed");
}

fn cargo(name: &str) -> Command {
    let target = installed(name);
    run(Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--release", "--target-dir"])
        .arg(&target)
        .current_dir(sources().join(name)));
    Command::new(
        target
            .join("release")
            .join(format!("orchestra-peer-{name}")),
    )
}

/// The packages are in a virtual environment.
fn python(name: &str) -> Command {
    let environment = installed("python");
    let python = environment.join("bin/python");
    if !python.exists() {
        run(Command::new("python3")
            .args(["-m", "venv"])
            .arg(&environment));
    }
    let sources = sources().join("python");
    run(Command::new(&python)
        .args(["-m", "pip", "install", "--quiet", "--requirement"])
        .arg(sources.join("requirements.txt")));
    let mut program = Command::new(python);
    program.arg(sources.join(format!("{name}_peer.py")));
    program
}

/// The programs are copied, since Node looks for packages beside them. Addons are compiled from
/// their sources, against the headers that the installed Node brought along.
fn node(name: &str) -> Command {
    let directory = installed("node");
    for file in std::fs::read_dir(sources().join("node")).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), directory.join(file.file_name())).unwrap();
    }
    if !directory.join("node_modules/koffi").exists() {
        run(Command::new("npm")
            .args(["ci", "--no-audit", "--no-fund"])
            .env("npm_config_build_from_source", "true")
            .env("npm_config_nodedir", node_prefix())
            .current_dir(&directory));
    }
    let mut program = Command::new("node");
    program.arg(directory.join(format!("{name}.mjs")));
    program
}

fn node_prefix() -> String {
    let script = "process.stdout.write(require('path').resolve(process.execPath, '../..'))";
    let output = Command::new("node").args(["-e", script]).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}
