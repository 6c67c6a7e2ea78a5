//! Installing what the peers need, under `target/peers/`, from their registries.

use std::path::{Path, PathBuf};
use std::process::Command;

/// How a peer's program is installed and started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Program {
    /// The crate of this name.
    Rust(&'static str),
    /// A script, with packages from PyPI.
    Python(&'static str),
    /// A script of a folder, with packages from npm.
    Node {
        /// The folder.
        folder: &'static str,
        /// The script, without its ending.
        script: &'static str,
    },
    /// A script of a folder, with a package of Debian.
    Debian {
        /// The package.
        package: &'static str,
        /// The script, with the folder.
        script: &'static str,
    },
    /// The project of this name, with packages from NuGet.
    DotNet(&'static str),
}

impl Program {
    /// The program, installed, or why it can't be.
    pub(crate) fn install(self) -> Result<Command, String> {
        match self {
            Self::Rust(name) => cargo(name),
            Self::Python(name) => python(name),
            Self::Node { folder, script } => node(folder, script),
            Self::Debian { package, script } => debian(package, script),
            Self::DotNet(name) => dotnet(name),
        }
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

/// Copies the files of a program to where it is installed, as that leaves files beside them.
fn copied(name: &str) -> PathBuf {
    let directory = installed(name);
    for file in std::fs::read_dir(sources().join(name)).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), directory.join(file.file_name())).unwrap();
    }
    directory
}

fn run(command: &mut Command) -> Result<(), String> {
    let program = command.get_program().to_string_lossy().into_owned();
    match command.output() {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => {
            let told = [output.stdout, output.stderr].concat();
            let told = String::from_utf8_lossy(&told).trim().to_owned();
            let last = told.lines().last().unwrap_or_default();
            Err(format!("{program}: {}: {last}", output.status))
        }
        Err(error) => Err(format!("{program}: {error}")),
    }
}

fn cargo(name: &str) -> Result<Command, String> {
    let target = installed(name);
    run(Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--release", "--target-dir"])
        .arg(&target)
        .current_dir(sources().join(name)))?;
    Ok(Command::new(
        target
            .join("release")
            .join(format!("orchestra-peer-{name}")),
    ))
}

/// The packages are in a virtual environment.
fn python(name: &str) -> Result<Command, String> {
    let environment = installed("python");
    let python = environment.join("bin/python");
    if !python.exists() {
        run(Command::new("python3")
            .args(["-m", "venv"])
            .arg(&environment))?;
    }
    let sources = sources().join("python");
    run(Command::new(&python)
        .args(["-m", "pip", "install", "--quiet", "--requirement"])
        .arg(sources.join("requirements.txt")))?;
    let mut program = Command::new(python);
    program.arg(sources.join(format!("{name}_peer.py")));
    Ok(program)
}

/// Node looks for packages beside its programs. Addons are compiled from their sources, against the headers that the
/// installed Node brought along.
fn node(folder: &str, script: &str) -> Result<Command, String> {
    let directory = copied(folder);
    // Written at the end of an installation.
    if !directory.join("node_modules/.package-lock.json").exists() {
        run(Command::new("npm")
            .args(["ci", "--no-audit", "--no-fund"])
            .env("npm_config_build_from_source", "true")
            .env("npm_config_nodedir", node_prefix()?)
            .current_dir(&directory))?;
    }
    let mut program = Command::new("node");
    program.arg(directory.join(format!("{script}.mjs")));
    Ok(program)
}

fn node_prefix() -> Result<String, String> {
    let script = "process.stdout.write(require('path').resolve(process.execPath, '../..'))";
    let output = Command::new("node").args(["-e", script]).output();
    let output = output.map_err(|error| format!("node: {error}"))?;
    String::from_utf8(output.stdout).map_err(|error| error.to_string())
}

/// The package is unpacked, not installed, and used by the Python that Debian brought along.
fn debian(package: &str, script: &str) -> Result<Command, String> {
    const PYTHON: &str = "/usr/bin/python3";
    let directory = installed(package);
    let unpacked = directory.join("root");
    if !unpacked.exists() {
        run(Command::new("apt-get")
            .args(["download", package])
            .current_dir(&directory))?;
        let archives = std::fs::read_dir(&directory).unwrap();
        let mut archives = archives.map(|file| file.unwrap().path());
        let archive = archives.find(|path| path.extension().is_some_and(|ending| ending == "deb"));
        let archive = archive.ok_or("apt-get: no package came")?;
        run(Command::new("dpkg-deb")
            .arg("--extract")
            .args([&archive, &unpacked]))?;
    }
    let mut program = Command::new(PYTHON);
    program
        .env("PYTHONPATH", unpacked.join("usr/lib/python3/dist-packages"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .arg(sources().join(format!("{script}.py")));
    Ok(program)
}

fn dotnet(name: &str) -> Result<Command, String> {
    let directory = copied(name);
    run(Command::new("dotnet")
        .args(["build", "--configuration", "Release", "--output", "out"])
        .current_dir(&directory))?;
    let mut program = Command::new("dotnet");
    program.arg(directory.join(format!("out/{name}.dll")));
    Ok(program)
}
