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

/// Maximum size of the results of an execution in total, in bytes: 16 MiB, as that of the output that they become.
pub(super) const MAX_RESULTS: usize = Json::MAX_BYTES;

/// Returns the output of an execution: an object with the results of each stage's tasks, in the order of the
/// definition. None if it would be larger than [`MAX_RESULTS`].
pub(super) fn of(
    uow: &mut UnitOfWork<'_>,
    execution: &WorkflowExecution,
    plan: &Plan,
) -> Result<Option<Json>> {
    let size = rows::size_of_results(uow.conn(), &execution.id)?;
    if usize::try_from(size).is_ok_and(|size| size > MAX_RESULTS) {
        return Ok(None);
    }
    let results = rows::results(uow.conn(), &execution.id)?;
    let mut results: HashMap<TaskId, Option<String>> = results.into_iter().collect();
    let mut of_stage = |stage: &PlannedStage| {
        let tasks = stage.tasks.iter();
        let values = tasks.map(|id| value_of(results.remove(id).flatten()));
        (stage.name.clone(), Value::Array(values.collect()))
    };
    let stages: Map<String, Value> = plan.stages.iter().map(&mut of_stage).collect();
    let output = Json(Value::Object(stages));
    Ok(output.flaw().is_none().then_some(output))
}

/// Levels of an output around a result: the object of stages, and the list of a stage's results.
const LEVELS_AROUND: usize = 2;

/// Converts a result to JSON. A JSON object or array stays one, unless it is nested too deep for the output; any other
/// result becomes a string, even if it looks like a number, so that the type of an output doesn't depend on the text that
/// a task happens to return.
fn value_of(result: Option<String>) -> Value {
    let Some(text) = result else {
        return Value::Null;
    };
    match serde_json::from_str(&text).map(Json) {
        Ok(json) if (json.0.is_object() || json.0.is_array()) && json.fits_at(LEVELS_AROUND) => {
            json.0
        }
        _ => Value::String(text),
    }
}

/// Checks an output against its limit and the schema of the definition, and returns the error if it doesn't match.
pub(super) fn check(
    uow: &mut UnitOfWork<'_>,
    execution: &WorkflowExecution,
    output: &Option<Json>,
) -> Result<Option<Error>> {
    let Some(output) = output else {
        let reason = format!(
            "the results of all tasks must have at most {MAX_RESULTS} bytes in total; let tasks return where their results \
             are, such as the name of a file"
        );
        return Ok(Some(Error::limit_exceeded("OutputResults", reason)));
    };
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
        let nested = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
        let deepest = Json::MAX_DEPTH - LEVELS_AROUND;
        for (levels, is_embedded) in [(deepest, true), (deepest + 1, false), (1000, false)] {
            let value = value_of(Some(nested(levels)));
            assert_eq!(value.is_array(), is_embedded, "{levels}");
            assert_eq!(value.is_string(), !is_embedded, "{levels}");
        }
    }
}
