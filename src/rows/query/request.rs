//! All that one question says: which rows, in which order, with what they refer to, and how many.

use serde_json::Value;

use super::document::{array, object, refuse};
use super::{Cursor, Relation, Specification};
use crate::error::Result;
use crate::rows::Entity;

/// How many rows come where a document asks for a cursor and gives no limit.
const DEFAULT_LIMIT: i64 = 100;
/// How many relations a document may name.
const MAX_RELATIONS: usize = 16;

/// A specification with relations and paging.
#[derive(Debug, Clone)]
pub struct Query<E: Entity> {
    /// Which rows, in which order.
    pub specification: Specification<E>,
    /// What is loaded with them, each with one statement for all rows.
    pub include: Vec<&'static Relation>,
    /// How many of them.
    pub paging: Paging,
}

/// How many rows are wanted, and from where on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Paging {
    /// All of them.
    #[default]
    All,
    /// A page by its number, from 1, with the number of all rows.
    Page {
        /// Which page.
        number: i64,
        /// How many rows a page has.
        size: i64,
    },
    /// The rows behind a cursor, or the first ones.
    After {
        /// Where they begin.
        cursor: Option<Cursor>,
        /// How many at the most.
        limit: i64,
    },
}

impl<E: Entity> Query<E> {
    /// Reads the JSON form, as `docs/queries.md` describes it.
    ///
    /// Fails with [`ErrorCode::InvalidArgument`](crate::ErrorCode::InvalidArgument) that names the
    /// place in the document, such as `include[0]`.
    pub fn from_json(document: &Value) -> Result<Self> {
        let mut query = Self {
            specification: Specification::new(),
            include: Vec::new(),
            paging: Paging::All,
        };
        let fields = object(document, "")?;
        for (key, value) in fields {
            match key.as_str() {
                "where" | "orderBy" | "withDeleted" => {
                    query.specification = query.specification.read_part(key, value)?;
                }
                "include" => query.include = read_relations::<E>(value)?,
                "page" => query.paging = read_page(value)?,
                "after" | "limit" => {
                    if fields.contains_key("page") {
                        return Err(refuse(key, "together with `page`"));
                    }
                    query.paging = read_after(fields.get("after"), fields.get("limit"))?;
                }
                other => return Err(refuse(other, "no part of a query")),
            }
        }
        Ok(query)
    }
}

fn read_relations<E: Entity>(value: &Value) -> Result<Vec<&'static Relation>> {
    let names = array(value, "include")?;
    if names.len() > MAX_RELATIONS {
        let reason = format!("more than {MAX_RELATIONS} relations");
        return Err(refuse("include", reason));
    }
    let read = |(index, name): (usize, &Value)| {
        let place = format!("include[{index}]");
        let name = name
            .as_str()
            .ok_or_else(|| refuse(&place, "not the name of a relation"))?;
        Relation::named::<E>(name).map_err(|e| refuse(&place, e.message()))
    };
    names.iter().enumerate().map(read).collect()
}

fn read_page(value: &Value) -> Result<Paging> {
    let (mut number, mut size) = (1, DEFAULT_LIMIT);
    for (key, value) in object(value, "page")? {
        let place = format!("page.{key}");
        match key.as_str() {
            "number" => number = positive(value, &place)?,
            "size" => size = positive(value, &place)?,
            _ => return Err(refuse(&place, "neither `number` nor `size`")),
        }
    }
    Ok(Paging::Page { number, size })
}

fn read_after(after: Option<&Value>, limit: Option<&Value>) -> Result<Paging> {
    let cursor = match after {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => Some(Cursor::from(text.clone())),
        Some(_) => return Err(refuse("after", "neither a cursor nor null")),
    };
    let limit = limit.map(|limit| positive(limit, "limit")).transpose()?;
    Ok(Paging::After {
        cursor,
        limit: limit.unwrap_or(DEFAULT_LIMIT),
    })
}

fn positive(value: &Value, place: &str) -> Result<i64> {
    let number = value.as_i64().filter(|number| *number > 0);
    number.ok_or_else(|| refuse(place, "not a whole number above 0"))
}
