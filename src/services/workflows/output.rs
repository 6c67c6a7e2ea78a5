//! Output of an execution.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::plan::{Plan, PlannedStage};
use super::publish::get_definition;
use crate::error::{Error, Result};
use crate::rows::UnitOfWork;
use crate::services::json_schema;
use crate::tables::{TaskId, WorkflowExecution, workflow_executions as rows};
use crate::types::Json;

/// Returns the output of an execution: an object with the results of each stage's tasks, in the order of the
/// definition.
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

/// Converts a result to JSON. A JSON object or array stays one; any other result becomes a string, even if it looks
/// like a number, so that the type of an output doesn't depend on the text that a task happens to return.
fn value_of(result: Option<String>) -> Value {
    let Some(text) = result else {
        return Value::Null;
    };
    match serde_json::from_str(&text) {
        Ok(value @ (Value::Object(_) | Value::Array(_))) => value,
        _ => Value::String(text),
    }
}

/// Checks an output against the schema of the definition, and returns the error if it doesn't match.
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
    fn only_objects_and_arrays_are_read_as_json() {
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
