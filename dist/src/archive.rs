//! The archive of a release.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Result;
use crate::command::run;
use crate::libraries::Libraries;
use crate::metadata::Metadata;
use crate::sbom::{bill_of_materials, source_date};
use crate::stage::stage;

/// Packs a release into a directory; returns the archive. Beside it stands its checksum.
pub fn archive(metadata: &Metadata, libraries: &Libraries, directory: &Path) -> Result<PathBuf> {
    let name = format!("orchestra-store-{}-{}", metadata.version, metadata.target);
    let content = directory.join(&name);
    if content.exists() {
        fs::remove_dir_all(&content)?;
    }
    stage(metadata, libraries, &content)?;
    let bill = bill_of_materials(metadata)?;
    fs::write(
        content.join("share/doc/orchestra-store/sbom.cdx.json"),
        bill,
    )?;
    fs::write(content.join("SHA256SUMS"), checksums(&content)?)?;
    let packed = format!("{name}.tar.gz");
    pack(directory, &name, &packed)?;
    let sum = run(Command::new("sha256sum")
        .arg(&packed)
        .current_dir(directory))?;
    fs::write(directory.join(format!("{packed}.sha256")), sum)?;
    Ok(directory.join(packed))
}

/// As `sha256sum --check` reads them, in the order of their names.
fn checksums(directory: &Path) -> Result<String> {
    let mut files = Vec::new();
    collect(directory, directory, &mut files)?;
    files.sort();
    run(Command::new("sha256sum").args(files).current_dir(directory))
}

/// The files below a folder, relative to the directory; not the links.
fn collect(directory: &Path, folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(directory, &path, files)?;
        } else if !path.is_symlink() {
            files.push(path.strip_prefix(directory)?.to_owned());
        }
    }
    Ok(())
}

/// The same content makes the same archive: sorted, of the time of the last commit, of no user.
fn pack(directory: &Path, name: &str, packed: &str) -> Result<()> {
    run(Command::new("tar")
        .args(["--sort=name", "--owner=0", "--group=0", "--numeric-owner"])
        .arg("--format=ustar")
        .arg(format!("--mtime=@{}", source_date()?))
        .args(["--use-compress-program=gzip -9n", "-cf", packed, name])
        .current_dir(directory))
    .map(drop)
}
