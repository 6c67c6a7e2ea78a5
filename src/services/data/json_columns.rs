//! JSON columns of rows that are given as JSON.

use serde_json::Value;

use crate::error::{Error, Result};
use crate::rows::query::columns::{Column, ColumnKind};
use crate::types::Json;

/// Returns the value that a column gets: for a JSON column, [the document](Json::document) that the host gives.
pub(crate) fn taken(column: &Column, value: &Value) -> Result<Value> {
    if !matches!(column.kind, ColumnKind::Json) {
        return Ok(value.clone());
    }
    match Json::document(value.clone()) {
        Ok(Json(document)) => Ok(document),
        Err(reason) => Err(Error::invalid(column.name, reason)),
    }
}
