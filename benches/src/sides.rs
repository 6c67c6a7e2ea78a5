//! Two databases with the same rows: one for the kernel, one for what it is compared with.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use orchestra_store::maintenance::{backup, unobserved};
use orchestra_store::{
    Durability, ManualClock, SequentialIds, Store, StoreConfig, SystemClock, UserContext,
    UuidGenerator,
};
use tempfile::TempDir;

use crate::dataset;
use crate::raw::{Connection, Environment, Role};

/// A directory with both databases, which is removed at the end.
#[derive(Debug)]
pub struct Sides {
    directory: TempDir,
    environment: fn() -> Environment,
}

impl Sides {
    /// Databases with the agents and this many tasks.
    pub fn with_tasks(count: u64) -> Self {
        Self::new(count, live)
    }

    /// Databases without tasks, for which time stands still and ids are numbered.
    pub fn repeatable() -> Self {
        Self::new(0, repeatable)
    }

    fn new(tasks: u64, environment: fn() -> Environment) -> Self {
        let mut sides = Self {
            directory: scratch_directory(),
            environment: live,
        };
        let store = sides.store(Durability::Normal);
        dataset::prepare(&store).unwrap();
        dataset::fill(
            &Connection::open(&sides.kernel_path(), Role::Writer(Durability::Normal)),
            0..tasks,
        );
        store.close().unwrap();
        drop(store);
        std::fs::copy(sides.kernel_path(), sides.raw_path()).unwrap();
        sides.environment = environment;
        sides
    }

    /// The kernel's database.
    pub fn kernel_path(&self) -> PathBuf {
        self.directory.path().join("kernel.db")
    }

    /// The other one.
    pub fn raw_path(&self) -> PathBuf {
        self.directory.path().join("raw.db")
    }

    /// Where both are.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// The kernel, on its database.
    pub fn store(&self, durability: Durability) -> Store {
        self.store_with(|config| config.durability = durability)
    }

    /// The same with another configuration.
    pub fn store_with(&self, change: impl FnOnce(&mut StoreConfig)) -> Store {
        let environment = self.environment();
        let mut config = StoreConfig::new(self.kernel_path());
        config.clock = environment.clock;
        config.ids = environment.ids;
        change(&mut config);
        Store::open(config).unwrap()
    }

    /// What the operations by hand take from the outside.
    pub fn environment(&self) -> Environment {
        (self.environment)()
    }

    /// Gives the other database the rows that the kernel's has.
    pub fn copy_to_raw(&self, store: &Store) {
        std::fs::remove_file(self.raw_path()).unwrap();
        backup::create(store, &self.raw_path(), false, &mut unobserved).unwrap();
    }

    /// A connection to the other database.
    pub fn raw(&self, role: Role) -> Connection {
        Connection::open(&self.raw_path(), role)
    }
}

/// The time and ids of a program that runs.
pub fn live() -> Environment {
    Environment {
        clock: Arc::new(SystemClock),
        ids: Arc::new(UuidGenerator),
        user: UserContext::default().user_id,
    }
}

fn repeatable() -> Environment {
    Environment {
        clock: Arc::new(ManualClock::at("2026-01-01".parse().unwrap())),
        ids: Arc::new(SequentialIds::new("id")),
        user: UserContext::default().user_id,
    }
}

/// A new directory on the disk that holds the build: a file system in memory would sync for
/// nothing.
pub fn scratch_directory() -> TempDir {
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/bench");
    std::fs::create_dir_all(&target).unwrap();
    tempfile::tempdir_in(target).unwrap()
}
