//! Signals end work cleanly: with a word and an exit code, and without a partial file.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;
use std::thread::sleep;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;

use crate::documentation::commands;
use crate::large_state::large_state;
use crate::support::{Place, Ran};

const ROWS: &str = "
    INSERT INTO ErrorLogs (Id, Message)
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 30000)
    SELECT 'e' || i, hex(randomblob(100)) FROM n";
const ENDLESS: &str =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";
/// The calls of commands that write files or run long. Those that are slow are hit by a signal at least once.
const LONG: [(&str, Speed, &[&str]); 24] = [
    ("backup auto", Speed::Slow, &["backups"]),
    ("backup create", Speed::Slow, &["new.db"]),
    ("backup create", Speed::Slow, &["old.db", "--yes"]),
    ("backup create", Speed::Slow, &["new.db.gz"]),
    ("backup list", Speed::Slow, &[".", "--verify"]),
    ("backup verify", Speed::Slow, &["old.db"]),
    ("backup verify", Speed::Slow, &["old.db.gz"]),
    ("check", Speed::Slow, &[]),
    ("checkpoint", Speed::Any, &[]),
    ("completions", Speed::Any, &["bash"]),
    ("demo", Speed::Slow, &["--tasks", "300", "--workers", "2"]),
    ("export", Speed::Slow, &["ErrorLogs"]),
    ("export", Speed::Slow, &["--all", "rows"]),
    ("import", Speed::Any, &["state.json"]),
    ("init", Speed::Any, &[]),
    ("maintain", Speed::Any, &["--keep", "error-logs=0s"]),
    ("man", Speed::Any, &["pages"]),
    ("recover", Speed::Slow, &["--into", "new.db"]),
    ("recover", Speed::Slow, &["--yes", "--even-if-sound"]),
    ("report", Speed::Any, &["--html", "page.html", "--yes"]),
    ("restore", Speed::Slow, &["old.db", "--yes"]),
    ("sql", Speed::Slow, &[ENDLESS, "--timeout", "2s"]),
    ("stats", Speed::Any, &[]),
    ("vacuum", Speed::Any, &[]),
];
/// The commands that read or write a page of rows.
const QUICK: [&str; 49] = [
    "agents heartbeat",
    "agents list",
    "agents register",
    "agents set",
    "agents show",
    "approvals list",
    "agents maintenance",
    "agents stale",
    "approvals approve",
    "approvals reject",
    "chat search",
    "logs errors",
    "logs events",
    "queue list",
    "queue pause",
    "queue resume",
    "status",
    "tasks cancel",
    "tasks change",
    "tasks claim",
    "tasks complete",
    "tasks delete",
    "tasks fail",
    "tasks heartbeat",
    "tasks progress",
    "tasks reassign",
    "tasks release",
    "tasks reschedule",
    "tasks start",
    "tasks depend",
    "tasks enqueue",
    "tasks explain",
    "tasks list",
    "tasks redrive",
    "tasks retry",
    "tasks show",
    "templates list",
    "templates publish",
    "templates run",
    "templates show",
    "users erase",
    "workflows cancel",
    "workflows list",
    "workflows pause",
    "workflows publish",
    "workflows resume",
    "workflows retry",
    "workflows show",
    "workflows start",
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Speed {
    Slow,
    Any,
}

/// A large database, and what the calls work with.
static LARGE: LazyLock<Place> = LazyLock::new(|| {
    let place = Place::with_database();
    let inserted = place
        .store()
        .write(|uow| Ok(uow.connection().batch_execute(ROWS)?));
    inserted.unwrap();
    place.ok(&["checkpoint"]);
    place.ok(&["backup", "create", "old.db"]);
    place.ok(&["backup", "create", "old.db.gz"]);
    let state = serde_json::to_vec(&large_state()).unwrap();
    fs::write(place.path("state.json"), state).unwrap();
    fs::write(place.path("page.html"), "<html>an old page</html>").unwrap();
    fs::create_dir(place.path("backups")).unwrap();
    fs::create_dir(place.path("temporary")).unwrap();
    place
});

/// Everything but the database itself, whose soundness is looked at by `check`.
fn around_the_database(place: &Place) -> BTreeMap<PathBuf, Option<Vec<u8>>> {
    let mut files = place.contents();
    for companion in ["", "-wal", "-shm", ".store-lock", ".migration-lock"] {
        files.remove(Path::new(&format!("orchestra.db{companion}")));
    }
    files
}

fn start(place: &Place, words: &[&str]) -> std::process::Child {
    let mut command = place.command(words);
    command.env("TMPDIR", place.path("temporary"));
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

/// Runs the call, and sends it a signal after this time. None where it wasn't listening yet.
fn run_until(place: &Place, words: &[&str], delay: Duration, signal: &str) -> Option<Ran> {
    let child = start(place, words);
    sleep(delay);
    // Before it is waited for: until then no other process can have its number.
    let mut kill = Command::new("kill");
    kill.args([signal, &child.id().to_string()]);
    assert!(kill.status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    output.status.code().map(|_| output.into())
}

/// Looks at what a cancelled call left.
fn check_cancelled(place: &Place, words: &[&str], ran: &Ran, done: &Place) {
    assert!(
        ran.stderr.contains("cancelled"),
        "{words:?}: {}",
        ran.stderr
    );
    let (now, before) = (around_the_database(place), around_the_database(&LARGE));
    let after_all = around_the_database(done);
    for (path, content) in &now {
        let is_old = before.get(path) == Some(content);
        // Each page is a document of its own.
        let is_whole_page = words[0] == "man" && after_all.get(path) == Some(content);
        // Made whole before anything is replaced, and kept as the manual says.
        let is_copy = path.to_string_lossy().contains(".before-restore-");
        if is_copy {
            place.ok(&["--db", path.to_str().unwrap(), "check"]);
        }
        assert!(
            is_old || is_whole_page || is_copy,
            "{words:?} left {}",
            path.display()
        );
    }
    let gone: Vec<_> = before
        .keys()
        .filter(|path| !now.contains_key(*path))
        .collect();
    assert!(gone.is_empty(), "{words:?} removed {gone:?}");
}

/// Further signals to a slow call that none has hit yet.
const MORE_STEPS: u32 = 30;

#[test]
fn a_signal_cancels_what_runs_and_leaves_nothing_behind() {
    let steps = match std::env::var_os("ORCHESTRA_FULL_TESTS") {
        Some(_) => 20,
        None => 2,
    };
    for (command, speed, more) in LONG {
        let words: Vec<_> = command.split(' ').chain(more.iter().copied()).collect();
        let done = LARGE.copy();
        let began = Instant::now();
        start(&done, &words).wait_with_output().unwrap();
        let whole = began.elapsed();
        let must = speed == Speed::Slow;
        let mut cancelled = 0;
        for step in 1..=steps + MORE_STEPS {
            // On a busy machine a call may be slower or faster than the whole one was.
            if step > steps && (cancelled > 0 || !must) {
                break;
            }
            let place = LARGE.copy();
            let signal = ["-INT", "-TERM"][step as usize % 2];
            let delay = match step <= steps {
                true => whole * step / (steps + 1),
                false => whole * (step * 7 % MORE_STEPS + 1) / (MORE_STEPS + 1),
            };
            match run_until(&place, &words, delay, signal) {
                Some(ran) if ran.code == 130 => {
                    check_cancelled(&place, &words, &ran, &done);
                    if cancelled == 0 {
                        place.ok(&["check"]);
                    }
                    cancelled += 1;
                }
                Some(ran) if words[0] == "sql" => assert_eq!(ran.code, 5, "{}", ran.stderr),
                Some(ran) => assert_eq!(ran.code, 0, "{words:?}: {}", ran.stderr),
                None => {}
            }
        }
        println!("{words:?}: {whole:?}, {cancelled} of {steps} cancelled");
        assert!(
            cancelled > 0 || !must,
            "{words:?}: no signal hit it in {whole:?}"
        );
    }
}

#[test]
fn every_command_is_known_to_the_test_of_signals() {
    let there_are: BTreeSet<_> = commands(&Place::new()).into_iter().map(|c| c.0).collect();
    let long = LONG.iter().map(|(command, ..)| *command);
    let known: BTreeSet<_> = long.chain(QUICK).map(str::to_owned).collect();
    assert_eq!(known, there_are);
}
