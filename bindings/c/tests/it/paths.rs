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
        "abi/status",
        "exports/version",
        "abi/error",
        "exports/error",
        "abi/buffer",
        "exports/buffer",
        "abi/log",
        "abi/host_context",
        "exports/log",
        "abi/store_options",
        "abi/session",
        "exports/store",
        "abi/progress",
        "exports/cancel",
        "exports/transaction",
        "exports/agents",
        "exports/agent_selection",
        "exports/agent_health",
        "exports/agent_performance",
        "exports/agent_sessions",
        "exports/approvals",
        "exports/repositories",
        "exports/repository_rules",
        "exports/repository_figures",
        "exports/preferences",
        "exports/preference_documents",
        "exports/chat",
        "exports/chat_messages",
        "exports/chat_search",
        "exports/tasks",
        "exports/task_lists",
        "exports/task_control",
        "exports/task_many",
        "exports/task_dependencies",
        "exports/task_claims",
        "exports/task_runs",
        "exports/task_turns",
        "exports/task_waits",
        "exports/task_measurements",
        "exports/queues",
        "exports/workflows",
        "exports/executions",
        "exports/templates",
        "exports/categories",
        "exports/analytics",
        "exports/metrics",
        "exports/error_logs",
        "exports/orchestration_logs",
        "exports/audit",
        "exports/entity_numbers",
        "exports/entity_queries",
        "exports/entity_changes",
        "exports/entity_deletions",
        "exports/entity_descriptions",
        "exports/cursor",
        "exports/sql",
        "exports/changes",
        "exports/follower",
        "exports/keys",
        "exports/cache",
        "exports/cached_results",
        "exports/query_cache",
        "exports/computed_results",
        "exports/session_data",
        "exports/import",
        "abi/factory",
        "abi/writer",
        "exports/export",
        "exports/upkeep",
        "exports/users",
        "exports/integrity",
        "exports/space",
        "exports/backups",
        "exports/restore",
        "exports/recovery",
    ]
    .into_iter()
    .map(|module| Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("src/{module}.rs")))
}
