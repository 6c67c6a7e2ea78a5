//! Files that are opened by ordinary I/O: never those of an open database, since closing one drops every lock of the
//! process on it, and nothing but regular files.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use orchestra_store::import::{ImportOptions, import_file};
use orchestra_store::maintenance::backup::{self, BackupPolicy, BackupState};
use orchestra_store::maintenance::export::{ExportFormat, export_all};
use orchestra_store::maintenance::recover::{RecoverOptions, recover, recover_in_place};
use orchestra_store::maintenance::restore::{RestoreOptions, restore, restore_file};
use orchestra_store::maintenance::{documents, unobserved};
use orchestra_store::{ErrorCode, Store, StoreConfig};

use crate::repository::Repository;
use crate::support::TestStore;

/// A call of a function with this path. Its outcome doesn't matter.
type Call = fn(&Store, &Path);

/// Every public function that takes a path, or settings with a path in them.
const FUNCTIONS: [(&str, Call); 14] = [
    ("backup::create", |store, path| {
        let _ = backup::create(store, path, true, &mut unobserved);
    }),
    ("backup::list", |_, path| {
        for directory in [path, path.parent().unwrap()] {
            let _ = backup::list(directory, false);
            let _ = backup::list(directory, true);
        }
    }),
    ("backup::run_if_due", |store, path| {
        let _ = backup::run_if_due(store, &BackupPolicy::new(path), &mut unobserved);
    }),
    ("backup::verify", |_, path| {
        let _ = backup::verify(path);
    }),
    ("documents::make_directory", |_, path| {
        let _ = documents::make_directory(path);
    }),
    ("documents::read", |_, path| {
        let _ = documents::read(path);
    }),
    ("documents::write", |store, path| {
        let _ = documents::write(path, b"overwritten", true, store.path());
        let _ = documents::write(path, b"overwritten", true, Path::new("another.db"));
    }),
    ("export::export_all", |store, path| {
        let go_on = &mut |_: &'static str, _: u64| ControlFlow::Continue(());
        let _ = export_all(store, path, ExportFormat::JsonLines, go_on);
    }),
    ("import::import_file", |store, path| {
        let options = ImportOptions::default();
        let _ = import_file(store, path, &options, &mut |_| ControlFlow::Continue(()));
    }),
    ("recover::recover", |store, path| {
        let _ = recover(
            &StoreConfig::new(path),
            &path.with_extension("new"),
            &mut unobserved,
        );
        let _ = recover(&StoreConfig::new(store.path()), path, &mut unobserved);
    }),
    ("recover::recover_in_place", |_, path| {
        let mut options = RecoverOptions::default();
        let config = StoreConfig::new(path);
        let _ = recover_in_place(&config, &options, &mut unobserved);
        options.even_if_sound = true;
        let _ = recover_in_place(&config, &options, &mut unobserved);
    }),
    ("restore::restore", |store, path| {
        let mut options = RestoreOptions::default();
        let _ = restore(store, path, &options, &mut unobserved);
        options.force = true;
        let _ = restore(store, path, &options, &mut unobserved);
    }),
    ("restore::restore_file", |store, path| {
        let mut options = RestoreOptions::default();
        options.force = true;
        let (config, live) = (StoreConfig::new(path), StoreConfig::new(store.path()));
        let _ = restore_file(&live, path, &options, &mut unobserved);
        let _ = restore_file(&config, store.path(), &options, &mut unobserved);
    }),
    ("store::open", |_, path| {
        let _ = Store::open(StoreConfig::new(path));
    }),
];

/// The functions that the sources declare, by the names that [`FUNCTIONS`] has.
fn declared() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (path, text) in Repository::read(&["src"], &["rs"]).files {
        let module = path.file_stem().unwrap().to_str().unwrap();
        let folder = path
            .parent()
            .unwrap()
            .file_name()
            .unwrap()
            .to_str()
            .unwrap();
        let module = match module {
            "mod" | "list" | "automatic" | "files" => folder,
            module => module,
        };
        for declaration in text.split("pub fn ").skip(1) {
            let signature = declaration.split('{').next().unwrap();
            let (name, parameters) = signature.split_once('(').unwrap();
            let takes_path = ["&Path", "StoreConfig", "BackupPolicy", "AsRef<Path>"]
                .iter()
                .any(|kind| parameters.split("->").next().unwrap().contains(kind));
            if takes_path {
                found.insert(format!("{module}::{}", name.split('<').next().unwrap()));
            }
        }
    }
    found
}

#[test]
fn every_public_function_that_takes_a_path_is_in_the_list() {
    let listed: BTreeSet<String> = FUNCTIONS
        .iter()
        .map(|(name, _)| (*name).to_owned())
        .collect();
    assert_eq!(listed, declared());
}

/// Whether this process has the locks that every connection has as long as it is open: on the bytes of the database
/// that readers share, and on that of the log's index that says that somebody uses it.
#[cfg(target_os = "linux")]
fn has_locks(database: &Path) -> bool {
    // The list is read piece by piece: while others change it, a lock may be left out.
    (0..100).any(|_| are_listed(database))
}

