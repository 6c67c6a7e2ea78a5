//! C programs that use the library, linked either way, and under valgrind.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::compiler::{Language, Linkage, compile, compile_header};
use crate::note::note;
use crate::{fixtures, header, hostile, operations, paths};

/// A program in a directory of its own, which is removed at the end.
pub struct Program {
    directory: TempDir,
    executable: PathBuf,
}

impl Program {
    pub fn new(source: &str, linkage: Linkage) -> Self {
        Self::in_language(source, Language::C11, linkage)
    }

    fn in_language(source: &str, language: Language, linkage: Linkage) -> Self {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join(source);
        Self::of_file(&source, language, linkage)
    }

    fn of_file(source: &Path, language: Language, linkage: Linkage) -> Self {
        Self::built(|directory| compile(source, language, linkage, directory))
    }

    /// What `build` leaves in a directory.
    pub fn built(build: impl FnOnce(&Path) -> PathBuf) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let executable = build(directory.path());
        Self {
            directory,
            executable,
        }
    }

    /// Where the program finds and leaves its files.
    pub fn data(&self) -> PathBuf {
        let data = self.directory.path().join("data");
        fs::create_dir_all(&data).unwrap();
        data
    }

    pub fn run(&self, arguments: &[&str]) {
        succeed(&mut self.command(arguments));
    }

    /// How it is run.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.executable);
        command.arg(self.data()).args(arguments);
        command
    }

    pub fn run_under_valgrind_if_there(&self, arguments: &[&str]) {
        if has_valgrind() {
            self.run_under_valgrind(arguments);
        }
    }

    /// Runs it so that any error and any leak that valgrind sees is a failure.
    fn run_under_valgrind(&self, arguments: &[&str]) {
        let mut valgrind = Command::new("valgrind");
        valgrind
            .args(["--quiet", "--error-exitcode=99", "--leak-check=full"])
            .arg("--errors-for-leak-kinds=definite,possible")
            .arg("--show-leak-kinds=definite,possible")
            .arg(concat!(
                "--suppressions=",
                env!("CARGO_MANIFEST_DIR"),
                "/tests/valgrind.supp"
            ))
            .arg(&self.executable)
            .arg(self.data())
            .args(arguments);
        succeed(&mut valgrind);
    }
}

