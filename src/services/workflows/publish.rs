//! Versions of workflow definitions: publishing, activating and reading them.

use diesel::QueryResult;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::spec::WorkflowSpec;
use crate::error::{Error, Result};
use crate::rows::{Reader, UnitOfWork};
use crate::services::json_schema;
use crate::services::versions::{self, Versioned};
use crate::sqlite::Conn;
use crate::tables::{WorkflowDefinition, WorkflowDefinitionId, workflow_definitions as rows};
use crate::types::{Json, StringList};
use crate::validate;

/// A version of a workflow to publish.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub struct NewDefinition {
    /// Name, shared by the versions of one workflow, 1 to 255 characters.
    pub name: String,
    /// Description, for people.
    pub description: Option<String>,
    /// Semantic version, greater than all published ones; none means the next minor version.
    pub version: Option<String>,
    /// Specification of the workflow, a [`WorkflowSpec`].
    pub definition: Json,
    /// JSON schema of the input; none allows any object.
    #[serde(default, deserialize_with = "Json::optional_document")]
    pub input_schema: Option<Json>,
    /// JSON schema of the output; none allows any output.
    #[serde(default, deserialize_with = "Json::optional_document")]
    pub output_schema: Option<Json>,
    /// Category, for lists, up to 100 characters.
    pub category: Option<String>,
    /// Tags, for lists.
    pub tags: Option<StringList>,
    /// Author, up to 255 characters.
    pub author: Option<String>,
    /// True if every user sees the workflow.
    pub is_public: bool,
    /// Changes since the previous version.
    pub change_log: Option<String>,
}

impl NewDefinition {
    /// Creates the first or next version of a workflow.
    pub fn new(name: impl Into<String>, definition: impl Into<Json>) -> Self {
        Self {
            name: name.into(),
            definition: definition.into(),
            ..Self::default()
        }
    }

    fn validate(&self) -> Result<()> {
        validate::text("Name", &self.name, validate::NAME)?;
        validate::optional_text("Category", self.category.as_deref(), 0..=100)?;
        validate::optional_text("Author", self.author.as_deref(), 0..=255)?;
        let schemas = [self.input_schema.as_ref(), self.output_schema.as_ref()];
        check_definition(&self.definition, schemas)
    }
}

/// Checks a definition with the schemas of its input and its output.
fn check_definition(definition: &Json, schemas: [Option<&Json>; 2]) -> Result<()> {
    let [input, output] = schemas;
    let declared = input.and_then(|Json(schema)| json_schema::properties(schema));
    let is_known = |name: &str| declared.is_none_or(|names| names.contains_key(name));
    WorkflowSpec::parse(definition, &is_known)?;
    check_schema("InputSchema", input)?;
    check_schema("OutputSchema", output)
}

