//! Backups: under its name one is whole, and is there once its call has returned.

use std::fs::File;
use std::path::Path;

use flate2::read::GzDecoder;
use orchestra_store::maintenance::backup::{self, BackupPolicy, BackupState};
use orchestra_store::maintenance::unobserved;
use orchestra_store::services::tasks::{self, NewTask};
use orchestra_store::{Result, Store, StoreConfig};

use super::ledger::{Damage, Ledger, Marks};
use super::queue::{require_sound, unsound};
use crate::support::REPOSITORY;

const DATABASE: &str = "orchestra.db";

fn open(directory: &Path) -> Result<Store> {
    Store::open(StoreConfig::new(directory.join(DATABASE)))
}

/// Makes a backup, compressed or not, replaces it, and makes another by a policy whose directory isn't there yet.
pub fn make(directory: &Path, name: &str, marks: &Marks) -> Result<()> {
    let store = open(directory)?;
    let target = directory.join(name);
    for replaces in [false, true, true] {
        let new = NewTask::new("ls", REPOSITORY);
        marks.task(&store.write(|uow| tasks::enqueue(uow, &new))?);
        backup::create(&store, &target, replaces, &mut unobserved)?;
        marks.backup(name, count_tasks(&store)?);
    }
    let mut policy = BackupPolicy::new(directory.join("automatic/backups"));
    policy.compress = name.ends_with(".gz");
    let made = backup::run_if_due(&store, &policy, &mut unobserved)?;
    let made = made.made.unwrap().path;
    let name = made.strip_prefix(directory).unwrap().to_str().unwrap();
    marks.backup(name, count_tasks(&store)?);
    store.close()
}

pub fn count_tasks(store: &Store) -> Result<i64> {
    let counts = store.read(tasks::count_by_status)?;
    Ok(counts.iter().map(|(_, count)| count).sum())
}

pub fn check(directory: &Path, name: &str, ledger: &Ledger) -> Result<(), Damage> {
    let store = open(directory).map_err(unsound)?;
    require_sound(&store)?;
    ledger.find_lost_task(&store)?;
    for acknowledged in ledger.backups.keys() {
        let backup = directory.join(acknowledged);
        if !backup.exists() {
            return Err(Damage::Lost(format!("the backup {}", backup.display())));
        }
    }
    for folder in [directory, &directory.join("automatic/backups")] {
        check_copies(directory, folder, ledger)?;
    }
    let target = directory.join(name);
    backup::create(&store, &target, true, &mut unobserved).map_err(unsound)?;
    store.close().map_err(unsound)
}

/// Checks the databases in a folder that isn't synced itself, but for the live one and those that are half made.
fn check_copies(directory: &Path, folder: &Path, ledger: &Ledger) -> Result<(), Damage> {
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if name != DATABASE && (name.ends_with(".db") || name.ends_with(".gz")) {
            let known = ledger.backups.get(path.strip_prefix(directory).unwrap());
            check_copy(&path, known.copied().unwrap_or(0))?;
        }
    }
    Ok(())
}

fn check_copy(copy: &Path, tasks: i64) -> Result<(), Damage> {
    let state = backup::verify(copy).map_err(unsound)?.state;
    if state != BackupState::Verified {
        return Err(Damage::Unsound(format!("{}: {state:?}", copy.display())));
    }
    let place = tempfile::tempdir().unwrap();
    let unpacked = place.path().join(DATABASE);
    if copy.extension().is_some_and(|e| e == "gz") {
        let mut packed = GzDecoder::new(File::open(copy).unwrap());
        std::io::copy(&mut packed, &mut File::create(&unpacked).unwrap()).unwrap();
    } else {
        std::fs::copy(copy, &unpacked).unwrap();
    }
    let found = open(place.path()).and_then(|store| count_tasks(&store));
    let found = found.map_err(unsound)?;
    if found < tasks {
        let lost = format!("{}: {found} of {tasks} tasks", copy.display());
        return Err(Damage::Lost(lost));
    }
    Ok(())
}
