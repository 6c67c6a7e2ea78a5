//! C programs and the library under AddressSanitizer and ThreadSanitizer, in the full form: they need a
//! library of their own, which a nightly toolchain builds.
//!
//! ThreadSanitizer knows Rust's locks, which helgrind doesn't, where the standard library is built with it.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::note::note;
use crate::programs::{Program, has, is_full, succeed};
use crate::{hostile, paths};

/// What compilers put into a program to watch it.
struct Sanitizer {
    /// As the compilers call it.
    name: &'static str,
    /// As Rust calls the archive of its runtime.
    runtime: &'static str,
    /// Whether Rust's standard library has to be built with it, too.
    with_std: bool,
    /// The variables with what it is told when it runs.
    variables: &'static [(&'static str, &'static str)],
}

const ADDRESS: Sanitizer = Sanitizer {
    name: "address",
    runtime: "asan",
    with_std: false,
    variables: &[
        ("ASAN_OPTIONS", "detect_stack_use_after_return=1"),
        (
            "LSAN_OPTIONS",
            concat!(
                "suppressions=",
                env!("CARGO_MANIFEST_DIR"),
                "/tests/lsan.supp"
            ),
        ),
    ],
};

const THREAD: Sanitizer = Sanitizer {
    name: "thread",
    runtime: "tsan",
    with_std: true,
    variables: &[("TSAN_OPTIONS", "history_size=7")],
};

impl Sanitizer {
    /// Whether it can be used here; says so where it can't.
    fn is_there(&self) -> bool {
        let name = self.name;
        if !is_full() {
            note(&format!(
                "nothing ran under the {name} sanitizer: ORCHESTRA_FULL_TESTS=1 does it"
            ));
            return false;
        }
        if !has("rustup", "nothing ran under a sanitizer") {
            return false;
        }
        let needed = [
            self.runtime(),
            sysroot().map(|root| root.join("lib/rustlib/src/rust/library")),
        ];
        let needed = &needed[..1 + usize::from(self.with_std)];
        let found = needed
            .iter()
            .all(|path| path.as_ref().is_some_and(|path| path.exists()));
        if !found {
            note(&format!(
                "nothing ran under the {name} sanitizer: rustup toolchain install nightly --component rust-src"
            ));
        }
        found
    }

    fn runtime(&self) -> Option<PathBuf> {
        let archive = format!("librustc-nightly_rt.{}.a", self.runtime);
        let libraries = format!("lib/rustlib/{}/lib", nightly(&["--print", "host-tuple"])?);
        Some(sysroot()?.join(libraries).join(archive))
    }

    /// Builds the shared library with it.
    fn library(&self) -> PathBuf {
        let target = nightly(&["--print", "host-tuple"]).unwrap();
        let directory =
            Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("sanitizer-{}", self.name));
        let flag = format!("-fsanitize={}", self.name);
        let mut cargo = Command::new("rustup");
        cargo
            .args(["run", "nightly", "cargo", "build", "--lib"])
            .args([
                "--package",
                env!("CARGO_PKG_NAME"),
                "--target",
                &target,
                "--target-dir",
            ])
            .arg(&directory)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .env("RUSTFLAGS", format!("-Zsanitizer={}", self.name))
            .env(
                format!("CFLAGS_{}", target.replace('-', "_")),
                format!("{flag} -g -fno-omit-frame-pointer"),
            );
        if self.with_std {
            cargo.arg("-Zbuild-std");
        }
        succeed(&mut cargo);
        directory.join(target).join("debug/liborchestra_store.so")
    }

    /// Compiles a program with it, and links it with Rust's runtime, since the one of the C compiler may
    /// be of another version.
    fn compile(&self, source: &Path, directory: &Path) -> PathBuf {
        let (object, program) = (directory.join("program.o"), directory.join("program"));
        succeed(
            Command::new("cc")
                .args(["-std=c11", "-g", "-pthread", "-c"])
                .arg(format!("-fsanitize={}", self.name))
                .arg("-I")
                .arg(paths::include())
                .arg("-I")
                .arg(paths::programs())
                .arg(source)
                .arg("-o")
                .arg(&object),
        );
        let library = self.library();
        let mut rpath = std::ffi::OsString::from("-Wl,-rpath,");
        rpath.push(library.parent().unwrap());
        succeed(
            Command::new("cc")
                .args(["-pthread", "-rdynamic", "-o"])
                .arg(&program)
                .arg(&object)
                .arg("-Wl,--whole-archive")
                .arg(self.runtime().unwrap())
                .arg("-Wl,--no-whole-archive")
                .arg(library)
                .arg(rpath)
                .args(["-ldl", "-lm", "-lrt"]),
        );
        program
    }

    /// Runs a program; what the sanitizer reports is a failure.
    fn run(&self, source: &Path, arguments: &[&str]) {
        let program = Program::built(|directory| self.compile(source, directory));
        let variables = self.variables.iter().copied();
        succeed(program.command(arguments).envs(variables));
    }
}

fn sysroot() -> Option<PathBuf> {
    nightly(&["--print", "sysroot"]).map(PathBuf::from)
}

/// What the nightly compiler says about itself.
fn nightly(question: &[&str]) -> Option<String> {
    let output = Command::new("rustup")
        .args(["run", "nightly", "rustc"])
        .args(question)
        .output()
        .ok()?;
    let said = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| said.trim().to_owned())
}

#[test]
fn hostile_arguments_touch_no_memory_that_is_not_theirs() {
    if ADDRESS.is_there() {
        let directory = tempfile::tempdir().unwrap();
        ADDRESS.run(&hostile::generate(directory.path()), &["1"]);
    }
}

#[test]
fn threads_do_not_race() {
    if THREAD.is_there() {
        THREAD.run(&paths::programs().join("threads.c"), &["60000"]);
    }
}
