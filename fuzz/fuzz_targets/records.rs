#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use orchestra_store::Store;

static STORE: LazyLock<Store> = LazyLock::new(orchestra_store_fuzz::fresh);

fuzz_target!(|input: &[u8]| orchestra_store_fuzz::records(&STORE, input));
