//! Descriptions of all entities.

use kernel::registry::{self, AnyEntity, ColumnInfo};
use serde::Serialize;

use crate::abi::prelude::*;

/// Tells which entities there are, and what columns they have: for hosts that list or edit any of
/// them. It needs no store.
///
/// `entities` receives a JSON array, by number: Number (one of ORCHESTRA_ENTITY_*), Name (the
/// table's), IsLog (rows are only added), KeepsDeleted (a deleted row is only marked, and can be
/// restored), Columns. Of each column it tells Name, Kind (Text, Integer, Real, Bool, Time,
/// TimeSpan, Json, List, Enum), Nullable, IsGenerated (the database computes it), Writer (which
/// operations alone change it, as text for people; null if any update may). Free it with
/// orchestra_buffer_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_entity_describe_all(
    entities: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(entities.describe_all; error; -> required entities => {
        let all = registry::entities().iter().map(|entity| describe(*entity));
        entities.set_json(&all.collect::<Vec<_>>())?;
    })
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Description {
    number: i32,
    name: &'static str,
    is_log: bool,
    keeps_deleted: bool,
    columns: Vec<ColumnInfo>,
}

fn describe(entity: &dyn AnyEntity) -> Description {
    Description {
        number: entity.number(),
        name: entity.name(),
        is_log: entity.is_log(),
        keeps_deleted: entity.keeps_deleted(),
        columns: entity.columns(),
    }
}
