//! Task templates and workflow definitions.

use serde_json::{Value, json};

use super::RowRefusal;
use super::writer::HostRowWriter;
use crate::import::outcome::RecordOutcome;
use crate::import::record::{MISSING, Record};
use crate::tables::{TaskTemplate, WorkflowDefinition};
use crate::types::{Json, TaskPriority};

const FIRST_VERSION: &str = "1.0.0";

pub(super) fn template(
    writer: &mut HostRowWriter<'_, '_>,
    mut record: Record,
) -> Result<RecordOutcome, RowRefusal> {
    let definition = match record.json("Definition")? {
        Some(definition) => definition,
        None => definition_of_command(&mut record)?,
    };
    let mut row = TaskTemplate {
        id: record.id("Id")?,
        name: record.required("Name")?,
        description: record.optional("Description")?,
        category: record.optional("Category")?,
        category_id: None,
        version: version(&mut record)?,
        definition,
        tags: record.list("Tags")?,
        is_public: record.flag("IsPublic")?,
        is_active: record.flag("IsActive")?,
        created_at: record.required("CreatedAt")?,
        updated_at: record.required("UpdatedAt")?,
        created_by: record.author("CreatedBy")?,
        updated_by: record.author("UpdatedBy")?,
        row_version: 1,
    };
    writer.adopt(&mut row)
}

/// Makes the definition of a template that has only a command.
fn definition_of_command(record: &mut Record) -> Result<Json, RowRefusal> {
    let command: String = record.required("CommandTemplate")?;
    let priority: TaskPriority = record.optional("DefaultPriority")?.unwrap_or_default();
    let parameters = record.json("ParametersJson")?;
    Ok(Json(json!({
        "steps": [{ "command": command, "priority": priority }],
        "parameters": parameters.map_or_else(|| json!({}), |parameters| parameters.0),
    })))
}

pub(super) fn workflow(
    writer: &mut HostRowWriter<'_, '_>,
    mut record: Record,
) -> Result<RecordOutcome, RowRefusal> {
    let own = record.json("DefinitionJson")?;
    let specified = record.json("Definition")?;
    let definition = own
        .or(specified)
        .ok_or_else(|| record.rejection("DefinitionJson", MISSING))?;
    let mut row = WorkflowDefinition {
        id: record.id("Id")?,
        name: record.required("Name")?,
        description: record.optional("Description")?,
        version: version(&mut record)?,
        definition,
        input_schema: None,
        output_schema: None,
        category: None,
        tags: None,
        author: None,
        is_public: false,
        is_active: record.flag("IsActive")?,
        execution_count: 0,
        success_count: 0,
        failure_count: 0,
        average_execution_time: 0.0,
        last_executed_at: None,
        previous_version_id: None,
        change_log: None,
        created_at: record.required("CreatedAt")?,
        updated_at: record.required("UpdatedAt")?,
        created_by: record.author("CreatedBy")?,
        updated_by: record.author("UpdatedBy")?,
        row_version: 1,
    };
    writer.adopt(&mut row)
}

/// Takes out a version: a text, or the first of its three numbers.
fn version(record: &mut Record) -> Result<String, RowRefusal> {
    match record.optional::<Value>("Version")? {
        None => Ok(FIRST_VERSION.to_owned()),
        Some(Value::String(text)) => Ok(text),
        Some(Value::Number(number)) if number.is_u64() => Ok(format!("{number}.0.0")),
        Some(other) => {
            let reason = format!("must be a text or a whole number, got {other}");
            Err(record.rejection("Version", reason).into())
        }
    }
}
