//! The path of the database file, checked, and its URI, which holds nothing but the path.

use std::fs::{DirBuilder, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::plain_file;
use crate::error::{Error, ErrorCode, Result};

/// The absolute path of a database file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DatabaseLocation {
    path: PathBuf,
    text: String,
    /// The name in messages, where it differs from the path.
    shown_as: Option<String>,
}

impl DatabaseLocation {
    /// Checks the path of a database that a caller gave, and follows its links once.
    ///
    /// SQLite would take `file:` texts as URIs, whose parameters can switch off locking or choose another file
    /// system, and `:memory:` as a database that is gone when it is closed.
    pub(crate) fn new(path: &Path) -> Result<Self> {
        refuse_special_name(path)?;
        Self::of_absolute(resolve_links(&std::path::absolute(path)?)?)
    }

    /// Checks the path of a file that is to be written or removed: a link is not followed, but is itself the thing
    /// with this name.
    pub(crate) fn of_target(path: &Path) -> Result<Self> {
        refuse_special_name(path)?;
        Self::of_absolute(std::path::absolute(path)?)
    }

    fn of_absolute(path: PathBuf) -> Result<Self> {
        let Some(text) = path.to_str().map(str::to_owned) else {
            return Err(Error::invalid("path", "its directory is not UTF-8"));
        };
        Ok(Self {
            path,
            text,
            shown_as: None,
        })
    }

    /// Returns the location of the file beside this one with a suffix in its name.
    pub(crate) fn beside(&self, suffix: &str) -> Self {
        let text = format!("{}{suffix}", self.text);
        Self {
            path: PathBuf::from(&text),
            text,
            shown_as: None,
        }
    }

    /// Sets the name in messages: a private copy is shown as the file that it copies, which is the one that a user
    /// knows.
    pub(super) fn show_as(&mut self, name: impl std::fmt::Display) {
        self.shown_as = Some(name.to_string());
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the path with a suffix: the name of one of the files that belong to the database.
    pub(crate) fn sibling(&self, suffix: &str) -> PathBuf {
        PathBuf::from(format!("{}{suffix}", self.text))
    }

    /// Returns the URI that opens the file with this mode (`rw`, `ro`), which never creates it.
    pub(crate) fn uri(&self, mode: &str) -> String {
        let mut uri = String::with_capacity(self.text.len() + 16);
        uri.push_str("file:");
        if cfg!(windows) {
            uri.push('/');
        }
        for byte in self.text.bytes() {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b'~' => {
                    uri.push(char::from(byte));
                }
                b'\\' | b':' if cfg!(windows) => {
                    uri.push(if byte == b':' { ':' } else { '/' });
                }
                _ => uri.push_str(&format!("%{byte:02X}")),
            }
        }
        uri.push_str("?mode=");
        uri.push_str(mode);
        uri
    }

    /// Creates the file, empty and for the user alone, and its directory, where they don't exist.
    ///
    /// An existing file is left alone: opening and closing it would drop the locks that SQLite holds on it
    /// elsewhere in the process.
    pub(crate) fn create_if_absent(&self) -> Result<()> {
        if let Some(directory) = self.path.parent().filter(|d| !d.exists()) {
            let made = make_private_directory(directory);
            made.map_err(|e| e.while_doing(format!("{} can't be made", self.text)))?;
        }
        match plain_file::create(&self.path) {
            Ok(_) => Ok(()),
            Err(e) if e.kind() == ErrorKind::AlreadyExists => Ok(()),
            Err(e) => Err(self.failed("can't be made", e)),
        }
    }

    /// Opens the file beside the database that serves as one of its locks, and creates it where it doesn't exist.
    pub(super) fn lock_file(&self, suffix: &str) -> Result<File> {
        let path = self.sibling(suffix);
        let file = plain_file::open_lock_file(&path);
        file.map_err(|e| Error::from(e).while_doing(path.display()))
    }

