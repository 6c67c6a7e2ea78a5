//! Losses of power: a process is recorded, and each state that a disk may be left in at any moment is opened. Nothing
//! that was acknowledged is missing, and no file as a whole is half made.

mod backups;
mod campaign;
mod disk;
mod exports;
mod image;
mod ledger;
mod queue;
mod random_files;
mod recording;
mod recovery;
mod workload;

use std::path::{Path, PathBuf};

use crate::random::Random;
use crate::support::{child_argument, scaled};
use campaign::Campaign;
use disk::{Disk, Event, Model, Remains, Sabotage};
use image::{Entry, files_of};
use ledger::Marks;
use recording::Recording;
use workload::Workload;

/// A process that is recorded.
#[test]
fn child_works() {
    let Some(argument) = child_argument() else {
        return;
    };
    let (workload, directory) = argument.split_once(' ').unwrap();
    let workload = Workload::named(workload);
    workload.run(Path::new(directory), &Marks::new()).unwrap();
}

/// No image of so many lacks anything.
#[track_caller]
fn nothing_is_lost(workload: Workload, images: usize) {
    if let Some(tally) = Campaign::run(workload, Sabotage::None, images) {
        let damaged = tally.lost + tally.unsound;
        assert_eq!(damaged, 0, "{}", tally.examples.join("\n"));
    }
}

#[test]
fn commits_outlast_a_loss_of_power() {
    nothing_is_lost(Workload::Commits, scaled(40, 8000));
}

#[test]
fn commits_that_are_shared_outlast_a_loss_of_power() {
    nothing_is_lost(Workload::GroupCommits, scaled(30, 6000));
}

#[test]
fn a_database_in_new_directories_outlasts_a_loss_of_power() {
    nothing_is_lost(Workload::Creation, scaled(20, 2000));
}

#[test]
fn backups_are_whole_after_a_loss_of_power() {
    nothing_is_lost(Workload::Backups, scaled(15, 1000));
}

#[test]
fn compressed_backups_are_whole_after_a_loss_of_power() {
    nothing_is_lost(Workload::CompressedBackups, scaled(15, 1000));
}

#[test]
fn a_restore_is_done_or_not_after_a_loss_of_power() {
    nothing_is_lost(Workload::Restore, scaled(10, 700));
}

#[test]
fn a_migration_is_done_or_not_after_a_loss_of_power() {
    nothing_is_lost(Workload::Migration, scaled(10, 500));
}

#[test]
fn an_import_is_done_or_not_after_a_loss_of_power() {
    nothing_is_lost(Workload::Import, scaled(10, 500));
}

#[test]
fn a_recovery_is_done_or_not_and_keeps_the_damaged_file_after_a_loss_of_power() {
    nothing_is_lost(Workload::Recovery, scaled(15, 500));
}

#[test]
fn an_export_is_whole_after_a_loss_of_power() {
    nothing_is_lost(Workload::Export, scaled(15, 500));
}

#[test]
fn normal_durability_loses_the_latest_commits_and_stays_sound() {
    let images = scaled(40, 1000);
    if let Some(tally) = Campaign::run(Workload::NormalCommits, Sabotage::None, images) {
        assert!(tally.lost > 0, "the campaign doesn't see");
        assert_eq!(tally.unsound, 0, "{}", tally.examples.join("\n"));
    }
}

#[test]
fn a_disk_that_ignores_syncs_is_seen() {
    for sabotage in [
        Sabotage::IgnoresSyncsOfLogs,
        Sabotage::IgnoresSyncsOfDirectories,
    ] {
        if let Some(tally) = Campaign::run(Workload::Commits, sabotage, scaled(30, 500)) {
            assert!(tally.lost > 0, "the campaign doesn't see {sabotage:?}");
        }
    }
}

