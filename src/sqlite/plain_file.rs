//! Files that are read and written by ordinary I/O. No other module opens any: `clippy.toml` refuses the functions of
//! the standard library that do.
//!
//! On POSIX systems, closing a file drops every lock of the process on it, also those that SQLite holds for a database
//! that is open. So a file of an open database is refused, a file that became one since stays open as long as the
//! database does ([`PlainFile`]), and anything but a regular file is refused before it is opened: a pipe would be waited
//! for, and a device has no end.
#![allow(
    clippy::disallowed_methods,
    reason = "the one place that opens files, as the documentation of the module says"
)]

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, ErrorKind, IsTerminal as _, Read as _};
use std::ops::Deref;
use std::path::Path;
use std::sync::Arc;

use super::dialect;
use super::open_databases::{Closing, begin_closing, open_database_of};
use crate::error::{Error, ErrorCode, Result};

/// A file that was opened by ordinary I/O, and may be closed at any time: where a database of the same file was opened
/// meanwhile, it stays open until that is closed.
#[derive(Debug)]
pub(crate) struct PlainFile {
    file: Arc<File>,
    /// Behind the file: nobody may open the database while the file is closed.
    closing: Option<Closing>,
}

impl PlainFile {
    fn new(file: File) -> Self {
        Self {
            file: Arc::new(file),
            closing: None,
        }
    }
}

impl Deref for PlainFile {
    type Target = File;

    fn deref(&self) -> &File {
        &self.file
    }
}

impl Drop for PlainFile {
    fn drop(&mut self) {
        self.closing = Some(begin_closing(&self.file));
    }
}

/// Opens a regular file for reading. Fails with [`ErrorCode::NotFound`] where there is none, and with
/// [`ErrorCode::InvalidArgument`] where it is something else, or belongs to a database that this process has open.
pub(crate) fn open_input(path: &Path) -> Result<PlainFile> {
    refuse_open_database(path)?;
    open_regular(path).map_err(|e| named(path, e))
}

/// Opens a regular file for reading, of which the caller knows that SQLite holds no locks on it.
pub(crate) fn open_unlocked(path: &Path) -> io::Result<PlainFile> {
    open_regular(path)
}

/// Reads a text file as a whole. Fails as [`open_input`] does, and where it has more than `max_size` bytes or isn't
/// UTF-8.
pub(crate) fn read_text(path: &Path, max_size: u64) -> Result<String> {
    let file = open_input(path)?;
    text_of(&*file, max_size, path.display())
}

/// Reads a text to its end. Fails where it has more than `max_size` bytes or isn't UTF-8; an error names it.
pub(crate) fn text_of(
    source: impl io::Read,
    max_size: u64,
    name: impl std::fmt::Display,
) -> Result<String> {
    let mut content = Vec::new();
    source
        .take(max_size.saturating_add(1))
        .read_to_end(&mut content)
        .map_err(|e| Error::from(e).while_doing(&name))?;
    let invalid = |reason: String| Err(Error::invalid(name.to_string(), reason));
    if content.len() as u64 > max_size {
        return invalid(format!("must have at most {max_size} bytes, got more"));
    }
    match String::from_utf8(content) {
        Ok(text) => Ok(text),
        Err(e) => invalid(format!("must be UTF-8, but isn't ({})", e.utf8_error())),
    }
}

/// Returns the first bytes of a file, at most `count`. Fails as [`open_input`] does.
pub(crate) fn beginning_of(path: &Path, count: usize) -> Result<Vec<u8>> {
    let file = open_input(path)?;
    let mut begin = Vec::new();
    let read = (&*file).take(count as u64).read_to_end(&mut begin);
    read.map_err(|e| Error::from(e).while_doing(path.display()))?;
    Ok(begin)
}

/// Returns whether a file begins as every SQLite database does. One that is open is not touched for it.
pub(crate) fn is_database(path: &Path) -> Result<bool> {
    if let Some(database) = open_database_of(path) {
        return Ok(super::is_same_file(&database, path));
    }
    let found = metadata(path)?;
    Ok(found.is_file() && beginning_of(path, dialect::FILE_MAGIC.len())? == dialect::FILE_MAGIC)
}

