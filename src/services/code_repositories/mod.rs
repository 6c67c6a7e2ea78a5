//! Code repositories, in which agents work: registration, settings, use, ratings and statistics.
//!
//! ```
//! use orchestra_store::services::code_repositories;
//! # use orchestra_store::{Store, StoreConfig};
//! # let directory = tempfile::tempdir()?;
//! # let store = Store::open(StoreConfig::new(directory.path().join("orchestra.db")))?;
//! let repository = store.write(|uow| {
//!     let repository = code_repositories::register(uow, "/srv/git/app")?;
//!     code_repositories::set_allowed_operations(uow, &repository.id, Some(&["build", "test"]))
//! })?;
//! assert_eq!(repository.name, "app");
//! assert!(code_repositories::is_allowed(&repository, "test"));
//! assert!(!code_repositories::is_allowed(&repository, "publish"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod path;
mod query;
mod ratings;
mod recount;
mod register;
mod settings;
mod statistics;
mod usage;

pub use crate::services::counters::CounterDifference;
pub use path::ANY_PATH;
pub(crate) use path::{is_same_on_windows, name_of_path, normalize_path};
pub(crate) use query::registered_path;
pub use query::{get, get_by_path, list};
pub use ratings::update_ratings;
pub(crate) use ratings::{Speeds, rate, relative_speeds};
pub use recount::{Recount, recount};
pub use register::{deactivate, register};
pub(crate) use register::{link, new_row};
pub use settings::{is_allowed, set_access_level, set_allowed_operations, set_settings};
pub use statistics::{RepositoryStatistics, statistics};
pub use usage::{list_most_used, note_access};
