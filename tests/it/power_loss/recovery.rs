//! A damaged database that is recovered in place: it is there with its log, or the recovered one is; and the damaged one
//! is never lost.

use std::fs;
use std::path::{Path, PathBuf};

use diesel::{RunQueryDsl as _, sql_query};
use orchestra_store::maintenance::recover::{RecoverOptions, recover_in_place};
use orchestra_store::maintenance::unobserved;
use orchestra_store::services::tasks::{self, NewTask};
use orchestra_store::{Result, Store, StoreConfig};

use super::backups::count_tasks;
use super::ledger::{Damage, Ledger, Marks};
use super::queue::{require_sound, unsound};
use crate::support::{REPOSITORY, copy_directory};

const DATABASE: &str = "orchestra.db";
const PAGE: usize = 4096;

fn config(directory: &Path) -> StoreConfig {
    StoreConfig::new(directory.join(DATABASE))
}

/// Makes a database with a damaged page, and a log with one more task.
pub fn damage(directory: &Path) -> Result<()> {
    let sound = tempfile::tempdir().unwrap();
    let store = Store::open(config(sound.path()))?;
    let new = NewTask::new("x".repeat(1900), REPOSITORY);
    let many = vec![new.clone(); 40];
    store.write(|uow| tasks::enqueue_many(uow, &many))?;
    store.close()?;
    let store = Store::open(config(sound.path()))?;
    store.write(|uow| tasks::enqueue(uow, &new))?;
    let page = page_of_the_log(&store)?;
    copy_directory(sound.path(), directory);
    store.close()?;
    fs::remove_file(directory.join(format!("{DATABASE}-shm"))).unwrap();
    let database = directory.join(DATABASE);
    let mut content = fs::read(&database).unwrap();
    content[(page - 1) * PAGE..][..PAGE].fill(0x5a);
    fs::write(&database, content).unwrap();
    // Known to the check, whatever becomes of the original.
    for (name, original) in originals(directory) {
        fs::copy(original, directory.join(format!("original{name}"))).unwrap();
    }
    Ok(())
}

/// A page of the audit log that the write-ahead log doesn't have, since the new task's entry is on the last one. Without a
/// page of tasks, counters would be wrong.
fn page_of_the_log(store: &Store) -> Result<usize> {
    #[derive(diesel::QueryableByName)]
    struct Page {
        #[diesel(sql_type = diesel::sql_types::Integer)]
        pageno: i32,
    }
    let sql =
        "SELECT pageno FROM dbstat WHERE name = 'AuditLogs' AND pagetype = 'leaf' LIMIT 1 OFFSET 1";
    let page: Page = store.read(|reader| Ok(sql_query(sql).get_result(reader.connection())?))?;
    Ok(usize::try_from(page.pageno).unwrap())
}

fn originals(directory: &Path) -> [(&'static str, PathBuf); 2] {
    let path = |name: &str| directory.join(format!("{DATABASE}{name}"));
    [("", path("")), ("-wal", path("-wal"))]
}

pub fn recover(directory: &Path, marks: &Marks) -> Result<()> {
    recover_in_place(
        &config(directory),
        &RecoverOptions::default(),
        &mut unobserved,
    )?;
    marks.done();
    Ok(())
}

pub fn check(directory: &Path, ledger: &Ledger) -> Result<(), Damage> {
    for (name, path) in originals(directory) {
        let original = directory.join(format!("original{name}"));
        let is_kept = |path: &PathBuf| is_same(&original, path);
        if !is_kept(&path) && !aside(directory, name).iter().any(is_kept) {
            let lost = format!("the damaged database{name}");
            return Err(Damage::Lost(lost));
        }
    }
    let is_as_before = is_same(&directory.join("original"), &directory.join(DATABASE));
    if is_as_before && !ledger.is_done {
        recover_in_place(
            &config(directory),
            &RecoverOptions::default(),
            &mut unobserved,
        )
        .map_err(unsound)?;
    }
    let store = Store::open(config(directory)).map_err(unsound)?;
    require_sound(&store)?;
    let count = count_tasks(&store).map_err(unsound)?;
    if count < 40 {
        return Err(Damage::Lost(format!("all but {count} tasks")));
    }
    store.close().map_err(unsound)
}

fn is_same(original: &Path, path: &Path) -> bool {
    fs::read(path).is_ok_and(|content| content == fs::read(original).unwrap())
}

/// The files under the names of what was moved aside.
fn aside(directory: &Path, name: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .filter(|path| {
            let text = path.to_string_lossy();
            text.contains(".damaged-") && text.ends_with("-wal") == (name == "-wal")
        })
        .collect()
}
