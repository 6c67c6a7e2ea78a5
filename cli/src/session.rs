//! What every command works with: the database that was named, and where to print.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use orchestra_store::{Error, ErrorCode, Result, Store, StoreConfig};

use crate::output::Output;

/// The database that was named on the command line, and where to print.
#[derive(Debug)]
pub(crate) struct Session {
    database: PathBuf,
    pub(crate) output: Output,
}

impl Session {
    pub(crate) fn new(database: PathBuf, output: Output) -> Self {
        Self { database, output }
    }

    /// Whether there is something to open, be it a database or not.
    pub(crate) fn has_database(&self) -> bool {
        match std::fs::metadata(&self.database) {
            Ok(file) => file.len() > 0 || file.is_dir(),
            // What can't be looked at is the store's to explain.
            Err(e) => e.kind() != ErrorKind::NotFound,
        }
    }

    /// Opens the database, made where there is none.
    pub(crate) fn open_or_create(&self) -> Result<Store> {
        Store::open(StoreConfig::new(&self.database))
    }

    /// Opens the database that is there.
    pub(crate) fn open(&self) -> Result<Store> {
        self.open_with(|_| {})
    }

    /// The same with another configuration.
    pub(crate) fn open_with(&self, change: impl FnOnce(&mut StoreConfig)) -> Result<Store> {
        self.require_database()?;
        let mut config = StoreConfig::new(&self.database);
        change(&mut config);
        Store::open(config)
    }

    /// Fails where there is nothing to open.
    pub(crate) fn require_database(&self) -> Result<()> {
        if self.has_database() {
            return Ok(());
        }
        let path = self.database.display();
        let message = format!("{path}: there is no database; 'orchestra init' makes one");
        Err(Error::new(ErrorCode::NotFound, message))
    }

    /// The path that was named.
    pub(crate) fn database(&self) -> &Path {
        &self.database
    }

    /// Fails unless the user said that something may be replaced.
    pub(crate) fn confirm(&self, yes: bool, what: &str) -> Result<()> {
        if yes {
            return Ok(());
        }
        let path = self.database.display();
        let message = format!("{path}: say --yes to {what}");
        Err(Error::new(ErrorCode::AlreadyExists, message))
    }
}
