//! What C sees: the header, the symbols, and C programs that use the library.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    unreachable_pub
)]

mod dotnet_generated;
mod generated;
mod header;
mod paths;
