//! RelatedSelection rows that a query includes: which, in which order, how many, and what is included with those.

use std::fmt::Debug;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::columns::must_be;
use super::fields::{array, at_most, object, only_field, refuse, within};
use super::request::size_of;
use super::{Relation, Specification};
use crate::error::Result;
use crate::rows::data::{self, MAX_PAGE};
use crate::rows::{Entity, Reader};

/// Maximum number of relations that a document may name.
const MAX_RELATIONS: usize = 16;
/// Parts of an included relation in a document.
const PARTS: &str = "where, orderBy, withDeleted, limit, include";

/// A relation whose rows are loaded with those of a query.
///
/// ```
/// use diesel::prelude::*;
/// use orchestra_store::models::{CodeRepository, Task};
/// use orchestra_store::query::{Include, Specification};
/// use orchestra_store::schema::tasks;
/// use orchestra_store::types::TaskStatus;
///
/// let failed = Specification::<Task>::new().filter(tasks::status.eq(TaskStatus::Failed));
/// let with_failures = Include::those::<CodeRepository, Task>("Tasks", failed, Some(5))?
///     .then(Include::all::<Task>("Agent")?);
/// # Ok::<(), orchestra_store::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Include {
    pub(crate) relation: &'static Relation,
    pub(crate) related: IncludedRows,
}

/// The rows of a relation, whose entity is known only here.
pub(crate) type IncludedRows = Arc<dyn RelatedRows>;

/// Rows that a relation leads to.
pub(crate) trait RelatedRows: Debug + Send + Sync {
    /// Returns, as JSON, the rows that the relation leads to from any of these keys.
    fn load(
        &self,
        reader: &mut Reader<'_>,
        relation: &Relation,
        keys: &[String],
    ) -> Result<Vec<Map<String, Value>>>;

    /// Returns these rows with another relation's rows included in them.
    fn including(&self, further: Include) -> IncludedRows;
}

#[derive(Debug, Clone)]
struct RelatedSelection<R: Entity> {
    specification: Specification<R>,
    limit: Option<u32>,
    include: Vec<Include>,
}

impl<R: Entity> RelatedRows for RelatedSelection<R> {
    fn load(
        &self,
        reader: &mut Reader<'_>,
        relation: &Relation,
        keys: &[String],
    ) -> Result<Vec<Map<String, Value>>> {
        let (specification, include) = (&self.specification, &self.include);
        data::load_nested(reader, relation, keys, specification, self.limit, include)
    }

    fn including(&self, further: Include) -> IncludedRows {
        let mut related = self.clone();
        related.include.push(further);
        Arc::new(related)
    }
}

impl Include {
    /// Includes all rows of a relation.
    pub fn all<E: Entity>(relation: &str) -> Result<Self> {
        let relation = Relation::named::<E>(relation)?;
        let related = (relation.read)(&mut IncludeReader::default(), IncludeParts::NONE)?;
        Ok(Self { relation, related })
    }

    /// Includes those rows of a relation that a specification selects, in its order, at most `limit` for each row that they
    /// are included in.
    ///
    /// Fails with [`ErrorCode::InvalidArgument`](crate::ErrorCode::InvalidArgument) if the entity has no relation with this
    /// name, or if it leads to another entity than `R`.
    pub fn those<E: Entity, R: Entity>(
        relation: &str,
        specification: Specification<R>,
        limit: Option<u32>,
    ) -> Result<Self> {
        let relation = Relation::leading_to::<E, R>(relation)?;
        let related = Arc::new(RelatedSelection {
            specification,
            limit,
            include: Vec::new(),
        });
        Ok(Self { relation, related })
    }

    /// Includes another relation's rows in the included ones.
    #[must_use]
    pub fn then(self, further: Self) -> Self {
        Self {
            related: self.related.including(further),
            ..self
        }
    }
}

/// Parts of one included relation in a document.
#[derive(Clone, Copy)]
pub(crate) struct IncludeParts<'v> {
    /// The parts that are given for the relation.
    parts: Option<&'v Map<String, Value>>,
    /// The relations to include in its rows, each with its place.
    further: &'v [IncludePath<'v>],
    place: &'v str,
}

impl IncludeParts<'_> {
    const NONE: Self = Self {
        parts: None,
        further: &[],
        place: "",
    };
}

/// One item of a list of relations: a name, or names with dots between them, and the parts of the last of them.
#[derive(Clone)]
pub(crate) struct IncludePath<'v> {
    path: &'v str,
    parts: Option<&'v Map<String, Value>>,
    place: String,
}

