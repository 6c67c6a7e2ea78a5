//! Backups: a verified copy of the whole database in a file of its own.

use std::fs::File;
use std::path::Path;

use crate::config::StoreConfig;
use crate::db::connection::{Connection, Role};
use crate::db::{DatabaseLocation, dialect, private_file};
use crate::error::{Error, ErrorCode, Result};
use crate::store::Store;

/// Copies the database, as it is now, into a new file that only its user may read.
///
/// Others go on reading and writing meanwhile; the copy holds what was committed before. It is
/// made under the name `TARGET.partial`, checked, synced to the disk, and then given its name.
/// Fails with [`ErrorCode::BackupFailed`] where there is a file of that name, and leaves nothing
/// behind.
pub fn create(store: &Store, target: &Path) -> Result<()> {
    let target = DatabaseLocation::new(target)?;
    let partial = DatabaseLocation::new(&target.sibling(".partial"))?;
    let made = reserve(&target, &partial).and_then(|()| {
        let made = copy(store, &partial).and_then(|()| publish(&partial, &target));
        remove(partial.path());
        made
    });
    made.map_err(|e| e.recoded(ErrorCode::BackupFailed).while_doing(&target))
}

/// Makes the file that the copy goes into; SQLite would make it readable for everyone.
fn reserve(target: &DatabaseLocation, partial: &DatabaseLocation) -> Result<()> {
    if target.path().exists() {
        let message = "there is a file of this name";
        return Err(Error::new(ErrorCode::BackupFailed, message));
    }
    private_file()
        .open(partial.path())
        .map(drop)
        .map_err(|e| Error::from(e).while_doing(partial))
}

fn copy(store: &Store, partial: &DatabaseLocation) -> Result<()> {
    // The store's readers are query-only, which refuses to write any file, and its writer is for
    // others to use meanwhile.
    let config = StoreConfig::new(store.path());
    let mut connection = Connection::open(store.location(), Role::Writer, &config)?;
    dialect::vacuum_into(&mut connection, &partial.to_string())
        .map_err(|e| connection.explain(e.into()))?;
    verify(partial)
}

fn verify(copy: &DatabaseLocation) -> Result<()> {
    let config = StoreConfig::new(copy.path());
    let mut connection = Connection::open(copy, Role::Probe, &config)?;
    match dialect::integrity_check(&mut connection)?.first() {
        Some(problem) => Err(Error::new(ErrorCode::BackupFailed, problem)),
        None => Ok(()),
    }
}

/// Makes the copy durable, and then visible. A link, unlike a renaming, replaces nothing.
fn publish(partial: &DatabaseLocation, target: &DatabaseLocation) -> Result<()> {
    File::open(partial.path())?.sync_all()?;
    std::fs::hard_link(partial.path(), target.path())?;
    sync_directory(target.path())
}

/// Makes a new name durable, where the operating system has a way to.
fn sync_directory(path: &Path) -> Result<()> {
    match path.parent() {
        Some(directory) if cfg!(unix) => Ok(File::open(directory)?.sync_all()?),
        _ => Ok(()),
    }
}

fn remove(path: &Path) {
    if let Err(error) = std::fs::remove_file(path) {
        tracing::warn!(%error, path = %path.display(), "a partial backup can't be removed");
    }
}
