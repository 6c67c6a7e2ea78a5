//! How the commands print: text and tables for people, one JSON document for programs.

use std::fmt::Write as _;
use std::io::{self, ErrorKind, IsTerminal as _, Write as _};

use anstyle::{AnsiColor, Style};
use comfy_table::{CellAlignment, Table, TableComponent, presets};
use orchestra_store::maintenance::Severity;
use orchestra_store::{Error, ErrorCode, ErrorDetails, Result};
use serde::Serialize;

use crate::visible::{Form, Visible, visible};

const HEADING: Style = Style::new().bold();
const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default().bold();
const DOUBTFUL: Style = AnsiColor::Yellow.on_default();
/// Where a text in a table's column is cut.
const LONGEST_CELL: usize = 60;

/// Who reads what is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Text,
    Json,
}

impl Format {
    pub(crate) fn new(json: bool) -> Self {
        if json { Self::Json } else { Self::Text }
    }
}

/// Prints what a command tells, in the format that was asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    format: Format,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ErrorDocument<'a> {
    code: ErrorCode,
    message: &'a str,
    details: &'a ErrorDetails,
}

impl Output {
    pub(crate) fn new(format: Format) -> Self {
        Self { format }
    }

    /// Whether people read along.
    pub(crate) fn is_text(self) -> bool {
        self.format == Format::Text
    }

    /// Prints the value to the standard output: as JSON, or as the text that `page` makes of it.
    pub(crate) fn print<T: Serialize>(
        self,
        value: &T,
        page: impl FnOnce(&T) -> Page,
    ) -> Result<()> {
        let text = match self.format {
            Format::Text => page(value).shown(),
            Format::Json => json(value)?,
        };
        write_all(StandardOutput(anstream::stdout().lock()), text.as_bytes())
    }

    /// Prints the error to the standard error.
    pub(crate) fn error(self, error: &Error) {
        let document = ErrorDocument {
            code: error.code(),
            message: error.message(),
            details: error.details(),
        };
        let text = match self.format {
            Format::Text => {
                let page = Page::new().styled(BAD, "error:");
                page.line(format!(" {}", error.message())).shown()
            }
            Format::Json => json(&document).unwrap_or_default(),
        };
        // There is nowhere else to tell it.
        let _ = anstream::stderr().write_all(text.as_bytes());
    }
}

/// Writes a text to the standard output, without a format.
pub(crate) fn write_text(content: &[u8]) -> Result<()> {
    write_all(standard_output(Content::Text), content)
}

fn write_all(mut out: impl io::Write, content: &[u8]) -> Result<()> {
    match out.write_all(content).and_then(|()| out.flush()) {
        // Who closed the pipe has seen enough.
        Err(e) if e.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => Ok(written?),
    }
}

/// Content that has no format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content {
    Text,
    Json,
    /// Made visible on a terminal only: elsewhere the characters are part of the data.
    Data,
}

/// The standard output, for content without a format.
pub(crate) fn standard_output(content: Content) -> Box<dyn io::Write> {
    let out = io::stdout().lock();
    let form = match content {
        Content::Data if !out.is_terminal() => return Box::new(StandardOutput(out)),
        Content::Json => Form::Json,
        Content::Text | Content::Data => Form::Text,
    };
    Box::new(Visible::new(StandardOutput(out), form))
}

/// The standard output, whose errors name it: where it is full, the database's disk needn't be.
struct StandardOutput<W>(W);

impl<W: io::Write> io::Write for StandardOutput<W> {
    fn write(&mut self, content: &[u8]) -> io::Result<usize> {
        self.0.write(content).map_err(of_standard_output)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush().map_err(of_standard_output)
    }
}

fn of_standard_output(error: io::Error) -> io::Error {
    match error.kind() {
        ErrorKind::BrokenPipe | ErrorKind::Interrupted => error,
        _ => io::Error::other(format!("the standard output can't be written to: {error}")),
    }
}

fn json<T: Serialize>(value: &T) -> Result<String> {
    let text = serde_json::to_string_pretty(value)
        .map_err(|e| Error::new(ErrorCode::Internal, e.to_string()).with_source(e))?;
    Ok(visible(&text, Form::Json) + "\n")
}

/// A text for people, put together piece by piece, each with its style. The styles are added when it is shown, behind
/// the filter; they are taken out when it isn't printed to a terminal.
#[derive(Debug, Default)]
pub(crate) struct Page(Vec<(Style, String)>);

