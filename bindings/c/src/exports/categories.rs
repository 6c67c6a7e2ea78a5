//! The tree of categories that templates are in.

use kernel::models::TemplateCategory;
use kernel::services::templates::{self, NewCategory};
use serde::Serialize;

use crate::abi::boundary::boundary;
use crate::abi::buffer::orchestra_buffer;
use crate::abi::error::orchestra_error;
use crate::abi::handle;
use crate::abi::output::Output;
use crate::abi::status::orchestra_status;
use crate::abi::text::text;
use crate::exports::store::orchestra_store;

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
    // SAFETY: the header asks for this of the caller.
    let (store, new, created, error) = unsafe {
        (
            handle::borrow(store),
            text("category", category, category_len),
            Output::new(created),
            Output::new(error),
        )
    };
    boundary(error, || {
        let created = created.optional("created")?;
        let new: NewCategory = new.json()?;
        created.set_json(&store?.write(|uow| templates::create_category(uow, &new))?)
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
    // SAFETY: the header asks for this of the caller.
    let (store, id, category, error) = unsafe {
        (
            handle::borrow(store),
            text("id", id, id_len),
            Output::new(category),
            Output::new(error),
        )
    };
    boundary(error, || {
        let category = category.required("category")?;
        let id = id.id()?;
        category.set_json(&store?.read(|reader| templates::get_category(reader, &id))?)
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
    // SAFETY: the header asks for this of the caller.
    let (store, id, parent, category, error) = unsafe {
        (
            handle::borrow(store),
            text("id", id, id_len),
            text("parent_id", parent_id, parent_id_len),
            Output::new(category),
            Output::new(error),
        )
    };
    boundary(error, || {
        let category = category.optional("category")?;
        let (id, parent) = (id.id()?, parent.optional_id()?);
        category.set_json(&store?.write(|uow| templates::move_category(uow, &id, parent.as_ref()))?)
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
    // SAFETY: the header asks for this of the caller.
    let (store, root, tree, error) = unsafe {
        (
            handle::borrow(store),
            text("root_id", root_id, root_id_len),
            Output::new(categories),
            Output::new(error),
        )
    };
    boundary(error, || {
        let tree = tree.required("categories")?;
        let root = root.optional_id()?;
        let found = store?.read(|reader| templates::subtree(reader, root.as_ref()))?;
        let nodes: Vec<Node> = found.into_iter().map(Node::from).collect();
        tree.set_json(&nodes)
    })
}

/// A category in its tree.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Node {
    depth: usize,
    #[serde(flatten)]
    category: TemplateCategory,
}

impl From<(usize, TemplateCategory)> for Node {
    fn from((depth, category): (usize, TemplateCategory)) -> Self {
        Self { depth, category }
    }
}
