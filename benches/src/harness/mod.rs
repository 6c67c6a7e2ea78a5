//! Measuring in pairs: many short rounds, each with both sides, and what they say together.

mod pairs;
mod statistics;

use std::time::{Duration, Instant};

pub use pairs::{Bench, Case, Effort, Measurement};
pub use statistics::Spread;

/// How long some work takes.
pub fn timed(work: impl FnOnce()) -> Duration {
    let started = Instant::now();
    work();
    started.elapsed()
}
