//! The operations that every entity has: what a host's generic repository offers.

mod aggregate;
mod include;
mod read;

pub use aggregate::*;
pub use include::*;
pub use read::*;
