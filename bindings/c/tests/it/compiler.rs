//! Compiles C as a host would, and lets no warning pass.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::library::libraries;
use crate::paths;

const WARNINGS: [&str; 4] = ["-Wall", "-Wextra", "-Werror", "-pedantic"];

/// How a program is linked with the library.
#[derive(Debug, Clone, Copy)]
pub enum Linkage {
    Dynamic,
    Static,
}

/// What a program is read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    C11,
    Cplusplus17,
}

impl Language {
    fn compiler(self) -> Command {
        let (compiler, arguments) = match self {
            Self::C11 => ("cc", ["-x", "c", "-std=c11"]),
            Self::Cplusplus17 => ("c++", ["-x", "c++", "-std=c++17"]),
        };
        let mut command = Command::new(compiler);
        command.args(arguments);
        command
    }
}

/// Compiles a program and links it.
pub fn compile(source: &Path, language: Language, linkage: Linkage, directory: &Path) -> PathBuf {
    let libraries = libraries();
    match linkage {
        Linkage::Dynamic => {
            let folder = libraries.shared.parent().unwrap().display();
            let rpath = format!("-Wl,-rpath,{folder}");
            link(
                source,
                language,
                directory,
                [libraries.shared.as_os_str(), rpath.as_ref()],
            )
        }
        Linkage::Static => link(source, language, directory, [&libraries.archive]),
    }
}

/// Compiles a C program of this package and links it with these libraries.
pub fn compile_with(source: &Path, directory: &Path, libraries: &[&str]) -> PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join(source);
    link(&source, Language::C11, directory, libraries)
}

fn link(
    source: &Path,
    language: Language,
    directory: &Path,
    libraries: impl IntoIterator<Item = impl AsRef<OsStr>>,
) -> PathBuf {
    let program = directory.join(source.file_stem().unwrap());
    run(language
        .compiler()
        .args(["-g", "-pthread"])
        .args(WARNINGS)
        .arg("-I")
        .arg(paths::include())
        .arg("-I")
        .arg(paths::programs())
        .arg(source)
        .args(["-x", "none", "-o"])
        .arg(&program)
        .args(libraries)
        .args(["-ldl", "-lm"]));
    program
}

/// Compiles a program as a library that is loaded late.
pub fn compile_library(source: &Path, library: &Path) {
    run(Language::C11
        .compiler()
        .args(["-shared", "-fPIC", "-pthread", "-I"])
        .arg(paths::include())
        .arg(source)
        .args(["-x", "none", "-ldl", "-o"])
        .arg(library));
}

/// Compiles the header alone.
pub fn compile_header(compiler: &str, arguments: &[&str]) {
    run(Command::new(compiler)
        .args(arguments)
        .args(WARNINGS)
        // A header that is compiled by itself is warned of.
        .args(["-fsyntax-only", "-include", "orchestra_store.h", "-I"])
        .arg(paths::include())
        .arg("/dev/null"));
}

/// What a program prints that needs the header, but not the library.
pub fn run_code(code: &str) -> String {
    let directory = tempfile::tempdir().unwrap();
    let (source, program) = (
        directory.path().join("code.c"),
        directory.path().join("code"),
    );
    fs::write(&source, code).unwrap();
    run(Language::C11
        .compiler()
        .arg("-I")
        .arg(paths::include())
        .args([source.as_os_str(), "-o".as_ref(), program.as_os_str()]));
    let output = Command::new(&program).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn run(compiler: &mut Command) {
    let output = compiler
        .output()
        .unwrap_or_else(|e| panic!("{compiler:?}: {e}"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{compiler:?}:\n{said}");
}
