//! Where things are.

use std::path::{Path, PathBuf};

/// The root of the workspace.
pub fn workspace() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// The folder of the header.
pub fn include() -> PathBuf {
    workspace().join("include")
}

/// The folder of the C programs, and of what they share.
pub fn programs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/c")
}

/// The sources that generators read, in the order in which C programmers meet what is in them.
pub fn sources() -> impl Iterator<Item = PathBuf> {
    [
        "status",
        "version",
        "error",
        "buffer",
        "log",
        "store_options",
        "store",
        "progress",
        "cancel",
        "transaction",
        "agents",
        "tasks",
        "task_runs",
        "entities",
        "cursor",
        "cursor_values",
        "sql",
        "changes",
        "follower",
        "keys",
        "cache",
        "maintenance",
    ]
    .into_iter()
    .map(|module| Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("src/{module}.rs")))
}
