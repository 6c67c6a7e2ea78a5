//! Documents that a program reads as a whole, and files that it writes for people: neither ever touches a database.

use std::io::{Read, Write as _};
use std::path::Path;

#[cfg(doc)]
use crate::error::ErrorCode;
use crate::error::{Error, Result};
use crate::sqlite::copy_file::Partial;
use crate::sqlite::plain_file;
use crate::sqlite::target::{self, Existing, Target};

/// Maximum size of a document, in bytes: 16 MiB.
pub const MAX_SIZE: u64 = 16 << 20;

/// Reads a document from a regular file.
///
/// ```
/// use orchestra_store::maintenance::documents;
///
/// # let directory = tempfile::tempdir()?;
/// let path = directory.path().join("workflow.json");
/// std::fs::write(&path, "{}")?;
/// assert_eq!(documents::read(&path)?, "{}");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// [`ErrorCode::NotFound`] if there is no such file; [`ErrorCode::InvalidArgument`] if it isn't a regular file, belongs
/// to a database that this process has open, has more than [`MAX_SIZE`] bytes, or isn't UTF-8.
pub fn read(path: &Path) -> Result<String> {
    plain_file::read_text(path, MAX_SIZE)
}

/// Reads a document from a stream, such as the standard input, to its end; errors call it `name`.
///
/// # Errors
///
/// As for [`read`].
pub fn read_stream(source: impl Read, name: &str) -> Result<String> {
    plain_file::text_of(source, MAX_SIZE, name)
}

/// Makes a directory for files, and those above it; one that exists stays as it is.
///
/// # Errors
///
/// [`ErrorCode::InvalidArgument`] if the path is reserved for the files beside a database, or names a file.
pub fn make_directory(path: &Path) -> Result<()> {
    target::refuse_reserved(path)?;
    match path.metadata() {
        Ok(found) if !found.is_dir() => {
            let reason = "must be a directory, but is a file; choose another name";
            Err(Error::invalid(path.display().to_string(), reason))
        }
        _ => std::fs::create_dir_all(path).map_err(|e| Error::from(e).while_doing(path.display())),
    }
}

/// Writes a file that is readable by its user alone, so that others see the old one or the new one, and makes it
/// durable. A pipe or a terminal is written into.
///
/// ```
/// use orchestra_store::ErrorCode;
/// use orchestra_store::maintenance::documents;
///
/// # let directory = tempfile::tempdir()?;
/// let database = directory.path().join("orchestra.db");
/// let path = directory.path().join("report.html");
/// documents::write(&path, b"<p>1</p>", false, &database)?;
/// let kept = documents::write(&path, b"<p>2</p>", false, &database).unwrap_err();
/// assert_eq!(kept.code(), ErrorCode::AlreadyExists);
/// documents::write(&path, b"<p>2</p>", true, &database)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// [`ErrorCode::InvalidArgument`] if the path is reserved for the files beside a database, or names a directory, a
/// symbolic link, a device or a socket; [`ErrorCode::NotFound`] if its directory doesn't exist;
/// [`ErrorCode::AlreadyExists`] if there is a file and `replace` is false, or the file is a database or belongs to
/// `database` or to one that this process has open.
pub fn write(path: &Path, content: &[u8], replace: bool, database: &Path) -> Result<()> {
    let failed = |e: std::io::Error| Error::from(e).while_doing(path.display());
    if let Some(mut stream) = plain_file::open_stream(path)? {
        return stream.write_all(content).map_err(failed);
    }
    let existing = if replace {
        Existing::Replace
    } else {
        Existing::Keep
    };
    let target = Target::of_document(path, database, existing)?;
    let partial = Partial::reserve(target.location())?;
    partial.writer().write_all(content).map_err(failed)?;
    partial.publish(&target)
}
