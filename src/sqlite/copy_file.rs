//! A copy of a whole database in a file of its own: made under another name, verified, made
//! durable, and only then visible.

use std::fs::File;
use std::io::ErrorKind;
use std::ops::ControlFlow;

use super::connection::{Connection, Role};
use super::file_names::SQLITE_COMPANIONS;
use super::online_backup::{Copied, copy};
use super::plain_file::{self, PlainFile, sync_directory_of};
use super::soundness::{self, Extras, Sound};
use super::target::{self, Existing, PARTIAL, Target};
use super::{DatabaseLocation, dialect, disk};
use crate::config::StoreConfig;
use crate::error::{Error, ErrorCode, Result};

/// Copies the database as it is now to `target`, readable by its user alone.
///
/// Others go on reading and writing meanwhile, in this process and others; the copy has all that
/// was committed before, and nothing that came later. `on_step` may stop it.
pub(crate) fn copy_to_file(
    source: &DatabaseLocation,
    config: &StoreConfig,
    target: &Target,
    on_step: &mut dyn FnMut(Copied) -> ControlFlow<()>,
) -> Result<Sound> {
    let (partial, sound) = copy_verified(source, config, target, on_step)?;
    partial.publish(target)?;
    Ok(sound)
}

/// Copies the database as [`copy_to_file`] does, but leaves the copy under its temporary name.
pub(crate) fn copy_verified(
    source: &DatabaseLocation,
    config: &StoreConfig,
    target: &Target,
    on_step: &mut dyn FnMut(Copied) -> ControlFlow<()>,
) -> Result<(Partial, Sound)> {
    let (partial, mut copied) = copy_to_partial(source, config, target, on_step)?;
    let sound = soundness::require(&mut copied, &partial.location, Extras::Allowed)?;
    Ok((partial, sound))
}

/// Copies a database that may be damaged, as [`copy_to_file`] does but without verifying the copy, which is as
/// damaged as its source.
pub(crate) fn copy_without_check(
    source: &DatabaseLocation,
    config: &StoreConfig,
    target: &Target,
    on_step: &mut dyn FnMut(Copied) -> ControlFlow<()>,
) -> Result<()> {
    let (partial, copied) = copy_to_partial(source, config, target, on_step)?;
    drop(copied);
    partial.publish(target)
}

fn copy_to_partial(
    source: &DatabaseLocation,
    config: &StoreConfig,
    target: &Target,
    on_step: &mut dyn FnMut(Copied) -> ControlFlow<()>,
) -> Result<(Partial, Connection)> {
    target.check()?;
    let mut original = Connection::open(source, Role::Reader, config)?;
    disk::require(target.path(), size_of(&mut original)?, config.min_free_disk)?;
    let partial = Partial::reserve(target.location())?.shown_as(source);
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

/// A file in progress: `NAME.partial`, removed when this value is dropped.
pub(crate) struct Partial {
    pub(crate) location: DatabaseLocation,
    /// Locked while somebody works on the file, so that one left behind by a killed process can be recognised.
    file: PlainFile,
}

impl Partial {
    /// Creates the file, empty and private; SQLite would make it readable for everyone.
    pub(crate) fn reserve(target: &DatabaseLocation) -> Result<Self> {
        let location = target.beside(PARTIAL);
        remove_left_behind(&location)?;
        let file = plain_file::create(location.path());
        let file = file.map_err(|e| Error::from(e).while_doing(&location))?;
        file.try_lock().map_err(|_| in_progress(&location))?;
        let partial = Self { location, file };
        // A process that was killed may have left them behind, without the file.
        partial.remove(&SQLITE_COMPANIONS);
        Ok(partial)
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

    fn remove(&self, suffixes: &[&str]) {
        for suffix in suffixes {
            match plain_file::remove_own(&self.location.sibling(suffix)) {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    tracing::warn!(%error, path = %self.location.path().display(), "a partial copy can't be removed");
                }
                _ => {}
            }
        }
    }

    /// Makes the file durable, and then visible under its name, which has to be free still, or may still be replaced.
    pub(crate) fn publish(self, target: &Target) -> Result<()> {
        self.file.sync_all()?;
        target.check()?;
        let (from, to) = (self.location.path(), target.path());
        match target.existing() {
            Existing::Replace => plain_file::rename(from, to)?,
            Existing::Keep => plain_file::rename_to_unused(from, to)?,
        }
        sync_directory_of(to)
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        self.remove(&[""]);
        self.remove(&SQLITE_COMPANIONS);
    }
}

/// Removes the unfinished file that a killed process left under this name; fails with [`ErrorCode::Busy`] where the
/// process is still alive.
pub(crate) fn remove_left_behind(location: &DatabaseLocation) -> Result<()> {
    let path = location.path();
    match path.symlink_metadata() {
        Ok(found) if found.is_file() => {
            let file = plain_file::open_input(path)?;
            file.try_lock().map_err(|_| in_progress(location))?;
            plain_file::remove(path)
        }
        Ok(_) => Err(target::taken(path)),
        Err(_) => Ok(()),
    }
}

fn in_progress(location: &DatabaseLocation) -> Error {
    let message = format!("{location} is being made by somebody else");
    Error::new(ErrorCode::Busy, message)
}
