//! The SQLite database of a host on Entity Framework Core, read row by row.

mod chat;
mod fields;
mod logs;
mod people;
mod stated;
mod tables;
mod tasks;
mod templates;
mod verify;
mod writer;

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use self::tables::{TABLES, Table};
use self::writer::HostRowWriter;
use super::ImportOptions;
use super::legacy::{self, Legacy};
use super::progress::ImportProgressReporter;
use super::read_file::ReadFile;
use super::record::{Record, Rejection, reason_of_json};
use super::report::{Findings, LegacyForm, RecordCounts, Written};
use super::status_numbering::StatusNumbering;
use crate::config::StoreConfig;
use crate::error::{Error, Result, shortened};
use crate::rows::UnitOfWork;
use crate::sqlite::DatabaseLocation;
use crate::sqlite::connection::{Connection, Role};
use crate::sqlite::dialect::{self, Generation};

/// Reason why a row isn't imported.
pub(super) enum RowRefusal {
    /// The row is rejected, and the others go on.
    Rejected(Rejection),
    /// The whole import fails.
    Failed(Error),
}

impl From<Rejection> for RowRefusal {
    fn from(rejection: Rejection) -> Self {
        Self::Rejected(rejection)
    }
}

impl From<Error> for RowRefusal {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl From<diesel::result::Error> for RowRefusal {
    fn from(error: diesel::result::Error) -> Self {
        Self::Failed(error.into())
    }
}

/// An open database of a host.
pub(super) struct HostDatabase {
    location: DatabaseLocation,
    files: Vec<ReadFile>,
    connection: Connection,
    tables: Vec<Present>,
    options: ImportOptions,
}

/// A table that the database has.
struct Present {
    table: &'static Table,
    /// Columns of it that are read.
    columns: Vec<&'static str>,
    rows: u64,
}

const NO_KNOWN_FORM: &str =
    "must be the database of a host on Entity Framework Core, got one without any of its tables";

impl HostDatabase {
    /// Opens the database for reading, without changing a byte of it.
    pub(super) fn open(path: &Path, options: &ImportOptions) -> Result<Self> {
        let location = DatabaseLocation::new(path)?;
        let names = ["", "-wal", "-journal"].map(|suffix| location.sibling(suffix));
        let files = names.iter().map(|name| ReadFile::new(name)).collect();
        let mut connection = Connection::open(&location, Role::Probe, &StoreConfig::new(path))?;
        let tables = look_at(&mut connection).map_err(|e| {
            let error = connection.explain(e.into());
            error.while_doing(&location)
        })?;
        if dialect::application_id(&mut connection)? == dialect::APPLICATION_ID {
            let reason = "must be the database of a host, got one of this library, which is restored, not imported";
            return Err(legacy::failed(path, reason));
        }
        if tables.is_empty() {
            return Err(legacy::failed(path, NO_KNOWN_FORM));
        }
        connection.others_committed()?;
        Ok(Self {
            location,
            files,
            connection,
            tables,
            options: *options,
        })
    }

    fn write_rows(
        &mut self,
        writer: &mut HostRowWriter<'_, '_>,
        progress: &mut ImportProgressReporter<'_>,
    ) -> Result<()> {
        for present in &self.tables {
            let generations: &[Generation] = match present.table.parent {
                None => &[Generation::Any],
                Some(_) => &[Generation::First, Generation::Later, Generation::Lost],
            };
            let mut counts = RecordCounts::default();
            for &generation in generations {
                let rows = dialect::foreign_rows(
                    &mut self.connection,
                    present.table.name,
                    &present.columns,
                    present.table.parent.unwrap_or_default(),
                    generation,
                )?;
                for row in rows {
                    present.table.take_row(writer, &row?, &mut counts)?;
                    progress.advance(1)?;
                }
            }
            self.check_count(present, &counts)?;
            writer.count(present.table.name, counts);
        }
        Ok(())
    }

    /// Fails unless every row of the table was read.
    fn check_count(&self, present: &Present, counts: &RecordCounts) -> Result<()> {
        if counts.read == present.rows {
            return Ok(());
        }
        let Table { name, .. } = present.table;
        let reason = format!(
            "{name} must have {} rows, got {}; nothing was imported, check that database",
            present.rows, counts.read
        );
        Err(legacy::failed(self.path(), reason))
    }
}

fn look_at(connection: &mut Connection) -> diesel::QueryResult<Vec<Present>> {
    let mut tables = Vec::new();
    for table in &TABLES {
        let names: BTreeSet<String> = dialect::column_names(connection, table.name)?
            .into_iter()
            .collect();
        // A view may have no end.
        let kind = dialect::kind_of_table(connection, "main", table.name)?;
        if kind.as_deref() != Some("table") || !names.contains("Id") {
            continue;
        }
        let has = |column: &&&str| names.contains(**column);
        tables.push(Present {
            table,
            columns: table.columns.iter().filter(has).copied().collect(),
            rows: dialect::count_foreign_rows(connection, table.name)?.unsigned_abs(),
        });
    }
    Ok(tables)
}

impl Table {
    /// Imports one row, or notes the reason why it can't be.
    fn take_row(
        &self,
        writer: &mut HostRowWriter<'_, '_>,
        text: &[u8],
        counts: &mut RecordCounts,
    ) -> Result<()> {
        counts.read += 1;
        let record = self.record(text, counts.read);
        let place = match &record {
            Ok(record) => record.place().to_owned(),
            Err(rejection) => rejection.place.clone(),
        };
        match record
            .map_err(RowRefusal::from)
            .and_then(|r| (self.take)(writer, r))
        {
            Ok(outcome) => outcome.count(counts, &place, &mut writer.findings),
            Err(RowRefusal::Rejected(rejection)) => {
                counts.rejected += 1;
                writer.findings.reject(rejection.place, rejection.reason);
            }
            Err(RowRefusal::Failed(error)) => return Err(error.while_doing(place)),
        }
        Ok(())
    }

    /// Parses the fields of a row. Its place is its id, or its number if it has none.
    fn record(&self, text: &[u8], number: u64) -> Result<Record, Rejection> {
        let value: Value = serde_json::from_slice(text).map_err(|error| Rejection {
            place: format!("{} row {number}", self.name),
            reason: reason_of_json(&error),
        })?;
        let place = match value.get("Id").and_then(Value::as_str) {
            Some(id) => shortened(format!("{}[{id:?}]", self.name)),
            None => format!("{} row {number}", self.name),
        };
        Record::new(place, value)
    }
}

impl Legacy for HostDatabase {
    fn path(&self) -> &Path {
        self.location.path()
    }

    fn files(&self) -> Vec<ReadFile> {
        self.files.clone()
    }

    fn form(&self) -> LegacyForm {
        LegacyForm::HostDatabase
    }

    fn status_numbering(&self) -> Option<StatusNumbering> {
        None
    }

    fn records(&self) -> u64 {
        self.tables.iter().map(|present| present.rows).sum()
    }

    fn take_findings(&mut self) -> Findings {
        Findings::default()
    }

    fn write(
        &mut self,
        uow: &mut UnitOfWork<'_>,
        progress: &mut ImportProgressReporter<'_>,
    ) -> Result<Written> {
        let mut writer = HostRowWriter::new(uow, self.options);
        self.write_rows(&mut writer, progress)?;
        let written = writer.finish()?;
        if self.connection.others_committed()? {
            return Err(legacy::changed(self.path()));
        }
        Ok(written)
    }
}
