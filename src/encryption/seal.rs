//! Sealing with XChaCha20-Poly1305, whose nonces are long enough to be random for any number of values.

use base64ct::{Base64, Encoding};
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

use super::keys::{EncryptionKey, KeyProvider, fill_random};
use crate::error::{Error, ErrorCode, Result};
use crate::validate;

/// Prefix of sealed text, before the Base64 of nonce and ciphertext; another form gets another number.
const PREFIX: &str = "sealed:v1:";
const NONCE_LENGTH: usize = 24;

/// Place in the database to which a sealed value is bound; it can't be opened in another one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SealContext<'a> {
    pub(crate) table: &'static str,
    pub(crate) column: &'static str,
    pub(crate) id: &'a str,
}

impl SealContext<'_> {
    /// Returns the data that the ciphertext is bound to. None of its parts contains NUL.
    fn associated_data(&self, key_id: &str) -> String {
        [PREFIX, self.table, self.column, self.id, key_id].join("\0")
    }

    fn failed(&self, reason: impl std::fmt::Display) -> Error {
        let Self { table, column, id } = self;
        let message = format!("{table}: {column} of '{id}': {reason}");
        Error::new(ErrorCode::EncryptionFailed, message).with_details(|d| {
            d.entity = Some(table);
            d.id = Some((*id).to_owned());
            d.column = Some((*column).to_owned());
        })
    }

    fn keys<'k>(&self, keys: Option<&'k dyn KeyProvider>) -> Result<&'k dyn KeyProvider> {
        keys.ok_or_else(|| {
            self.failed("no encryption keys are configured; open the store with a key provider")
        })
    }

    fn key(&self, keys: &dyn KeyProvider, id: &str) -> Result<EncryptionKey> {
        keys.key(id)
            .ok_or_else(|| self.failed(format!("the key provider has no key '{id}'; add it")))
    }
}

/// A sealed value, and the id of the key that opens it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sealed {
    pub(crate) text: String,
    pub(crate) key_id: String,
}

/// Seals a value for this place with the current key.
pub(crate) fn seal(
    keys: Option<&dyn KeyProvider>,
    place: &SealContext<'_>,
    plaintext: &str,
) -> Result<Sealed> {
    let keys = place.keys(keys)?;
    let key_id = keys.current_key_id();
    validate::text("EncryptionKeyId", &key_id, 1..=128)?;
    let key = place.key(keys, &key_id)?;
    let mut nonce = [0; NONCE_LENGTH];
    fill_random(&mut nonce)?;
    let ciphertext = cipher(&key)
        .encrypt(
            &XNonce::from(nonce),
            Payload {
                msg: plaintext.as_bytes(),
                aad: place.associated_data(&key_id).as_bytes(),
            },
        )
        .map_err(|_| place.failed("the value can't be sealed"))?;
    let text = format!(
        "{PREFIX}{}",
        Base64::encode_string(&[&nonce, ciphertext.as_slice()].concat())
    );
    Ok(Sealed { text, key_id })
}

/// Opens a value that was sealed for this place. All failures have one message, which reveals nothing about the
/// value.
pub(crate) fn open(
    keys: Option<&dyn KeyProvider>,
    place: &SealContext<'_>,
    sealed: &Sealed,
) -> Result<Zeroizing<String>> {
    let key = place.key(place.keys(keys)?, &sealed.key_id)?;
    let associated = place.associated_data(&sealed.key_id);
    decrypt(&key, associated.as_bytes(), &sealed.text).ok_or_else(|| {
        let reason = format!("the value can't be opened with the key '{}'", sealed.key_id);
        place.failed(reason)
    })
}

fn decrypt(key: &EncryptionKey, associated: &[u8], text: &str) -> Option<Zeroizing<String>> {
    let bytes = Base64::decode_vec(text.strip_prefix(PREFIX)?).ok()?;
    let (nonce, ciphertext) = bytes.split_first_chunk::<NONCE_LENGTH>()?;
    let payload = Payload {
        msg: ciphertext,
        aad: associated,
    };
    let plaintext = cipher(key).decrypt(&XNonce::from(*nonce), payload).ok()?;
    let plaintext = Zeroizing::new(plaintext);
    let text = std::str::from_utf8(&plaintext).ok()?;
    Some(Zeroizing::new(text.to_owned()))
}