impl Versioned for WorkflowDefinition {
    fn active(conn: &mut Conn, name: &str) -> QueryResult<Option<Self>> {
        rows::active(conn, name)
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn version(&self) -> &str {
        &self.version
    }

    fn is_active(&self) -> bool {
        self.is_active
    }

    fn set_active(&mut self, is_active: bool) {
        self.is_active = is_active;
    }
}

fn check_schema(column: &str, schema: Option<&Json>) -> Result<()> {
    let Some(Json(schema)) = schema else {
        return Ok(());
    };
    json_schema::compile(column, schema).map(drop)
}

/// Publishes a version of a workflow and makes it the active one. Earlier versions stay; `PreviousVersionId` refers to
/// the newest of them.
///
/// Fails if the definition can't work: stages that depend on each other in a cycle, a placeholder that the input schema
/// doesn't declare, an invalid schema. The error names the place at fault.
pub fn publish(uow: &mut UnitOfWork<'_>, new: &NewDefinition) -> Result<WorkflowDefinition> {
    new.validate()?;
    let (ids, known): (Vec<_>, Vec<_>) = rows::versions(uow.conn(), &new.name)?.into_iter().unzip();
    let version = versions::next(new.version.as_deref(), &known)?;
    let previous = versions::newest(&known).and_then(|index| ids.get(index).cloned());
    let row = new_row(uow, new, version, previous)?;
    versions::add(uow, row)
}

/// Adds a row as a version of a workflow, checked as [`publish`] does.
pub(crate) fn add_version(
    uow: &mut UnitOfWork<'_>,
    row: &mut WorkflowDefinition,
) -> Result<WorkflowDefinition> {
    let schemas = [row.input_schema.as_ref(), row.output_schema.as_ref()];
    check_definition(&row.definition, schemas)?;
    let known = rows::versions(uow.conn(), &row.name)?.into_iter();
    let known: Vec<String> = known.map(|(_, version)| version).collect();
    versions::add_given(uow, row.clone(), &known)
}

/// Makes a version the active one, which [`start`](super::start) runs, and deactivates the one that was active.
pub fn activate(uow: &mut UnitOfWork<'_>, id: &WorkflowDefinitionId) -> Result<WorkflowDefinition> {
    let row = get_definition(uow, id)?;
    versions::activate(uow, row)
}

/// Returns the definition with this id.
pub fn get_definition(
    reader: &mut Reader<'_>,
    id: &WorkflowDefinitionId,
) -> Result<WorkflowDefinition> {
    reader.get(id)
}

/// Returns the active version of the workflow with this name.
pub fn active(reader: &mut Reader<'_>, name: &str) -> Result<WorkflowDefinition> {
    versions::active(reader, name)
}

/// Returns the active version of each workflow, by name.
pub fn list_active(reader: &mut Reader<'_>) -> Result<Vec<WorkflowDefinition>> {
    Ok(rows::list_active(reader.conn())?)
}

/// Returns all versions of a workflow, the newest first.
pub fn history(reader: &mut Reader<'_>, name: &str) -> Result<Vec<WorkflowDefinition>> {
    Ok(rows::history(reader.conn(), name)?)
}

fn new_row(
    uow: &UnitOfWork<'_>,
    new: &NewDefinition,
    version: String,
    previous: Option<WorkflowDefinitionId>,
) -> Result<WorkflowDefinition> {
    let now = uow.now();
    let user = &uow.user().user_id;
    Ok(WorkflowDefinition {
        id: uow.new_id()?,
        name: new.name.clone(),
        description: new.description.clone(),
        version,
        definition: new.definition.clone(),
        input_schema: new.input_schema.clone(),
        output_schema: new.output_schema.clone(),
        category: new.category.clone(),
        tags: new.tags.clone(),
        author: new.author.clone(),
        is_public: new.is_public,
        is_active: true,
        execution_count: 0,
        success_count: 0,
        failure_count: 0,
        average_execution_time: 0.0,
        last_executed_at: None,
        previous_version_id: previous,
        change_log: new.change_log.clone(),
        created_at: now,
        updated_at: now,
        created_by: user.clone(),
        updated_by: user.clone(),
        row_version: 1,
    })
}

/// Returns the specification of a published row. Its placeholders were checked when it was published.
pub(super) fn spec_of(row: &WorkflowDefinition) -> Result<WorkflowSpec> {
    WorkflowSpec::parse(&row.definition, &|_| true)
}

/// Returns the input of an execution: the given values with the defaults of the schema, checked against the schema.
pub(super) fn input_of(row: &WorkflowDefinition, given: &Json) -> Result<Map<String, Value>> {
    let mut values = match &given.0 {
        Value::Null => Map::new(),
        Value::Object(values) => values.clone(),
        _ => {
            let reason = "must be an object or null";
            return Err(Error::invalid("InputParameters", reason));
        }
    };
    if let Some(Json(schema)) = &row.input_schema {
        json_schema::fill_in_defaults(&mut values, schema);
        let schema = json_schema::compile("InputSchema", schema)?;
        json_schema::check("InputParameters", &Value::Object(values.clone()), &schema)?;
    }
    Ok(values)
}
