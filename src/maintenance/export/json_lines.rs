//! JSON Lines: one object per line.

use std::io::{Result, Write};

use serde_json::{Map, Value};

pub(super) fn write_row(row: &Map<String, Value>, out: &mut dyn Write) -> Result<()> {
    serde_json::to_writer(&mut *out, row)?;
    out.write_all(b"\n")
}
