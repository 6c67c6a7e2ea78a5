//! The host's keys for encrypted preferences.

use std::ffi::c_void;
use std::hint::black_box;
use std::sync::Arc;

use kernel::{EncryptionKey, KeyProvider, Store};

use crate::abi::host_context::{HostContext, orchestra_destroy_callback};
use crate::abi::prelude::*;
use crate::abi::session::Session;
use crate::abi::store_options::orchestra_store_options;

/// Bytes of a key.
pub const ORCHESTRA_KEY_LENGTH: u32 = 32;
/// The longest id of a key, in bytes.
pub const ORCHESTRA_KEY_ID_LENGTH: u32 = 128;

/// Writes the key with this id, ORCHESTRA_KEY_LENGTH bytes, to `key`, and returns 1; 0 where it isn't
/// known. The bytes have to be random or derived by a key derivation function: a password is no key.
///
/// It is called on any thread, on several at the same time, and inside transactions, so that it should
/// answer from memory. It must not throw or jump out, and must not call the store. The library
/// overwrites its copies of a key.
pub type orchestra_key_callback = Option<
    unsafe extern "C" fn(
        context: *mut c_void,
        key_id: *const u8,
        key_id_len: usize,
        key: *mut u8,
    ) -> i32,
>;

/// Writes the id of the key that new values are sealed with, UTF-8 of 1 to ORCHESTRA_KEY_ID_LENGTH bytes
/// without NUL, to `key_id`, where there is room for that many, and returns its length. Otherwise as
/// orchestra_key_callback. The id is noted in the database next to what was sealed.
pub type orchestra_current_key_callback =
    Option<unsafe extern "C" fn(context: *mut c_void, key_id: *mut u8) -> usize>;

/// Opens a database as orchestra_store_open() does, with keys for preferences that are encrypted;
/// without, there can be none.
///
/// `context` is passed to both callbacks, which must not be NULL. When the store is closed with its
/// last handle, and no call of them runs any more, `destroy` is called with it, once, unless that is
/// NULL. When this function fails, `context` is still the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_store_open_with_keys(
    path: *const u8,
    path_len: usize,
    options: *const orchestra_store_options,
    key: orchestra_key_callback,
    current_key: orchestra_current_key_callback,
    context: *mut c_void,
    destroy: orchestra_destroy_callback,
    store: *mut *mut orchestra_store,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(store.open_with_keys writes; error; config path + path_len + options, callback key,
          callback current_key, context context + destroy -> required store => {
        let keys = Arc::new(HostKeys {
            key,
            current_key,
            context,
        });
        let mut config = path;
        config.keys = Some(Arc::clone(&keys) as _);
        let opened = Store::open(config)?;
        keys.context.keep();
        store.set_handle(Session::from(opened));
    })
}

/// A provider of keys that asks the host for them.
#[derive(Debug)]
struct HostKeys {
    key: unsafe extern "C" fn(*mut c_void, *const u8, usize, *mut u8) -> i32,
    current_key: unsafe extern "C" fn(*mut c_void, *mut u8) -> usize,
    context: HostContext,
}

impl KeyProvider for HostKeys {
    fn current_key_id(&self) -> String {
        let mut id = [0; ORCHESTRA_KEY_ID_LENGTH as usize];
        // SAFETY: the host passed the two together, and there is as much room as the header says.
        let length = unsafe { (self.current_key)(self.context.as_ptr(), id.as_mut_ptr()) };
        let id = id.get(..length).unwrap_or_default();
        String::from_utf8_lossy(id).into_owned()
    }

    fn key(&self, id: &str) -> Option<EncryptionKey> {
        let mut bytes = [0; ORCHESTRA_KEY_LENGTH as usize];
        let context = self.context.as_ptr();
        // SAFETY: the host passed the two together; the id lives until the call ends, and there is as
        // much room as the header says.
        let answer = unsafe { (self.key)(context, id.as_ptr(), id.len(), bytes.as_mut_ptr()) };
        let key = EncryptionKey::try_from(bytes.as_slice()).ok();
        bytes.fill(0);
        black_box(&bytes);
        key.filter(|_| answer != 0)
    }
}

#[cfg(test)]
mod tests {
    use std::ptr;
    use std::sync::atomic::{AtomicU32, Ordering};

    use kernel::services::preferences::{self, NewPreference, PreferenceScope};

    use super::*;
    use crate::abi::handle;
    use crate::abi::status::{ORCHESTRA_MISUSE, ORCHESTRA_OK};
    use crate::exports::store::orchestra_store_free;

    #[derive(Default)]
    struct Vault {
        asked: AtomicU32,
        destroyed: AtomicU32,
    }

    unsafe extern "C" fn key(
        context: *mut c_void,
        key_id: *const u8,
        key_id_len: usize,
        key: *mut u8,
    ) -> i32 {
        // SAFETY: the test passes a vault, and the library what the header says.
        unsafe {
            let vault = &*context.cast::<Vault>();
            vault.asked.fetch_add(1, Ordering::Relaxed);
            key.write_bytes(7, 32);
            (std::slice::from_raw_parts(key_id, key_id_len) == b"2026").into()
        }
    }

    unsafe extern "C" fn current_key(_: *mut c_void, key_id: *mut u8) -> usize {
        // SAFETY: there is room for 128 bytes.
        unsafe { key_id.copy_from_nonoverlapping(b"2026".as_ptr(), 4) };
        4
    }

    unsafe extern "C" fn destroy(context: *mut c_void) {
        // SAFETY: the test passes a vault.
        let vault = unsafe { &*context.cast::<Vault>() };
        vault.destroyed.fetch_add(1, Ordering::Relaxed);
    }

    fn open(
        path: &str,
        key: orchestra_key_callback,
        vault: &Vault,
    ) -> (orchestra_status, *mut orchestra_store) {
        let mut store = ptr::null_mut();
        // SAFETY: everything lives longer than the store.
        let status = unsafe {
            orchestra_store_open_with_keys(
                path.as_ptr(),
                path.len(),
                ptr::null(),
                key,
                Some(current_key),
                ptr::from_ref(vault).cast_mut().cast(),
                Some(destroy),
                &raw mut store,
                ptr::null_mut(),
            )
        };
        (status, store)
    }

    #[test]
    fn values_are_sealed_with_the_keys_of_the_host() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("orchestra.db");
        let vault = Vault::default();
        let (status, store) = open(path.to_str().unwrap(), Some(key), &vault);
        assert_eq!(status, ORCHESTRA_OK);
        // SAFETY: the store is open.
        let session = unsafe { handle::borrow(store) }.unwrap();
        let secret = NewPreference::new("Token", "hush", PreferenceScope::user()).encrypted();
        let row = session
            .write(move |uow| preferences::set(uow, &secret))
            .unwrap();
        assert!(!row.value.contains("hush"));
        let found = session.read(|r| preferences::get(r, "Token", &PreferenceScope::user()));
        assert_eq!(found.unwrap().unwrap().text(), "hush");
        assert!(vault.asked.load(Ordering::Relaxed) > 0);
        assert_eq!(vault.destroyed.load(Ordering::Relaxed), 0);
        // SAFETY: nobody uses the store any more.
        unsafe { orchestra_store_free(store) };
        assert_eq!(vault.destroyed.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn what_does_not_open_leaves_the_context_to_the_host() {
        let vault = Vault::default();
        assert_eq!(open("x.db", None, &vault).0, ORCHESTRA_MISUSE);
        assert!(open(":memory:", Some(key), &vault).1.is_null());
        assert_eq!(vault.destroyed.load(Ordering::Relaxed), 0);
    }
}