/// Reader of included relations, which counts them.
#[derive(Default)]
pub(crate) struct IncludeReader {
    relations: usize,
}

/// Reads a list of relations.
pub(super) fn read_includes<E: Entity>(value: &Value) -> Result<Vec<Include>> {
    let items = read_items(value, "include")?;
    IncludeReader::default().includes::<E>(&items)
}

fn read_items<'v>(value: &'v Value, place: &str) -> Result<Vec<IncludePath<'v>>> {
    let items = array(value, place)?;
    if items.len() > MAX_RELATIONS {
        let reason = at_most(MAX_RELATIONS, "relations", items.len());
        return Err(refuse(place, reason));
    }
    let read = |(index, item): (usize, &'v Value)| {
        let place = format!("{place}[{index}]");
        match item {
            Value::String(path) => Ok(IncludePath {
                path,
                parts: None,
                place,
            }),
            Value::Object(fields) => {
                let (path, parts) = only_field(fields, &place)?;
                let place = format!("{place}.{path}");
                let parts = Some(object(parts, &place)?);
                Ok(IncludePath { path, parts, place })
            }
            other => {
                let expected = "the name of a relation, or {\"name\": {…}}";
                Err(refuse(&place, must_be(expected, other)))
            }
        }
    };
    items.iter().enumerate().map(read).collect()
}

impl IncludeReader {
    /// Reads the relations of an entity, each once: several paths may go through it.
    fn includes<E: Entity>(&mut self, items: &[IncludePath<'_>]) -> Result<Vec<Include>> {
        let mut includes = Vec::new();
        let mut done: Vec<&str> = Vec::new();
        for item in items {
            let name = item.first();
            if done.contains(&name) {
                continue;
            }
            done.push(name);
            includes.push(self.include::<E>(name, items)?);
        }
        Ok(includes)
    }

    /// Reads a relation from all items whose paths begin with it.
    fn include<E: Entity>(&mut self, name: &str, items: &[IncludePath<'_>]) -> Result<Include> {
        let (mut parts, mut further, mut place) = (None, Vec::new(), "");
        for item in items.iter().filter(|item| item.first() == name) {
            place = &item.place;
            match item.rest() {
                Some(rest) => further.push(rest),
                None if parts.is_some() && item.parts.is_some() => {
                    return Err(refuse(place, "must be given once"));
                }
                None => parts = item.parts.or(parts),
            }
        }
        self.relations += 1;
        if self.relations > MAX_RELATIONS {
            let reason = at_most(MAX_RELATIONS, "relations in all", self.relations);
            return Err(refuse(place, reason));
        }
        let relation = Relation::named::<E>(name).map_err(|e| refuse(place, e.message()))?;
        if let Some(nested) = parts.and_then(|parts| parts.get("include")) {
            further.extend(read_items(nested, &format!("{place}.include"))?);
        }
        let further = &further;
        let options = IncludeParts {
            parts,
            further,
            place,
        };
        let related = (relation.read)(self, options)?;
        Ok(Include { relation, related })
    }
}

impl<'v> IncludePath<'v> {
    fn first(&self) -> &'v str {
        self.path
            .split_once('.')
            .map_or(self.path, |(first, _)| first)
    }

    /// Returns the item without the first relation of its path, if it has more.
    fn rest(&self) -> Option<Self> {
        let (_, rest) = self.path.split_once('.')?;
        Some(Self {
            path: rest,
            ..self.clone()
        })
    }
}

/// Reads which rows of an entity to include.
pub(super) fn read_rows<R: Entity>(
    reader: &mut IncludeReader,
    options: IncludeParts<'_>,
) -> Result<IncludedRows> {
    let mut related = RelatedSelection {
        specification: Specification::<R>::new(),
        limit: None,
        include: reader.includes::<R>(options.further)?,
    };
    for (key, value) in options.parts.into_iter().flatten() {
        let place = format!("{}.{key}", options.place);
        match key.as_str() {
            "where" | "orderBy" | "withDeleted" => {
                let specification = related.specification;
                related.specification = specification
                    .read_part(key, value)
                    .map_err(|e| within(options.place, e))?;
            }
            "limit" => related.limit = Some(limit(value, &place)?),
            "include" => {}
            _ => return Err(refuse(&place, format!("must be one of {PARTS}"))),
        }
    }
    Ok(Arc::new(related))
}

fn limit(value: &Value, place: &str) -> Result<u32> {
    let limit = size_of(value, place)?;
    match limit <= MAX_PAGE {
        true => Ok(limit),
        false => Err(refuse(place, must_be(format!("1 to {MAX_PAGE}"), value))),
    }
}
