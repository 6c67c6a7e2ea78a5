//! How much memory a piece of work needs.

use std::fs;

/// The most memory that the process has during some work, beyond what it had before, in bytes;
/// none where the operating system doesn't tell.
pub(super) fn peak_of<T>(work: impl FnOnce() -> T) -> Option<u64> {
    // Makes the highest value start anew.
    fs::write("/proc/self/clear_refs", "5").ok()?;
    let before = highest()?;
    work();
    Some(highest()?.saturating_sub(before))
}

fn highest() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib * 1024)
}
