//! Parts of a JSON document, whose errors name their place in it.

use serde_json::{Map, Value};

use super::columns::must_be;
use crate::error::{Error, Result};

pub(super) fn object<'v>(value: &'v Value, place: &str) -> Result<&'v Map<String, Value>> {
    value
        .as_object()
        .ok_or_else(|| refuse(place, must_be("an object", value)))
}

pub(super) fn array<'v>(value: &'v Value, place: &str) -> Result<&'v Vec<Value>> {
    value
        .as_array()
        .ok_or_else(|| refuse(place, must_be("a list", value)))
}

pub(super) fn only_field<'v>(
    fields: &'v Map<String, Value>,
    place: &str,
) -> Result<(&'v str, &'v Value)> {
    let mut each = fields.iter();
    match (each.next(), each.next()) {
        (Some((name, value)), None) => Ok((name, value)),
        _ => {
            let reason = format!("must have exactly one column, got {}", fields.len());
            Err(refuse(place, reason))
        }
    }
}

/// Returns the reason to refuse too many things.
pub(super) fn at_most(limit: usize, things: &str, got: usize) -> String {
    format!("must have at most {limit} {things}, got {got}")
}

pub(super) fn refuse(place: &str, reason: impl std::fmt::Display) -> Error {
    let place = if place.is_empty() { "query" } else { place };
    Error::invalid(place, reason)
}

/// Puts the place of a part of a document in front of an error inside it.
pub(super) fn within(place: &str, error: Error) -> Error {
    let inner = error.details().column.clone().unwrap_or_default();
    Error::new(error.code(), format!("{place}.{}", error.message()))
        .with_details(|d| d.column = Some(format!("{place}.{inner}")))
}
