//! Exports of all tables: a directory under its name has all files, and is there once the call has returned.

use std::ops::ControlFlow;
use std::path::Path;

use orchestra_store::maintenance::export::{ExportFormat, export_all};
use orchestra_store::services::tasks::{self, NewTask};
use orchestra_store::{Result, Store, StoreConfig};

use super::ledger::{Damage, Ledger, Marks};
use super::queue::{require_sound, unsound};
use crate::support::REPOSITORY;

const TASKS: usize = 20;

fn open(directory: &Path) -> Result<Store> {
    Store::open(StoreConfig::new(directory.join("orchestra.db")))
}

fn export(store: &Store, target: &Path) -> Result<usize> {
    let mut go_on = |_, _| ControlFlow::Continue(());
    Ok(export_all(store, target, ExportFormat::JsonLines, &mut go_on)?.len())
}

pub fn make(directory: &Path, marks: &Marks) -> Result<()> {
    let store = open(directory)?;
    let many = vec![NewTask::new("ls", REPOSITORY); TASKS];
    store.write(|uow| tasks::enqueue_many(uow, &many))?;
    export(&store, &directory.join("export"))?;
    marks.done();
    store.close()
}

pub fn check(directory: &Path, ledger: &Ledger) -> Result<(), Damage> {
    let store = open(directory).map_err(unsound)?;
    require_sound(&store)?;
    let target = directory.join("export");
    if !target.exists() {
        let lost = Damage::Lost("the export".to_owned());
        return if ledger.is_done { Err(lost) } else { Ok(()) };
    }
    let tasks = std::fs::read_to_string(target.join("Tasks.jsonl")).unwrap_or_default();
    let files = std::fs::read_dir(&target).unwrap().count();
    let expected = export(&store, &directory.join("again")).map_err(unsound)?;
    if tasks.lines().count() != TASKS || files != expected {
        return Err(Damage::Unsound(format!("{files} of {expected} files")));
    }
    store.close().map_err(unsound)
}
