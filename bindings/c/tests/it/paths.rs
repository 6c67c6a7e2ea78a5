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
        "task_lists",
        "task_control",
        "task_dependencies",
        "task_claims",
        "task_runs",
        "task_measurements",
        "queues",
        "workflows",
        "executions",
        "templates",
        "categories",
        "analytics",
        "metrics",
        "error_logs",
        "orchestration_logs",
        "audit",
        "entity_numbers",
        "entity_queries",
        "entity_changes",
        "entity_deletions",
        "entity_descriptions",
        "cursor",
        "cursor_values",
        "sql",
        "changes",
        "follower",
        "keys",
        "cache",
        "query_cache",
        "computed_results",
        "session_data",
        "import",
        "writer",
        "exports",
        "upkeep",
        "integrity",
        "space",
        "backups",
        "restore",
        "recovery",
    ]
    .into_iter()
    .map(|module| Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("src/{module}.rs")))
}
