//! Stored form of values: plain, or sealed with the host's key.

use zeroize::Zeroizing;

use crate::encryption::{SealContext, Sealed, open as open_sealed, seal};
use crate::error::Result;
use crate::rows::{Entity as _, Reader};
use crate::tables::{UserPreference, UserPreferenceId};

/// Column of the value.
pub(super) const VALUE: &str = "Value";

/// Sets the value of a row, sealed if the row is encrypted.
pub(super) fn put_value(reader: &Reader<'_>, row: &mut UserPreference, value: &str) -> Result<()> {
    if row.is_encrypted {
        let sealed = seal(reader.keys(), &place(&row.id), value)?;
        row.value = sealed.text;
        row.encryption_key_id = Some(sealed.key_id);
    } else {
        row.value = value.to_owned();
        row.encryption_key_id = None;
    }
    Ok(())
}

/// Returns the plain value of a row.
pub(super) fn value_of(reader: &Reader<'_>, row: &UserPreference) -> Result<Zeroizing<String>> {
    if !row.is_encrypted {
        return Ok(Zeroizing::new(row.value.clone()));
    }
    let key_id = row.encryption_key_id.clone().unwrap_or_default();
    open_of(reader, &row.id, row.value.clone(), key_id)
}

/// Opens a value that was sealed for the row with this id.
pub(super) fn open_of(
    reader: &Reader<'_>,
    id: &UserPreferenceId,
    text: String,
    key_id: String,
) -> Result<Zeroizing<String>> {
    open_sealed(reader.keys(), &place(id), &Sealed { text, key_id })
}

fn place(id: &UserPreferenceId) -> SealContext<'_> {
    SealContext {
        table: UserPreference::NAME,
        column: VALUE,
        id: id.as_str(),
    }
}
