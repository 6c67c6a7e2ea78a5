//! The libraries that C programs link with.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The shared and the static library.
pub struct Libraries {
    pub shared: PathBuf,
    pub archive: PathBuf,
}

/// Builds the libraries once, in the profile and the target directory of the tests: `cargo test`
/// itself builds no library that no Rust test links with.
pub fn libraries() -> &'static Libraries {
    static LIBRARIES: OnceLock<Libraries> = OnceLock::new();
    LIBRARIES.get_or_init(build)
}

fn build() -> Libraries {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let output = Command::new(env!("CARGO"))
        .args(["build", "--lib", "--package", env!("CARGO_PKG_NAME")])
        .args(["--profile", &profile(), "--message-format", "json"])
        .arg("--target-dir")
        .arg(target)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "the library can't be built: {log}");
    let files = artifacts(&output.stdout);
    let of_kind = |extension: &str| {
        let found = files
            .iter()
            .find(|file| file.extension().is_some_and(|e| e == extension));
        found
            .unwrap_or_else(|| panic!("no .{extension} in {files:?}"))
            .clone()
    };
    Libraries {
        shared: of_kind(std::env::consts::DLL_EXTENSION),
        archive: of_kind("a"),
    }
}

/// The profile of this test, by the name of the directory that it was built into.
fn profile() -> String {
    let test = std::env::current_exe().unwrap();
    let directory = test.ancestors().nth(2).unwrap().file_name().unwrap();
    match directory.to_str().unwrap() {
        "debug" => "dev".to_owned(),
        other => other.to_owned(),
    }
}

/// The files of this package that Cargo says it built.
fn artifacts(messages: &[u8]) -> Vec<PathBuf> {
    let messages = serde_json::Deserializer::from_slice(messages).into_iter();
    messages
        .map(|message: serde_json::Result<serde_json::Value>| message.unwrap())
        .filter(|message| {
            let manifest = message["manifest_path"].as_str();
            message["reason"] == "compiler-artifact"
                && manifest.is_some_and(|m| Path::new(m).starts_with(env!("CARGO_MANIFEST_DIR")))
        })
        .flat_map(|message| message["filenames"].as_array().cloned().unwrap_or_default())
        .filter_map(|file| file.as_str().map(PathBuf::from))
        .collect()
}
