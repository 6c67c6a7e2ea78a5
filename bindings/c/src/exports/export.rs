//! Exporting rows for other programs.

use std::ffi::c_void;
use std::io::BufWriter;
use std::path::Path;

use kernel::maintenance::export::{self, ExportFormat};
use kernel::{Error, Result};

use crate::abi::prelude::*;
use crate::abi::progress::orchestra_progress_callback;
use crate::abi::writer::orchestra_write_callback;

/// One JSON object a line, as rows are everywhere in this library.
pub const ORCHESTRA_EXPORT_JSON_LINES: i32 = 0;
/// Comma-separated values as in RFC 4180, the columns' names first. A value that is null is empty, an
/// empty text is `""`. A text that a spreadsheet would take for a formula gets an apostrophe in
/// front.
pub const ORCHESTRA_EXPORT_CSV: i32 = 1;
/// The same with texts as they are, for programs that don't compute formulas.
pub const ORCHESTRA_EXPORT_CSV_WITH_FORMULAS: i32 = 2;

/// Writes all rows of an entity, one of ORCHESTRA_ENTITY_*, in the order of their ids, from one
/// snapshot: also those that are marked as deleted and the preferences of all users. One row at a
/// time is in memory.
///
/// `format` is one of ORCHESTRA_EXPORT_*. `write`, to which `write_context` is passed, receives the
/// bytes in pieces of some KiB. `progress`, to which `context` is passed, is told the rows after
/// each thousand; it may be NULL. `rows` receives how many there were; it may be NULL.
///
/// ORCHESTRA_IO: `write` answered that it can't; ORCHESTRA_CANCELLED: `progress` said so.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_export_entity(
    store: *const orchestra_store,
    entity: i32,
    format: i32,
    write: orchestra_write_callback,
    write_context: *mut c_void,
    progress: orchestra_progress_callback,
    context: *mut c_void,
    rows: *mut i64,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(export.entity reads [Io, Cancelled]; error; borrow store, entity entity,
          writer write + write_context, progress progress + context -> optional rows => {
        let format = parse_format(format)?;
        let mut out = BufWriter::new(write);
        let mut on_progress = |rows| progress.report(entity.name(), rows, 0);
        let written = store
            .read(|reader| export::export(reader, entity, format, &mut out, &mut on_progress))?;
        rows.set_count(written);
    })
}

/// Writes all entities into a new directory, a file for each, all from one snapshot. Only its user
/// may read it.
///
/// `format` is one of ORCHESTRA_EXPORT_*. `progress`, to which `context` is passed, is told the
/// entity and its rows after each thousand; it may be NULL. `files` receives a JSON array: Entity,
/// Path, Rows; it may be NULL. Free it with orchestra_buffer_free().
///
/// ORCHESTRA_ALREADY_EXISTS: there is something of this name; ORCHESTRA_CANCELLED: the callback
/// said so. Nothing is left behind when it fails.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn orchestra_export_all(
    store: *const orchestra_store,
    directory: *const u8,
    directory_len: usize,
    format: i32,
    progress: orchestra_progress_callback,
    context: *mut c_void,
    files: *mut orchestra_buffer,
    error: *mut *mut orchestra_error,
) -> orchestra_status {
    call!(export.all reads [AlreadyExists, Cancelled]; error; whole store,
          text directory + directory_len, progress progress + context -> optional files => {
        let format = parse_format(format)?;
        let mut on_progress = |entity: &'static str, rows| progress.report(entity, rows, 0);
        files.set_json(&export::export_all(
            store,
            Path::new(directory),
            format,
            &mut on_progress,
        )?)?;
    })
}

fn parse_format(number: i32) -> Result<ExportFormat> {
    match number {
        ORCHESTRA_EXPORT_JSON_LINES => Ok(ExportFormat::JsonLines),
        ORCHESTRA_EXPORT_CSV => Ok(ExportFormat::Csv),
        ORCHESTRA_EXPORT_CSV_WITH_FORMULAS => Ok(ExportFormat::CsvWithFormulas),
        other => Err(Error::invalid("format", format!("{other} is unknown"))),
    }
}
