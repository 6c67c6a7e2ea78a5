//! Related rows, loaded with one statement per relation for any number of rows.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::read;
use crate::error::Result;
use crate::rows::query::condition::Test;
use crate::rows::query::{Condition, Include, Relation, Specification, column};
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
    related_where(reader, rows, relation, &Specification::new())
}

/// Returns related rows as [`related`] does: those that a specification selects, in its order.
pub fn related_where<E: Entity, R: Entity>(
    reader: &mut Reader<'_>,
    rows: &[E],
    relation: &str,
    specification: &Specification<R>,
) -> Result<HashMap<Id<E>, Vec<R>>> {
    let relation = Relation::leading_to::<E, R>(relation)?;
    let parents = rows.iter().map(values_of).collect::<Result<Vec<_>>>()?;
    let mut by_key: HashMap<String, Vec<R>> = HashMap::new();
    for row in load_related(
        reader,
        relation,
        &keys(&parents, relation.own),
        specification,
    )? {
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
    include: &[Include],
) -> Result<Vec<Value>> {
    let mut rows = rows.iter().map(values_of).collect::<Result<Vec<_>>>()?;
    nest_all(reader, &mut rows, include)?;
    Ok(rows.into_iter().map(Value::Object).collect())
}

fn nest_all(
    reader: &mut Reader<'_>,
    rows: &mut [Map<String, Value>],
    include: &[Include],
) -> Result<()> {
    include.iter().try_for_each(|one| nest(reader, rows, one))
}

fn nest(reader: &mut Reader<'_>, rows: &mut [Map<String, Value>], include: &Include) -> Result<()> {
    let relation = include.relation;
    let others = (include.related).load(reader, relation, &keys(rows, relation.own))?;
    let mut by_key: HashMap<String, Vec<Value>> = HashMap::new();
    for other in others {
        if let Some(key) = text(&other, relation.theirs).map(str::to_owned) {
            by_key.entry(key).or_default().push(Value::Object(other));
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

/// Returns, as JSON, the rows of a specification that a relation leads to from any of these keys, at most `limit` for each of
/// them, with further related rows nested in them.
///
/// With a limit it runs one statement for each key, so that no more rows are read than are returned.
pub(crate) fn load_nested<R: Entity>(
    reader: &mut Reader<'_>,
    relation: &Relation,
    keys: &[String],
    specification: &Specification<R>,
    limit: Option<u32>,
    include: &[Include],
) -> Result<Vec<Map<String, Value>>> {
    let rows = match limit {
        None => load_related(reader, relation, keys, specification)?,
        Some(limit) => {
            let mut rows = Vec::new();
            for key in keys {
                let one = std::slice::from_ref(key);
                let among = reached::<R>(relation, one, specification)?;
                rows.extend(read::load(reader, &among, None, Some(limit), None)?);
            }
            rows
        }
    };
    let mut rows = rows.iter().map(values_of).collect::<Result<Vec<_>>>()?;
    nest_all(reader, &mut rows, include)?;
    Ok(rows)
}

fn load_related<R: Entity>(
    reader: &mut Reader<'_>,
    relation: &Relation,
    keys: &[String],
    specification: &Specification<R>,
) -> Result<Vec<R>> {
    read::list(reader, &reached(relation, keys, specification)?)
}

/// Returns the specification of those rows that a relation leads to from any of these keys. They are bound as one
/// parameter, so that the SQL is the same for any number of them.
fn reached<R: Entity>(
    relation: &Relation,
    keys: &[String],
    specification: &Specification<R>,
) -> Result<Specification<R>> {
    let theirs = column::<R>(relation.theirs)?;
    let among = Condition::test(Test::InJson(theirs, json!(keys).to_string()));
    let specification = specification.clone().matching(among);
    Ok(match relation.only_where::<R>()? {
        Some(only) => specification.matching(only),
        None => specification,
    })
}

/// Returns the distinct values of a column.
fn keys(rows: &[Map<String, Value>], name: &str) -> Vec<String> {
    let mut keys: Vec<&str> = rows.iter().filter_map(|row| text(row, name)).collect();
    keys.sort_unstable();
    keys.dedup();
    keys.into_iter().map(str::to_owned).collect()
}

fn text<'r>(row: &'r Map<String, Value>, name: &str) -> Option<&'r str> {
    row.get(name).and_then(Value::as_str)
}
