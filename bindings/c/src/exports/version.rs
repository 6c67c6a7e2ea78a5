//! The version of the library.

use std::ffi::{CStr, CString, c_char};
use std::sync::OnceLock;

use crate::abi::prelude::*;

/// The version of this interface. It moves when a function or structure is removed or changed, not
/// when one is added.
pub const ORCHESTRA_ABI_VERSION: u32 = 1;

/// The ABI version of the library that is loaded. A host compares it with ORCHESTRA_ABI_VERSION,
/// which is that of the header, before it calls anything else.
#[unsafe(no_mangle)]
pub extern "C" fn orchestra_abi_version() -> u32 {
    call!(library.abi_version => { ORCHESTRA_ABI_VERSION })
}

/// The version of the library and of the SQLite in it, such as `0.1.0 (SQLite 3.53.2)`, for people.
/// The text ends with NUL, belongs to the library and stays.
#[unsafe(no_mangle)]
pub extern "C" fn orchestra_version() -> *const c_char {
    call!(library.version => {
        static VERSION: OnceLock<CString> = OnceLock::new();
        const UNKNOWN: &CStr = c"unknown";
        let version = VERSION.get_or_init(|| {
            let sqlite = kernel::sqlite_version();
            CString::new(format!("{} (SQLite {sqlite})", env!("CARGO_PKG_VERSION")))
                .unwrap_or_else(|_| UNKNOWN.to_owned())
        });
        version.as_ptr()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_abi_version_is_that_of_cargo_toml() {
        let manifest = include_str!("../../Cargo.toml");
        let (_, library) = manifest
            .split_once("[package.metadata.capi.library]")
            .unwrap();
        let version = format!("version = \"{ORCHESTRA_ABI_VERSION}.");
        assert!(library.trim_start().starts_with(&version), "{library}");
    }
}
