//! Space of a database that is too large, and from which nothing may be deleted now.

use std::fmt;

use serde::Serialize;

use super::Kind;
use crate::error::Result;
use crate::maintenance::space::{self, Space};
use crate::sqlite::dialect;
use crate::store::Store;

/// Most tables that are named.
const MOST_TABLES: u32 = 5;

/// Space that retention by size can't free.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct HeldSpace {
    /// Bytes of the rows that are kept, with their indexes.
    pub used: u64,
    /// Bytes of free pages that the file doesn't give back: it was made without incremental vacuum, or a read holds the
    /// log.
    pub free: u64,
    /// Bytes of the write-ahead log, which reads hold.
    pub log: u64,
    /// True if reads hold so much of the log that nothing is deleted until they have ended.
    pub waits_for_reads: bool,
    /// Kinds of rows that the policy keeps for ever, of which nothing is deleted.
    pub kept_for_ever: Vec<&'static str>,
    /// Largest tables. They are measured once an hour, which reads the whole database, and are none in between.
    pub tables: Vec<TableSize>,
}

/// Size of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct TableSize {
    /// Name of the table.
    pub table: String,
    /// Bytes of its rows and indexes.
    pub bytes: u64,
}

impl HeldSpace {
    /// Measures the database.
    pub(super) fn measure(store: &Store, waits_for_reads: bool, with_tables: bool) -> Result<Self> {
        let space = space::measure(store)?;
        let policy = &store.environment().retention;
        let kinds = Kind::ALL.into_iter();
        let kept_for_ever = kinds.filter(|kind| kind.keep(policy).is_none());
        let tables = if with_tables {
            table_sizes(store)?
        } else {
            Vec::new()
        };
        let Space {
            database,
            free_in_database: free,
            wal: log,
            ..
        } = space;
        Ok(Self {
            used: database.saturating_sub(free),
            free,
            log,
            waits_for_reads,
            kept_for_ever: kept_for_ever.map(Kind::name).collect(),
            tables,
        })
    }
}

/// Size as people read it.
pub(super) struct Mebibytes(pub(super) u64);

impl fmt::Display for Mebibytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.1} MiB", self.0 as f64 / f64::from(1 << 20))
    }
}

fn table_sizes(store: &Store) -> Result<Vec<TableSize>> {
    store.read(|reader| {
        let sizes = dialect::table_sizes(reader.connection(), MOST_TABLES)?;
        let sizes = sizes.into_iter();
        let sizes = sizes.map(|(table, bytes)| TableSize { table, bytes });
        Ok(sizes.collect())
    })
}

impl fmt::Display for HeldSpace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of rows that are kept", Mebibytes(self.used))?;
        if !self.tables.is_empty() {
            let sizes = self.tables.iter();
            let sizes = sizes.map(|of| format!("{} {}", of.table, Mebibytes(of.bytes)));
            write!(f, " ({})", sizes.collect::<Vec<_>>().join(", "))?;
        }
        if self.free > 0 {
            write!(f, ", {} of free pages", Mebibytes(self.free))?;
        }
        if self.log > 0 {
            let log = Mebibytes(self.log);
            write!(f, ", {log} of a write-ahead log that reads hold")?;
        }
        if self.waits_for_reads {
            return f.write_str("; the next round after these reads deletes more");
        }
        if !self.kept_for_ever.is_empty() {
            let kinds = self.kept_for_ever.join(", ");
            write!(f, "; the policy keeps for ever: {kinds}")?;
        }
        Ok(())
    }
}
