//! C programs and the library under AddressSanitizer and ThreadSanitizer, in the full form: they need a
//! library of their own, which a nightly toolchain builds.
//!
//! ThreadSanitizer knows Rust's locks, which helgrind doesn't, where the standard library is built with it.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::note::note;
use crate::programs::{Program, is_full, succeed};
use crate::{hostile, paths};

/// What compilers put into a program to watch it.
struct Sanitizer {
    /// As the compilers call it.
    name: &'static str,
    /// As Rust calls the archive of its runtime.
    runtime: &'static str,
    /// Whether Rust's standard library has to be built with it, too.
    with_std: bool,
    /// The variable that it reads when it runs, and what it is told.
    variable: (&'static str, &'static str),
    /// A program that it has to report.
    fault: &'static str,
}

const ADDRESS: Sanitizer = Sanitizer {
    name: "address",
    runtime: "asan",
    with_std: false,
    variable: ("ASAN_OPTIONS", "detect_stack_use_after_return=1"),
    fault: r#"#include "check.h"
        int main(void) {
            orchestra_buffer entities;
            CHECK(orchestra_entity_describe_all(&entities, NULL) == ORCHESTRA_OK);
            const uint8_t *freed = entities.ptr;
            orchestra_buffer_free(&entities);
            return *freed == 'x';
        }"#,
};

const THREAD: Sanitizer = Sanitizer {
    name: "thread",
    runtime: "tsan",
    with_std: true,
    variable: ("TSAN_OPTIONS", "history_size=7"),
    fault: r#"#include "orchestra_store.h"
        #include <pthread.h>
        static int calls;
        static void *call(void *unused) {
            for (int i = 0; i < 1000; ++i)
                calls += orchestra_version() != NULL;
            return unused;
        }
        int main(void) {
            pthread_t other;
            pthread_create(&other, NULL, call, NULL);
            call(NULL);
            return pthread_join(other, NULL);
        }"#,
};

/// A nightly toolchain that has what a sanitizer needs.
struct Nightly {
    target: String,
    sysroot: PathBuf,
}

impl Nightly {
    fn find() -> Option<Self> {
        Some(Self {
            target: Self::ask("host-tuple")?,
            sysroot: Self::ask("sysroot")?.into(),
        })
    }

    /// What the compiler says about itself.
    fn ask(question: &str) -> Option<String> {
        let asked = ["run", "nightly", "rustc", "--print", question];
        let output = Command::new("rustup").args(asked).output().ok()?;
        let said = String::from_utf8(output.stdout).ok()?;
        output.status.success().then(|| said.trim().to_owned())
    }

    fn runtime(&self, sanitizer: &Sanitizer) -> PathBuf {
        let archive = format!("librustc-nightly_rt.{}.a", sanitizer.runtime);
        let libraries = format!("lib/rustlib/{}/lib", self.target);
        self.sysroot.join(libraries).join(archive)
    }

    fn has(&self, sanitizer: &Sanitizer) -> bool {
        let sources = self.sysroot.join("lib/rustlib/src/rust/library");
        self.runtime(sanitizer).exists() && (!sanitizer.with_std || sources.exists())
    }
}

impl Sanitizer {
    /// What it needs; says so where that isn't there.
    fn toolchain(&self) -> Option<Nightly> {
        let missing = |what: &str| {
            note(&format!(
                "nothing ran with -fsanitize={}: {what}",
                self.name
            ))
        };
        if !is_full() {
            missing("ORCHESTRA_FULL_TESTS=1 does it");
            return None;
        }
        let nightly = Nightly::find().filter(|nightly| nightly.has(self));
        if nightly.is_none() {
            missing("it needs `rustup toolchain install nightly --component rust-src`");
        }
        nightly
    }

    fn flag(&self) -> String {
        format!("-fsanitize={}", self.name)
    }

