//! Export of rows for other programs: one entity into any writer, or all entities into files.
//!
//! All rows are written, in the order of their ids, including those marked as deleted and the preferences of all
//! users. Sealed values stay sealed. One row at a time is in memory.

mod csv;
mod files;
mod json_lines;

use std::io::Write;
use std::ops::ControlFlow;

use serde::Serialize;
use serde_json::{Map, Value};

pub use files::{ExportedFile, export_all};

use csv::Formulas;

use crate::error::Result;
use crate::maintenance::go_on;
use crate::rows::Reader;
use crate::store::registry::AnyEntity;

/// Format of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub enum ExportFormat {
    /// One JSON object per line, in the form that rows have everywhere in this library.
    #[default]
    JsonLines,
    /// Comma-separated values as in RFC 4180, with the names of the columns first. Null is an empty field, an empty
    /// text is `""`; JSON and lists are JSON texts. A text that begins with `=`, `+`, `-`, `@`, a tab or a
    /// carriage return, which a spreadsheet would take for a formula, gets an apostrophe in front.
    Csv,
    /// As [`Csv`](Self::Csv), but with texts as they are, for programs that don't compute formulas.
    CsvWithFormulas,
}

impl ExportFormat {
    /// Returns the extension of files in this format, without a dot.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::JsonLines => "jsonl",
            Self::Csv | Self::CsvWithFormulas => "csv",
        }
    }

    fn begin(self, entity: &dyn AnyEntity, out: &mut dyn Write) -> std::io::Result<()> {
        match self {
            Self::JsonLines => Ok(()),
            Self::Csv | Self::CsvWithFormulas => csv::write_header(&entity.columns(), out),
        }
    }

    fn row(
        self,
        entity: &dyn AnyEntity,
        row: &Map<String, Value>,
        out: &mut dyn Write,
    ) -> std::io::Result<()> {
        match self {
            Self::JsonLines => json_lines::write_row(row, out),
            Self::Csv => csv::write_row(&entity.columns(), row, Formulas::Defused, out),
            Self::CsvWithFormulas => csv::write_row(&entity.columns(), row, Formulas::Raw, out),
        }
    }
}

/// Writes all rows of an entity, and returns their number. `progress` receives the number of rows so far after each
/// thousand; where it breaks, the error is [`ErrorCode::Cancelled`](crate::ErrorCode::Cancelled).
///
/// ```
/// use orchestra_store::maintenance::export::{ExportFormat, export};
/// use orchestra_store::services::tasks::{self, NewTask};
/// use orchestra_store::{Store, StoreConfig, registry};
/// use std::ops::ControlFlow;
///
/// # let directory = tempfile::tempdir()?;
/// # let store = Store::open(StoreConfig::new(directory.path().join("orchestra.db")))?;
/// store.write(|uow| tasks::enqueue(uow, &NewTask::new("make", "/srv/app")))?;
/// let mut csv = Vec::new();
/// let entity = registry::by_name("Tasks")?;
/// let rows = store.read(|reader| {
///     export(reader, entity, ExportFormat::Csv, &mut csv, &mut |_| ControlFlow::Continue(()))
/// })?;
/// assert_eq!(rows, 1);
/// assert!(String::from_utf8(csv)?.starts_with("Id,Command,"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn export(
    reader: &mut Reader<'_>,
    entity: &dyn AnyEntity,
    format: ExportFormat,
    out: &mut dyn Write,
    progress: &mut dyn FnMut(u64) -> ControlFlow<()>,
) -> Result<u64> {
    format.begin(entity, out)?;
    let mut rows = 0;
    entity.for_each_of_all_users(reader, &mut |row| {
        format.row(entity, &row, out)?;
        rows += 1;
        if rows % PROGRESS_STEP == 0 {
            go_on(progress(rows), "the export was cancelled")?;
        }
        Ok(())
    })?;
    out.flush()?;
    Ok(rows)
}

/// Number of rows between two reports of progress.
const PROGRESS_STEP: u64 = 1000;
