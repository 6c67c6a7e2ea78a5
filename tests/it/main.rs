//! What the library does as a whole, on real files.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    unreachable_pub
)]

mod import;
mod maintenance;
mod schema;
mod store;
mod support;
mod types;
