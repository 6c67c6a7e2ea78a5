//! Comma-separated values as in RFC 4180.

use std::borrow::Cow;
use std::io::{Result, Write};

use serde_json::{Map, Value};

use crate::store::registry::ColumnInfo;

pub(super) fn write_header(columns: &[ColumnInfo], out: &mut dyn Write) -> Result<()> {
    write_record(columns.iter().map(|column| column.name.to_owned()), out)
}

pub(super) fn write_row(
    columns: &[ColumnInfo],
    row: &Map<String, Value>,
    formulas: Formulas,
    out: &mut dyn Write,
) -> Result<()> {
    let fields = columns.iter().map(|column| match row.get(column.name) {
        Some(Value::String(text)) if is_text(column) => quoted_if_needed(&formulas.treat(text)),
        value => field(value),
    });
    write_record(fields, out)
}

/// Treatment of texts that a spreadsheet takes for formulas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Formulas {
    /// Writes an apostrophe in front, which spreadsheets take for the mark of a text.
    Defused,
    /// Writes them as they are.
    Raw,
}

impl Formulas {
    fn treat(self, text: &str) -> Cow<'_, str> {
        if self == Self::Defused && text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
            Cow::Owned(format!("'{text}"))
        } else {
            Cow::Borrowed(text)
        }
    }
}

/// Returns true if callers decide what stands in the column, not its type.
fn is_text(column: &ColumnInfo) -> bool {
    matches!(column.kind, "Text" | "Json" | "List")
}

fn write_record(fields: impl Iterator<Item = String>, out: &mut dyn Write) -> Result<()> {
    for (index, field) in fields.enumerate() {
        if index > 0 {
            out.write_all(b",")?;
        }
        out.write_all(field.as_bytes())?;
    }
    out.write_all(b"\r\n")
}

/// Formats a field. Quotes are the only difference between an empty text and no value.
fn field(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => quoted_if_needed(text),
        Some(Value::Bool(flag)) => flag.to_string(),
        Some(Value::Number(number)) => number.to_string(),
        Some(json) => quoted_if_needed(&json.to_string()),
    }
}

fn quoted_if_needed(text: &str) -> String {
    if !text.is_empty() && !text.contains(['"', ',', '\r', '\n']) {
        return text.to_owned();
    }
    format!("\"{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn written(kind: &'static str, value: Value, formulas: Formulas) -> String {
        let column = ColumnInfo {
            name: "Column",
            kind,
            nullable: true,
            is_generated: false,
            writer: None,
        };
        let row = Map::from_iter([("Column".to_owned(), value)]);
        let mut out = Vec::new();
        write_row(&[column], &row, formulas, &mut out).unwrap();
        String::from_utf8(out)
            .unwrap()
            .trim_end_matches("\r\n")
            .to_owned()
    }

    #[test]
    fn a_formula_is_defused_unless_it_is_asked_for() {
        for text in ["=1+1", "+1", "-1", "@a", "\t=1", "\r=1", "=a,b"] {
            let defused = written("Text", json!(text), Formulas::Defused);
            assert!(
                defused.trim_start_matches('"').starts_with('\''),
                "{defused}"
            );
            let raw = written("Text", json!(text), Formulas::Raw);
            assert_eq!(raw.replace('"', ""), text);
        }
        assert_eq!(written("Text", json!("a=1"), Formulas::Defused), "a=1");
        assert_eq!(written("Json", json!("=1"), Formulas::Defused), "'=1");
        assert_eq!(written("Integer", json!(-5), Formulas::Defused), "-5");
        let span = written("TimeSpan", json!("-00:00:01"), Formulas::Defused);
        assert_eq!(span, "-00:00:01");
    }

    #[test]
    fn quotes_are_where_they_are_needed() {
        for (value, expected) in [
            (json!(null), ""),
            (json!(""), "\"\""),
            (json!("plain text"), "plain text"),
            (json!("a,b"), "\"a,b\""),
            (json!("say \"hi\""), "\"say \"\"hi\"\"\""),
            (json!("two\nlines"), "\"two\nlines\""),
            (json!(true), "true"),
            (json!(1.5), "1.5"),
            (json!(["a", "b"]), "\"[\"\"a\"\",\"\"b\"\"]\""),
        ] {
            assert_eq!(field(Some(&value)), expected);
        }
    }
}
