//! The host's keys.

use std::collections::HashMap;
use std::fmt;

use zeroize::Zeroizing;

use crate::error::{Error, ErrorCode, Result};

/// A key of 256 bits. It is overwritten when it is dropped, and never printed.
#[derive(Clone)]
pub struct EncryptionKey(
    // In a box, since moving the bytes themselves would leave copies of them behind.
    Box<Zeroizing<[u8; EncryptionKey::LENGTH]>>,
);

impl EncryptionKey {
    /// The bytes of a key.
    pub const LENGTH: usize = 32;

    /// The key of these bytes. They have to be random or derived by a key derivation function: a
    /// password is no key.
    pub fn new(bytes: [u8; Self::LENGTH]) -> Self {
        Self(Box::new(Zeroizing::new(bytes)))
    }

    /// A new random key, from the operating system.
    pub fn generate() -> Result<Self> {
        let mut key = Self::new([0; Self::LENGTH]);
        fill_random(key.0.as_mut_slice())?;
        Ok(key)
    }

    /// The key's bytes, for keeping them in a safe place.
    pub fn as_bytes(&self) -> &[u8; Self::LENGTH] {
        &self.0
    }
}

/// Fails with [`ErrorCode::InvalidArgument`] where there are not exactly [`EncryptionKey::LENGTH`] bytes.
impl TryFrom<&[u8]> for EncryptionKey {
    type Error = Error;

    fn try_from(bytes: &[u8]) -> Result<Self> {
        let mut key = Self::new([0; Self::LENGTH]);
        if bytes.len() != Self::LENGTH {
            let reason = format!("{} bytes long, but a key has 32", bytes.len());
            return Err(Error::invalid("EncryptionKey", reason));
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

/// Where the keys come from: a key store of the operating system, a vault, a configuration.
///
/// It is asked inside transactions, so it should answer from memory, and must not call the store.
/// Ids are noted in the database next to what was sealed: 1 to 128 characters without NUL.
pub trait KeyProvider: Send + Sync + fmt::Debug {
    /// The id of the key that new values are sealed with.
    fn current_key_id(&self) -> String;

    /// The key with this id; none where it isn't known.
    fn key(&self, id: &str) -> Option<EncryptionKey>;
}

/// Keys that are known from the start.
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
    /// Keys of which this one is current.
    pub fn new(id: impl Into<String>, key: EncryptionKey) -> Self {
        let current = id.into();
        let keys = HashMap::from([(current.clone(), key)]);
        Self { current, keys }
    }

    /// The same with another key, which opens what was sealed with it before.
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

/// Random bytes from the operating system.
pub(super) fn fill_random(bytes: &mut [u8]) -> Result<()> {
    getrandom::fill(bytes).map_err(|error| {
        let message = "the operating system gave no random bytes";
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
