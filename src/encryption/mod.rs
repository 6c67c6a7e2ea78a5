//! Encryption of values: each is sealed with a key of the host, and bound to its place in the database.

mod keys;
mod seal;

pub use keys::{EncryptionKey, KeyProvider, StaticKeys};
pub(crate) use seal::{SealContext, Sealed, open, seal};

/// Placeholder shown instead of a sealed value.
pub(crate) const ENCRYPTED: &str = "[encrypted]";
