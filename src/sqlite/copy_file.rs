//! A copy of a whole database in a file of its own: made under another name, verified, made
//! durable, and only then visible.

use std::fs::File;
use std::io::ErrorKind;
use std::ops::ControlFlow;
use std::path::Path;

use super::connection::{Connection, Role};
use super::online_backup::{Copied, copy};
use super::soundness::{self, Extras, Sound};
use super::{DatabaseLocation, dialect, disk, is_same_file, private_file};
use crate::config::StoreConfig;
use crate::error::{Error, ErrorCode, Result};

/// Decides between keeping and replacing a file that already has the name of the copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Existing {
    Keep,
    Replace,
}

/// Copies the database as it is now to `target`, readable by its user alone.
///
/// Others go on reading and writing meanwhile, in this process and others; the copy has all that
/// was committed before, and nothing that came later. `on_step` may stop it.
pub(crate) fn copy_to_file(
    source: &DatabaseLocation,
    config: &StoreConfig,
    target: &DatabaseLocation,
    existing: Existing,
    on_step: &mut dyn FnMut(Copied) -> ControlFlow<()>,
) -> Result<Sound> {
    let (partial, sound) = copy_verified(source, config, target, existing, on_step)?;
    partial.publish(target, existing)?;
    Ok(sound)
}

/// Copies the database as [`copy_to_file`] does, but leaves the copy under its temporary name.
pub(crate) fn copy_verified(
    source: &DatabaseLocation,
    config: &StoreConfig,
    target: &DatabaseLocation,
    existing: Existing,
    on_step: &mut dyn FnMut(Copied) -> ControlFlow<()>,
) -> Result<(Partial, Sound)> {
    let (partial, mut copied) = copy_to_partial(source, config, target, existing, on_step)?;
    let sound = soundness::require(&mut copied, &partial.location, Extras::Allowed)?;
    Ok((partial, sound))
}

/// Copies a database that may be damaged, as [`copy_to_file`] does but without verifying the copy, which is as
/// damaged as its source.
pub(crate) fn copy_without_check(
    source: &DatabaseLocation,
    config: &StoreConfig,
    target: &DatabaseLocation,
    existing: Existing,
    on_step: &mut dyn FnMut(Copied) -> ControlFlow<()>,
) -> Result<()> {
    let (partial, copied) = copy_to_partial(source, config, target, existing, on_step)?;
    drop(copied);
    partial.publish(target, existing)
}

fn copy_to_partial(
    source: &DatabaseLocation,
    config: &StoreConfig,
    target: &DatabaseLocation,
    existing: Existing,
    on_step: &mut dyn FnMut(Copied) -> ControlFlow<()>,
) -> Result<(Partial, Connection)> {
    refuse_taken(source, target, existing)?;
    let mut original = Connection::open(source, Role::Reader, config)?;
    disk::require(target.path(), size_of(&mut original)?, config.min_free_disk)?;
    let partial = Partial::reserve(target)?.shown_as(source);
    let mut copied = Connection::open(&partial.location, Role::Scratch, config)?;
    copy(&mut original, &mut copied, on_step)?;
    // The header of the copy announces a write-ahead log, as the database's does; a copy without one can also be
    // read from a place where nothing can be written.
    dialect::set_journal_mode(&mut copied, "DELETE").map_err(|e| copied.explain(e.into()))?;
    Ok((partial, copied))
}

/// Returns the size of all pages in bytes.
pub(crate) fn size_of(connection: &mut Connection) -> Result<u64> {
    Ok(dialect::page_count(connection)? * dialect::page_size(connection)?)
}

/// Fails where the target exists and is to be kept, or may be open. A database that may be open is never replaced:
/// a process that has it open would go on with the old file and the log of the new one.
pub(crate) fn refuse_taken(
    source: &DatabaseLocation,
    target: &DatabaseLocation,
    existing: Existing,
) -> Result<()> {
    let is_there = target.path().symlink_metadata().is_ok();
    let in_use = target.has_journal() || is_same_file(source.path(), target.path());
    if is_there && (existing == Existing::Keep || in_use) {
        return Err(taken(target));
    }
    Ok(())
}

