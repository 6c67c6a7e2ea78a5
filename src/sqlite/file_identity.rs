//! The identity of a file, whatever its name: two names of one file have the same, and a file that takes the place of
//! another has a different one.

use std::io::{self, ErrorKind};
use std::path::Path;

/// The device and inode of a file. Asking for them opens nothing, so that no lock on the file is lost.
#[cfg(unix)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FileIdentity {
    pub(super) device: u64,
    pub(super) inode: u64,
}

/// The resolved path of a file, where the operating system has no numbers that the standard library knows.
#[cfg(not(unix))]
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FileIdentity(std::path::PathBuf);

impl FileIdentity {
    /// Returns the identity of the file with this name, following links, or `None` where there is none.
    pub(crate) fn of(path: &Path) -> io::Result<Option<Self>> {
        match Self::of_existing(path) {
            Ok(identity) => Ok(Some(identity)),
            Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                Ok(None)
            }
            Err(e) => Err(e),
        }
    }

    #[cfg(unix)]
    fn of_existing(path: &Path) -> io::Result<Self> {
        std::fs::metadata(path).map(|file| Self::of_metadata(&file))
    }

    #[cfg(not(unix))]
    fn of_existing(path: &Path) -> io::Result<Self> {
        path.canonicalize().map(Self)
    }

    /// Returns the identity of the file that these metadata describe.
    #[cfg(unix)]
    pub(crate) fn of_metadata(file: &std::fs::Metadata) -> Self {
        use std::os::unix::fs::MetadataExt as _;
        Self {
            device: file.dev(),
            inode: file.ino(),
        }
    }
}

/// Returns whether both paths name the same existing file.
pub(crate) fn is_same_file(a: &Path, b: &Path) -> bool {
    let identity = |path| FileIdentity::of(path).ok().flatten();
    identity(a).is_some_and(|of_a| identity(b) == Some(of_a))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn names_of_one_file_are_told_from_files_of_one_name() {
        let directory = tempfile::tempdir().unwrap();
        let name = |name: &str| directory.path().join(name);
        std::fs::write(name("a"), "").unwrap();
        std::fs::hard_link(name("a"), name("hard")).unwrap();
        std::os::unix::fs::symlink(name("a"), name("soft")).unwrap();
        assert!(is_same_file(&name("a"), &name("hard")) && is_same_file(&name("a"), &name("soft")));
        let before = FileIdentity::of(&name("a")).unwrap();
        std::fs::write(name("b"), "").unwrap();
        std::fs::rename(name("b"), name("a")).unwrap();
        assert_ne!(FileIdentity::of(&name("a")).unwrap(), before);
        assert_eq!(FileIdentity::of(&name("c")).unwrap(), None);
        assert!(!is_same_file(&name("c"), &name("c")));
    }
}
