//! Rows as JSON values.

use std::ops::ControlFlow;

use serde_json::{Map, Value};

use crate::error::{Error, Result};
use crate::rows::Entity;
use crate::rows::query::columns::must_be;
use crate::rows::tracking::values_of;

/// Calls `each` with the rows as objects, and stops with its error.
pub(super) fn until_it_fails<E: Entity>(
    each: &mut dyn FnMut(Map<String, Value>) -> Result<()>,
    read: impl FnOnce(&mut dyn FnMut(E) -> ControlFlow<()>) -> Result<()>,
) -> Result<()> {
    let mut done = Ok(());
    read(&mut |row| {
        done = values_of(&row).and_then(&mut *each);
        match done {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        }
    })?;
    done
}

pub(super) fn object<'v>(value: &'v Value, what: &str) -> Result<&'v Map<String, Value>> {
    value
        .as_object()
        .ok_or_else(|| Error::invalid(what, must_be("an object", value)))
}

pub(super) fn to_json<E: Entity>(row: &E) -> Result<Value> {
    serde_json::to_value(row).map_err(|e| Error::no_json_form(E::NAME).with_source(e))
}
