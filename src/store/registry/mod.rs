//! Registry of all entities, for callers that know them only by name or number. Rows and queries are JSON.
//!
//! ```
//! use orchestra_store::{Store, StoreConfig, registry};
//! use serde_json::json;
//!
//! # let directory = tempfile::tempdir()?;
//! # let store = Store::open(StoreConfig::new(directory.path().join("orchestra.db")))?;
//! let users = registry::by_name("Users")?;
//! let ann = store.write(|uow| users.insert(uow, &json!({"UserName": "ann"})))?;
//! assert_eq!(ann["RowVersion"], 1);
//! let found = store.read(|reader| users.query(reader, &json!({"where": {"UserName": "ann"}})))?;
//! assert_eq!(found["Items"], json!([ann]));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod any_entity;
mod column_info;
mod json_rows;
mod new_row;

pub use any_entity::AnyEntity;
pub use column_info::ColumnInfo;

use any_entity::Registered;

use crate::error::{Error, Result};
use crate::tables::{self, *};

macro_rules! entities {
    ($($number:literal => $entity:ty,)+) => {
        static ENTITIES: &[&dyn AnyEntity] = &[$(&Registered::<$entity>::new($number)),+];
    };
}

tables::numbered!(entities);

/// Returns all entities, by number.
pub fn entities() -> &'static [&'static dyn AnyEntity] {
    ENTITIES
}

/// Returns the entity whose table has this name, such as `Tasks`.
pub fn by_name(name: &str) -> Result<&'static dyn AnyEntity> {
    find(|entity| entity.name() == name).ok_or_else(|| unknown(name))
}

/// Returns the entity with this number.
pub fn by_number(number: i32) -> Result<&'static dyn AnyEntity> {
    find(|entity| entity.number() == number).ok_or_else(|| unknown(number))
}

fn find(is_meant: impl Fn(&dyn AnyEntity) -> bool) -> Option<&'static dyn AnyEntity> {
    ENTITIES.iter().copied().find(|entity| is_meant(*entity))
}

fn unknown(given: impl std::fmt::Display) -> Error {
    let names: Vec<&str> = ENTITIES.iter().map(|entity| entity.name()).collect();
    let reason = format!("must be one of {}, got {given}", names.join(", "));
    Error::invalid("entity", reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_entity_is_found_by_its_own_name_and_number() {
        for entity in entities() {
            let by_name = by_name(entity.name()).unwrap();
            let by_number = by_number(entity.number()).unwrap();
            assert_eq!(by_name.number(), entity.number());
            assert_eq!(by_number.name(), entity.name());
        }
        assert!(by_name("tasks").is_err());
        assert!(by_number(0).is_err());
    }
}
