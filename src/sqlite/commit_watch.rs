//! Noticing that anybody has committed, without a transaction: by the header of the index of the write-ahead log, which
//! each commit changes, whichever process it is from.

use super::DatabaseLocation;
use super::log_index::IndexHeader;
use super::open_databases::InUse;
use crate::error::{Error, Result};

/// Watch for commits to a database that this process has open for writing.
#[derive(Debug)]
pub(crate) struct CommitWatch {
    in_use: InUse,
    /// The header at the last look.
    last: Option<IndexHeader>,
}

impl CommitWatch {
    pub(crate) fn new(location: &DatabaseLocation) -> Result<Self> {
        Ok(Self {
            in_use: InUse::enter(location)?,
            last: None,
        })
    }

    /// Returns whether anybody may have committed since the last call: this store, another one, or another process.
    /// The first answer is `true`. Costs one system call, and takes no lock.
    ///
    /// A reader that begins afterwards sees those commits. A header that is half written differs from the one before
    /// and from the one behind it, so that no commit is missed.
    pub(crate) fn anyone_committed(&mut self) -> Result<bool> {
        let header = match self.in_use.guard() {
            Some(guard) => guard.index_header().map_err(Error::from)?,
            None => None,
        };
        let is_known = header.is_some() && header == self.last;
        self.last = header;
        Ok(!is_known)
    }

    /// Fails with [`ErrorCode::FileUnsafe`] where a file of the database is no longer the one that was opened.
    pub(crate) fn check_files(&self) -> Result<()> {
        self.in_use
            .guard()
            .map_or(Ok(()), |guard| guard.check_files_now_and_then())
    }
}
