//! What the fuzz targets do with an input. `tests/it/fuzz.rs` runs the seeds through the same functions.
//!
//! An input is a line of words that says what is done, and JSON behind it. All that it writes is rolled
//! back, so that each input meets the same database. It may be refused, but not by a fault of the library,
//! and what must hold for any input is asserted.

mod import;
mod options;
mod outcome;
mod records;
mod specifications;
mod store;

pub use import::import;
pub use options::options;
pub use records::records;
pub use specifications::specifications;
pub use store::open;
