//! The C ABI of `orchestra-store`.
//!
//! C callers read `include/orchestra_store.h`, which is generated from this crate: the doc comments
//! of exported items are written for them. How the parts fit:
//!
//! - [`abi`] has the mechanics. [`abi::boundary`] runs the work of every exported function, turns its
//!   errors into error objects, and lets no panic out. [`abi::handle`], [`abi::text`],
//!   [`abi::scalars`], [`abi::json`], [`abi::output`] and [`abi::options`] turn what C passes into
//!   checked Rust values; they look at nothing before the work runs.
//! - [`exports`] has the exported functions, one module for each subject.

// The names are those of the header; generators that read this source don't rename.
#![allow(non_camel_case_types)]
// The header's first comment states once what every function asks of its caller.
#![allow(clippy::missing_safety_doc)]
// This crate is where C is called and calls; the kernel stays without.
#![allow(unsafe_code)]
// Hosts have databases open: files are opened by the kernel, which knows which.
#![cfg_attr(not(test), deny(clippy::disallowed_methods))]

#[cfg(not(panic = "unwind"))]
compile_error!("the C ABI turns panics into error codes, which needs panic = \"unwind\"");

pub mod abi;
pub mod exports;
