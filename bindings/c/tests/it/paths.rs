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

/// The sources that generators read, in the order in which C programmers meet what is in them.
pub fn sources() -> impl Iterator<Item = PathBuf> {
    [
        "status",
        "version",
        "error",
        "buffer",
        "log",
        "store",
        "agents",
        "agent_selection",
        "agent_health",
        "agent_performance",
        "agent_sessions",
        "approvals",
        "repositories",
        "repository_rules",
        "repository_figures",
        "preferences",
        "preference_values",
        "preference_documents",
        "chat",
        "chat_messages",
        "chat_search",
        "tasks",
        "task_runs",
        "analytics",
        "metrics",
        "error_logs",
        "orchestration_logs",
        "audit",
        "entities",
        "cache",
        "maintenance",
    ]
    .into_iter()
    .map(|module| Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("src/{module}.rs")))
}
