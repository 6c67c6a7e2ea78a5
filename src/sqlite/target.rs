//! Files that are to be written: the names that may be taken, and the things that may be replaced.

use std::path::Path;

use super::file_names;
use super::open_databases::{COMPANIONS, belongs_to, open_database_of};
use super::store_lock::{self, StoreLock};
use super::{DatabaseLocation, dialect, plain_file};
use crate::error::{Error, ErrorCode, Result};

/// Suffix of files that are being written.
pub(crate) const PARTIAL: &str = ".partial";

/// Decides between keeping and replacing a file that already has the name of the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Existing {
    Keep,
    Replace,
}

/// The content that a target is to have, which decides about the databases that it may replace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Content {
    /// A copy of a database: it may replace an older one.
    Copy,
    /// Anything else: it replaces no database.
    Document,
    /// The database itself, of which the caller has the locks.
    Database,
}

/// A file that is to be written, and may be: nothing else is replaced than a regular file, and never one that belongs
/// to a database in use.
#[derive(Debug)]
pub(crate) struct Target {
    location: DatabaseLocation,
    existing: Existing,
    content: Content,
    /// The database that the command is about, be it open or not.
    database: Option<DatabaseLocation>,
}

impl Target {
    /// Checks the name of a copy of a database.
    pub(crate) fn of_copy(
        path: &Path,
        database: &DatabaseLocation,
        existing: Existing,
    ) -> Result<Self> {
        Self::new(path, Some(database.clone()), existing, Content::Copy)
    }

    /// Checks the name of a file that is no database.
    pub(crate) fn of_document(path: &Path, database: &Path, existing: Existing) -> Result<Self> {
        // A name that can't be a database's is none.
        let database = DatabaseLocation::new(database).ok();
        Self::new(path, database, existing, Content::Document)
    }

    /// Returns the target that is the database itself, of which the caller has the locks.
    pub(crate) fn in_place_of(database: &DatabaseLocation) -> Result<Self> {
        let existing = Existing::Replace;
        Self::new(database.path(), None, existing, Content::Database)
    }

    fn new(
        path: &Path,
        database: Option<DatabaseLocation>,
        existing: Existing,
        content: Content,
    ) -> Result<Self> {
        let target = Self {
            location: DatabaseLocation::of_target(path)?,
            existing,
            content,
            database,
        };
        target.check()?;
        Ok(target)
    }

    /// Returns the location of the file, for copies of databases.
    pub(crate) fn location(&self) -> &DatabaseLocation {
        &self.location
    }

    pub(crate) fn path(&self) -> &Path {
        self.location.path()
    }

    pub(crate) fn existing(&self) -> Existing {
        self.existing
    }

    /// Fails where the name is not to be taken, or what has it is not to be replaced.
    ///
    /// [`ErrorCode::InvalidArgument`] where it never may be; [`ErrorCode::NotFound`] where its directory doesn't exist;
    /// [`ErrorCode::AlreadyExists`] where a file is to be kept.
    pub(crate) fn check(&self) -> Result<()> {
        let path = self.path();
        refuse_link(path)?;
        if self.content != Content::Database {
            refuse_reserved(path)?;
        }
        match path.symlink_metadata() {
            Ok(found) if found.is_file() => self.check_regular(),
            Ok(found) => Err(self.refused(&format!(
                "must be a new name or a regular file, got {}",
                plain_file::kind_of(&found)
            ))),
            Err(_) => require_directory(path),
        }
    }

    fn check_regular(&self) -> Result<()> {
        if self.content == Content::Database {
            return Ok(());
        }
        self.refuse_own()?;
        if self.existing == Existing::Keep {
            return Err(taken(self.path()));
        }
        self.check_replaced()
    }

    /// Refuses the database that the command is about, those that this process has open, and whatever belongs to them.
    fn refuse_own(&self) -> Result<()> {
        let path = self.path();
        let own = self
            .database
            .as_ref()
            .filter(|own| belongs_to(path, own))
            .map(|own| own.path().to_owned());
        match own.or_else(|| open_database_of(path)) {
            Some(database) => Err(self.kept(&format!(
                "must not belong to a database in use, but is part of {}",
                database.display()
            ))),
            None => Ok(()),
        }
    }

    /// Refuses a database that somebody may have open, or that isn't this library's.
    fn check_replaced(&self) -> Result<()> {
        let header = plain_file::beginning_of(self.path(), dialect::HEADER_LENGTH)?;
        if !header.starts_with(dialect::FILE_MAGIC) {
            return Ok(());
        }
        if self.content == Content::Document {
            return Err(self.kept("must be a file to write to, but is a database"));
        }
        if dialect::application_id_in(&header) != Some(dialect::APPLICATION_ID) {
            return Err(self.kept("must be no database of another program"));
        }
        let is_open = || StoreLock::alone(&self.location).is_err();
        let lock = self.location.sibling(store_lock::LOCK);
        if self.location.has_journal() || (file_names::is_taken(&lock) && is_open()) {
            return Err(self.kept("must not be a database that may be open"));
        }
        Ok(())
    }

    fn kept(&self, reason: &str) -> Error {
        let message = format!("{}: {reason}; choose another name", self.location);
        Error::new(ErrorCode::AlreadyExists, message)
    }

    fn refused(&self, reason: &str) -> Error {
        let name = self.location.to_string();
        Error::invalid(name, format!("{reason}; choose another name"))
    }
}

/// Returns the error that a file is to be kept.
pub(crate) fn taken(path: &Path) -> Error {
    let message = format!(
        "{}: there is a file of this name; choose another name, or have it replaced (`--yes`)",
        path.display()
    );
    Error::new(ErrorCode::AlreadyExists, message)
}

/// Fails with [`ErrorCode::InvalidArgument`] for a name that belongs to whatever database has the rest of it as its
/// name.
pub(crate) fn refuse_reserved(path: &Path) -> Result<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let reserved = COMPANIONS
        .into_iter()
        .chain([PARTIAL])
        .find(|suffix| name.ends_with(suffix));
    match reserved {
        None => Ok(()),
        Some(suffix) => {
            let reason = format!(
                "must not end in {suffix}, as the files beside a database do; choose another name"
            );
            Err(Error::invalid(path.display().to_string(), reason))
        }
    }
}

fn refuse_link(path: &Path) -> Result<()> {
    if !path.is_symlink() {
        return Ok(());
    }
    let reason = "must not be a symbolic link; name the file that it leads to";
    Err(Error::invalid(path.display().to_string(), reason))
}

fn require_directory(path: &Path) -> Result<()> {
    let Some(directory) = path.parent() else {
        return Ok(());
    };
    match directory.metadata() {
        Ok(found) if found.is_dir() => Ok(()),
        Ok(_) => {
            let reason = "must be a directory, but is a file";
            Err(Error::invalid(directory.display().to_string(), reason))
        }
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            let message = format!("{}: there is no such directory", directory.display());
            Err(Error::new(ErrorCode::NotFound, message).with_source(e))
        }
        Err(e) => Err(Error::from(e).while_doing(directory.display())),
    }
}
