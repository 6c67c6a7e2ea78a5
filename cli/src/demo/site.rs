//! Where the demonstration takes place: a directory with what the predecessor left, and the
//! database that takes it over.

use std::path::{Path, PathBuf};
use std::time::Duration;

use orchestra_store::import::{ImportOptions, ImportReport, import_file};
use orchestra_store::maintenance::documents;
use orchestra_store::{Error, ErrorCode, Result, Store, StoreConfig};

use super::large_state::large_state;
use crate::interrupt;

const DATABASE: &str = "orchestra.db";
const STATE_FILE: &str = "orchestrator-state.json";

/// A worker that is silent for so long has lost its tasks.
const LEASE: Duration = Duration::from_secs(2);
/// The wait before a task that failed runs again.
const BACKOFF: Duration = Duration::from_millis(50);

/// The directory, with the predecessor's file in it and no database yet.
pub(super) fn prepare(chosen: Option<&Path>) -> Result<PathBuf> {
    let directory = match chosen {
        Some(directory) => {
            documents::make_directory(directory)?;
            directory.to_owned()
        }
        None => tempfile::Builder::new()
            .prefix("orchestra-demo-")
            .tempdir()?
            .keep(),
    };
    for name in [DATABASE, STATE_FILE] {
        let path = directory.join(name);
        if path.exists() {
            let message = format!(
                "{} is there already: choose another directory",
                path.display()
            );
            return Err(Error::new(ErrorCode::AlreadyExists, message));
        }
    }
    let state_file = directory.join(STATE_FILE);
    let state = serde_json::to_vec_pretty(&large_state()).map_err(std::io::Error::from)?;
    documents::write(&state_file, &state, false, &directory.join(DATABASE))?;
    Ok(directory)
}

/// Removes a directory that nobody chose, and that nobody wants to look at.
pub(super) fn remove(directory: &Path) -> Result<()> {
    std::fs::remove_dir_all(directory).map_err(|e| Error::from(e).while_doing(directory.display()))
}

/// Makes the database, with leases and waits that suit a short run.
pub(super) fn open(directory: &Path) -> Result<Store> {
    let mut config = StoreConfig::new(directory.join(DATABASE));
    config.queue.lease = LEASE;
    config.queue.backoff = BACKOFF;
    Ok(Store::open(config)?.cancellable(interrupt::token()))
}

/// Takes over what the predecessor left.
pub(super) fn import_predecessor(store: &Store, directory: &Path) -> Result<ImportReport> {
    let mut go_on = |_| interrupt::go_on();
    let options = ImportOptions::default();
    import_file(store, &directory.join(STATE_FILE), &options, &mut go_on)
}
