//! tests
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod schema;
mod types;
