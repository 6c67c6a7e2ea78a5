//! The library in a process that has an SQLite of its own, loaded late, and unloaded.

use std::path::PathBuf;
use std::process::Command;

use orchestra_dist::static_library::symbols;

use crate::compiler::compile_with;
use crate::header;
use crate::installed::prefix;
use crate::library::libraries;
use crate::note::note;
use crate::programs::Program;

/// The static library as it is released.
fn released_archive() -> PathBuf {
    prefix().join("lib/liborchestra_store.a")
}

#[test]
fn the_released_static_library_has_the_functions_of_the_header_and_nothing_else() {
    let symbols = symbols(&released_archive()).unwrap();
    assert_eq!(symbols, Vec::from_iter(header::functions()));
}

/// The arguments of the linker for the shared library.
fn shared_library() -> [String; 2] {
    let library = &libraries().shared;
    let folder = library.parent().unwrap().display();
    [
        library.display().to_string(),
        format!("-Wl,-rpath,{folder}"),
    ]
}

/// A program that gets the shared library, and the system's SQLite behind it.
pub fn beside_sqlite(source: &str) -> Program {
    let [library, rpath] = shared_library();
    Program::built(|directory| {
        compile_with(source.as_ref(), directory, &[&library, &rpath, "-lsqlite3"])
    })
}

/// A host whose own SQLite opens the library's file, in each of the ways that `one_file.c` knows: what was acknowledged
/// is there after the host was killed.
#[test]
fn what_was_acknowledged_stays_though_another_sqlite_opens_the_file() {
    if !has_sqlite() {
        return;
    }
    for case in ["reads-and-closes", "first", "stays", "warns", "lock"] {
        let program = beside_sqlite("tests/c/one_file.c");
        let output = program.command(&[case]).output().unwrap();
        let printed = String::from_utf8_lossy(&output.stdout);
        let errors = String::from_utf8_lossy(&output.stderr);
        let count = printed.trim().strip_prefix("acknowledged ");
        let acknowledged = count.unwrap_or_else(|| panic!("{case}: {printed}{errors}"));
        assert!(acknowledged != "0");
        let path = program.data().join("orchestra.db");
        let store = kernel::Store::open(kernel::StoreConfig::new(path)).unwrap();
        let counts = store
            .read(kernel::services::tasks::count_by_status)
            .unwrap();
        let found: i64 = counts.iter().map(|(_, count)| count).sum();
        assert_eq!(found.to_string(), acknowledged, "{case}");
    }
}

/// A program that gets the two libraries by these arguments of the linker.
fn two_sqlites(arguments: &[&str]) -> Program {
    Program::built(|directory| compile_with("tests/c/two_sqlites.c".as_ref(), directory, arguments))
}

pub fn has_sqlite() -> bool {
    let asked = Command::new("pkg-config")
        .args(["--exists", "sqlite3"])
        .status();
    let found = asked.is_ok_and(|status| status.success());
    if !found {
        note("the system has no SQLite to develop with: nothing was linked next to another one");
    }
    found
}

#[test]
fn the_shared_library_works_next_to_another_sqlite() {
    if !has_sqlite() {
        return;
    }
    let [library, rpath] = shared_library();
    // Whichever is first in the order in which symbols are looked for.
    two_sqlites(&[&library, &rpath, "-lsqlite3"]).run(&[]);
    two_sqlites(&["-lsqlite3", &library, &rpath]).run(&[]);
    two_sqlites(&["-lsqlite3", &library, &rpath]).run_under_valgrind_if_there(&[]);
}

#[test]
fn the_released_static_library_works_next_to_another_sqlite() {
    if !has_sqlite() {
        return;
    }
    let archive = released_archive();
    let archive = archive.to_str().unwrap();
    two_sqlites(&[archive, "-lsqlite3"]).run(&[]);
    // Both in the executable itself, where each name can be there once.
    two_sqlites(&[archive, "-l:libsqlite3.a"]).run(&[]);
    two_sqlites(&["-l:libsqlite3.a", archive]).run(&[]);
}

#[test]
fn the_library_can_be_unloaded_and_loaded_again() {
    let program =
        Program::built(|directory| compile_with("tests/c/unloading.c".as_ref(), directory, &[]));
    let library = libraries().shared.to_str().unwrap();
    program.run(&[library]);
    program.run_under_valgrind_if_there(&[library]);
}

/// Unloaded for real, it would pull the code away under a thread of its own that is about to end.
#[test]
fn the_shared_library_stays_in_memory() {
    let output = Command::new("readelf")
        .arg("--dynamic")
        .arg(&libraries().shared)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("NODELETE"), "{said}");
}
