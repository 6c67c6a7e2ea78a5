//! What every command works with: the database that was named, and where to print.

use std::cell::OnceCell;
use std::io::ErrorKind;
use std::path::Path;

use orchestra_store::{Error, ErrorCode, Result, Store, StoreConfig};

use crate::arguments::GlobalArguments;
use crate::interrupt;
use crate::output::Output;

/// The database that was named on the command line, and where to print.
#[derive(Debug)]
pub(crate) struct Session {
    config: StoreConfig,
    pub(crate) output: Output,
    /// Why the database may only be read, once that was found.
    only_read: OnceCell<Error>,
}

impl Session {
    pub(crate) fn new(global: GlobalArguments, output: Output) -> Self {
        let mut config = StoreConfig::new(global.db);
        config.read_only = global.read_only;
        config.allow_unsafe_location = global.allow_unsafe_location;
        Self {
            config,
            output,
            only_read: OnceCell::new(),
        }
    }

    /// How the database is opened.
    pub(crate) fn config(&self) -> StoreConfig {
        self.config.clone()
    }

    /// Whether there is something to open, be it a database or not.
    pub(crate) fn has_database(&self) -> bool {
        match std::fs::metadata(&self.config.path) {
            Ok(file) => file.len() > 0 || file.is_dir(),
            // What can't be looked at is the store's to explain.
            Err(e) => e.kind() != ErrorKind::NotFound,
        }
    }

    /// Opens the database, made where there is none.
    pub(crate) fn open_or_create(&self) -> Result<Store> {
        Ok(Store::open(self.config())?.cancellable(interrupt::token()))
    }

    /// Opens the database that is there.
    pub(crate) fn open(&self) -> Result<Store> {
        self.open_with(|_| {})
    }

    /// The same with another configuration.
    pub(crate) fn open_with(&self, change: impl FnOnce(&mut StoreConfig)) -> Result<Store> {
        self.require_database()?;
        let mut config = self.config();
        change(&mut config);
        let opened = match Store::open(config.clone()) {
            Err(error) if may_be_read(&error) => {
                config.read_only = true;
                let store = Store::open(config);
                let _first = self.only_read.set(error);
                store
            }
            opened => opened,
        };
        Ok(opened?.cancellable(interrupt::token()))
    }

    /// Returns the error of opening the database for writing, in place of the one of a command that would have written.
    pub(crate) fn explain(&mut self, error: Error) -> Error {
        match error.code() {
            ErrorCode::ReadOnly => self.only_read.take().unwrap_or(error),
            _ => error,
        }
    }

    /// Fails where there is nothing to open.
    pub(crate) fn require_database(&self) -> Result<()> {
        if self.has_database() {
            return Ok(());
        }
        let path = self.config.path.display();
        let message = format!("{path}: there is no database; 'orchestra init' makes one");
        Err(Error::new(ErrorCode::NotFound, message))
    }

    /// The path that was named.
    pub(crate) fn database(&self) -> &Path {
        &self.config.path
    }

    /// Fails unless the user said that something may be replaced.
    pub(crate) fn confirm(&self, yes: bool, what: &str) -> Result<()> {
        if yes {
            return Ok(());
        }
        let path = self.config.path.display();
        let message = format!("{path}: say --yes to {what}");
        Err(Error::new(ErrorCode::AlreadyExists, message))
    }
}

/// Whether a database that can't be opened for writing can be looked at all the same: it belongs to another user, or
/// lies where it must not be written.
fn may_be_read(error: &Error) -> bool {
    let by_place = error.details().column.as_deref() == Some("allow_unsafe_location");
    by_place || error.code() == ErrorCode::PermissionDenied
}
