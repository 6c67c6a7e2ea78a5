//! Files that commands read and write: every argument that is a path, with every name that belongs to a database and
//! every kind of thing that a name may have.

use std::fs::{self, File, Metadata};
use std::io::Read as _;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, symlink};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::path_arguments::{PATH, PATH_ARGUMENTS, PathArgument, PathUse};
use crate::support::{Place, Ran, text};

/// Names that belong to the database of [`Place::with_database`].
const OWN_NAMES: [&str; 11] = [
    "orchestra.db",
    "orchestra.db-wal",
    "orchestra.db-shm",
    "orchestra.db-journal",
    "orchestra.db.store-lock",
    "orchestra.db.migration-lock",
    "orchestra.db.partial",
    "./orchestra.db",
    "hard.db",
    "hard.lock",
    "soft.db",
];

/// Things that are no regular file, and the kind that messages call them.
const IRREGULAR: [(&str, &str); 6] = [
    ("pipe", "a pipe"),
    ("device", "a device"),
    ("endless", "a device"),
    ("directory", "a directory"),
    ("socket", "a special file"),
    ("link", "symbolic link"),
];

fn arguments(uses: &[PathUse]) -> Vec<&'static PathArgument> {
    let wanted = PATH_ARGUMENTS.iter();
    wanted.filter(|path| uses.contains(&path.use_)).collect()
}

