//! Metrics: single measured values, and their rollups by hour, day and week.
//!
//! `docs/analytics.md` defines them. They are not audited.
//!
//! ```
//! use orchestra_store::services::analytics::Period;
//! use orchestra_store::services::metrics::{self, Resolution, Sample, Series};
//! # use orchestra_store::{Store, StoreConfig};
//! # let directory = tempfile::tempdir()?;
//! # let store = Store::open(StoreConfig::new(directory.path().join("orchestra.db")))?;
//! let samples = [2.0, 4.0].map(|value| Sample {
//!     timestamp: Some("2026-01-01T08:30:00Z".parse().unwrap()),
//!     ..Sample::new("System", "load", value)
//! });
//! store.write(|uow| metrics::record_many(uow, &samples))?;
//! store.write(|uow| metrics::roll_up(uow, 100))?;
//!
//! let series = Series {
//!     entity_type: "System".to_owned(),
//!     entity_id: None,
//!     metric_name: "load".to_owned(),
//!     resolution: Resolution::Hourly,
//! };
//! let day = Period::new("2026-01-01".parse()?, "2026-01-02".parse()?)?;
//! let hours = store.read(|reader| metrics::query(reader, &series, day, 24))?;
//! assert_eq!((hours[0].count, hours[0].metric_value), (2, 3.0));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

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
