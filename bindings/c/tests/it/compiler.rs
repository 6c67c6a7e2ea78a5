//! Compiles C as a host would, and lets no warning pass.

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
    let program = directory.join(source.file_stem().unwrap());
    let mut compiler = language.compiler();
    compiler
        .args(["-g", "-pthread"])
        .args(WARNINGS)
        .arg("-I")
        .arg(paths::include())
        .arg("-I")
        .arg(paths::programs())
        .arg(source)
        .args(["-x", "none", "-o"])
        .arg(&program);
    let libraries = libraries();
    match linkage {
        Linkage::Dynamic => {
            let folder = libraries.shared.parent().unwrap().display();
            compiler
                .arg(&libraries.shared)
                .arg(format!("-Wl,-rpath,{folder}"));
        }
        Linkage::Static => {
            compiler.arg(&libraries.archive).args(["-ldl", "-lm"]);
        }
    }
    run(&mut compiler);
    program
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

fn run(compiler: &mut Command) {
    let output = compiler
        .output()
        .unwrap_or_else(|e| panic!("{compiler:?}: {e}"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{compiler:?}:\n{said}");
}
