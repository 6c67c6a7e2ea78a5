//! `orchestra export`: writes rows out for other programs.

use std::io::{BufWriter, Write};
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use orchestra_store::maintenance::export::{self, ExportFormat, ExportedFile};
use orchestra_store::{Result, Store, registry};

use crate::exit_code::Exit;
use crate::interrupt;
use crate::output::{self, Content, Page};
use crate::progress;
use crate::session::Session;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The entity whose rows are written to the standard output, such as Tasks
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    entity: Option<String>,
    /// Write every entity into this directory, which is made
    #[arg(long, value_name = "DIRECTORY")]
    all: Option<PathBuf>,
    /// How rows are written
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Write texts into CSV as they are, also those that a spreadsheet takes for formulas
    #[arg(long)]
    raw_formulas: bool,
}

impl Arguments {
    fn format(&self) -> ExportFormat {
        match self.format {
            Format::Jsonl => ExportFormat::JsonLines,
            Format::Csv if self.raw_formulas => ExportFormat::CsvWithFormulas,
            Format::Csv => ExportFormat::Csv,
        }
    }
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum Format {
    /// One JSON object a line
    #[default]
    Jsonl,
    /// Comma-separated values, the names of the columns first
    Csv,
}

pub(super) fn run(arguments: &Arguments, session: &Session) -> Result<Exit> {
    let store = session.open()?;
    let format = arguments.format();
    match (&arguments.entity, &arguments.all) {
        (Some(entity), _) => print_rows(&store, entity, format)?,
        (None, Some(directory)) => {
            let bar = progress::bar(session.output, "exporting", 0);
            let files = export::export_all(&store, directory, format, &mut |entity, rows| {
                bar.set_message(entity);
                bar.set_position(rows);
                interrupt::go_on()
            });
            bar.finish_and_clear();
            session.output.print(&files?, |files| page(files))?;
        }
        (None, None) => {}
    }
    Ok(Exit::Ok)
}

fn print_rows(store: &Store, entity: &str, format: ExportFormat) -> Result<()> {
    let entity = registry::by_name(entity)?;
    let content = match format {
        ExportFormat::JsonLines => Content::Json,
        _ => Content::Data,
    };
    let mut out = BufWriter::new(output::standard_output(content));
    let go_on = &mut |_| interrupt::go_on();
    let written = store.read(|reader| export::export(reader, entity, format, &mut out, go_on));
    match written {
        // Whoever reads has seen enough.
        Err(e) if is_broken_pipe(&e) => Ok(()),
        written => {
            written?;
            Ok(out.flush()?)
        }
    }
}

fn is_broken_pipe(error: &orchestra_store::Error) -> bool {
    let source = std::error::Error::source(error);
    let io = source.and_then(|source| source.downcast_ref::<std::io::Error>());
    io.is_some_and(|io| io.kind() == std::io::ErrorKind::BrokenPipe)
}

fn page(files: &[ExportedFile]) -> Page {
    let rows = files
        .iter()
        .map(|file| [file.path.display().to_string(), file.rows.to_string()]);
    Page::new().table(["File", "#Rows"], rows)
}
