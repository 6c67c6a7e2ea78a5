//! Copying of streams, piece by piece.

use std::io::{ErrorKind, Read, Write};

use crate::error::{Error, Result};

/// The size of a piece in bytes.
const STEP: usize = 1 << 20;

/// Copies the source to its end, and passes `on_step` the number of bytes copied so far after each piece.
pub(crate) fn pump(
    source: &mut dyn Read,
    target: &mut dyn Write,
    of_reading: impl Fn(std::io::Error) -> Error,
    on_step: &mut dyn FnMut(u64) -> Result<()>,
) -> Result<()> {
    let mut buffer = vec![0; STEP];
    let mut done = 0;
    loop {
        let count = match source.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(count) => count,
            Err(e) if e.kind() == ErrorKind::Interrupted => continue,
            Err(e) => return Err(of_reading(e)),
        };
        target.write_all(&buffer[..count])?;
        done += count as u64;
        on_step(done)?;
    }
}
