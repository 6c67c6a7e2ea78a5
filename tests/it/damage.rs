//! Files in which one bit or one page is damaged: whatever is done with them ends with data or a
//! typed error, and how much of it is noticed is counted.

use std::fs;
use std::path::Path;

use orchestra_store::maintenance::recover::recover;
use orchestra_store::maintenance::{integrity, unobserved};
use orchestra_store::services::tasks::{self, NewTask};
use orchestra_store::{Error, ErrorCode, Result, Store, StoreConfig, registry};
use serde_json::json;

use crate::support::{REPOSITORY, TestStore, scaled, token_of};

const PAGE: usize = 4096;

/// Numbers that look random and are the same in each run.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        // xorshift64
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 16).unwrap() % bound
    }
}

#[derive(Debug, Default)]
struct Tally {
    files: u32,
    /// Those that could not even be opened.
    refused: u32,
    /// Those that `check` found something in.
    noticed: u32,
    /// Those that a read of all rows failed on.
    unreadable: u32,
    recovered: u32,
}

/// The content of a database with rows of several tables, some of them changed and deleted again.
fn whole() -> Vec<u8> {
    let test = TestStore::new();
    let agent = test.agent("a", 2);
    let new: Vec<_> = (0..200)
        .map(|number| NewTask::new(format!("{number} {}", "x".repeat(200)), REPOSITORY))
        .collect();
    test.store
        .write(|uow| tasks::enqueue_many(uow, &new))
        .unwrap();
    for _ in 0..20 {
        for task in test.claim(&agent, 2) {
            let token = token_of(&task);
            test.store
                .write(|uow| {
                    tasks::start(uow, &task.id, Some(&token))?;
                    tasks::complete(uow, &task.id, Some(&token), Some("done"))
                })
                .unwrap();
        }
    }
    test.store.close().unwrap();
    fs::read(test.path()).unwrap()
}

fn damage_a_bit(content: &mut [u8], random: &mut Random) {
    let place = random.below(content.len());
    content[place] ^= 1 << random.below(8);
}

fn damage_a_page(content: &mut [u8], random: &mut Random) {
    let page = random.below(content.len() / PAGE);
    for byte in &mut content[page * PAGE..][..PAGE] {
        *byte = u8::try_from(random.below(256)).unwrap();
    }
}

#[track_caller]
fn assert_typed(error: &Error, place: &str) {
    let typed = [
        ErrorCode::Corrupt,
        ErrorCode::NotADatabase,
        ErrorCode::ForeignSchema,
        ErrorCode::SchemaTooNew,
        ErrorCode::MigrationFailed,
        ErrorCode::Io,
        ErrorCode::DiskFull,
        ErrorCode::OutcomeUnknown,
    ];
    assert!(typed.contains(&error.code()), "{place}: {error:?}");
}

/// Reads all rows of all entities.
fn read_everything(store: &Store) -> Vec<Result<serde_json::Value>> {
    let read = |entity: &&dyn registry::AnyEntity| {
        store.read(|reader| {
            entity.query(
                reader,
                &json!({"withDeleted": true, "page": {"number": 1, "size": 1000}}),
            )
        })
    };
    registry::entities().iter().map(read).collect()
}

fn try_out(path: &Path, place: &str, tally: &mut Tally) {
    tally.files += 1;
    match Store::open(StoreConfig::new(path)) {
        Err(error) => {
            assert_typed(&error, place);
            tally.refused += 1;
        }
        Ok(store) => {
            match store.read(integrity::check) {
                Ok(report) => tally.noticed += u32::from(!report.is_ok()),
                Err(error) => {
                    assert_typed(&error, place);
                    tally.noticed += 1;
                }
            }
            let failed: Vec<_> = read_everything(&store)
                .into_iter()
                .filter_map(Result::err)
                .collect();
            failed.iter().for_each(|error| assert_typed(error, place));
            tally.unreadable += u32::from(!failed.is_empty());
            // What can't be copied out of the log any more is for the recovery to tell.
            let _ = store.close();
        }
    }
    let target = path.with_file_name("recovered.db");
    match recover(&StoreConfig::new(path), &target, &mut unobserved) {
        Ok(_) => {
            let store = Store::open(StoreConfig::new(&target)).unwrap();
            // A bit inside of a value is salvaged as it is.
            let failed = read_everything(&store).into_iter().filter_map(Result::err);
            failed.for_each(|error| assert_typed(&error, place));
            tally.recovered += 1;
        }
        Err(error) => assert_typed(&error, place),
    }
}

fn campaign(what: &str, files: usize, damage: impl Fn(&mut [u8], &mut Random)) -> Tally {
    let whole = whole();
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut tally = Tally::default();
    for number in 0..files {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("orchestra.db");
        let mut content = whole.clone();
        damage(&mut content, &mut random);
        fs::write(&path, content).unwrap();
        try_out(&path, &format!("{what} {number}"), &mut tally);
    }
    println!("{what} of {} KiB: {tally:?}", whole.len() / 1024);
    tally
}

#[test]
fn a_damaged_bit_ends_in_data_or_a_typed_error() {
    let tally = campaign("one bit", scaled(15, 1000), damage_a_bit);
    assert!(tally.recovered > 0);
}

#[test]
fn a_damaged_page_ends_in_data_or_a_typed_error_and_is_noticed() {
    let tally = campaign("one page", scaled(15, 1000), damage_a_page);
    assert!(tally.noticed + tally.refused > tally.files / 2, "{tally:?}");
    assert!(tally.recovered > tally.files / 2, "{tally:?}");
}
