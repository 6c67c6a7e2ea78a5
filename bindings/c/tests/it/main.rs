//! What C sees: the header, the symbols, and C programs that use the library.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    unreachable_pub
)]

mod abi;
mod call_counter;
mod compiler;
mod coverage;
mod declarations;
mod dotnet;
mod dotnet_generated;
mod examples;
mod fixtures;
mod generated;
mod header;
mod hostile;
mod installed;
mod library;
mod linking;
mod note;
mod operations;
mod paths;
mod programs;
mod sanitizers;
mod soak;
mod symbols;
