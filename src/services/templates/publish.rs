//! Versions of templates: publishing, activating and reading them.

use diesel::QueryResult;
use serde::{Deserialize, Serialize};

use super::categories;
use super::spec::TemplateSpec;
use crate::error::Result;
use crate::rows::{Reader, UnitOfWork};
use crate::services::versions::{self, Versioned};
use crate::sqlite::Conn;
use crate::tables::{TaskTemplate, TaskTemplateId, TemplateCategoryId, task_templates as rows};
use crate::types::{Json, StringList};
use crate::validate;

/// A version of a template to publish.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub struct NewTemplate {
    /// Name, shared by the versions of one template, 1 to 255 characters.
    pub name: String,
    /// Description, for people.
    pub description: Option<String>,
    /// Category, for lists, up to 100 characters.
    pub category: Option<String>,
    /// Category in the tree of categories.
    pub category_id: Option<TemplateCategoryId>,
    /// Semantic version, greater than all published ones; none means the next minor version.
    pub version: Option<String>,
    /// Steps and parameters, as a [`TemplateSpec`].
    pub definition: Json,
    /// Tags, for lists.
    pub tags: Option<StringList>,
    /// True if every user sees the template.
    pub is_public: bool,
}

impl NewTemplate {
    /// Creates the first or next version of a template.
    pub fn new(name: impl Into<String>, definition: impl Into<Json>) -> Self {
        Self {
            name: name.into(),
            definition: definition.into(),
            ..Self::default()
        }
    }
}

impl Versioned for TaskTemplate {
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

/// Publishes a version of a template and makes it the active one. Earlier versions stay.
///
/// Fails if the definition can't work, such as one with a placeholder that is no parameter; the error names the place
/// at fault.
pub fn publish(uow: &mut UnitOfWork<'_>, new: &NewTemplate) -> Result<TaskTemplate> {
    validate::text("Name", &new.name, validate::NAME)?;
    validate::optional_text("Category", new.category.as_deref(), 0..=100)?;
    TemplateSpec::parse(&new.definition)?;
    if let Some(id) = &new.category_id {
        categories::get_category(uow, id)?;
    }
    let known = rows::versions(uow.connection(), &new.name)?;
    let version = versions::next(new.version.as_deref(), &known)?;
    let row = new_row(uow, new, version)?;
    versions::add(uow, row)
}

/// Adds a row as a version of a template, checked as [`publish`] does.
pub(crate) fn add_version(
    uow: &mut UnitOfWork<'_>,
    row: &mut TaskTemplate,
) -> Result<TaskTemplate> {
    TemplateSpec::parse(&row.definition)?;
    let known = rows::versions(uow.connection(), &row.name)?;
    versions::add_given(uow, row.clone(), &known)
}

/// Makes a version the active one, and deactivates the one that was active.
pub fn activate(uow: &mut UnitOfWork<'_>, id: &TaskTemplateId) -> Result<TaskTemplate> {
    let row = get(uow, id)?;
    versions::activate(uow, row)
}

/// Returns the template with this id.
pub fn get(reader: &mut Reader<'_>, id: &TaskTemplateId) -> Result<TaskTemplate> {
    reader.get(id)
}

/// Returns the active version of the template with this name.
pub fn active(reader: &mut Reader<'_>, name: &str) -> Result<TaskTemplate> {
    versions::active(reader, name)
}

/// Returns the active version of each template, by name; with a category, only the templates in it and in its
/// subcategories.
pub fn list(
    reader: &mut Reader<'_>,
    category: Option<&TemplateCategoryId>,
) -> Result<Vec<TaskTemplate>> {
    let Some(category) = category else {
        return Ok(rows::list_active(reader.connection(), None)?);
    };
    let subtree = categories::subtree(reader, Some(category))?;
    let ids: Vec<_> = subtree
        .into_iter()
        .map(|(_, category)| category.id)
        .collect();
    Ok(rows::list_active(reader.connection(), Some(&ids))?)
}

fn new_row(uow: &UnitOfWork<'_>, new: &NewTemplate, version: String) -> Result<TaskTemplate> {
    let now = uow.now();
    let user = &uow.user().user_id;
    Ok(TaskTemplate {
        id: uow.new_id()?,
        name: new.name.clone(),
        description: new.description.clone(),
        category: new.category.clone(),
        category_id: new.category_id.clone(),
        version,
        definition: new.definition.clone(),
        tags: new.tags.clone(),
        is_public: new.is_public,
        is_active: true,
        created_at: now,
        updated_at: now,
        created_by: user.clone(),
        updated_by: user.clone(),
        row_version: 1,
    })
}
