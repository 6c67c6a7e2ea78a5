//! What the measurements ran on.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::sides::scratch_directory;

/// The machine and the versions of what was measured.
#[derive(Debug)]
pub(super) struct Machine {
    /// The model of the processor.
    pub(super) processor: String,
    /// How many threads run at a time.
    pub(super) cores: usize,
    /// The operating system's kernel.
    pub(super) system: String,
    /// The type of the file system that holds the databases.
    pub(super) file_system: String,
    /// The compiler.
    pub(super) rustc: String,
    /// SQLite.
    pub(super) sqlite: &'static str,
    /// The libraries that stand between, each with its version.
    pub(super) crates: Vec<String>,
}

impl Machine {
    pub(super) fn this() -> Self {
        let threads = std::thread::available_parallelism();
        Self {
            processor: processor().unwrap_or_else(unknown),
            cores: threads.map_or(1, usize::from),
            system: output("uname", &["-sr"]),
            file_system: file_system(scratch_directory().path()).unwrap_or_else(unknown),
            rustc: output("rustc", &["--version"]),
            sqlite: orchestra_store::sqlite_version(),
            crates: ["diesel", "libsqlite3-sys", "serde_json"]
                .iter()
                .map(|name| format!("{name} {}", locked_version(name).unwrap_or_else(unknown)))
                .collect(),
        }
    }
}

fn unknown() -> String {
    "unknown".to_owned()
}

fn processor() -> Option<String> {
    let text = fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

/// The type of what is mounted nearest above a path.
fn file_system(path: &Path) -> Option<String> {
    let path = path.canonicalize().ok()?;
    let mounts = fs::read_to_string("/proc/mounts").ok()?;
    let mounts = mounts.lines().filter_map(|line| {
        let mut fields = line.split(' ').skip(1);
        Some((fields.next()?, fields.next()?))
    });
    let above = mounts.filter(|(place, _)| path.starts_with(place));
    let (_, kind) = above.max_by_key(|(place, _)| place.len())?;
    Some(kind.to_owned())
}

fn output(program: &str, arguments: &[&str]) -> String {
    match Command::new(program).args(arguments).output() {
        Ok(output) => String::from_utf8_lossy(&output.stdout).trim().to_owned(),
        Err(_) => unknown(),
    }
}

/// The version of a crate that the lock file names.
fn locked_version(name: &str) -> Option<String> {
    let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.lock");
    let text = fs::read_to_string(lock).ok()?;
    let name = format!("name = \"{name}\"");
    let mut lines = text.lines().skip_while(|line| *line != name);
    let version = lines.nth(1)?.strip_prefix("version = \"")?;
    Some(version.strip_suffix('"')?.to_owned())
}
