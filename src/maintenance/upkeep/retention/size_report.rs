//! Report of what a round did about the size of the database.

use std::fmt;

use serde::Serialize;

use super::held_space::{HeldSpace, Mebibytes};
use super::kind::Kind;

/// Report of what a round of upkeep did about the size of the database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct SizeReport {
    /// Largest size: [`RetentionPolicy::max_size`](crate::RetentionPolicy::max_size).
    pub max_size: u64,
    /// Size of the file and the write-ahead log before, in bytes.
    pub before: u64,
    /// Size of the file and the write-ahead log after the last batch, in bytes.
    pub after: u64,
    /// Rows that were deleted because of the size, by kind; none of those that were too old.
    pub deleted: Vec<DeletedRows>,
    /// Number of free pages that the round gave back to the disk.
    pub pages_given_back: u64,
    /// Space that can't be freed, if the database is larger than it may be and nothing more may be deleted.
    pub held: Option<HeldSpace>,
}

/// Number of rows of a kind that were deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct DeletedRows {
    /// Kind, by its name in the policy, such as `completed tasks`.
    pub kind: &'static str,
    /// Number of rows.
    pub rows: u64,
}

impl SizeReport {
    pub(super) fn new(max_size: u64, size: u64) -> Self {
        Self {
            max_size,
            before: size,
            after: size,
            deleted: Vec::new(),
            pages_given_back: 0,
            held: None,
        }
    }

    pub(super) fn count(&mut self, kind: Kind, rows: u64) {
        let kind = kind.name();
        match self.deleted.iter_mut().find(|known| known.kind == kind) {
            Some(known) => known.rows += rows,
            None => self.deleted.push(DeletedRows { kind, rows }),
        }
    }
}

impl fmt::Display for SizeReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [before, after, max_size] = [self.before, self.after, self.max_size].map(Mebibytes);
        write!(f, "{before} before, {after} after, of {max_size}; ")?;
        write!(f, "{} pages given back", self.pages_given_back)?;
        for DeletedRows { kind, rows } in &self.deleted {
            write!(f, ", {rows} {kind} deleted")?;
        }
        Ok(())
    }
}
