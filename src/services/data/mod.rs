//! The operations that every entity has: what a host's generic repository offers.

mod read;

pub use read::*;
