//! The C ABI of `orchestra-store`.
//!
//! C callers read `include/orchestra_store.h`, which is generated from this crate: the doc comments
//! of exported items are written for them. How the parts fit:
//!
//! - [`boundary`] runs the work of every exported function, turns its errors into error objects,
//!   and lets no panic out.
//! - [`handle`], [`text`], [`json`], [`output`] and [`options`] turn what C passes into checked Rust values.
//!   They look at nothing before the work runs, so that an exported function is one `unsafe` block
//!   that wraps its arguments, and safe code.
//! - The other modules are the exported functions, one module for each type.

// The names are those of the header; generators that read this source don't rename.
#![allow(non_camel_case_types)]
// The header's first comment states once what every function asks of its caller.
#![allow(clippy::missing_safety_doc)]
// This crate is where C is called and calls; the kernel stays without.
#![allow(unsafe_code)]

#[cfg(not(panic = "unwind"))]
compile_error!("the C ABI turns panics into error codes, which needs panic = \"unwind\"");

mod boundary;
mod callback_thread;
mod handle;
mod host_context;
mod json;
mod one_at_a_time;
mod open_transaction;
mod options;
mod output;
mod row_stream;
mod session;
mod text;

pub mod agents;
pub mod buffer;
pub mod cache;
pub mod cancel;
pub mod changes;
pub mod cursor;
pub mod cursor_values;
pub mod entities;
pub mod error;
pub mod follower;
pub mod keys;
pub mod log;
pub mod maintenance;
pub mod progress;
pub mod sql;
pub mod status;
pub mod store;
pub mod store_options;
pub mod task_runs;
pub mod tasks;
pub mod transaction;
pub mod version;