    /// Returns whether there is a journal that isn't empty: a process has the database open, or was killed while it
    /// had.
    pub(crate) fn has_journal(&self) -> bool {
        let has_content =
            |suffix| std::fs::metadata(self.sibling(suffix)).is_ok_and(|file| file.len() > 0);
        has_content("-wal") || has_content("-journal")
    }

    fn failed(&self, what: &str, error: std::io::Error) -> Error {
        Error::from(error).while_doing(format!("{} {what}", self.text))
    }

    /// Returns whether the file exists and isn't empty.
    pub(crate) fn has_content(&self) -> Result<bool> {
        match std::fs::metadata(&self.path) {
            Ok(metadata) if metadata.is_dir() => Err(Error::new(
                ErrorCode::Io,
                format!("{} is a directory", self.text),
            )),
            Ok(metadata) => Ok(metadata.len() > 0),
            Err(e) if e.kind() == ErrorKind::NotFound => Ok(false),
            Err(e) => Err(self.failed("can't be looked at", e)),
        }
    }
}

fn refuse_special_name(path: &Path) -> Result<()> {
    let refuse = |reason| Err(Error::invalid("path", reason));
    let Some(text) = path.to_str() else {
        return refuse("not UTF-8");
    };
    if text.is_empty() {
        return refuse("empty");
    }
    if text.contains('\0') {
        return refuse("contains NUL");
    }
    if text.starts_with("file:") || text.starts_with("sqlite:") || text.starts_with(':') {
        return refuse("a URI or a special name, not the path of a file");
    }
    Ok(())
}

/// Follows the links of a path once: the files beside a database have to be beside the file itself, whatever links
/// lead to it. The file, and directories above it, need not exist yet.
#[cfg(unix)]
fn resolve_links(path: &Path) -> Result<PathBuf> {
    let failed = |e: std::io::Error| Error::from(e).while_doing(path.display());
    match path.canonicalize() {
        Err(e) if e.kind() == ErrorKind::NotFound => {}
        resolved => return resolved.map_err(failed),
    }
    if path
        .symlink_metadata()
        .is_ok_and(|found| found.is_symlink())
    {
        let reason = format!("{} is a link that leads nowhere", path.display());
        return Err(Error::invalid("path", reason));
    }
    match (path.parent(), path.file_name()) {
        (Some(directory), Some(name)) => Ok(resolve_links(directory)?.join(name)),
        _ => Ok(path.to_owned()),
    }
}

/// Leaves the path as it is: resolved, it would have a form that SQLite and users don't expect.
#[cfg(not(unix))]
fn resolve_links(path: &Path) -> Result<PathBuf> {
    Ok(path.to_owned())
}

impl std::fmt::Display for DatabaseLocation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.shown_as.as_ref().unwrap_or(&self.text))
    }
}

/// Makes a directory for the user alone, and those above it, and makes the names that are new durable. One that exists
/// stays as it is. An error names the directory.
pub(crate) fn make_private_directory(path: &Path) -> Result<()> {
    let missing: Vec<_> = path.ancestors().take_while(|d| !d.exists()).collect();
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    let made = builder.create(path).map_err(Error::from);
    made.and_then(|()| {
        missing
            .into_iter()
            .try_for_each(plain_file::sync_directory_of)
    })
    .map_err(|e| e.while_doing(path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_sqlite_would_read_as_more_than_a_path_is_refused() {
        for bad in [
            "",
            ":memory:",
            "file:x.db?nolock=1",
            "sqlite://x.db",
            "a\0b",
        ] {
            let error = DatabaseLocation::new(Path::new(bad)).unwrap_err();
            assert_eq!(error.code(), ErrorCode::InvalidArgument, "{bad:?}");
            assert_eq!(error.details().column.as_deref(), Some("path"), "{bad:?}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_uri_holds_nothing_but_the_path() {
        let location = DatabaseLocation::new(Path::new("/data/a b?mode=memory#ü%.db")).unwrap();
        assert_eq!(
            location.uri("rw"),
            "file:/data/a%20b%3Fmode%3Dmemory%23%C3%BC%25.db?mode=rw"
        );
    }
}
