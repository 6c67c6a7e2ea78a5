//! Keys of the host, and the provider that the store asks for them.

use std::collections::HashMap;
use std::fmt;

use zeroize::Zeroizing;

use crate::error::{Error, ErrorCode, Result};

/// Key of 256 bits, which is overwritten when it is dropped, and never printed.
#[derive(Clone)]
pub struct EncryptionKey(
    // Boxed, because moving the bytes themselves would leave copies behind.
    Box<Zeroizing<[u8; EncryptionKey::LENGTH]>>,
);

impl EncryptionKey {
    /// Length of a key in bytes.
    pub const LENGTH: usize = 32;

    /// Creates the key of these bytes. They must be random, or derived by a key derivation function; a password is
    /// not a key.
    pub fn new(bytes: [u8; Self::LENGTH]) -> Self {
        Self(Box::new(Zeroizing::new(bytes)))
    }

    /// Generates a random key from the operating system's random source.
    pub fn generate() -> Result<Self> {
        let mut key = Self::new([0; Self::LENGTH]);
        fill_random(key.0.as_mut_slice())?;
        Ok(key)
    }

    /// Returns the bytes, so that the key can be kept in a safe place.
    pub fn as_bytes(&self) -> &[u8; Self::LENGTH] {
        &self.0
    }
}

/// Fails with [`ErrorCode::InvalidArgument`] if there are not exactly [`EncryptionKey::LENGTH`] bytes.
impl TryFrom<&[u8]> for EncryptionKey {
    type Error = Error;

    fn try_from(bytes: &[u8]) -> Result<Self> {
        let mut key = Self::new([0; Self::LENGTH]);
        if bytes.len() != Self::LENGTH {
            let reason = format!("must be {} bytes long, got {}", Self::LENGTH, bytes.len());
            return Err(Error::invalid("Key", reason));
        }
        key.0.copy_from_slice(bytes);
        Ok(key)
    }
}

impl fmt::Debug for EncryptionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EncryptionKey([hidden])")
    }
}

/// Source of the keys, such as a key store of the operating system, a vault, or a configuration.
///
/// It is asked inside transactions, so it should answer from memory, and must not call the store. The ids are stored
/// next to the sealed values, and have 1 to 128 characters without NUL.
pub trait KeyProvider: Send + Sync + fmt::Debug {
    /// Returns the id of the key that seals new values.
    fn current_key_id(&self) -> String;

    /// Returns the key with this id; none if it is unknown.
    fn key(&self, id: &str) -> Option<EncryptionKey>;
}

/// Keys known from the start.
///
/// ```
/// use std::sync::Arc;
///
/// use orchestra_store::{EncryptionKey, StaticKeys, StoreConfig};
///
/// let last_year = EncryptionKey::generate()?;
/// let keys = StaticKeys::new("2026", EncryptionKey::generate()?).with("2025", last_year);
/// let mut config = StoreConfig::new("orchestra.db");
/// config.keys = Some(Arc::new(keys));
/// # Ok::<(), orchestra_store::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct StaticKeys {
    current: String,
    keys: HashMap<String, EncryptionKey>,
}

impl StaticKeys {
    /// Creates a provider whose current key is this one.
    pub fn new(id: impl Into<String>, key: EncryptionKey) -> Self {
        let current = id.into();
        let keys = HashMap::from([(current.clone(), key)]);
        Self { current, keys }
    }

    /// Adds another key, which opens values that were sealed with it before.
    #[must_use]
    pub fn with(mut self, id: impl Into<String>, key: EncryptionKey) -> Self {
        self.keys.insert(id.into(), key);
        self
    }
}

impl KeyProvider for StaticKeys {
    fn current_key_id(&self) -> String {
        self.current.clone()
    }

    fn key(&self, id: &str) -> Option<EncryptionKey> {
        self.keys.get(id).cloned()
    }
}

/// Fills the bytes from the operating system's random source.
pub(super) fn fill_random(bytes: &mut [u8]) -> Result<()> {
    getrandom::fill(bytes).map_err(|error| {
        let message = "the operating system returned no random bytes";
        Error::new(ErrorCode::EncryptionFailed, message).with_source(error)
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_not_printed() {
        let keys = StaticKeys::new("k1", EncryptionKey::new([171; 32]));
        let text = format!("{keys:?} {:?}", keys.key("k1").unwrap());
        assert!(text.contains("k1") && !text.contains("171"), "{text}");
        assert!(!text.to_lowercase().contains("ab, "), "{text}");
    }

    #[test]
    fn a_key_has_32_bytes() {
        for length in [0, 16, 31, 33] {
            let error = EncryptionKey::try_from(vec![7; length].as_slice()).unwrap_err();
            assert_eq!(error.code(), ErrorCode::InvalidArgument);
        }
        assert_eq!(
            EncryptionKey::try_from([7; 32].as_slice())
                .unwrap()
                .as_bytes(),
            &[7; 32]
        );
    }

    #[test]
    fn generated_keys_differ() {
        let (one, other) = (
            EncryptionKey::generate().unwrap(),
            EncryptionKey::generate().unwrap(),
        );
        assert_ne!(one.as_bytes(), other.as_bytes());
        assert_ne!(one.as_bytes(), &[0; 32]);
    }
}