/// Runs a command, which must not wait for anybody.
#[track_caller]
fn run(place: &Place, path: &PathArgument, name: &str) -> Ran {
    let call: Vec<&str> = path
        .call
        .iter()
        .map(|&word| if word == PATH { name } else { word })
        .collect();
    let mut command = place.command(&call);
    command.stdin(Stdio::null());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let began = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if began.elapsed() > Duration::from_secs(60) {
            child.kill().unwrap();
            panic!("{call:?} waits");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    child.wait_with_output().unwrap().into()
}

/// A place with a database, and the things of [`IRREGULAR`] that this user can make.
fn with_things() -> (Place, Vec<(&'static str, &'static str)>) {
    let place = Place::with_database();
    place.enqueue("kept");
    let make = |program: &str, words: &[&str]| {
        let mut command = Command::new(program);
        command.current_dir(place.path("")).args(words);
        command.stderr(Stdio::null()).status().unwrap().success()
    };
    assert!(make("mkfifo", &["pipe"]));
    // Copies of /dev/null and /dev/zero, so that the machine's are at no risk.
    let devices =
        make("mknod", &["device", "c", "1", "3"]) && make("mknod", &["endless", "c", "1", "5"]);
    if !devices {
        println!("devices were not tried: only root can make some");
    }
    fs::create_dir(place.path("directory")).unwrap();
    UnixListener::bind(place.path("socket")).unwrap();
    fs::write(place.path("precious.txt"), "precious").unwrap();
    symlink("precious.txt", place.path("link")).unwrap();
    let things = IRREGULAR
        .into_iter()
        .filter(|(name, kind)| devices || (*kind != "a device" && !name.is_empty()))
        .collect();
    (place, things)
}

/// A thing as it is now: its kind, its inode, and for all but files of a database its content.
fn look(path: &Path) -> Option<(u64, u32, Option<Vec<u8>>)> {
    let found: Metadata = path.symlink_metadata().ok()?;
    let is_database = path.to_str().unwrap().contains(".db");
    let content = (found.is_file() && !is_database).then(|| fs::read(path).unwrap());
    Some((found.ino(), found.mode(), content))
}

#[test]
fn no_command_writes_over_what_belongs_to_the_database() {
    for is_open in [false, true] {
        let place = Place::with_database();
        place.enqueue("kept");
        let lock = place.path("orchestra.db.store-lock");
        fs::hard_link(lock, place.path("hard.lock")).unwrap();
        symlink("orchestra.db", place.path("soft.db")).unwrap();
        fs::write(place.path("orchestra.db.partial"), "precious").unwrap();
        let open = is_open.then(|| place.store());
        for path in arguments(&[PathUse::Output, PathUse::OutputDirectory]) {
            for name in OWN_NAMES {
                // A database with two names is refused by itself, but for commands that don't open it.
                let is_second = name == "hard.db";
                if is_second {
                    fs::hard_link(place.path("orchestra.db"), place.path(name)).unwrap();
                }
                let before = look(&place.path(name));
                let ran = run(&place, path, name);
                let what = format!("{} {name}: {}{}", path.name, ran.stdout, ran.stderr);
                // A lock file has nothing in it, and its other name isn't known to belong to anything.
                let may_go = name == "hard.lock" && path.use_ == PathUse::Output;
                let codes: &[i32] = match path.use_ {
                    _ if may_go => &[0, 4],
                    _ if is_second => &[1, 2, 4, 6],
                    PathUse::Output => &[2, 4],
                    _ => &[1, 2, 4],
                };
                assert!(codes.contains(&ran.code), "{what}");
                if !may_go {
                    assert_eq!(look(&place.path(name)), before, "{what}");
                }
                if is_second {
                    fs::remove_file(place.path(name)).unwrap();
                }
            }
        }
        drop(open);
        let tasks = place.json(&["tasks", "list"]);
        assert_eq!(text(&tasks[0]["Command"]), "kept");
        place.ok(&["check"]);
        let partial = fs::read(place.path("orchestra.db.partial")).unwrap();
        assert_eq!(partial, b"precious");
    }
}

#[test]
fn nothing_but_a_regular_file_is_replaced() {
    let (place, things) = with_things();
    for path in arguments(&[PathUse::Output, PathUse::OutputDirectory]) {
        for &(name, kind) in &things {
            let is_wanted = name == "directory" && path.use_ == PathUse::OutputDirectory;
            let before = look(&place.path(name));
            let ran = run(&place, path, name);
            let what = format!("{} {name}: {}{}", path.name, ran.stdout, ran.stderr);
            assert_eq!(look(&place.path(name)), before, "{what}");
            if path.use_ == PathUse::Output && (name, path.name) != ("pipe", "report html") {
                assert_eq!(ran.code, 2, "{what}");
                assert!(
                    ran.stderr.contains(kind) && ran.stderr.contains(name),
                    "{what}"
                );
            } else if !is_wanted {
                assert_ne!(ran.code, 0, "{what}");
                assert!(ran.stderr.contains(name), "{what}");
            }
        }
    }
    assert_eq!(fs::read(place.path("precious.txt")).unwrap(), b"precious");
    place.ok(&["report", "--html", "precious.txt", "--yes"]);
    let page = fs::read_to_string(place.path("precious.txt")).unwrap();
    assert!(page.starts_with("<!DOCTYPE html>"));
}

#[test]
fn a_page_goes_into_pipes_and_the_standard_output() {
    let (place, _) = with_things();
    let pipe = place.path("pipe");
    let reader = std::thread::spawn(move || {
        let mut page = String::new();
        File::open(pipe).unwrap().read_to_string(&mut page).unwrap();
        page
    });
    // The pipe is refused as long as nobody reads from it.
    let written = (0..2000).any(|_| {
        std::thread::sleep(Duration::from_millis(5));
        place.run(&["report", "--html", "pipe", "--yes"]).code == 0
    });
    assert!(written);
    assert!(reader.join().unwrap().starts_with("<!DOCTYPE html>"));
    assert!(
        fs::symlink_metadata(place.path("pipe"))
            .unwrap()
            .file_type()
            .is_fifo()
    );

    symlink("/proc/self/fd/1", place.path("stdout")).unwrap();
    for target in ["-", "stdout"] {
        let page = place.ok(&["report", "--html", target, "--yes"]);
        assert!(page.starts_with("<!DOCTYPE html>"), "{target}");
    }
    assert!(place.path("stdout").is_symlink());
    assert!(place.ok(&["man", "-"]).contains(".TH"));
}

#[test]
fn inputs_are_regular_files_with_an_end() {
    let (place, things) = with_things();
    // As large as many disks, and empty.
    File::create(place.path("huge"))
        .unwrap()
        .set_len(1 << 40)
        .unwrap();
    let irregular = things.iter().map(|(name, _)| *name);
    for path in arguments(&[PathUse::Input, PathUse::InputDirectory, PathUse::Database]) {
        for name in irregular.clone().chain(["huge", "absent"]) {
            let is_wanted = name == "directory" && path.use_ == PathUse::InputDirectory;
            let before = look_without_content(&place.path(name));
            let ran = run(&place, path, name);
            let what = format!("{} {name}: {}{}", path.name, ran.stdout, ran.stderr);
            assert_eq!(ran.code == 0, is_wanted, "{what}");
            let named = if name == "link" { "precious" } else { name };
            let names = [name, named];
            assert!(
                is_wanted || names.iter().any(|name| ran.stderr.contains(name)),
                "{what}"
            );
            assert_eq!(look_without_content(&place.path(name)), before, "{what}");
        }
    }
    place.ok(&["check"]);
}

fn look_without_content(path: &Path) -> Option<(u64, u32)> {
    let found = path.symlink_metadata().ok()?;
    Some((found.ino(), found.mode()))
}

#[test]
fn a_document_may_come_from_the_standard_input() {
    let place = Place::with_database();
    let document = br#"{"Name": "build", "Definition": {"Stages": [{"Name": "make", "Tasks": [{"Name": "all", "Command": "make"}]}]}}"#;
    fs::write(place.path("workflow.json"), document).unwrap();
    let publish = |name: &str| {
        let mut command = place.command(&["workflows", "publish", name]);
        command.stdin(File::open(place.path("workflow.json")).unwrap());
        Ran::from(command.output().unwrap())
    };
    let (read, named) = (
        publish("-"),
        place.run(&["workflows", "publish", "workflow.json"]),
    );
    assert_eq!(
        read.code,
        named.code.min(4),
        "{}{}",
        read.stderr,
        named.stderr
    );
    assert_eq!(publish("/dev/null").code, 2);
}

#[test]
fn a_full_standard_output_is_no_full_disk() {
    if !Path::new("/dev/full").exists() {
        println!("nothing was tried: /dev/full is not there");
        return;
    }
    let place = Place::with_database();
    for arguments in [
        &["tasks", "list"] as &[_],
        &["status", "--json"],
        &["export", "Tasks"],
        &["completions", "bash"],
        &["report", "--html", "-"],
        &["man", "-"],
        &["--help"],
    ] {
        place.enqueue("a");
        let mut command = place.command(arguments);
        command.stdout(File::options().write(true).open("/dev/full").unwrap());
        let ran = Ran::from(command.output().unwrap());
        assert_eq!(ran.code, 1, "{arguments:?}: {}", ran.stderr);
        assert!(
            ran.stderr.contains("the standard output"),
            "{arguments:?}: {}",
            ran.stderr
        );
        assert!(
            !ran.stderr.contains("DiskFull"),
            "{arguments:?}: {}",
            ran.stderr
        );
    }
}

#[test]
fn a_sound_database_is_recovered_only_when_told() {
    let place = Place::with_database();
    place.enqueue("kept");
    assert!(
        place
            .ok(&["recover", "--yes"])
            .contains("it is sound, nothing was done")
    );
    assert_eq!(place.json(&["recover", "--yes"])["IsSound"], true);
    assert!(!place.files().iter().any(|name| name.contains(".damaged-")));
    assert!(
        place
            .ok(&["recover", "--yes", "--even-if-sound"])
            .contains(".damaged-")
    );
    assert_eq!(text(&place.json(&["tasks", "list"])[0]["Command"]), "kept");
}
