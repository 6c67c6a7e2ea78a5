//! Related rows, loaded with one statement per relation for any number of rows.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::read;
use crate::error::{Error, Result};
use crate::rows::query::condition::Test;
use crate::rows::query::{Condition, Relation, Specification, column};
use crate::rows::tracking::values_of;
use crate::rows::{Entity, Reader};
use crate::types::Id;

/// Returns the rows that a relation leads to, by the id of the row that it starts from. Rows without related ones are
/// left out. Runs one statement for any number of rows.
///
/// Fails with [`ErrorCode::InvalidArgument`](crate::ErrorCode::InvalidArgument) if the entity has no relation with
/// this name, or if it leads to another entity than `R`.
pub fn related<E: Entity, R: Entity>(
    reader: &mut Reader<'_>,
    rows: &[E],
    relation: &str,
) -> Result<HashMap<Id<E>, Vec<R>>> {
    let relation = Relation::named::<E>(relation)?;
    if relation.target != R::NAME {
        let reason = format!("must lead to {}, got {}", R::NAME, relation.target);
        return Err(Error::invalid(relation.name, reason));
    }
    let parents = rows.iter().map(values_of).collect::<Result<Vec<_>>>()?;
    let mut by_key: HashMap<String, Vec<R>> = HashMap::new();
    for row in load_related::<R>(reader, relation.theirs, keys(&parents, relation.own))? {
        if let Some(key) = text(&values_of(&row)?, relation.theirs) {
            by_key.entry(key.to_owned()).or_default().push(row);
        }
    }
    let found = rows.iter().zip(&parents).filter_map(|(row, parent)| {
        let others = by_key.get(text(parent, relation.own)?)?;
        Some((row.id().clone(), others.clone()))
    });
    Ok(found.collect())
}

/// Returns the rows as JSON, with related rows nested under the names of their relations.
pub(super) fn with_related<E: Entity>(
    reader: &mut Reader<'_>,
    rows: &[E],
    include: &[&'static Relation],
) -> Result<Vec<Value>> {
    let mut rows = rows.iter().map(values_of).collect::<Result<Vec<_>>>()?;
    for relation in include {
        nest(reader, &mut rows, relation)?;
    }
    Ok(rows.into_iter().map(Value::Object).collect())
}

fn nest(
    reader: &mut Reader<'_>,
    rows: &mut [Map<String, Value>],
    relation: &Relation,
) -> Result<()> {
    let others = (relation.load)(reader, relation.theirs, keys(rows, relation.own))?;
    let mut by_key: HashMap<String, Vec<Value>> = HashMap::new();
    for other in others {
        if let Some(key) = other.get(relation.theirs).and_then(Value::as_str) {
            by_key.entry(key.to_owned()).or_default().push(other);
        }
    }
    for row in rows {
        let others = text(row, relation.own).and_then(|key| by_key.get(key));
        let nested = match (relation.is_many, others) {
            (true, others) => json!(others.map_or(&[][..], Vec::as_slice)),
            (false, others) => others.and_then(|o| o.first()).cloned().unwrap_or_default(),
        };
        row.insert(relation.name.to_owned(), nested);
    }
    Ok(())
}

/// Returns, as JSON, the rows whose column is among a JSON array of texts.
pub(crate) fn load_json<R: Entity>(
    reader: &mut Reader<'_>,
    name: &'static str,
    keys: String,
) -> Result<Vec<Value>> {
    let rows = load_related::<R>(reader, name, keys)?;
    rows.iter()
        .map(|row| values_of(row).map(Value::Object))
        .collect()
}

fn load_related<R: Entity>(
    reader: &mut Reader<'_>,
    name: &'static str,
    keys: String,
) -> Result<Vec<R>> {
    let among = Condition::test(Test::InJson(column::<R>(name)?, keys));
    read::list(reader, &Specification::new().matching(among))
}

/// Returns the distinct values of a column as a JSON array. It is bound as one parameter, so that the SQL is the same
/// for any number of values.
fn keys(rows: &[Map<String, Value>], name: &str) -> String {
    let mut keys: Vec<&str> = rows.iter().filter_map(|row| text(row, name)).collect();
    keys.sort_unstable();
    keys.dedup();
    json!(keys).to_string()
}

fn text<'r>(row: &'r Map<String, Value>, name: &str) -> Option<&'r str> {
    row.get(name).and_then(Value::as_str)
}