impl Page {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// A heading, with an empty line before it.
    pub(crate) fn heading(mut self, text: &str) -> Self {
        if !self.0.is_empty() {
            self = self.line("");
        }
        self.styled(HEADING, text).line("")
    }

    /// A line of its own.
    pub(crate) fn line(self, text: impl std::fmt::Display) -> Self {
        self.styled(Style::new(), format!("{text}\n"))
    }

    /// A line that says that all is well.
    pub(crate) fn good(self, text: impl std::fmt::Display) -> Self {
        self.styled(GOOD, text).line("")
    }

    /// A line that says what is wrong.
    pub(crate) fn bad(self, text: impl std::fmt::Display) -> Self {
        self.styled(BAD, text).line("")
    }

    /// Something that was found.
    pub(crate) fn finding(self, severity: Severity, text: &str) -> Self {
        let (name, style) = match severity {
            Severity::Warning => ("warning", DOUBTFUL),
            Severity::Error => ("error", BAD),
        };
        self.styled(style, format!("{name}:"))
            .line(format!(" {text}"))
    }

    /// Does `add` for each item.
    pub(crate) fn each<T>(
        self,
        items: impl IntoIterator<Item = T>,
        add: impl FnMut(Self, T) -> Self,
    ) -> Self {
        items.into_iter().fold(self, add)
    }

    /// Names and values below each other; what has no value is left out.
    pub(crate) fn record<const N: usize>(mut self, fields: [(&str, Option<String>); N]) -> Self {
        let width = fields.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        for (name, value) in fields {
            if let Some(value) = value {
                self = self.line(format!("{name:width$}  {value}"));
            }
        }
        self
    }

    /// A table; a heading that begins with `#` is that of a column of numbers.
    pub(crate) fn table<const N: usize>(
        self,
        headings: [&str; N],
        rows: impl IntoIterator<Item = [String; N]>,
    ) -> Self {
        self.grid(&headings, rows)
    }

    /// The same where the number of columns is known only when the program runs.
    pub(crate) fn grid(
        self,
        headings: &[&str],
        rows: impl IntoIterator<Item = impl IntoIterator<Item = String>>,
    ) -> Self {
        let mut table = Table::new();
        table
            .load_preset(presets::NOTHING)
            .set_style(TableComponent::HeaderLines, '─')
            .set_style(TableComponent::MiddleHeaderIntersections, '─');
        let titles = headings
            .iter()
            .map(|title| shortened(title.trim_start_matches('#')));
        table.set_header(titles);
        for row in rows {
            table.add_row(row.into_iter().map(|cell| shortened(&cell)));
        }
        for (column, heading) in table.column_iter_mut().zip(headings) {
            if heading.starts_with('#') {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        self.line(table.trim_fmt())
    }

    /// Does `more` if the condition holds.
    pub(crate) fn when(self, condition: bool, more: impl FnOnce(Self) -> Self) -> Self {
        if condition { more(self) } else { self }
    }

    fn styled(mut self, style: Style, text: impl std::fmt::Display) -> Self {
        self.0.push((style, text.to_string()));
        self
    }

    /// The text as it is printed: what came from elsewhere in its visible form, the styles as they are.
    fn shown(&self) -> String {
        let mut shown = String::new();
        for (style, text) in &self.0 {
            let text = visible(text, Form::Text);
            let _ = write!(shown, "{style}{text}{style:#}");
        }
        shown
    }
}

/// The text on one line, cut where it gets too long for a table, and in the form in which it is shown, so that the
/// columns stand below each other.
fn shortened(text: &str) -> String {
    let text = visible(text, Form::Text);
    let mut characters = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    let mut short: String = characters.by_ref().take(LONGEST_CELL).collect();
    if characters.next().is_some() {
        short.pop();
        short.push('…');
    }
    short
}

/// A share as per cent.
pub(crate) fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

/// A size in the unit that fits.
pub(crate) fn bytes(count: u64) -> String {
    indicatif::BinaryBytes(count).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_one_line_and_no_terminal_command() {
        assert_eq!(shortened("a\nb\u{1b}[31m"), "a b\\u{1b}[31m");
        let long = shortened(&"ж".repeat(LONGEST_CELL + 1));
        assert_eq!(long.chars().count(), LONGEST_CELL);
        assert!(long.ends_with("ж…"));
        assert_eq!(
            shortened(&"ж".repeat(LONGEST_CELL)).chars().last(),
            Some('ж')
        );
    }
}