#[cfg(target_os = "linux")]
fn are_listed(database: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let own = std::process::id().to_string();
    let all = fs::read_to_string("/proc/locks").unwrap();
    let expected = [("", "1073741826"), ("-shm", "128")];
    expected.iter().all(|(suffix, byte)| {
        let file = fs::metadata(format!("{}{suffix}", database.display())).unwrap();
        let inode = format!(":{}", file.ino());
        all.lines().any(|line| {
            // Number, POSIX, ADVISORY, READ, process, device:inode, first byte, last byte.
            let fields: Vec<&str> = line.split_whitespace().collect();
            fields.len() == 8
                && fields[1] == "POSIX"
                && fields[4] == own
                && fields[5].ends_with(&inode)
                && fields[6] == *byte
        })
    })
}

/// The names of the files of a database that is open, and others for them.
#[cfg(unix)]
fn names(database: &Path) -> Vec<PathBuf> {
    let directory = database.parent().unwrap();
    let sibling = |suffix: &str| PathBuf::from(format!("{}{suffix}", database.display()));
    let mut names: Vec<PathBuf> = [
        "",
        "-wal",
        "-shm",
        "-journal",
        ".store-lock",
        ".migration-lock",
    ]
    .map(sibling)
    .into();
    std::os::unix::fs::symlink(database, directory.join("soft.db")).unwrap();
    let others = ["soft.db", "./orchestra.db", "hard.db", "hard.index"];
    names.extend(others.map(|name| directory.join(name)));
    names
}

#[cfg(target_os = "linux")]
#[test]
fn no_call_loses_the_locks_of_an_open_database() {
    let test = TestStore::new();
    test.task("kept");
    let path = test.path();
    assert!(has_locks(&path));
    let content = |path: &Path| fs::metadata(path).map(|file| file.len()).ok();
    for name in names(&path) {
        // Not before: a database with two names is refused by itself.
        if name.ends_with("hard.db") {
            fs::hard_link(&path, &name).unwrap();
            let index = format!("{}-shm", path.display());
            fs::hard_link(index, name.with_file_name("hard.index")).unwrap();
        }
        let size = content(&name);
        for (function, call) in FUNCTIONS {
            call(&test.store, &name);
            assert!(has_locks(&path), "{function} of {}", name.display());
        }
        assert_eq!(
            content(&name).is_some(),
            size.is_some(),
            "{}",
            name.display()
        );
    }
    test.task("written afterwards");
    // The test can fail: this is what none of the functions does.
    drop(File::open(&path).unwrap());
    assert!(!has_locks(&path));
}

#[test]
fn an_open_database_is_no_input_and_no_backup() {
    let test = TestStore::new();
    let path = test.path();
    for error in [
        backup::verify(&path).unwrap_err(),
        documents::read(&path).unwrap_err(),
    ] {
        assert_eq!(error.code(), ErrorCode::InvalidArgument, "{error}");
        assert!(error.message().contains("open database"), "{error}");
    }
    let directory = path.parent().unwrap();
    let listed = backup::list(directory, true).unwrap();
    let listed: Vec<_> = listed
        .iter()
        .map(|file| (&file.path, &file.state))
        .collect();
    assert_eq!(listed, [(&path, &BackupState::Unverified)]);
}

#[test]
fn a_document_has_a_limit() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("endless.json");
    File::create(&path).unwrap().set_len(1 << 40).unwrap();
    let error = documents::read(&path).unwrap_err();
    assert_eq!(error.code(), ErrorCode::InvalidArgument, "{error}");
    assert!(error.message().contains("16777216 bytes"), "{error}");
    assert!(error.message().contains("endless.json"), "{error}");

    let error = documents::read_stream(std::io::repeat(b' '), "the standard input").unwrap_err();
    assert!(error.message().contains("the standard input"), "{error}");
    fs::write(&path, b"\xff").unwrap();
    assert!(
        documents::read(&path)
            .unwrap_err()
            .message()
            .contains("UTF-8")
    );
    let error = documents::read(&directory.path().join("absent")).unwrap_err();
    assert_eq!(error.code(), ErrorCode::NotFound, "{error}");
}

#[test]
fn a_file_stays_open_while_a_database_of_it_is() {
    let test = TestStore::new();
    test.store.close().unwrap();
    let path = test.path();
    // A restore reads the backup while another thread opens it.
    let other = TestStore::new();
    let mut opened = None;
    let restored = restore(&other.store, &path, &RestoreOptions::default(), &mut |_| {
        opened.get_or_insert_with(|| Store::open(StoreConfig::new(&path)).unwrap());
        ControlFlow::Continue(())
    });
    restored.unwrap();
    let store = opened.unwrap();
    #[cfg(target_os = "linux")]
    assert!(has_locks(&path));
    store.close().unwrap();
}
