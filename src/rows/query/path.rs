//! Paths in JSON columns.

use super::fields::refuse;
use crate::error::Result;

/// Maximum number of digits of an index in a path: SQLite lets greater ones overflow.
const MAX_INDEX_DIGITS: usize = 9;

/// Refuses paths that SQLite might not accept; `$`, then `.name`, `."any text"` and `[index]` are accepted.
pub(super) fn check_path(path: &str, place: &str) -> Result<()> {
    crate::validate::no_nul(place, path)?;
    let mut rest = path
        .strip_prefix('$')
        .ok_or_else(|| refuse(place, format!("must begin with $, got '{path}'")))?;
    while !rest.is_empty() {
        rest = after_step(rest).ok_or_else(|| {
            let steps = "`.name`, `.\"name\"` or `[index]`";
            refuse(place, format!("must continue with {steps}, got '{rest}'"))
        })?;
    }
    Ok(())
}

fn after_step(rest: &str) -> Option<&str> {
    if let Some(index) = rest.strip_prefix('[') {
        let (digits, after) = index.split_once(']')?;
        let is_index = (1..=MAX_INDEX_DIGITS).contains(&digits.len())
            && digits.bytes().all(|b| b.is_ascii_digit());
        return is_index.then_some(after);
    }
    let name = rest.strip_prefix('.')?;
    if let Some(quoted) = name.strip_prefix('"') {
        return quoted.split_once('"').map(|(_, after)| after);
    }
    let end = name
        .find(|c: char| !c.is_alphanumeric() && c != '_' && c != '-')
        .unwrap_or(name.len());
    (end > 0).then(|| &name[end..])
}
