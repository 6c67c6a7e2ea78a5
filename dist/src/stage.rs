//! The files as they are installed.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use crate::libraries::Libraries;
use crate::metadata::{Metadata, workspace};
use crate::static_library::localize;
use crate::{Result, licences};

/// Each template in `bindings/c/package/`, and where it is installed.
const TEMPLATES: [(&str, &str); 3] = [
    ("orchestra_store.pc.in", "lib/pkgconfig/orchestra_store.pc"),
    (
        "OrchestraStoreConfig.cmake.in",
        "lib/cmake/OrchestraStore/OrchestraStoreConfig.cmake",
    ),
    (
        "OrchestraStoreConfigVersion.cmake.in",
        "lib/cmake/OrchestraStore/OrchestraStoreConfigVersion.cmake",
    ),
];

/// Each file of the workspace, and where it is installed.
const FILES: [(&str, &str); 5] = [
    ("include/orchestra_store.h", "include/orchestra_store.h"),
    ("LICENSE-MIT", "share/doc/orchestra-store/LICENSE-MIT"),
    ("LICENSE-APACHE", "share/doc/orchestra-store/LICENSE-APACHE"),
    ("CHANGELOG.md", "share/doc/orchestra-store/CHANGELOG.md"),
    ("docs/c.md", "share/doc/orchestra-store/c.md"),
];

const SHARED: &str = "liborchestra_store.so";

/// Lays out everything below a directory, which is a prefix such as `/usr/local`.
pub fn stage(metadata: &Metadata, libraries: &Libraries, directory: &Path) -> Result<()> {
    for (from, to) in FILES {
        install(
            &fs::read(workspace().join(from))?,
            0o644,
            &directory.join(to),
        )?;
    }
    for (from, to) in TEMPLATES {
        let template = fs::read_to_string(workspace().join("bindings/c/package").join(from))?;
        let filled = fill(&template, metadata);
        install(filled.as_bytes(), 0o644, &directory.join(to))?;
    }
    let licences = licences::of_dependencies(metadata)?;
    let place = "share/doc/orchestra-store/LICENSES-THIRD-PARTY";
    install(licences.as_bytes(), 0o644, &directory.join(place))?;
    stage_libraries(metadata, libraries, &directory.join("lib"))
}

fn fill(template: &str, metadata: &Metadata) -> String {
    template
        .replace("@VERSION@", &metadata.version)
        .replace("@ABI@", metadata.abi_major())
}

/// The shared library under its full name, the others of its names as links, and the static one.
fn stage_libraries(metadata: &Metadata, libraries: &Libraries, folder: &Path) -> Result<()> {
    let full = format!("{SHARED}.{}", metadata.abi_version);
    let soname = format!("{SHARED}.{}", metadata.abi_major());
    install(&fs::read(&libraries.shared)?, 0o755, &folder.join(&full))?;
    link(&full, &folder.join(&soname))?;
    link(&soname, &folder.join(SHARED))?;
    localize(&libraries.archive, &folder.join("liborchestra_store.a"))
}

fn install(content: &[u8], mode: u32, place: &Path) -> Result<()> {
    if let Some(folder) = place.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(place, content)?;
    fs::set_permissions(place, fs::Permissions::from_mode(mode))?;
    Ok(())
}

fn link(target: &str, place: &Path) -> Result<()> {
    if place.is_symlink() {
        fs::remove_file(place)?;
    }
    Ok(symlink(target, place)?)
}