fn cipher(key: &EncryptionKey) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(key.as_bytes().into())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::encryption::StaticKeys;

    const PLACE: SealContext<'static> = SealContext {
        table: "UserPreferences",
        column: "Value",
        id: "p1",
    };

    fn keys() -> StaticKeys {
        StaticKeys::new("k1", EncryptionKey::new([1; 32])).with("k2", EncryptionKey::new([2; 32]))
    }

    fn assert_closed(keys: &StaticKeys, place: &SealContext<'_>, sealed: &Sealed) {
        let error = open(Some(keys), place, sealed).unwrap_err();
        assert_eq!(error.code(), ErrorCode::EncryptionFailed);
    }

    #[test]
    fn opens_nowhere_else_and_with_no_other_key() {
        let keys = keys();
        let sealed = seal(Some(&keys), &PLACE, "secret").unwrap();
        for place in [
            SealContext { id: "p2", ..PLACE },
            SealContext {
                column: "Key",
                ..PLACE
            },
            SealContext {
                table: "Users",
                ..PLACE
            },
        ] {
            assert_closed(&keys, &place, &sealed);
        }
        let wrong_id = Sealed {
            key_id: "k2".to_owned(),
            ..sealed.clone()
        };
        assert_closed(&keys, &PLACE, &wrong_id);
        let unknown_id = Sealed {
            key_id: "k9".to_owned(),
            ..sealed.clone()
        };
        assert_closed(&keys, &PLACE, &unknown_id);
        let wrong_key = StaticKeys::new("k1", EncryptionKey::new([3; 32]));
        assert_closed(&wrong_key, &PLACE, &sealed);
        // The same key under another id is another place too.
        let renamed = StaticKeys::new("k2", EncryptionKey::new([1; 32]));
        assert_closed(&renamed, &PLACE, &wrong_id);
    }

    #[test]
    fn sealing_twice_gives_different_texts() {
        let keys = keys();
        let seal = || seal(Some(&keys), &PLACE, "secret").unwrap().text;
        assert_ne!(seal(), seal());
    }

    #[test]
    fn without_keys_the_error_says_so() {
        let error = seal(None, &PLACE, "secret").unwrap_err();
        assert_eq!(error.code(), ErrorCode::EncryptionFailed);
        assert!(error.message().contains("no encryption keys"), "{error}");
        assert!(!error.message().contains("secret"), "{error}");
    }

    #[test]
    fn what_is_not_sealed_text_does_not_open() {
        for text in [
            "",
            "secret",
            "sealed:v1:",
            "sealed:v1:AAAA",
            "sealed:v2:AAAA",
            "sealed:v1:*",
        ] {
            let sealed = Sealed {
                text: text.to_owned(),
                key_id: "k1".to_owned(),
            };
            assert_closed(&keys(), &PLACE, &sealed);
        }
    }

    proptest! {
        #[test]
        fn every_value_comes_back(value in any::<String>()) {
            let keys = keys();
            let sealed = seal(Some(&keys), &PLACE, &value).unwrap();
            let opened = open(Some(&keys), &PLACE, &sealed).unwrap();
            prop_assert_eq!(opened.as_str(), value);
        }

        #[test]
        fn every_flipped_bit_is_noticed(value in any::<String>(), at in any::<prop::sample::Index>()) {
            let keys = keys();
            let sealed = seal(Some(&keys), &PLACE, &value).unwrap();
            let mut bytes = Base64::decode_vec(&sealed.text[PREFIX.len()..]).unwrap();
            let bit = at.index(bytes.len() * 8);
            bytes[bit / 8] ^= 1 << (bit % 8);
            let text = format!("{PREFIX}{}", Base64::encode_string(&bytes));
            assert_closed(&keys, &PLACE, &Sealed { text, ..sealed });
        }

        #[test]
        fn every_changed_character_is_noticed(
            value in any::<String>(), at in any::<prop::sample::Index>(), to in "[ -~]"
        ) {
            let keys = keys();
            let mut sealed = seal(Some(&keys), &PLACE, &value).unwrap();
            let at = at.index(sealed.text.len());
            prop_assume!(sealed.text[at..=at] != to);
            sealed.text.replace_range(at..=at, &to);
            assert_closed(&keys, &PLACE, &sealed);
        }
    }
}
