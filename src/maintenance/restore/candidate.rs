//! A private copy of the backup, which nobody else can change: verified, and migrated to the present schema.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::{RestoreOptions, Restored};
use crate::config::StoreConfig;
use crate::error::{Error, ErrorCode, Result};
use crate::maintenance::lineage;
use crate::maintenance::progress::{OnProgress, Phase, Progress, as_stage, go_on};
use crate::sqlite::connection::{Connection, Role};
use crate::sqlite::copy_file::{self, Partial};
use crate::sqlite::copy_stream::pump;
use crate::sqlite::migrations;
use crate::sqlite::soundness::{self, Extras, Sound};
use crate::sqlite::standing::Standing;
use crate::sqlite::{DatabaseLocation, dialect, disk, gzip, is_same_file, plain_file};
use crate::types::Timestamp;

/// A verified copy of a backup, ready to be restored.
pub(super) struct RestoreCandidate {
    file: Partial,
    backup: PathBuf,
    sound: Sound,
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
        // The private copy, the log through which it is written, the database, and the copy of the present one.
        let present = std::fs::metadata(database.path()).map_or(0, |file| file.len());
        let needed = size.saturating_mul(3).saturating_add(present);
        disk::require(database.path(), needed, config.min_free_disk)?;
        let file = Partial::reserve(&database.beside(".restore"))?.shown_as(backup.display());
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
        let sound = verify(&file, config)?;
        if sound.standing == Standing::Older {
            migrations::migrate_scratch(&file.location, config)?;
        }
        Ok(Self {
            file,
            backup: backup.to_owned(),
            sound,
        })
    }

    /// Begins the lineage of the restored database, and returns its base. `replaced` is the number of the newest event
    /// of the present one, if that can be read.
    pub(super) fn begin_lineage(
        &self,
        config: &StoreConfig,
        replaced: Option<i64>,
        now: Timestamp,
    ) -> Result<i64> {
        lineage::begin(&mut self.open(config)?, replaced, now)
    }

    pub(super) fn open(&self, config: &StoreConfig) -> Result<Connection> {
        open(&self.file, config)
    }

    /// Returns the file, to be given the database's name.
    pub(super) fn into_file(self) -> Partial {
        self.file
    }

    pub(super) fn report(&self, config: &StoreConfig, before: Vec<PathBuf>) -> Result<Restored> {
        Ok(Restored {
            backup: self.backup.clone(),
            size: copy_file::size_of(&mut self.open(config)?)?,
            schema_version: self.sound.schema_version.clone(),
            migrated: self.sound.standing == Standing::Older,
            before,
        })
    }
}

fn open(file: &Partial, config: &StoreConfig) -> Result<Connection> {
    Connection::open(&file.location, Role::Scratch, config)
}

/// Returns the size of a backup that may be read: it must not be the database itself, which may only be opened through
/// SQLite, nor a file that is being written to.
fn checked_size(
    database: &DatabaseLocation,
    backup: &Path,
    options: &RestoreOptions,
) -> Result<u64> {
    let path = backup.display();
    let refuse = |reason: String| Err(Error::invalid("backup", reason));
    let named = |e: std::io::Error| match e.kind() {
        std::io::ErrorKind::NotFound => {
            let path = backup.display();
            let message =
                format!("{path}: must be the path of a backup, but there is no such file");
            Error::new(ErrorCode::NotFound, message)
        }
        _ => Error::from(e).while_doing(backup.display()),
    };
    let metadata = std::fs::metadata(backup).map_err(named)?;
    if !metadata.is_file() {
        let kind = plain_file::kind_of(&metadata);
        return refuse(format!("must be a regular file, got {kind}: {path}"));
    }
    if is_same_file(backup, database.path()) {
        return refuse(format!(
            "must be another file than the database, got {path}"
        ));
    }
    if DatabaseLocation::new(backup)?.has_journal() {
        return refuse(format!(
            "must be a file that nobody has open, got a database in use: {path}; make a backup of it and restore that"
        ));
    }
    let (size, max) = (metadata.len(), options.max_size);
    if size > max {
        return refuse(format!(
            "must have at most {max} bytes, got {size}: {path}; raise the limit if it can be trusted"
        ));
    }
    Ok(size)
}

/// Copies the first `size` bytes of the backup, so that one that grows can't fill the disk.
fn copy_bytes(
    backup: &Path,
    size: u64,
    file: &Partial,
    on_progress: &mut OnProgress<'_>,
) -> Result<()> {
    let source = plain_file::open_input(backup)?;
    let mut source = (&*source).take(size);
    let mut report = |done| {
        let progress = Progress {
            stage: Phase::Copying,
            done,
            total: size,
        };
        go_on(on_progress(progress), "the restore was cancelled")
    };
    pump(&mut source, &mut file.writer(), Error::from, &mut report)
}

fn verify(file: &Partial, config: &StoreConfig) -> Result<Sound> {
    let mut conn = open(file, config)?;
    let sound = soundness::require(&mut conn, &file.location, Extras::Refused);
    let sound = sound.map_err(|e| conn.explain(e))?;
    let page_size = dialect::page_size(&mut conn)?;
    if page_size == PAGE_SIZE {
        return Ok(sound);
    }
    let message = format!(
        "{}: must have pages of {PAGE_SIZE} bytes, got {page_size}; restore a backup that this library made",
        file.location
    );
    Err(Error::new(ErrorCode::ForeignSchema, message))
}

/// Page size of every database that the library makes, in bytes.
const PAGE_SIZE: u64 = 4096;
