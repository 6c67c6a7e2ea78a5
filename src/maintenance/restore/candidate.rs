//! The backup in a private place, where nobody can change it any more: verified, and brought to the
//! present schema.

use std::fs::File;
use std::io::Read as _;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use super::{RestoreOptions, Restored};
use crate::config::StoreConfig;
use crate::error::{Error, ErrorCode, Result};
use crate::maintenance::progress::{OnProgress, Phase, Progress, as_stage};
use crate::sqlite::connection::{Connection, Role};
use crate::sqlite::copy_file::{self, Partial};
use crate::sqlite::migrations::{self, Standing};
use crate::sqlite::pump::pump;
use crate::sqlite::soundness::{self, Extras, Sound};
use crate::sqlite::{DatabaseLocation, dialect, disk, gzip, is_same_file};

/// A backup that may be restored.
pub(super) struct RestoreCandidate {
    file: Partial,
    backup: PathBuf,
    sound: Sound,
    size: u64,
}

impl RestoreCandidate {
    /// Copies the backup beside the database, verifies the copy and migrates it.
    pub(super) fn prepare(
        database: &DatabaseLocation,
        config: &StoreConfig,
        backup: &Path,
        options: &RestoreOptions,
        on_progress: &mut OnProgress<'_>,
    ) -> Result<Self> {
        let size = checked_size(database, backup, options)?;
        // The private copy, the log through which it is written into the database, and the database;
        // and the copy of what is there now.
        let present = std::fs::metadata(database.path()).map_or(0, |file| file.len());
        let needed = size.saturating_mul(3).saturating_add(present);
        disk::require(database.path(), needed, config.min_free_disk)?;
        let file = Partial::reserve(&DatabaseLocation::new(&database.sibling(".restore"))?)?;
        if gzip::is_compressed(backup)? {
            let room = gzip::Room {
                max_size: options.max_size,
                min_free_disk: config.min_free_disk,
            };
            let path = file.location.path();
            let mut on_step = as_stage(Phase::Unpacking, on_progress);
            gzip::unpack(backup, file.writer(), path, room, &mut on_step)
                .map_err(|e| e.while_doing(backup.display()))?;
            let size = std::fs::metadata(path)?.len();
            let needed = size.saturating_mul(2).saturating_add(present);
            disk::require(database.path(), needed, config.min_free_disk)?;
        } else {
            copy_bytes(backup, size, &file, on_progress)?;
        }
        let sound = verify(&file, config).map_err(|e| e.while_doing(backup.display()))?;
        if sound.standing == Standing::Older {
            migrations::migrate_scratch(&file.location, config)?;
        }
        let size = copy_file::size_of(&mut open(&file, config)?)?;
        Ok(Self {
            file,
            backup: backup.to_owned(),
            sound,
            size,
        })
    }

    pub(super) fn open(&self, config: &StoreConfig) -> Result<Connection> {
        open(&self.file, config)
    }

    /// The file, to be given the database's name.
    pub(super) fn into_file(self) -> Partial {
        self.file
    }

    pub(super) fn report(&self, before: Vec<PathBuf>) -> Restored {
        Restored {
            backup: self.backup.clone(),
            size: self.size,
            schema_version: self.sound.schema_version.clone(),
            migrated: self.sound.standing == Standing::Older,
            before,
        }
    }
}

fn open(file: &Partial, config: &StoreConfig) -> Result<Connection> {
    Connection::open(&file.location, Role::Scratch, config)
}

/// The size of the backup, where it is one that may be read at all: not the database itself, which
/// must not be opened past SQLite, and nothing that somebody still writes to.
fn checked_size(
    database: &DatabaseLocation,
    backup: &Path,
    options: &RestoreOptions,
) -> Result<u64> {
    let refuse = |reason: String| Err(Error::invalid("backup", reason));
    let named = |e: std::io::Error| match e.kind() {
        std::io::ErrorKind::NotFound => {
            let message = format!("{}: there is no such file", backup.display());
            Error::new(ErrorCode::NotFound, message)
        }
        _ => Error::from(e).while_doing(backup.display()),
    };
    let metadata = std::fs::metadata(backup).map_err(named)?;
    if !metadata.is_file() {
        return refuse(format!("{} is no regular file", backup.display()));
    }
    if is_same_file(backup, database.path()) {
        return refuse(format!("{} is the database itself", backup.display()));
    }
    if DatabaseLocation::new(backup)?.has_journal() {
        let path = backup.display();
        return refuse(format!(
            "{path} is a database in use: make a backup of it first"
        ));
    }
    if metadata.len() > options.max_size {
        let (size, max) = (metadata.len(), options.max_size);
        return refuse(format!(
            "{} has {size} bytes, more than {max}",
            backup.display()
        ));
    }
    Ok(metadata.len())
}

/// Copies what the backup has, which is not to grow meanwhile.
fn copy_bytes(
    backup: &Path,
    size: u64,
    file: &Partial,
    on_progress: &mut OnProgress<'_>,
) -> Result<()> {
    let mut source = File::open(backup)?.take(size);
    let mut tell = |done| {
        let progress = Progress {
            stage: Phase::Copying,
            done,
            total: size,
        };
        match on_progress(progress) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => {
                let message = "the restore was cancelled";
                Err(Error::new(ErrorCode::Cancelled, message))
            }
        }
    };
    pump(&mut source, &mut file.writer(), Error::from, &mut tell)
}

fn verify(file: &Partial, config: &StoreConfig) -> Result<Sound> {
    let mut conn = open(file, config)?;
    let sound = soundness::require(&mut conn, &file.location, Extras::Refused);
    let sound = sound.map_err(|e| conn.explain(e))?;
    let page_size = dialect::page_size(&mut conn)?;
    if page_size == PAGE_SIZE {
        return Ok(sound);
    }
    let message = format!("its pages have {page_size} bytes, not {PAGE_SIZE}");
    Err(Error::new(ErrorCode::ForeignSchema, message))
}

/// Bytes of a page of each database that the library makes.
const PAGE_SIZE: u64 = 4096;
