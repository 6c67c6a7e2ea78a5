//! The tree of categories that templates are in.

use kernel::models::TemplateCategory;
use kernel::services::templates;
use serde::Serialize;

use crate::abi::prelude::*;

/// Makes a category of templates.
///
/// `category` is a JSON object: Name (1 to 100 characters, unique among its siblings); optional
/// Description, ParentCategoryId (a root where there is none), SortOrder.
///
/// `created` receives the category as orchestra_category_get() gives it; it may be NULL. Free it
/// with orchestra_buffer_free(). ORCHESTRA_ALREADY_EXISTS: a sibling has this name;
/// ORCHESTRA_NOT_FOUND: there is no such parent.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_category_create(
    store: *const orchestra_store,
    category: *const u8,
    category_len: usize,
    created: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(categories.create writes [AlreadyExists, NotFound]; error;
          borrow store, json category + category_len -> optional created => {
        created.set_json(&store.write(move |uow| templates::create_category(uow, &category))?)?;
    })
}

/// Looks a category of templates up.
///
/// `category` receives a JSON object with all columns of the table TemplateCategories under their
/// names. Free it with orchestra_buffer_free(). ORCHESTRA_NOT_FOUND: there is no such category.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_category_get(
    store: *const orchestra_store,
    id: *const u8,
    id_len: usize,
    category: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(categories.get reads [NotFound]; error;
          borrow store, id id + id_len -> required category => {
        category.set_json(&store.read(|reader| templates::get_category(reader, &id))?)?;
    })
}

/// Moves a category with all that is in it into another one, or to the roots for NULL.
///
/// `category` receives the category; it may be NULL. Free it with orchestra_buffer_free().
/// ORCHESTRA_INVALID_ARGUMENT: the parent is the category itself or in it; ORCHESTRA_NOT_FOUND:
/// there is no such category or parent.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_category_move(
    store: *const orchestra_store,
    id: *const u8,
    id_len: usize,
    parent_id: *const u8,
    parent_id_len: usize,
    category: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(categories.move writes [InvalidArgument, NotFound]; error; borrow store, id id + id_len,
          optional_id parent_id + parent_id_len -> optional category => {
        category.set_json(
            &store.write(move |uow| templates::move_category(uow, &id, parent_id.as_ref()))?,
        )?;
    })
}

/// Lists a category and all that are in it, or the whole tree for NULL: each before what is in it,
/// siblings in their order.
///
/// `categories` receives a JSON array of categories, each with Depth, from 0, beside its columns.
/// Free it with orchestra_buffer_free(). ORCHESTRA_NOT_FOUND: there is no such category.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_category_tree(
    store: *const orchestra_store,
    root_id: *const u8,
    root_id_len: usize,
    categories: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(categories.tree reads [NotFound]; error;
          borrow store, optional_id root_id + root_id_len -> required categories => {
        let found = store.read(|reader| templates::subtree(reader, root_id.as_ref()))?;
        let nodes: Vec<CategoryNode> = found.into_iter().map(CategoryNode::from).collect();
        categories.set_json(&nodes)?;
    })
}

/// A category in its tree.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct CategoryNode {
    depth: usize,
    #[serde(flatten)]
    category: TemplateCategory,
}

impl From<(usize, TemplateCategory)> for CategoryNode {
    fn from((depth, category): (usize, TemplateCategory)) -> Self {
        Self { depth, category }
    }
}
