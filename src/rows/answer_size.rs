//! The size of an answer, which is in memory as a whole.

use crate::error::{Error, Result};
use crate::rows::Entity;
use crate::validate::MAX_ROWS;

/// Maximum size of the texts in the rows of an answer in total, in bytes: 64 MiB.
pub const MAX_ANSWER_BYTES: usize = 64 << 20;

/// Rows of an answer, counted while they are read.
#[derive(Debug, Default)]
pub(crate) struct AnswerSize {
    rows: usize,
    bytes: usize,
}

impl AnswerSize {
    /// Counts a row, and fails if it is one too many.
    pub(crate) fn add<E: Entity>(&mut self, row: &E) -> Result<()> {
        self.rows += 1;
        self.bytes += row.cells().map(|cell| cell.value.size()).sum::<usize>();
        let (limit, of) = match (self.rows > MAX_ROWS, self.bytes > MAX_ANSWER_BYTES) {
            (true, _) => (MAX_ROWS, "rows"),
            (false, true) => (MAX_ANSWER_BYTES, "bytes"),
            (false, false) => return Ok(()),
        };
        let reason = format!(
            "an answer must have at most {limit} {of}; ask for smaller pages, or go through the rows one by one (for_each)"
        );
        Err(Error::limit_exceeded(E::NAME, reason))
    }
}
