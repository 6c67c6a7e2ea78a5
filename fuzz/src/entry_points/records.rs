//! Rows of any entity: `Users insert`, then the row.

use orchestra_store::registry::{self, AnyEntity};
use orchestra_store::{Error, Result, Store, UnitOfWork};
use serde_json::{Value, json};

use super::outcome::{allowed, parse, roll_back, split};

/// Inserts, changes or deletes rows, and gives back what was read.
pub fn records(store: &Store, input: &[u8]) {
    if let Some((words, json)) = split(input)
        && let [entity, operation] = words[..]
        && let Some(entity) = allowed(registry::by_name(entity))
    {
        roll_back(store, |uow| run(uow, entity, operation, json));
    }
}

fn run(
    uow: &mut UnitOfWork<'_>,
    entity: &dyn AnyEntity,
    operation: &str,
    json: &str,
) -> Result<()> {
    match operation {
        "insert" => {
            let row = entity.insert(uow, &parse(json)?)?;
            assert_eq!(entity.get(uow, id(&row))?, row);
            give_back(uow, entity, &row)
        }
        "update" => {
            let row = entity.update(uow, &parse(json)?)?;
            give_back(uow, entity, &row)
        }
        "insert_many" => entity.insert_many(uow, &parse::<Vec<_>>(json)?).map(drop),
        "update_many" => entity.update_many(uow, &parse::<Vec<_>>(json)?).map(drop),
        "bulk_update" => {
            let all = json!({"where": {"Id": "parent"}});
            entity.bulk_update(uow, &all, &parse(json)?).map(drop)
        }
        "delete_many" => {
            let ids: Vec<String> = parse(json)?;
            let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
            entity.delete_many(uow, &ids).map(drop)
        }
        _ => Err(Error::invalid("operation", "unknown")),
    }
}

/// A row as it was read is taken back, and nothing changes.
fn give_back(uow: &mut UnitOfWork<'_>, entity: &dyn AnyEntity, row: &Value) -> Result<()> {
    if !entity.is_log() {
        assert_eq!(entity.update(uow, row)?, *row);
    }
    Ok(())
}

fn id(row: &Value) -> &str {
    row["Id"].as_str().unwrap_or_default()
}
