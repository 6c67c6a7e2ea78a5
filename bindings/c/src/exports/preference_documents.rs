//! Preferences as a document, and sealing them with another key.

use kernel::services::preferences::{self, SealedValues};

use crate::abi::prelude::*;

/// Gives the preferences of the acting user as a document, and those of everyone too if
/// `with_default` is not 0. Sealed values are never exported in clear: they are left out, or, if
/// `keep_sealed` is not 0, exported as they are stored, for who has the same key.
///
/// `exported` receives a JSON object: Document, which orchestra_preference_import() takes, and
/// LeftOut, how many sealed preferences are not in it. Free it with orchestra_buffer_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_preference_export(
    store: *const orchestra_store,
    with_default: i32,
    keep_sealed: i32,
    exported: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(preferences.export reads; error;
          borrow store, flag with_default, flag keep_sealed -> required exported => {
        let sealed = match keep_sealed {
            true => SealedValues::KeepSealed,
            false => SealedValues::LeaveOut,
        };
        let document = store.read(|reader| preferences::export(reader, with_default, sealed))?;
        exported.set_json(&document)?;
    })
}

/// Sets all preferences of a document, or none if any can't be taken. What is here and not in the
/// document stays; importing it again changes nothing.
///
/// `document` is a JSON object: Version (1) and Preferences, an array of up to 10000 objects with
/// Key and Value, and optional IsDefault, RepositoryPath, AgentId, Type, Category, Description,
/// IsEncrypted, SealedAs (Id and EncryptionKeyId, where Value is sealed), IsReadOnly.
///
/// `outcome` receives a JSON object: Imported, Unchanged, and Refused (Index, Key, Code, Message).
/// Where Refused is not empty, nothing was written, and the call is ORCHESTRA_OK all the same. Free
/// it with orchestra_buffer_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_preference_import(
    store: *const orchestra_store,
    document: *const u8,
    document_len: usize,
    outcome: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(preferences.import writes; error;
          borrow store, json document + document_len -> required outcome => {
        outcome.set_json(&store.write_alone(|uow| preferences::import(uow, &document))?)?;
    })
}

/// Seals values of all users with the current key that are sealed with another one, at most
/// `limit`, 1 to 10000; a host calls it until it seals none.
///
/// `resealed` receives how many these were, `failed` how many could not be opened and stayed as
/// they were, `remaining` how many are not sealed with the current key yet, with those that failed.
/// All three may be NULL. ORCHESTRA_ENCRYPTION_FAILED: the store has no keys.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_preference_rekey(
    store: *const orchestra_store,
    limit: u32,
    resealed: *mut i64,
    failed: *mut i64,
    remaining: *mut i64,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(preferences.rekey writes [EncryptionFailed]; error;
          borrow store -> optional resealed, optional failed, optional remaining => {
        let rekeyed = store.write_alone(|uow| preferences::rekey(uow, limit))?;
        resealed.set(rekeyed.resealed);
        failed.set(rekeyed.failed);
        remaining.set(rekeyed.remaining);
    })
}
