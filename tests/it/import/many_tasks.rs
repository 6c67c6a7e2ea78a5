//! A file with very many tasks: memory doesn't grow with their number.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Duration;

use orchestra_store::events::{self, ChangeFilter, Delivery};
use orchestra_store::import::{ImportOptions, ImportProgress, import_file};
use orchestra_store::services::tasks;
use orchestra_store::{Durability, Store, StoreConfig};

use crate::support::{TestStore, child_argument, child_process, note, scaled};

fn go_on(_: ImportProgress) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

/// Writes a state of the predecessor with so many tasks, one at a time.
fn write_state(path: &Path, count: usize) {
    let mut file = BufWriter::new(File::create(path).unwrap());
    write!(
        file,
        r#"{{"Agents": {{"a": {{"Id": "a", "Name": "a", "Type": "claude", "RepositoryPath": "/srv/a",
            "Status": 0, "LastPing": "2025-01-01T00:00:00Z"}}}}, "TaskQueue": ["#
    )
    .unwrap();
    for number in 0..count {
        let comma = if number == 0 { "" } else { "," };
        let status = [0, 3, 4][number % 3];
        let ended = if status == 0 {
            ""
        } else {
            r#", "StartedAt": "2025-01-01T00:00:01Z", "CompletedAt": "2025-01-01T00:00:02Z""#
        };
        write!(
            file,
            r#"{comma}
{{"Id": "task-{number}", "Command": "do what has number {number}", "RepositoryPath": "/srv/{}",
  "AgentId": "a", "Priority": 1, "Status": {status}, "CreatedAt": "2025-01-01T00:00:00Z"{ended}}}"#,
            number % 50
        )
        .unwrap();
    }
    write!(file, "]}}").unwrap();
    file.into_inner().unwrap();
}

/// What a process needed at the most that imports so many tasks, in KiB.
fn peak_of_importing(count: usize) -> u64 {
    let directory = tempfile::tempdir().unwrap();
    write_state(&directory.path().join("state.json"), count);
    let argument = directory.path().display().to_string();
    let child = child_process("import::many_tasks::child_imports", &argument).output();
    let output = String::from_utf8(child.unwrap().stdout).unwrap();
    let told = output.lines().find_map(|line| line.split_once("imported "));
    let (tasks, peak) = told
        .unwrap_or_else(|| panic!("{output}"))
        .1
        .split_once(' ')
        .unwrap();
    assert_eq!(tasks.parse(), Ok(count));
    peak.parse().unwrap()
}

#[test]
fn the_memory_of_an_import_does_not_grow_with_the_number_of_tasks() {
    if !Path::new("/proc/self/status").exists() {
        return note("there is no /proc: the memory of an import was not measured");
    }
    let (few, many) = scaled((1_000, 5_000), (100_000, 1_000_000));
    let (small, large) = (peak_of_importing(few), peak_of_importing(many));
    println!("{few} tasks: {small} KiB, {many} tasks: {large} KiB");
    // A digest of each id stays, so that one that occurs twice is noticed.
    let digests = 40 * (many - few) as u64 / 1024;
    assert!(
        large < small + small / 10 + digests + 4096,
        "{small} {large}"
    );
}

/// A process that imports, and tells how many tasks and how much memory that was.
#[test]
fn child_imports() {
    let Some(directory) = child_argument() else {
        return;
    };
    let directory = Path::new(&directory);
    let mut config = StoreConfig::new(directory.join("orchestra.db"));
    config.durability = Durability::Normal;
    let store = Store::open(config).unwrap();
    let options = ImportOptions::default();
    let report = import_file(&store, &directory.join("state.json"), &options, &mut go_on).unwrap();
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let peak = peak.unwrap().trim().trim_end_matches(" kB");
    assert!(report.findings.is_empty(), "{:?}", report.findings);
    println!("imported {} {peak}", report.tasks.imported);
}

#[test]
fn nobody_who_follows_changes_misses_one_of_a_large_import() {
    const COUNT: usize = 2_500;
    let test = TestStore::with(|config| config.durability = Durability::Normal);
    let path = test.path().with_file_name("state.json");
    write_state(&path, COUNT);
    let tasks_alone = || ChangeFilter::of("Tasks");
    let mut subscription = test.store.subscribe(tasks_alone()).unwrap();
    let cached = test.store.read(tasks::count_by_status).unwrap();
    import_file(&test.store, &path, &ImportOptions::default(), &mut go_on).unwrap();
    assert_ne!(test.store.read(tasks::count_by_status).unwrap(), cached);

    let mut found = Vec::new();
    let mut after = 0;
    loop {
        let page = test
            .store
            .read(|reader| events::since(reader, after, &tasks_alone(), 10_000))
            .unwrap();
        let Some(last) = page.events.last() else {
            break;
        };
        after = last.sequence;
        found.extend(page.events);
    }
    assert_eq!(found.len(), COUNT);

    // From memory come the last of them, and it is said which ones don't.
    let mut expected = found.iter().map(|event| event.sequence).peekable();
    while let Some(delivery) = subscription.recv_timeout(Duration::ZERO).unwrap() {
        match delivery {
            Delivery::Event(event) => assert_eq!(expected.next(), Some(event.sequence)),
            Delivery::Missed(missed) => {
                let is_in = |sequence: &i64| (missed.first..=missed.last).contains(sequence);
                while expected.next_if(is_in).is_some() {}
            }
        }
    }
    assert_eq!(expected.next(), None);
}
