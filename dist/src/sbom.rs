//! The bill of materials: CycloneDX, as JSON.

use std::fs;
use std::process::Command;

use serde_json::{Value, json};

use crate::Result;
use crate::command::run;
use crate::metadata::{Metadata, cargo, workspace};

/// What is installed for it.
const TOOL: &str = "cargo install --locked cargo-cyclonedx";

/// What its file is called, without `.json`.
const FILE: &str = "orchestra-dist-bill";

/// Has cargo-cyclonedx write it, and adds SQLite, which is no package of Cargo's.
pub fn bill_of_materials(metadata: &Metadata) -> Result<String> {
    let bill = without_places(&of_packages(metadata)?);
    let mut bill: Value = serde_json::from_str(&bill)?;
    if let Some(components) = bill["components"].as_array_mut() {
        components.push(sqlite(metadata)?);
    }
    Ok(serde_json::to_string_pretty(&bill)? + "\n")
}

fn of_packages(metadata: &Metadata) -> Result<String> {
    run(cargo()
        .args(["cyclonedx", "--all", "--no-build-deps"])
        .args(["--format", "json", "--spec-version", "1.5"])
        .args(["--target", &metadata.target])
        .args(["--override-filename", FILE])
        .args(["--manifest-path", "bindings/c/Cargo.toml"])
        // The same sources make the same file.
        .env("SOURCE_DATE_EPOCH", source_date()?))
    .map_err(|error| format!("{error}\nIs cargo-cyclonedx there? {TOOL}"))?;
    let file = workspace()
        .join("bindings/c")
        .join(FILE)
        .with_extension("json");
    let bill = fs::read_to_string(file)?;
    // It writes one for each package of the workspace.
    for member in &metadata.members {
        let file = member.join(FILE).with_extension("json");
        if file.exists() {
            fs::remove_file(file)?;
        }
    }
    Ok(bill)
}

/// Where the sources were is nobody's business.
fn without_places(bill: &str) -> String {
    bill.replace(&workspace().display().to_string(), "")
}

/// The SQLite that is compiled in.
fn sqlite(metadata: &Metadata) -> Result<Value> {
    let mut packages = metadata.dependencies.iter();
    let package = packages
        .find(|package| package.name == "libsqlite3-sys")
        .ok_or("libsqlite3-sys is no dependency")?;
    let header = fs::read_to_string(package.folder.join("sqlite3/sqlite3.h"))?;
    let version = header
        .lines()
        .find_map(|line| line.strip_prefix("#define SQLITE_VERSION "))
        .ok_or("sqlite3.h tells no version")?
        .trim()
        .trim_matches('"');
    Ok(json!({
        "type": "library",
        "bom-ref": "sqlite",
        "name": "sqlite",
        "version": version,
        "scope": "required",
        "licenses": [{"license": {"name": "Public Domain"}}],
        "cpe": format!("cpe:2.3:a:sqlite:sqlite:{version}:*:*:*:*:*:*:*"),
    }))
}

/// The time of the last commit, in seconds.
pub(crate) fn source_date() -> Result<String> {
    let time = std::env::var("SOURCE_DATE_EPOCH");
    time.or_else(|_| {
        let mut git = Command::new("git");
        let time = run(git
            .args(["log", "-1", "--format=%ct"])
            .current_dir(workspace()))?;
        Ok(time.trim().to_owned())
    })
}