#[test]
fn the_recorder_sees_every_change() {
    for seed in 0..scaled(10, 300) {
        // It is compared with the directory that the process leaves.
        let Some(recording) = Recording::of(Workload::Files(seed)) else {
            return;
        };
        let mut disk = recording.disk(Sabotage::None);
        recording.events.iter().for_each(|event| disk.apply(event));
        // The last thing that the process does is to sync all.
        let image = |remains| {
            let image = disk.image(Model::Strict, remains, &mut Random::new(seed));
            image.digest()
        };
        assert_eq!(image(Remains::Nothing), image(Remains::Everything));
        assert_eq!(image(Remains::Some), image(Remains::Everything));
    }
}

/// The files of all images that a model allows after these events, with their contents.
fn possible(events: &[Event], model: Model, remains: Remains) -> Vec<Vec<(String, String)>> {
    let empty = tempfile::tempdir().unwrap();
    let mut disk = Disk::holding(&files_of(empty.path()), Sabotage::None);
    events.iter().for_each(|event| disk.apply(event));
    let mut random = Random::new(1);
    let mut all = Vec::new();
    for _ in 0..1000 {
        let image = disk.image(model, remains, &mut random);
        let files = image.0.into_iter().filter_map(|(path, entry)| match entry {
            Entry::Directory => None,
            Entry::File(_, content) => {
                let content = String::from_utf8(content.to_vec()).unwrap();
                Some((path.to_str().unwrap().to_owned(), content))
            }
        });
        all.push(files.collect());
    }
    all.sort();
    all.dedup();
    all
}

fn created(inode: u64, name: &str) -> Event {
    Event::Create {
        inode,
        path: PathBuf::from(name),
        is_directory: false,
    }
}

fn written(inode: u64, offset: usize, text: &str) -> Event {
    Event::Write {
        inode,
        offset,
        data: text.as_bytes().to_vec(),
    }
}

fn names(images: &[Vec<(String, String)>]) -> Vec<String> {
    let names = |files: &Vec<(String, String)>| -> Vec<_> {
        files.iter().map(|(name, _)| name.clone()).collect()
    };
    let mut all: Vec<_> = images.iter().map(|files| names(files).join(" ")).collect();
    all.sort();
    all.dedup();
    all
}

#[test]
fn names_reach_the_disk_in_order_or_each_by_itself() {
    let events = [created(2, "a"), created(3, "b")];
    let of = |model, remains| names(&possible(&events, model, remains));
    assert_eq!(of(Model::Ordered, Remains::Nothing), [""]);
    assert_eq!(of(Model::Ordered, Remains::Some), ["", "a", "a b"]);
    assert_eq!(of(Model::Strict, Remains::Some), ["", "a", "a b", "b"]);

    let synced = [created(2, "a"), created(3, "b"), Event::Sync { inode: 3 }];
    let of = |model| names(&possible(&synced, model, Remains::Nothing));
    assert_eq!(of(Model::Ordered), ["a b"]);
    assert_eq!(of(Model::Strict), [""]);
}

#[test]
fn what_was_written_since_the_sync_may_be_there_in_part() {
    let (old, new) = ("o".repeat(1024), "n".repeat(1024));
    let events = [
        created(2, "a"),
        written(2, 0, &old),
        Event::Sync { inode: 2 },
        written(2, 0, &new),
    ];
    let images = possible(&events, Model::Ordered, Remains::Some);
    let contents: Vec<_> = images.iter().map(|files| files[0].1.clone()).collect();
    let half = |first: &str, second: &str| first.repeat(512) + &second.repeat(512);
    let expected = [
        half("n", "n"),
        half("n", "o"),
        half("o", "n"),
        half("o", "o"),
    ];
    assert_eq!(contents, expected);
}

#[test]
fn a_file_may_have_grown_without_its_content() {
    let events = [created(2, "a"), written(2, 0, "new")];
    let images = possible(&events, Model::Ordered, Remains::Some);
    let of_a: Vec<_> = images.iter().filter_map(|files| files.first()).collect();
    let contents: Vec<_> = of_a.iter().map(|(_, content)| &content[..]).collect();
    assert_eq!(contents, ["", "\0\0\0", "new"]);
}
