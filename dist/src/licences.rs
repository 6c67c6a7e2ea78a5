//! The licences of what is compiled into the library.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use crate::Result;
use crate::metadata::{Metadata, Package};

/// How files with a licence are called, in capitals.
const NAMES: [&str; 6] = [
    "LICENSE",
    "LICENCE",
    "COPYING",
    "COPYRIGHT",
    "NOTICE",
    "UNLICENSE",
];

/// One text with each package, its licence, and what its files say of it.
pub fn of_dependencies(metadata: &Metadata) -> Result<String> {
    let mut text = "\
orchestra-store has the following packages compiled in. SQLite, which libsqlite3-sys brings, is in the
public domain.
"
    .to_owned();
    for package in &metadata.dependencies {
        let Package {
            name,
            version,
            licence,
            ..
        } = package;
        write!(text, "\n\n==== {name} {version} ({licence})\n")?;
        for file in files(&package.folder)? {
            write!(text, "\n{}\n", fs::read_to_string(file)?.trim_end())?;
        }
    }
    Ok(text)
}

fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)?
        .map(|entry| entry.map(|e| e.path()))
        .collect::<Result<_, _>>()?;
    files.retain(|file| file.is_file() && is_licence(file));
    files.sort();
    Ok(files)
}

fn is_licence(file: &Path) -> bool {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let name = name.to_uppercase();
    NAMES.iter().any(|known| name.starts_with(known))
}
