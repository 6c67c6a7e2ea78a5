//! What Cargo knows of the packages.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::Result;
use crate::command::run;

/// The package of the C library.
pub const PACKAGE: &str = "orchestra-store-c";

/// The root of the workspace.
pub fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap_or(Path::new("."))
}

/// A package that is part of the library.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its licence, as an SPDX expression.
    pub licence: String,
    /// The folder of its sources.
    pub folder: PathBuf,
}

/// What Cargo knows of the C library.
#[derive(Debug)]
pub struct Metadata {
    /// The version of the library.
    pub version: String,
    /// The version of its binary interface, with three numbers.
    pub abi_version: String,
    /// The target that is built for, such as `x86_64-unknown-linux-gnu`.
    pub target: String,
    /// The folders of the packages of this workspace.
    pub members: Vec<PathBuf>,
    /// What is compiled into the library, by name and version; not the packages of this workspace.
    pub dependencies: Vec<Package>,
}

impl Metadata {
    /// Asks Cargo.
    pub fn read() -> Result<Self> {
        let target = host()?;
        let json = run(cargo()
            .args(["metadata", "--format-version", "1"])
            .args(["--filter-platform", &target]))?;
        let json: Value = serde_json::from_str(&json)?;
        let packages = by_id(&json["packages"]);
        let ours = packages
            .values()
            .find(|package| package["name"] == PACKAGE)
            .ok_or("the package of the library is not there")?;
        let members = packages
            .values()
            .filter(|package| package["source"].is_null());
        let abi_version = &ours["metadata"]["capi"]["library"]["version"];
        Ok(Self {
            version: text(&ours["version"]),
            abi_version: text(abi_version),
            target,
            members: members
                .map(|package| read_package(package).folder)
                .collect(),
            dependencies: linked(&json["resolve"]["nodes"], &text(&ours["id"]))
                .iter()
                .filter_map(|id| packages.get(id.as_str()))
                .filter(|package| !package["source"].is_null())
                .map(|package| read_package(package))
                .collect::<BTreeSet<_>>()
                .into_iter()
                .collect(),
        })
    }

    /// The first number of the version of the binary interface, which is that of the SONAME.
    pub fn abi_major(&self) -> &str {
        self.abi_version.split('.').next().unwrap_or_default()
    }
}

/// Cargo, in the workspace.
pub fn cargo() -> Command {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.current_dir(workspace());
    command
}

fn host() -> Result<String> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = run(Command::new(rustc).arg("-vV"))?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.ok_or("rustc doesn't tell its host")?.to_owned())
}

fn by_id(packages: &Value) -> BTreeMap<&str, &Value> {
    let packages = packages.as_array().into_iter().flatten();
    packages
        .filter_map(|package| Some((package["id"].as_str()?, package)))
        .collect()
}

/// The ids of a package and of all that is linked with it: neither what only builds nor what only
/// tests.
fn linked(nodes: &Value, root: &str) -> BTreeSet<String> {
    let nodes = nodes.as_array().into_iter().flatten();
    let nodes: BTreeMap<&str, &Value> = nodes
        .filter_map(|node| Some((node["id"].as_str()?, &node["deps"])))
        .collect();
    let mut found = BTreeSet::new();
    let mut waiting = vec![root.to_owned()];
    while let Some(id) = waiting.pop() {
        let dependencies = nodes.get(id.as_str()).and_then(|deps| deps.as_array());
        if found.insert(id) {
            let linked = dependencies.into_iter().flatten().filter(|d| is_linked(d));
            waiting.extend(linked.map(|dependency| text(&dependency["pkg"])));
        }
    }
    found
}

fn is_linked(dependency: &Value) -> bool {
    let kinds = dependency["dep_kinds"].as_array();
    kinds
        .into_iter()
        .flatten()
        .any(|kind| kind["kind"].is_null())
}

/// Reads what Cargo says of one package.
pub(crate) fn read_package(package: &Value) -> Package {
    let manifest = text(&package["manifest_path"]);
    Package {
        name: text(&package["name"]),
        version: text(&package["version"]),
        licence: text(&package["license"]),
        folder: Path::new(&manifest)
            .parent()
            .unwrap_or(Path::new(""))
            .to_owned(),
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