fn taken(target: &DatabaseLocation) -> Error {
    let message = format!("{target}: there is a file of this name");
    Error::new(ErrorCode::AlreadyExists, message)
}

/// A copy in progress: `NAME.partial`, removed when this value is dropped.
pub(crate) struct Partial {
    pub(crate) location: DatabaseLocation,
    /// Locked while somebody works on the copy, so that one left behind by a killed process can be recognised.
    file: File,
}

impl Partial {
    /// Creates the file, empty and private; SQLite would make it readable for everyone.
    pub(crate) fn reserve(target: &DatabaseLocation) -> Result<Self> {
        let location = target.beside(".partial");
        remove_left_behind(&location)?;
        let file = private_file().open(location.path());
        let file = file.map_err(|e| Error::from(e).while_doing(&location))?;
        file.try_lock().map_err(|_| in_progress(&location))?;
        Ok(Self { location, file })
    }

    /// Shows the copy in messages as the file that it copies.
    pub(crate) fn shown_as(mut self, name: impl std::fmt::Display) -> Self {
        self.location.show_as(name);
        self
    }

    /// Returns the file, for writers that don't go through SQLite.
    pub(crate) fn writer(&self) -> &File {
        &self.file
    }

    /// Makes the copy durable, and then visible under its name.
    pub(crate) fn publish(self, target: &DatabaseLocation, existing: Existing) -> Result<()> {
        self.file.sync_all()?;
        let (from, to) = (self.location.path(), target.path());
        match existing {
            Existing::Replace => std::fs::rename(from, to)?,
            Existing::Keep => rename_to_unused(from, to)?,
        }
        sync_directory(to)
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        for suffix in ["", "-journal", "-wal", "-shm"] {
            match std::fs::remove_file(self.location.sibling(suffix)) {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    tracing::warn!(%error, path = %self.location.path().display(), "a partial copy can't be removed");
                }
                _ => {}
            }
        }
    }
}

/// Renames a file to a name that must be unused. It does so by a link, which replaces nothing, unlike a rename;
/// some file systems have no links.
fn rename_to_unused(from: &Path, to: &Path) -> Result<()> {
    match std::fs::hard_link(from, to) {
        Ok(()) => Ok(()),
        Err(e) if e.kind() == ErrorKind::AlreadyExists || to.exists() => Err(e.into()),
        Err(_) => Ok(std::fs::rename(from, to)?),
    }
}

/// Removes the unfinished copy that a killed process left under this name; fails with [`ErrorCode::Busy`] where the
/// process is still alive.
pub(crate) fn remove_left_behind(location: &DatabaseLocation) -> Result<()> {
    match location.path().symlink_metadata() {
        Ok(found) if found.is_file() => {
            let file = File::open(location.path())?;
            file.try_lock().map_err(|_| in_progress(location))?;
            Ok(std::fs::remove_file(location.path())?)
        }
        Ok(_) => Err(taken(location)),
        Err(_) => Ok(()),
    }
}

fn in_progress(location: &DatabaseLocation) -> Error {
    Error::new(
        ErrorCode::Busy,
        format!("{location} is being made by somebody else"),
    )
}

/// Makes a new name in a directory durable, on operating systems that can do so.
pub(crate) fn sync_directory(path: &Path) -> Result<()> {
    match path.parent() {
        Some(here) if cfg!(unix) && here.as_os_str().is_empty() => Ok(File::open(".")?.sync_all()?),
        Some(directory) if cfg!(unix) => Ok(File::open(directory)?.sync_all()?),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_without_a_directory_is_in_the_current_one() {
        sync_directory(Path::new("name")).unwrap();
        assert!(sync_directory(Path::new("no such directory/name")).is_err() || !cfg!(unix));
    }
}
