//! Metrics: measured values as they come, and their rollups by hour, day and week.
//!
//! `docs/analytics.md` defines them. They are written without entries in the audit log.

mod moments;
mod record;
mod resolution;
mod rollup;
mod series;

pub use moments::Moments;
pub(crate) use record::new_row;
pub use record::{MAX_SAMPLES, Sample, record, record_many};
pub use resolution::Resolution;
pub use rollup::{MAX_BATCH, RollupStep, roll_up};
pub use series::{MAX_POINTS, MetricPoint, Series, query};
