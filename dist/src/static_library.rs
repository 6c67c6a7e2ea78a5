//! A static library that has no symbols but ours.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::Result;
use crate::command::run;

/// What the names of our functions begin with. Names of Rust are mangled, and those of the C code in
/// the library begin with `sqlite3`.
const OURS: &str = "orchestra_";

/// Makes of a static library one with a single object, whose only global symbols are our functions:
/// all others, above all SQLite's, are local to it and clash with nothing.
pub fn localize(archive: &Path, output: &Path) -> Result<()> {
    let functions = functions(archive)?;
    let folder = output.parent().unwrap_or(Path::new("."));
    let (object, list) = (
        folder.join("orchestra_store.o"),
        folder.join("orchestra_store.symbols"),
    );
    fs::write(&list, functions.join("\n") + "\n")?;
    // Only what our functions need. Without groups, no other object can bring the same group and have
    // the linker drop ours.
    run(Command::new("ld")
        .args(["-r", "--gc-sections", "--force-group-allocation", "-o"])
        .arg(&object)
        .args(functions.iter().map(|name| format!("--undefined={name}")))
        .arg(archive))?;
    run(Command::new("objcopy")
        .arg("--strip-unneeded")
        // Rust's bitcode is of no use to C, and older tools stumble over it.
        .args(["--remove-section=.llvmbc", "--remove-section=.llvmcmd"])
        .arg(format!("--keep-global-symbols={}", list.display()))
        .arg(&object))?;
    if output.exists() {
        fs::remove_file(output)?;
    }
    run(Command::new("ar").args(["rcsD"]).arg(output).arg(&object))?;
    fs::remove_file(object)?;
    fs::remove_file(list)?;
    Ok(())
}

/// The symbols that a library defines for others.
pub fn symbols(library: &Path) -> Result<Vec<String>> {
    let listed = run(Command::new("nm")
        .args(["--defined-only", "--extern-only", "--format=just-symbols"])
        .arg(library))?;
    let mut names: Vec<String> = listed.lines().map(str::to_owned).collect();
    // The names of the archive's members stand between them.
    names.retain(|name| !name.is_empty() && !name.ends_with(':'));
    names.sort();
    Ok(names)
}

fn functions(archive: &Path) -> Result<Vec<String>> {
    let mut names = symbols(archive)?;
    names.retain(|name| name.starts_with(OURS));
    names.dedup();
    if names.is_empty() {
        return Err(format!("{} has no function of ours", archive.display()).into());
    }
    Ok(names)
}
