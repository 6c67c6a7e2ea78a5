//! Comma-separated values as in RFC 4180.

use std::io::{Result, Write};

use serde_json::{Map, Value};

use crate::store::registry::ColumnInfo;

pub(super) fn write_header(columns: &[ColumnInfo], out: &mut dyn Write) -> Result<()> {
    write_record(columns.iter().map(|column| column.name.to_owned()), out)
}

pub(super) fn write_row(
    columns: &[ColumnInfo],
    row: &Map<String, Value>,
    out: &mut dyn Write,
) -> Result<()> {
    write_record(
        columns.iter().map(|column| field(row.get(column.name))),
        out,
    )
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
