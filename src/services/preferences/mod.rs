//! Preferences: settings of a user or of everyone, for all work or for one repository or agent.
//!
//! Of the rows that apply, the most specific wins: those of the acting user before those of `default`, and among these
//! the ones with agent and repository, then with an agent, then with a repository, then with neither. Rows of other
//! users are invisible.
//!
//! ```
//! use orchestra_store::services::preferences::{self, NewPreference, PreferenceScope};
//! # use orchestra_store::{Store, StoreConfig, UserContext};
//! # let directory = tempfile::tempdir()?;
//! # let store = Store::open(StoreConfig::new(directory.path().join("orchestra.db")))?;
//! let ann = store.context(UserContext::user("ann"));
//! ann.write(|uow| {
//!     preferences::set(uow, &NewPreference::new("retries", "3", PreferenceScope::everyone()))?;
//!     preferences::set(uow, &NewPreference::new("retries", "5", PreferenceScope::user()))
//! })?;
//! let retries = ann.read(|reader| preferences::resolve(reader, "retries", None, None))?;
//! assert_eq!(retries.map(|r| r.i64()).transpose()?, Some(5));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod export;
mod find;
mod import;
mod new_preference;
mod preference;
mod rekey;
mod scope;
mod sealing;
mod set;

pub use export::{
    Exported, ExportedPreference, PreferenceDocument, SealedAs, SealedValues, export,
};
pub use find::{get, list_effective, open, resolve};
pub use import::{Import, RefusedPreference, import};
pub use new_preference::NewPreference;
pub use preference::Preference;
pub use rekey::{Rekeyed, rekey};
pub use scope::PreferenceScope;
pub use set::{remove, set};
