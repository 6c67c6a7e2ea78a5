//! Categories of templates, which form a tree.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::rows::{Reader, UnitOfWork};
use crate::tables::{TemplateCategory, TemplateCategoryId, template_categories as rows};
use crate::validate;

/// A category to create.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub struct NewCategory {
    /// Name, unique among the siblings, 1 to 100 characters.
    pub name: String,
    /// Description, for people.
    pub description: Option<String>,
    /// Parent category; none for a root.
    pub parent_category_id: Option<TemplateCategoryId>,
    /// Position among the siblings.
    pub sort_order: i32,
}

/// Creates a category.
pub fn create_category(uow: &mut UnitOfWork<'_>, new: &NewCategory) -> Result<TemplateCategory> {
    validate::text("Name", &new.name, 1..=100)?;
    if let Some(parent) = &new.parent_category_id {
        get_category(uow, parent)?;
    }
    let now = uow.now();
    let user = uow.user().user_id.clone();
    let mut row = TemplateCategory {
        id: uow.new_id()?,
        name: new.name.clone(),
        description: new.description.clone(),
        parent_category_id: new.parent_category_id.clone(),
        sort_order: new.sort_order,
        created_at: now,
        updated_at: now,
        created_by: user.clone(),
        updated_by: user,
        row_version: 1,
    };
    uow.insert(&mut row)?;
    Ok(row)
}

/// Moves a category and its subcategories under another parent, or to the roots. The parent must be neither the
/// category itself nor one of its subcategories.
pub fn move_category(
    uow: &mut UnitOfWork<'_>,
    id: &TemplateCategoryId,
    parent: Option<&TemplateCategoryId>,
) -> Result<TemplateCategory> {
    let mut row = get_category(uow, id)?;
    if let Some(parent) = parent {
        get_category(uow, parent)?;
        let inside = subtree(uow, Some(id))?;
        if inside.iter().any(|(_, category)| category.id == *parent) {
            let reason = format!("must not be '{id}' or in it, got '{parent}'");
            return Err(Error::invalid("ParentCategoryId", reason));
        }
    }
    row.parent_category_id = parent.cloned();
    uow.update(&mut row)?;
    Ok(row)
}

/// Returns the category with this id.
pub fn get_category(reader: &mut Reader<'_>, id: &TemplateCategoryId) -> Result<TemplateCategory> {
    reader.get(id)
}

/// Returns a category with all its subcategories, or the whole tree: each with its depth from 0 and before its
/// subcategories, siblings in their order.
pub fn subtree(
    reader: &mut Reader<'_>,
    root: Option<&TemplateCategoryId>,
) -> Result<Vec<(usize, TemplateCategory)>> {
    let mut roots = Vec::new();
    if let Some(root) = root {
        roots.push(get_category(reader, root)?);
    }
    let mut children: HashMap<_, Vec<_>> = HashMap::new();
    for category in rows::list(reader.connection())? {
        let parent = category.parent_category_id.clone();
        children.entry(parent).or_default().push(category);
    }
    if root.is_none() {
        roots = children.remove(&None).unwrap_or_default();
    }
    let mut tree = Vec::new();
    let mut open: Vec<_> = roots.into_iter().rev().map(|root| (0, root)).collect();
    while let Some((depth, category)) = open.pop() {
        let inner = children
            .remove(&Some(category.id.clone()))
            .unwrap_or_default();
        open.extend(inner.into_iter().rev().map(|inner| (depth + 1, inner)));
        tree.push((depth, category));
    }
    Ok(tree)
}
