//! Room on the disk, asked for before something large is written.

use std::path::Path;

use crate::error::{Error, ErrorCode, Result};

/// Returns how many bytes this user may still write to the disk that holds this file or directory.
pub(crate) fn free(path: &Path) -> Result<u64> {
    // A file that doesn't exist yet is going to be on the disk of its directory.
    let place = path.ancestors().find(|place| place.exists());
    let place = place.unwrap_or(path);
    fs4::available_space(place).map_err(|e| Error::from(e).while_doing(place.display()))
}

/// Fails with [`ErrorCode::DiskFull`] where writing `needed` bytes beside `path` would leave less
/// than `reserve` free.
pub(crate) fn require(path: &Path, needed: u64, reserve: u64) -> Result<()> {
    let free = free(path)?;
    if needed.saturating_add(reserve) <= free {
        return Ok(());
    }
    let message = format!(
        "{}: {needed} bytes are needed and {reserve} have to stay free, but only {free} are",
        path.display()
    );
    Err(Error::new(ErrorCode::DiskFull, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("new").join("file");
        assert!(free(&path).unwrap() > 0);
        require(&path, 1, 0).unwrap();
        let error = require(&path, 1, u64::MAX).unwrap_err();
        assert_eq!(error.code(), ErrorCode::DiskFull);
    }
}
