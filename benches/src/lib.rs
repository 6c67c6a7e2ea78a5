//! How fast the kernel is, in comparison with what is possible.
//!
//! Each case does the same work twice: through the kernel, and by hand on SQLite's C API
//! ([`raw`]). Both run in turn in one process, so that what disturbs the machine disturbs both, and
//! the ratio of each round is what counts ([`harness`]).
//!
//! `cargo bench -p orchestra-bench` runs it; `CONTRIBUTING.md` tells more.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a measurement that can't be made has no result"
)]

pub mod c_abi;
pub mod cases;
pub mod dataset;
pub mod growth;
pub mod harness;
pub mod peers;
pub mod queues;
pub mod raw;
pub mod report;
pub mod sides;
pub mod slow_disk;