/// Creates a file for the user alone. Fails where something has its name.
pub(crate) fn create(path: &Path) -> io::Result<PlainFile> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    private(&mut options).open(path).map(PlainFile::new)
}

/// Opens a file that serves as a lock, and creates it for the user alone where it doesn't exist. SQLite never locks it,
/// and locks of this kind belong to the open file.
pub(crate) fn open_lock_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).read(true).write(true);
    at_once(private(&mut options));
    regular(options.open(path)?)
}

/// Opens a file that serves as a lock, if it is there.
pub(crate) fn open_present_lock_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    regular(at_once(options.read(true)).open(path)?)
}

/// Opens a database, if there is one, to take SQLite's locks on it by the open file. Fails as [`open_input`] does where
/// this process has it open.
pub(crate) fn open_to_lock(path: &Path) -> Result<Option<PlainFile>> {
    refuse_open_database(path)?;
    let mut options = OpenOptions::new();
    match at_once(options.read(true).write(true))
        .open(path)
        .and_then(regular)
    {
        Ok(file) => Ok(Some(PlainFile::new(file))),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
        Err(e) => Err(named(path, e)),
    }
}

/// Opens a file of a database that this process has open, to be closed after the database. Others can't take their
/// locks on it meanwhile.
pub(crate) fn open_guarded(path: &Path) -> io::Result<File> {
    File::open(path)
}

/// Copies a file to a new one for the user alone. Fails as [`open_input`] does.
pub(crate) fn copy(from: &Path, to: &Path) -> Result<()> {
    let source = open_input(from)?;
    let target = create(to).map_err(|e| Error::from(e).while_doing(to.display()))?;
    io::copy(&mut &*source, &mut &*target)?;
    Ok(target.sync_all()?)
}

/// Removes a file. Fails with [`ErrorCode::InvalidArgument`] where it belongs to a database that this process has open.
pub(crate) fn remove(path: &Path) -> Result<()> {
    refuse_open_database(path)?;
    std::fs::remove_file(path).map_err(|e| Error::from(e).while_doing(path.display()))
}

/// Removes a file that this process has written, and that nobody else knows.
pub(crate) fn remove_own(path: &Path) -> io::Result<()> {
    std::fs::remove_file(path)
}

/// Renames a file, and replaces another. Fails as [`remove`] does for both.
pub(crate) fn rename(from: &Path, to: &Path) -> Result<()> {
    refuse_open_database(from)?;
    refuse_open_database(to)?;
    std::fs::rename(from, to).map_err(|e| Error::from(e).while_doing(to.display()))
}

/// Gives a file that this process has written a name that must be unused. It does so by a link, which replaces nothing,
/// unlike a rename; some file systems have no links. The first name is the caller's to remove.
pub(crate) fn rename_to_unused(from: &Path, to: &Path) -> Result<()> {
    refuse_open_database(from)?;
    match std::fs::hard_link(from, to) {
        Ok(()) => Ok(()),
        Err(e) if e.kind() == ErrorKind::AlreadyExists || to.exists() => Err(e.into()),
        Err(_) => rename(from, to),
    }
}

/// Gives a file a second name, or copies it where the file system allows only one.
pub(crate) fn second_name(from: &Path, to: &Path) -> Result<()> {
    refuse_open_database(from)?;
    std::fs::hard_link(from, to).or_else(|_| copy(from, to))
}

/// Opens a pipe or a terminal for writing; `None` where the path names neither. Fails where nobody reads from the pipe.
pub(crate) fn open_stream(path: &Path) -> Result<Option<File>> {
    let Ok(found) = path.metadata() else {
        return Ok(None);
    };
    if !is_pipe(&found) && !is_character_device(&found) {
        return Ok(None);
    }
    let mut options = OpenOptions::new();
    options.write(true);
    // Waits for nobody; the second opening makes a stream of it that waits for its reader.
    let first = match at_once(&mut options).open(path) {
        Ok(file) => file,
        Err(_) if is_character_device(&found) => return Ok(None),
        Err(e) => {
            let name = path.display();
            let error = Error::from(e);
            let message = format!(
                "{name}: must be a pipe that somebody reads from ({})",
                error.message()
            );
            return Err(Error::new(error.code(), message).with_source(error));
        }
    };
    if is_character_device(&found) && !first.is_terminal() {
        return Ok(None);
    }
    let second = OpenOptions::new().write(true).open(path);
    second
        .map(Some)
        .map_err(|e| Error::from(e).while_doing(path.display()))
}

