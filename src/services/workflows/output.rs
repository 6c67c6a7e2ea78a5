//! The output of an execution.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::plan::{Plan, PlannedStage};
use super::publish::get_definition;
use crate::error::{Error, Result};
use crate::rows::UnitOfWork;
use crate::services::json_schema;
use crate::tables::{TaskId, WorkflowExecution, workflow_executions as rows};
use crate::types::Json;

/// Returns for each stage the results of its tasks in the order of the definition.
pub(super) fn of(
    uow: &mut UnitOfWork<'_>,
    execution: &WorkflowExecution,
    plan: &Plan,
) -> Result<Json> {
    let results = rows::results(uow.connection(), &execution.id)?;
    let mut results: HashMap<TaskId, Option<String>> = results.into_iter().collect();
    let mut of_stage = |stage: &PlannedStage| {
        let tasks = stage.tasks.iter();
        let values = tasks.map(|id| value_of(results.remove(id).flatten()));
        (stage.name.clone(), Value::Array(values.collect()))
    };
    let stages: Map<String, Value> = plan.stages.iter().map(&mut of_stage).collect();
    Ok(Json(Value::Object(stages)))
}

/// A result that is a JSON object or array is one in the output too. Any other is a text, also
/// where it looks like a number: what it is must not depend on what it says.
fn value_of(result: Option<String>) -> Value {
    let Some(text) = result else {
        return Value::Null;
    };
    match serde_json::from_str(&text) {
        Ok(value @ (Value::Object(_) | Value::Array(_))) => value,
        _ => Value::String(text),
    }
}

/// Returns the objection of the definition's schema to an output, if there is one.
pub(super) fn check(
    uow: &mut UnitOfWork<'_>,
    execution: &WorkflowExecution,
    output: &Json,
) -> Result<Option<Error>> {
    let definition = get_definition(uow, &execution.workflow_definition_id)?;
    let Some(Json(schema)) = &definition.output_schema else {
        return Ok(None);
    };
    let schema = json_schema::compile("OutputSchema", schema);
    let checked = schema.and_then(|s| json_schema::check("OutputResults", &output.0, &s));
    Ok(checked.err())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_objects_and_arrays_are_taken_as_json() {
        for (text, value) in [
            ("{\"a\": 1}", json!({"a": 1})),
            (" [1]\n", json!([1])),
            ("1", json!("1")),
            ("true", json!("true")),
            ("", json!("")),
            ("{", json!("{")),
        ] {
            assert_eq!(value_of(Some(text.to_owned())), value);
        }
        assert_eq!(value_of(None), Value::Null);
    }
}