    /// Builds the shared library with it, SQLite included.
    fn library(&self, nightly: &Nightly) -> PathBuf {
        let target = &nightly.target;
        let folder = format!("sanitizer-{}", self.name);
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(folder);
        let c_flags = format!("CFLAGS_{}", target.replace('-', "_"));
        succeed(
            Command::new("rustup")
                .args(["run", "nightly", "cargo", "build", "--lib"])
                .args(["--package", env!("CARGO_PKG_NAME"), "--target", target])
                .arg("--target-dir")
                .arg(&directory)
                .args(self.with_std.then_some("-Zbuild-std"))
                .current_dir(env!("CARGO_MANIFEST_DIR"))
                .env("RUSTFLAGS", format!("-Zsanitizer={}", self.name))
                .env(c_flags, self.flag() + " -g -fno-omit-frame-pointer"),
        );
        directory.join(target).join("debug/liborchestra_store.so")
    }

    /// Compiles a program with it, and links it with Rust's runtime: that of the C compiler may be of
    /// another version.
    fn compile(&self, nightly: &Nightly, source: &Path, directory: &Path) -> PathBuf {
        let (object, program) = (directory.join("program.o"), directory.join("program"));
        succeed(
            Command::new("cc")
                .args(["-std=c11", "-g", "-pthread", "-c"])
                .arg(self.flag())
                .arg("-I")
                .arg(paths::include())
                .arg("-I")
                .arg(paths::programs())
                .arg(source)
                .arg("-o")
                .arg(&object),
        );
        let library = self.library(nightly);
        let mut rpath = OsString::from("-Wl,-rpath,");
        rpath.push(library.parent().unwrap());
        succeed(
            Command::new("cc")
                .args(["-pthread", "-rdynamic", "-o"])
                .arg(&program)
                .arg(&object)
                .arg("-Wl,--whole-archive")
                .arg(nightly.runtime(self))
                .arg("-Wl,--no-whole-archive")
                .arg(library)
                .arg(rpath)
                .args(["-ldl", "-lm", "-lrt"]),
        );
        program
    }

    fn run(&self, nightly: &Nightly, source: &Path, arguments: &[&str]) -> Output {
        let program = Program::built(|directory| self.compile(nightly, source, directory));
        let (variable, value) = self.variable;
        let mut command = program.command(arguments);
        command.env(variable, value).output().unwrap()
    }

    /// Runs a program; what is reported is a failure.
    fn passes(&self, nightly: &Nightly, source: &Path, arguments: &[&str]) {
        let output = self.run(nightly, source, arguments);
        assert!(output.status.success(), "{}", said(&output));
    }

    /// Sees to it that faults are reported at all.
    fn sees_faults(&self, nightly: &Nightly) {
        let directory = tempfile::tempdir().unwrap();
        let source = directory.path().join("fault.c");
        fs::write(&source, self.fault).unwrap();
        let said = said(&self.run(nightly, &source, &[]));
        assert!(said.contains("Sanitizer: "), "{said}");
    }
}

fn said(output: &Output) -> String {
    let (told, reported) = (&output.stdout, &output.stderr);
    let (told, reported) = (
        String::from_utf8_lossy(told),
        String::from_utf8_lossy(reported),
    );
    format!("{}\n{told}\n{reported}", output.status)
}

#[test]
fn no_memory_is_touched_that_is_not_there() {
    let Some(nightly) = ADDRESS.toolchain() else {
        return;
    };
    ADDRESS.sees_faults(&nightly);
    let directory = tempfile::tempdir().unwrap();
    let hostile = hostile::generate(directory.path());
    ADDRESS.passes(&nightly, &hostile, &["1"]);
    let threads = paths::programs().join("threads.c");
    ADDRESS.passes(&nightly, &threads, &["10000"]);
}

#[test]
fn threads_do_not_race() {
    let Some(nightly) = THREAD.toolchain() else {
        return;
    };
    THREAD.sees_faults(&nightly);
    let threads = paths::programs().join("threads.c");
    THREAD.passes(&nightly, &threads, &["60000"]);
}
