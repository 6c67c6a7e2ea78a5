//! What many tests need: a store on a file of its own, with a clock and ids that repeat.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use diesel::prelude::*;
use orchestra_store::models::{Agent, AgentId, Task, TaskId};
use orchestra_store::schema::user_preferences;
use orchestra_store::services::agents::{self, NewAgent};
use orchestra_store::services::tasks::{self, LeaseToken, NewTask};
use orchestra_store::{ManualClock, SequentialIds, Store, StoreConfig};
use tempfile::TempDir;

/// The repository that most tests work in.
pub const REPOSITORY: &str = "/srv/git/search";

/// A store on a file of its own, which is removed at the end.
pub struct TestStore {
    pub store: Store,
    pub clock: Arc<ManualClock>,
    directory: TempDir,
}

/// A new database, which is copied for each test: to migrate takes longer than most tests do.
static NEW_DATABASE: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("orchestra.db");
    let store = Store::open(StoreConfig::new(&path)).unwrap();
    store.close().unwrap();
    std::fs::read(path).unwrap()
});

impl TestStore {
    /// A new database whose clock stands at 2026-01-01.
    pub fn new() -> Self {
        Self::with(|_| {})
    }

    /// The same with another configuration.
    pub fn with(change: impl FnOnce(&mut StoreConfig)) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::at("2026-01-01".parse().unwrap()));
        let mut config = StoreConfig::new(directory.path().join("orchestra.db"));
        config.clock = Arc::clone(&clock) as _;
        config.ids = Arc::new(SequentialIds::new("id"));
        config.queue.jitter_percent = 0;
        change(&mut config);
        if !config.path.exists() {
            std::fs::write(&config.path, &*NEW_DATABASE).unwrap();
        }
        Self {
            store: Store::open(config).unwrap(),
            clock,
            directory,
        }
        .without_preferences()
    }

    /// Without the preferences that a new database begins with, so that a test sees its own alone.
    fn without_preferences(self) -> Self {
        let emptied = self.store.write(|uow| {
            diesel::delete(user_preferences::table).execute(uow.connection())?;
            Ok(())
        });
        emptied.unwrap();
        self
    }

    pub fn path(&self) -> PathBuf {
        self.directory.path().join("orchestra.db")
    }

    pub fn advance_seconds(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    /// Registers an agent of [`REPOSITORY`] with room for this many tasks.
    pub fn agent(&self, id: &str, capacity: i32) -> AgentId {
        let mut new = NewAgent::new(format!("Agent {id}"), "claude-code", REPOSITORY);
        new.id = Some(AgentId::new(id).unwrap());
        new.max_concurrent_tasks = capacity;
        self.store
            .write(|uow| agents::register(uow, &new))
            .unwrap()
            .id
    }

    /// Enqueues a task for [`REPOSITORY`].
    pub fn task(&self, command: &str) -> TaskId {
        self.enqueue(&NewTask::new(command, REPOSITORY)).id
    }

    pub fn enqueue(&self, new: &NewTask) -> Task {
        self.store.write(|uow| tasks::enqueue(uow, new)).unwrap()
    }

    pub fn claim(&self, agent: &AgentId, limit: u32) -> Vec<Task> {
        let claim = tasks::Claim::agent(agent).up_to(limit);
        self.store.write(|uow| tasks::claim(uow, &claim)).unwrap()
    }

    pub fn get_task(&self, id: &TaskId) -> Task {
        self.store.read(|reader| tasks::get(reader, id)).unwrap()
    }

    pub fn get_agent(&self, id: &AgentId) -> Agent {
        self.store.read(|reader| agents::get(reader, id)).unwrap()
    }
}

/// The token of a claimed task.
pub fn token_of(task: &Task) -> LeaseToken {
    task.lease_token.clone().unwrap()
}

/// Sets a flag at the end of its scope, also when that panics: threads that run until the flag is
/// set would be waited for for ever otherwise.
pub struct SetOnDrop<'f>(pub &'f AtomicBool);

impl Drop for SetOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// The names of all files of a directory but those of a write-ahead log, which come and go.
pub fn file_names(directory: &Path) -> BTreeSet<String> {
    let entries = std::fs::read_dir(directory).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names
        .filter(|name| !name.ends_with("-wal") && !name.ends_with("-shm"))
        .collect()
}

/// Copies a directory with all that is below it; the copy may be there, and empty.
pub fn copy_directory(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_directory(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// The target directory of these tests, which has most of the dependencies built.
pub fn target_directory() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap()
}

/// Whether the campaigns run in their long form: `ORCHESTRA_FULL_TESTS=1`.
pub fn is_full() -> bool {
    std::env::var("ORCHESTRA_FULL_TESTS").is_ok_and(|value| value == "1")
}

/// The size of a campaign: the first for every run of the tests, the second for the long form.
pub fn scaled<T>(short: T, full: T) -> T {
    if is_full() { full } else { short }
}

const CHILD_ARGUMENT: &str = "ORCHESTRA_TEST_CHILD";

/// This test binary as another process, to run only the test with this name; that test finds
/// its argument with [`child_argument`]. Both pipes lead to the caller.
pub fn child_process(test: &str, argument: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args([test, "--exact", "--nocapture"])
        .env(CHILD_ARGUMENT, argument)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    command
}

/// Runs a [`child_process`] as a user who owns nothing, with a copy of this program in a directory that this user may
/// enter. Returns what it printed, or nothing where no other user can be had.
#[cfg(unix)]
pub fn child_of_another_user(directory: &Path, test: &str, argument: &str) -> Option<String> {
    use std::os::unix::process::CommandExt as _;
    const NOBODY: u32 = 65534;
    let program = directory.join("program");
    std::fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
    let known = child_process(test, argument);
    let mut command = Command::new(program);
    command
        .args(known.get_args())
        .envs(
            known
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .uid(NOBODY)
        .gid(NOBODY);
    match command.output() {
        Ok(output) => Some(String::from_utf8_lossy(&output.stdout).into_owned()),
        Err(error) => {
            note(&format!(
                "no other user can be had: {test} was not tested ({error})"
            ));
            None
        }
    }
}

/// What [`child_process`] gave this process. Nothing in an ordinary run of the tests, where a
/// test that is the body of a child returns at once.
pub fn child_argument() -> Option<String> {
    std::env::var(CHILD_ARGUMENT).ok()
}

/// Says what was not tested, and why. Not by `eprintln!`, which is not shown for a test that
/// passes.
pub fn note(what: &str) {
    let line = format!("note: {what}\n");
    std::io::Write::write_all(&mut std::io::stderr(), line.as_bytes()).unwrap();
}
