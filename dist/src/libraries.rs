//! Having Cargo build the libraries.

use std::path::PathBuf;

use crate::Result;
use crate::command::run;
use crate::metadata::{Metadata, PACKAGE, cargo, workspace};

/// The profile, which has a folder of its own in `target`: a shared library with a SONAME is not
/// found under the name that programs in development use.
const PROFILE: &str = "dist";

/// The libraries as Cargo leaves them.
#[derive(Debug)]
pub struct Libraries {
    /// The shared library.
    pub shared: PathBuf,
    /// The static library.
    pub archive: PathBuf,
}

/// Builds the libraries for a release.
pub fn build(metadata: &Metadata) -> Result<Libraries> {
    let soname = format!("-Wl,-soname,liborchestra_store.so.{}", metadata.abi_major());
    run(cargo()
        .args(["rustc", "--lib", "--package", PACKAGE])
        .args(["--profile", PROFILE, "--"])
        .args(["-C", &format!("link-arg={soname}")])
        // Where the sources were is nobody's business, and would differ from machine to machine.
        .arg(format!("--remap-path-prefix={}=.", workspace().display())))?;
    let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    let folder = target.unwrap_or_else(|| workspace().join("target"));
    let file = |name| folder.join(PROFILE).join(name);
    Ok(Libraries {
        shared: file("liborchestra_store.so"),
        archive: file("liborchestra_store.a"),
    })
}
