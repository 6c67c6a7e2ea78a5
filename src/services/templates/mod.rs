//! Templates of tasks: chains of commands with parameters, arranged in a tree of categories.
//!
//! ```
//! use orchestra_store::services::templates::{self, Instantiation, NewTemplate};
//! use orchestra_store::types::Json;
//! use serde_json::json;
//! # use orchestra_store::{Store, StoreConfig};
//! # let directory = tempfile::tempdir()?;
//! # let store = Store::open(StoreConfig::new(directory.path().join("orchestra.db")))?;
//! let checkout = Json(json!({
//!     "steps": [{ "command": "git switch {{branch|shell}}" }, { "command": "make" }],
//!     "parameters": { "branch": { "type": "string", "required": true } }
//! }));
//! let template = store.write(|uow| templates::publish(uow, &NewTemplate::new("Build", checkout)))?;
//! let mut with = Instantiation {
//!     repository_path: "/srv/app".to_owned(),
//!     ..Instantiation::default()
//! };
//! with.parameters.insert("branch".to_owned(), json!("main"));
//! let chain = store.write(|uow| templates::instantiate(uow, &template.id, &with))?;
//! assert_eq!(chain[0].command, "git switch 'main'");
//! assert_eq!(chain[1].unmet_dependencies, 1, "it waits for the first one");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod categories;
mod instantiate;
mod publish;
mod spec;

pub use categories::{NewCategory, create_category, get_category, move_category, subtree};
pub use instantiate::{Instantiation, instantiate};
pub(crate) use publish::add_version;
pub use publish::{NewTemplate, activate, active, get, list, publish};
pub use spec::{ParameterType, TemplateParameter, TemplateSpec};
