//! What the fuzz targets run.

mod entry_points;

use std::fs;

use orchestra_store::Store;

pub use entry_points::{import, options, records, specifications};

/// A store on a new database, below the directory of temporary files, where it stays.
pub fn fresh() -> Store {
    let directory = std::env::temp_dir().join(format!("orchestra-fuzz-{}", std::process::id()));
    fs::create_dir_all(&directory).expect("the directory of temporary files can be written to");
    entry_points::open(&directory).expect("a new database")
}