/// Makes the names in the directory of a file durable, on operating systems that can do so.
pub(crate) fn sync_directory_of(path: &Path) -> Result<()> {
    match path.parent() {
        Some(here) if here.as_os_str().is_empty() => sync_directory(Path::new(".")),
        Some(directory) => sync_directory(directory),
        None => Ok(()),
    }
}

/// Makes the names in a directory durable, on operating systems that can do so.
pub(crate) fn sync_directory(directory: &Path) -> Result<()> {
    if cfg!(unix) {
        File::open(directory)?.sync_all()?;
    }
    Ok(())
}

/// Reads what the operating system tells of itself in a file, such as `/proc/locks`.
pub(crate) fn read_of_system(path: &'static str) -> io::Result<String> {
    std::fs::read_to_string(path)
}

/// Reads the metadata of a file; an error names the file.
pub(crate) fn metadata(path: &Path) -> Result<Metadata> {
    std::fs::metadata(path).map_err(|e| Error::from(e).while_doing(path.display()))
}

/// Names the kind of a thing that is no regular file.
pub(crate) fn kind_of(irregular: &Metadata) -> &'static str {
    if irregular.is_dir() {
        "a directory"
    } else if irregular.is_symlink() {
        "a symbolic link"
    } else if is_pipe(irregular) {
        "a pipe"
    } else if is_character_device(irregular) {
        "a device"
    } else {
        "a special file"
    }
}

fn refuse_open_database(path: &Path) -> Result<()> {
    let Some(database) = open_database_of(path) else {
        return Ok(());
    };
    let reason = format!(
        "must be no file of an open database, got one of {}; make a backup of it (`orchestra backup create`) and \
         use that",
        database.display()
    );
    Err(Error::invalid(path.display().to_string(), reason))
}

fn named(path: &Path, error: io::Error) -> Error {
    let name = path.display();
    match error.kind() {
        ErrorKind::NotFound => {
            let message = format!("{name}: there is no such file");
            Error::new(ErrorCode::NotFound, message).with_source(error)
        }
        ErrorKind::InvalidInput => Error::invalid(name.to_string(), error),
        _ => Error::from(error).while_doing(name),
    }
}

/// Opens a regular file for reading, and nothing else, not even one that takes its place meanwhile.
fn open_regular(path: &Path) -> io::Result<PlainFile> {
    refuse_irregular(&path.metadata()?)?;
    let mut options = OpenOptions::new();
    options.read(true);
    regular(at_once(&mut options).open(path)?).map(PlainFile::new)
}

fn regular(file: File) -> io::Result<File> {
    refuse_irregular(&file.metadata()?)?;
    Ok(file)
}

fn refuse_irregular(found: &Metadata) -> io::Result<()> {
    if found.is_file() {
        return Ok(());
    }
    let reason = format!("must be a regular file, got {}", kind_of(found));
    Err(io::Error::new(ErrorKind::InvalidInput, reason))
}

fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

/// Makes the opening of a pipe wait for nobody, and that of a terminal leave the process without one.
fn at_once(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    {
        use nix::libc::{O_NOCTTY, O_NONBLOCK};
        std::os::unix::fs::OpenOptionsExt::custom_flags(options, O_NONBLOCK | O_NOCTTY);
    }
    options
}

#[cfg(unix)]
fn is_pipe(found: &Metadata) -> bool {
    std::os::unix::fs::FileTypeExt::is_fifo(&found.file_type())
}

#[cfg(not(unix))]
fn is_pipe(_: &Metadata) -> bool {
    false
}

#[cfg(unix)]
fn is_character_device(found: &Metadata) -> bool {
    std::os::unix::fs::FileTypeExt::is_char_device(&found.file_type())
}

#[cfg(not(unix))]
fn is_character_device(_: &Metadata) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_without_a_directory_is_in_the_current_one() {
        sync_directory_of(Path::new("name")).unwrap();
        assert!(sync_directory_of(Path::new("no such directory/name")).is_err() || !cfg!(unix));
    }
}
