//! Complete queries: rows, order, related rows and paging.

use serde_json::Value;

use super::columns::must_be;
use super::fields::{object, refuse};
use super::include::read_includes;
use super::{Cursor, Include, Specification};
use crate::error::Result;
use crate::rows::Entity;

/// Number of rows returned if a document has no `limit` or `size`.
const DEFAULT_LIMIT: u32 = 20;
/// Parts of a query in a document.
const PARTS: &str = "where, orderBy, withDeleted, include, page, after, limit";

/// A specification with relations and paging.
#[derive(Debug, Clone)]
pub struct Query<E: Entity> {
    /// Rows and their order.
    pub specification: Specification<E>,
    /// Relations to load with the rows, each with one statement for all rows, but for those with a limit.
    pub include: Vec<Include>,
    /// Part of the rows to return.
    pub paging: Paging,
}

/// Part of the rows of a specification.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Paging {
    /// All rows.
    #[default]
    All,
    /// A page by number, with the total number of rows.
    Page {
        /// Number of the page, from 1.
        number: i64,
        /// Number of rows of a page.
        size: u32,
    },
    /// The rows behind a cursor, or the first ones.
    After {
        /// Cursor behind which the rows begin.
        cursor: Option<Cursor>,
        /// Maximum number of rows.
        limit: u32,
    },
}

impl<E: Entity> Query<E> {
    /// Reads the JSON form that `docs/queries.md` describes.
    ///
    /// Fails with [`ErrorCode::InvalidArgument`](crate::ErrorCode::InvalidArgument), and names the place in the
    /// document, such as `include[0]`.
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
                "include" => query.include = read_includes::<E>(value)?,
                "page" => query.paging = read_page(value)?,
                "after" | "limit" => {
                    if fields.contains_key("page") {
                        return Err(refuse(key, "must not be given together with `page`"));
                    }
                    query.paging = read_after(fields.get("after"), fields.get("limit"))?;
                }
                other => return Err(refuse(other, format!("must be one of {PARTS}"))),
            }
        }
        Ok(query)
    }
}

fn read_page(value: &Value) -> Result<Paging> {
    let (mut number, mut size) = (1, DEFAULT_LIMIT);
    for (key, value) in object(value, "page")? {
        let place = format!("page.{key}");
        match key.as_str() {
            "number" => number = positive(value, &place)?,
            "size" => size = size_of(value, &place)?,
            _ => return Err(refuse(&place, "must be `number` or `size`")),
        }
    }
    Ok(Paging::Page { number, size })
}

fn read_after(after: Option<&Value>, limit: Option<&Value>) -> Result<Paging> {
    let cursor = match after {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => Some(Cursor::from(text.clone())),
        Some(other) => return Err(refuse("after", must_be("a cursor or null", other))),
    };
    let limit = limit.map(|limit| size_of(limit, "limit")).transpose()?;
    Ok(Paging::After {
        cursor,
        limit: limit.unwrap_or(DEFAULT_LIMIT),
    })
}

pub(super) fn size_of(value: &Value, place: &str) -> Result<u32> {
    // Beyond what the type holds it is beyond the most, too, which the operation names.
    Ok(u32::try_from(positive(value, place)?).unwrap_or(u32::MAX))
}

fn positive(value: &Value, place: &str) -> Result<i64> {
    let number = value.as_i64().filter(|number| *number > 0);
    number.ok_or_else(|| refuse(place, must_be("a whole number above 0", value)))
}
