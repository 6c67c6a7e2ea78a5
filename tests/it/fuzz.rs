//! The seeds of the fuzz targets, through what these run.

#[path = "../../fuzz/src/entry_points/mod.rs"]
mod entry_points;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use orchestra_store::Store;

const FUZZ: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz");
const BLOCK: usize = 512;

fn archive_of(target: &str) -> PathBuf {
    Path::new(FUZZ).join(format!("seeds/{target}.tar.gz"))
}

/// Reads the files, by name, of an archive that `fuzz/seeds.sh` packed: blocks of 512 bytes, of which each file has
/// one as its header and then as many as its content fills.
fn seeds(archive: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut tar = Vec::new();
    let mut packed = GzDecoder::new(File::open(archive).unwrap());
    packed.read_to_end(&mut tar).unwrap();
    let mut seeds = BTreeMap::new();
    let mut rest = tar.as_slice();
    while rest[0] != 0 {
        let (header, behind) = rest.split_at(BLOCK);
        let size = usize::from_str_radix(&field(&header[124..136]), 8).unwrap();
        let seen = seeds.insert(field(&header[..100]), behind[..size].to_vec());
        assert_eq!(seen, None, "{} has a name twice", archive.display());
        rest = &behind[size.next_multiple_of(BLOCK)..];
    }
    seeds
}

/// Returns the text of a header's field, which ends at the first NUL.
fn field(bytes: &[u8]) -> String {
    let text = bytes.split(|&byte| byte == 0).next().unwrap();
    String::from_utf8(text.to_vec()).unwrap()
}

/// Runs each seed of a target: whole, cut off at each tenth, and with each tenth byte another one.
fn replay(target: &str, run: impl Fn(&Store, &[u8])) {
    let directory = tempfile::tempdir().unwrap();
    let store = entry_points::open(directory.path()).unwrap();
    let seeds = seeds(&archive_of(target));
    assert!(!seeds.is_empty());
    for input in seeds.into_values() {
        for mutant in std::iter::once(input.clone()).chain(mutants(&input)) {
            run(&store, &mutant);
        }
    }
}

fn mutants(input: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let places = (1..10).map(|tenth| input.len() * tenth / 10);
    places.flat_map(|place| {
        let mut changed = input.to_vec();
        changed[place] ^= 1;
        [input[..place].to_vec(), changed]
    })
}

#[test]
fn records() {
    replay("records", entry_points::records);
}

#[test]
fn specifications() {
    replay("specifications", entry_points::specifications);
}

#[test]
fn import() {
    replay("import", entry_points::import);
}

#[test]
fn options() {
    replay("options", entry_points::options);
}

/// Runs a copy of `fuzz/seeds.sh` beside its own copy of one target's seeds.
#[cfg(unix)]
#[test]
fn a_seed_is_added_to_those_that_are_there_and_never_replaces_one() {
    let directory = tempfile::tempdir().unwrap();
    let place = |name: &str| directory.path().join(name);
    let archive = place("seeds/options.tar.gz");
    fs::create_dir(place("seeds")).unwrap();
    fs::copy(archive_of("options"), &archive).unwrap();
    fs::copy(Path::new(FUZZ).join("seeds.sh"), place("seeds.sh")).unwrap();
    fs::write(place("crash-1"), "agent {").unwrap();
    let add = || {
        let mut script = std::process::Command::new(place("seeds.sh"));
        script.args(["add", "options"]).arg(place("crash-1"));
        script.output().unwrap()
    };

    let mut expected = seeds(&archive);
    expected.insert("crash-1".to_owned(), b"agent {".to_vec());
    let added = add();
    assert!(added.status.success(), "{added:?}");
    assert_eq!(seeds(&archive), expected);

    let refused = add();
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(
        !refused.status.success() && said.contains("crash-1"),
        "{said}"
    );
    assert_eq!(seeds(&archive), expected);
}
