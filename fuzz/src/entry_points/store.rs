//! The database that every input meets.

use std::path::Path;

use orchestra_store::registry;
use orchestra_store::{Durability, Result, Store, StoreConfig};
use serde_json::{Value, json};

/// What inputs can refer to: of each kind a row with the id `parent`.
fn parents() -> [(&'static str, Value); 7] {
    let stage = json!({"name": "build", "tasks": [{"command": "make"}]});
    [
        (
            "Users",
            json!({"UserName": "ann", "Email": "ann@example.org"}),
        ),
        (
            "Agents",
            json!({"Name": "Ada", "Type": "claude-code", "RepositoryPath": "/srv",
                   "LastPing": "2026-01-01T00:00:00Z"}),
        ),
        (
            "ChatSessions",
            json!({"InstanceId": "one", "Title": "Talk"}),
        ),
        (
            "Tasks",
            json!({"Command": "make", "RepositoryPath": "/srv", "Priority": "High"}),
        ),
        (
            "TaskTemplates",
            json!({"Name": "parent", "Definition": {
                "parameters": {"target": {"type": "string"}},
                "steps": [{"command": "make {{target}}"}],
            }}),
        ),
        ("TemplateCategories", json!({"Name": "parent"})),
        (
            "WorkflowDefinitions",
            json!({"Name": "parent", "Definition": {"stages": [stage]}}),
        ),
    ]
}

/// A new database in a directory.
pub fn open(directory: &Path) -> Result<Store> {
    let mut config = StoreConfig::new(directory.join("orchestra.db"));
    config.durability = Durability::Normal;
    let store = Store::open(config)?;
    store.write(|uow| {
        for (entity, mut row) in parents() {
            row["Id"] = json!("parent");
            registry::by_name(entity)?.insert(uow, &row)?;
        }
        Ok(())
    })?;
    Ok(store)
}