pub fn succeed(command: &mut Command) {
    let output = command
        .output()
        .unwrap_or_else(|e| panic!("{command:?}: {e}"));
    assert!(
        output.status.success(),
        "{command:?}: {}\n{}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
}

/// Whether long tests run in full.
pub fn is_full() -> bool {
    std::env::var_os("ORCHESTRA_FULL_TESTS").is_some_and(|value| value == "1")
}

fn has_valgrind() -> bool {
    has("valgrind", "the C programs were not run under it")
}

fn has_cplusplus() -> bool {
    has("c++", "nothing was compiled as C++")
}

/// Whether a program is there; says what is not tested where it isn't.
pub fn has(program: &str, otherwise: &str) -> bool {
    let found = Command::new(program).arg("--version").output().is_ok();
    if !found {
        note(&format!("{program} is not there: {otherwise}"));
    }
    found
}

/// Runs a program linked dynamically, linked statically, and under valgrind, each time on fresh
/// files that `prepare` puts into its directory.
pub fn run_in_every_way(
    source: &str,
    prepare: impl Fn(&Path) -> Vec<String>,
    check: impl Fn(&Path),
) {
    let run = |linkage, under_valgrind: bool| {
        let program = Program::new(source, linkage);
        let data = program.data();
        let arguments = prepare(&data);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        if under_valgrind {
            program.run_under_valgrind(&arguments);
        } else {
            program.run(&arguments);
        }
        check(&data);
    };
    run(Linkage::Dynamic, false);
    run(Linkage::Static, false);
    if has_valgrind() {
        run(Linkage::Dynamic, true);
    }
}

#[test]
fn the_header_alone_is_clean_c_and_cplusplus() {
    compile_header("cc", &["-std=c11", "-x", "c"]);
    if has_cplusplus() {
        compile_header("c++", &["-std=c++11", "-x", "c++"]);
    }
}

/// Programs that need nothing but a directory, each a test of its name.
macro_rules! programs {
    ($($name:ident)+) => {
        $(
            #[test]
            fn $name() {
                let source = concat!("tests/c/", stringify!($name), ".c");
                run_in_every_way(source, |_| Vec::new(), |_| {});
            }
        )+
    };
}

programs! {
    agent_sessions agents analytics approvals backups cache cache_tables cancel changes chat cursors
    entities exports fork handles keys log_callback logs preferences queues repositories restore tasks
    templates upkeep waits workflows
}

/// Destructors of threads and of the process may call the library, which has lost its own thread-locals by then.
#[test]
fn at_the_end() {
    let source = "tests/c/at_the_end.c";
    run_in_every_way(source, |_| Vec::new(), |_| {});
    let program = Program::new(source, Linkage::Dynamic);
    let output = program.command(&[]).output().unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    assert_eq!(printed, "4 calls\n");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn normal_use() {
    let state_file = |data: &Path| vec![fixtures::state_file(data)];
    run_in_every_way("tests/c/normal_use.c", state_file, |_| {});
}

#[test]
fn bad_input() {
    let foreign_files = |data: &Path| {
        fixtures::garbage(data);
        fixtures::ef_core_database(data);
        Vec::new()
    };
    run_in_every_way(
        "tests/c/bad_input.c",
        foreign_files,
        fixtures::assert_untouched,
    );
}

#[test]
fn import() {
    run_in_every_way("tests/c/import.c", fixtures::predecessors, |_| {});
}

#[test]
fn transactions() {
    let state_file = |data: &Path| vec![fixtures::state_file(data)];
    run_in_every_way("tests/c/transactions.c", state_file, |_| {});
}

#[cfg(target_os = "linux")]
#[test]
fn path_locks() {
    let source = "tests/c/path_locks.c";
    Program::new(source, Linkage::Dynamic).run(&[]);
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(source)).unwrap();
    let functions = operations::functions_with_paths();
    assert!(functions.len() >= 13, "{functions:?}");
    for function in functions {
        assert!(
            text.contains(&format!("{function}(")),
            "{function} isn't tried"
        );
    }
}

#[test]
fn host() {
    run_in_every_way("tests/c/host.c", few_tasks, keeps_the_state_file);
    Program::new("tests/c/host.c", Linkage::Dynamic).run(&[]);
}

pub fn few_tasks(data: &Path) -> Vec<String> {
    vec![fixtures::state_file(data), "24".to_owned()]
}

pub fn keeps_the_state_file(data: &Path) {
    assert!(data.join(fixtures::STATE_FILE).exists());
}

#[test]
fn the_example_of_the_readme_runs() {
    for (language, linkage) in [
        (Language::C11, Linkage::Dynamic),
        (Language::C11, Linkage::Static),
        (Language::Cplusplus17, Linkage::Dynamic),
    ] {
        if language == Language::Cplusplus17 && !has_cplusplus() {
            continue;
        }
        let program = Program::in_language("examples/readme.c", language, linkage);
        let run = |path: &Path| {
            Command::new(&program.executable)
                .arg(path)
                .output()
                .unwrap()
        };
        let output = run(&program.data().join("orchestra.db"));
        assert!(output.status.success(), "{output:?}");

        let output = run(&program.data());
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains("is a directory"), "{said}");
    }
}

#[test]
fn the_example_of_the_readme_is_the_sample() {
    let read = |path: PathBuf| fs::read_to_string(path).unwrap();
    let readme = read(paths::workspace().join("README.md"));
    let (_, behind) = readme.split_once("```c\n").unwrap();
    let (example, _) = behind.split_once("```").unwrap();
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/readme.c");
    assert_eq!(example, read(sample));
}

/// All that one store can do at once; a minute of it in the full form.
#[test]
fn threads() {
    let milliseconds = if is_full() { "60000" } else { "2000" };
    Program::new("tests/c/threads.c", Linkage::Dynamic).run(&[milliseconds]);
    if has_valgrind() {
        let program = Program::new("tests/c/threads.c", Linkage::Dynamic);
        program.run_under_valgrind(&[milliseconds]);
    }
}

/// Every function of the header with what no caller should pass. Under valgrind, which is slow, every
/// so many calls, and all of them in the full form.
#[test]
fn hostile_arguments() {
    let directory = tempfile::tempdir().unwrap();
    let source = hostile::generate(directory.path());
    let program = Program::of_file(&source, Language::C11, Linkage::Dynamic);
    program.run(&["1"]);
    if has_valgrind() {
        let program = Program::of_file(&source, Language::C11, Linkage::Dynamic);
        program.run_under_valgrind(&[if is_full() { "1" } else { "7" }]);
    }
}

#[test]
fn every_function_is_called_by_a_program() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/c");
    let programs: String = fs::read_dir(folder)
        .unwrap()
        .map(|file| fs::read_to_string(file.unwrap().path()).unwrap())
        .collect();
    let not_called: BTreeSet<String> = header::functions()
        .into_iter()
        .filter(|function| !programs.contains(&format!("{function}(")))
        .collect();
    assert!(not_called.is_empty(), "{not_called:?}");
}
