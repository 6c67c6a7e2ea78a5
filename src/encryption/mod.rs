//! Values that are sealed in the database: with the host's keys, each bound to its place.

mod keys;
mod seal;

pub use keys::{EncryptionKey, KeyProvider, StaticKeys};
pub(crate) use seal::{SealContext, Sealed, open, seal};

/// What is shown instead of a sealed value.
pub(crate) const ENCRYPTED: &str = "[encrypted]";
