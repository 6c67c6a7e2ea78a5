//! Queries that return JSON.

use serde::Serialize;
use serde_json::{Value, json};

use super::{include, read};
use crate::error::{Error, Result};
use crate::rows::query::{Page, Paging, Query, Slice};
use crate::rows::{Entity, Reader};

/// Returns the answer to a query as JSON: `Items`, with related rows nested under the names of their relations, and
/// the fields of the paging ([`Page`] or [`Slice`]).
pub fn query<E: Entity>(reader: &mut Reader<'_>, query: &Query<E>) -> Result<Value> {
    let answer = Answer::read(reader, query)?;
    Ok(json!(answer.map(|rows| {
        include::with_related(reader, &rows, &query.include)
    })?))
}

/// Returns the answer to a query as JSON text. Without relations it costs a fraction of [`query`], since it builds no
/// tree.
pub fn query_text<E: Entity>(reader: &mut Reader<'_>, query: &Query<E>) -> Result<String> {
    if !query.include.is_empty() {
        return Ok(self::query(reader, query)?.to_string());
    }
    serde_json::to_string(&Answer::read(reader, query)?)
        .map_err(|e| Error::no_json_form(E::NAME).with_source(e))
}

/// Rows in some form, and the fields of the paging.
#[derive(Serialize)]
#[serde(untagged)]
enum Answer<T> {
    All {
        #[serde(rename = "Items")]
        items: Vec<T>,
    },
    Page(Page<T>),
    Slice(Slice<T>),
}

impl<E: Entity> Answer<E> {
    fn read(reader: &mut Reader<'_>, query: &Query<E>) -> Result<Self> {
        let specification = &query.specification;
        Ok(match &query.paging {
            Paging::All => Self::All {
                items: read::list(reader, specification)?,
            },
            Paging::Page { number, size } => {
                Self::Page(read::page(reader, specification, *number, *size)?)
            }
            Paging::After { cursor, limit } => {
                Self::Slice(read::after(reader, specification, cursor.as_ref(), *limit)?)
            }
        })
    }
}

impl<T> Answer<T> {
    /// Converts the rows, and keeps the rest.
    fn map<U>(self, change: impl FnOnce(Vec<T>) -> Result<Vec<U>>) -> Result<Answer<U>> {
        Ok(match self {
            Self::All { items } => Answer::All {
                items: change(items)?,
            },
            Self::Page(page) => Answer::Page(Page {
                items: change(page.items)?,
                total_count: page.total_count,
                page_number: page.page_number,
                page_size: page.page_size,
                total_pages: page.total_pages,
            }),
            Self::Slice(slice) => Answer::Slice(Slice {
                items: change(slice.items)?,
                next: slice.next,
            }),
        })
    }
}
