//! Building the shared library.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Builds the shared library into the directory that this program was built into, in the same
/// profile.
pub(crate) fn shared_library() -> PathBuf {
    let program = std::env::current_exe().unwrap();
    let directory = program.ancestors().nth(2).unwrap();
    let profile = match directory.file_name().unwrap().to_str().unwrap() {
        "debug" => "dev",
        other => other,
    };
    let status = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--package", "orchestra-store-c"])
        .args(["--profile", profile, "--target-dir"])
        .arg(directory.parent().unwrap())
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(".."))
        .status();
    assert!(status.unwrap().success(), "the C library can't be built");
    let prefix = std::env::consts::DLL_PREFIX;
    let suffix = std::env::consts::DLL_SUFFIX;
    directory.join(format!("{prefix}orchestra_store{suffix}"))
}
