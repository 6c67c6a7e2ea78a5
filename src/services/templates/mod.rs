//! Templates of tasks: chains of commands with parameters, in a tree of categories.

mod categories;
mod definition;
mod instantiate;
mod publish;

pub use categories::{NewCategory, create_category, get_category, move_category, subtree};
pub use definition::{ParameterType, TemplateParameter, TemplateSpec};
pub use instantiate::{Instantiation, instantiate};
pub use publish::{NewTemplate, activate, active, get, list, publish};
