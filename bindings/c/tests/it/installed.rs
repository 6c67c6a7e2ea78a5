//! What is released, unpacked and used as its users do.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::library::libraries;
use crate::note::note;
use crate::paths;
use crate::programs::{has, is_full, succeed};
use orchestra_dist::libraries::Libraries;
use orchestra_dist::metadata::Metadata;
use orchestra_dist::{archive, stage};

/// Where the libraries of the tests are installed, in place of those that are built for a release; with
/// a blank in its name.
pub fn prefix() -> &'static Path {
    static PREFIX: OnceLock<PathBuf> = OnceLock::new();
    PREFIX.get_or_init(|| {
        let prefix = Path::new(env!("CARGO_TARGET_TMPDIR")).join("a prefix");
        stage::stage(&Metadata::read().unwrap(), &of_the_tests(), &prefix).unwrap();
        prefix
    })
}

fn of_the_tests() -> Libraries {
    let libraries = libraries();
    Libraries {
        shared: libraries.shared.clone(),
        archive: libraries.archive.clone(),
    }
}

/// Runs the example of the README.
fn run(program: &Path, prefix: &Path) {
    let directory = tempfile::tempdir().unwrap();
    succeed(
        Command::new(program)
            .arg(directory.path().join("orchestra.db"))
            .env("LD_LIBRARY_PATH", prefix.join("lib")),
    );
}

fn use_with_pkg_config(prefix: &Path) {
    let asked = Command::new("pkg-config")
        .args(["--cflags", "--libs", "orchestra_store"])
        .env("PKG_CONFIG_PATH", prefix.join("lib/pkgconfig"))
        .output()
        .unwrap();
    assert!(asked.status.success(), "{asked:?}");
    let directory = tempfile::tempdir().unwrap();
    let program = directory.path().join("readme");
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/readme.c");
    // As in a make file: the shell takes the answer apart.
    let flags = String::from_utf8(asked.stdout).unwrap();
    let script = format!(
        "cc -std=c11 {example} {} -o {}",
        flags.trim(),
        program.display()
    );
    succeed(Command::new("sh").args(["-c", &script]));
    run(&program, prefix);
}

fn use_with_cmake(prefix: &Path) {
    let build = tempfile::tempdir().unwrap();
    succeed(
        Command::new("cmake")
            .args([
                "-S",
                concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cmake"),
                "-B",
            ])
            .arg(build.path())
            .arg(format!("-DCMAKE_PREFIX_PATH={}", prefix.display())),
    );
    succeed(Command::new("cmake").arg("--build").arg(build.path()));
    run(&build.path().join("readme-shared"), prefix);
    run(&build.path().join("readme-static"), prefix);
}

#[test]
fn pkg_config_finds_it() {
    if has("pkg-config", "nothing was compiled with it") {
        use_with_pkg_config(prefix());
    }
}

#[test]
fn cmake_finds_it() {
    if has("cmake", "nothing was built with it") {
        use_with_cmake(prefix());
    }
}

#[test]
fn licences_of_what_is_compiled_in_are_there() {
    let metadata = Metadata::read().unwrap();
    let dependencies = metadata.dependencies.iter();
    let names: Vec<&str> = dependencies.map(|package| package.name.as_str()).collect();
    assert!(
        names.contains(&"diesel") && names.contains(&"libsqlite3-sys"),
        "{names:?}"
    );
    // What only tests or builds is not in the library.
    assert!(
        !names.contains(&"cbindgen") && !names.contains(&"cc"),
        "{names:?}"
    );
    assert!(metadata.dependencies.iter().all(|d| !d.licence.is_empty()));

    let place = "share/doc/orchestra-store/LICENSES-THIRD-PARTY";
    let licences = fs::read_to_string(prefix().join(place)).unwrap();
    for name in names {
        assert!(licences.contains(&format!("\n==== {name} ")), "{name}");
    }
}

/// The whole way of a release, in the profile of one.
#[test]
fn the_archive_is_complete_and_can_be_used() {
    if !is_full() {
        return note("the archive of a release was not built: ORCHESTRA_FULL_TESTS=1 does it");
    }
    let metadata = Metadata::read().unwrap();
    let libraries = orchestra_dist::libraries::build(&metadata).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let packed = archive::archive(&metadata, &libraries, directory.path()).unwrap();
    let again = tempfile::tempdir().unwrap();
    let same = archive::archive(&metadata, &libraries, again.path()).unwrap();
    assert!(fs::read(&packed).unwrap() == fs::read(same).unwrap());

    let prefix = tempfile::tempdir().unwrap();
    let prefix = prefix.path();
    let unpack = ["--strip-components=1", "-xf"];
    succeed(
        Command::new("tar")
            .args(unpack)
            .arg(&packed)
            .arg("-C")
            .arg(prefix),
    );
    let sums = ["--check", "--strict", "--quiet", "SHA256SUMS"];
    succeed(Command::new("sha256sum").args(sums).current_dir(prefix));
    assert_soname(prefix, &metadata);
    assert_bill(prefix, &metadata);
    use_with_pkg_config(prefix);
    use_with_cmake(prefix);
}

/// What `cargo cinstall` leaves, in the profile of development.
#[test]
fn cargo_c_installs_it() {
    if !is_full() {
        return note("nothing was installed with cargo-c: ORCHESTRA_FULL_TESTS=1 does it");
    }
    if !has("cargo-cinstall", "nothing was installed with cargo-c") {
        return;
    }
    let prefix = tempfile::tempdir().unwrap();
    let prefix = prefix.path();
    succeed(
        Command::new(env!("CARGO"))
            .args([
                "cinstall",
                "--package",
                env!("CARGO_PKG_NAME"),
                "--profile",
                "dev",
            ])
            .arg("--target-dir")
            .arg(Path::new(env!("CARGO_TARGET_TMPDIR")).join("cargo-c"))
            .args(["--libdir", "lib", "--prefix"])
            .arg(prefix)
            .current_dir(paths::workspace()),
    );
    let header = prefix.join("include/orchestra_store.h");
    let committed = paths::include().join("orchestra_store.h");
    assert!(fs::read(header).unwrap() == fs::read(committed).unwrap());
    assert!(prefix.join("lib/liborchestra_store.a").is_file());
    assert_soname(prefix, &Metadata::read().unwrap());
    use_with_pkg_config(prefix);
}

fn assert_soname(prefix: &Path, metadata: &Metadata) {
    let output = Command::new("readelf")
        .arg("--dynamic")
        .arg(prefix.join("lib/liborchestra_store.so"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let soname = format!("soname: [liborchestra_store.so.{}]", metadata.abi_major());
    assert!(said.contains(&soname), "{said}");
}

/// Everything that is compiled in is in the bill.
fn assert_bill(prefix: &Path, metadata: &Metadata) {
    let bill = fs::read(prefix.join("share/doc/orchestra-store/sbom.cdx.json")).unwrap();
    let bill: serde_json::Value = serde_json::from_slice(&bill).unwrap();
    let components = bill["components"].as_array().unwrap();
    let listed = |name: &str| components.iter().any(|component| component["name"] == name);
    for package in &metadata.dependencies {
        assert!(listed(&package.name), "{}", package.name);
    }
    assert!(listed("sqlite"));
}
