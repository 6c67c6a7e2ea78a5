//! Writing everything out.

use std::ops::ControlFlow;

use orchestra_store::maintenance::export::{ExportFormat, export, export_all};
use orchestra_store::models::Agent;
use orchestra_store::services::data;
use orchestra_store::{ErrorCode, registry};
use serde_json::Value;

use crate::support::TestStore;

fn go_on(_: &'static str, _: u64) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

/// A store with 3 tasks and 2 agents, one of which is marked as deleted.
fn filled() -> TestStore {
    let test = TestStore::new();
    for command in ["plain", "with, \"quotes\"\nand lines", "=1+1"] {
        test.task(command);
    }
    test.agent("ada", 2);
    let gone = test.agent("gone", 1);
    let deleted = test.store.write(|uow| data::delete::<Agent>(uow, &gone));
    assert!(deleted.unwrap().is_deleted);
    test
}

#[test]
fn each_line_is_a_row_as_it_is_read_elsewhere() {
    let test = filled();
    let target = test.path().with_file_name("exported");
    let files = export_all(&test.store, &target, ExportFormat::JsonLines, &mut go_on).unwrap();
    assert_eq!(files.len(), registry::entities().len());
    let tasks = files.iter().find(|file| file.entity == "Tasks").unwrap();
    assert_eq!((tasks.rows, &tasks.path), (3, &target.join("Tasks.jsonl")));
    let text = std::fs::read_to_string(&tasks.path).unwrap();
    for line in text.lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        let id = row["Id"].as_str().unwrap();
        let entity = registry::by_name("Tasks").unwrap();
        let read = test.store.read(|reader| entity.get(reader, id)).unwrap();
        assert_eq!(row, read);
    }
    let agents = std::fs::read_to_string(target.join("Agents.jsonl")).unwrap();
    assert_eq!(agents.lines().count(), 2, "the deleted one too: {agents}");
}

#[cfg(unix)]
#[test]
fn only_the_user_may_read_what_is_exported() {
    use std::os::unix::fs::PermissionsExt as _;
    let test = filled();
    let target = test.path().with_file_name("exported");
    let files = export_all(&test.store, &target, ExportFormat::Csv, &mut go_on).unwrap();
    let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&target), 0o700);
    for file in files {
        assert_eq!(mode(&file.path), 0o600, "{}", file.path.display());
    }
}

#[test]
fn values_with_separators_and_lines_survive_in_csv() {
    let test = filled();
    let entity = registry::by_name("Tasks").unwrap();
    let mut csv = Vec::new();
    let rows = test.store.read(|reader| {
        let progress = &mut |_| ControlFlow::Continue(());
        export(reader, entity, ExportFormat::Csv, &mut csv, progress)
    });
    assert_eq!(rows.unwrap(), 3);
    let text = String::from_utf8(csv).unwrap();
    assert!(text.starts_with("Id,Command,AgentId,"), "{text}");
    assert!(
        text.contains(",\"with, \"\"quotes\"\"\nand lines\",,"),
        "{text}"
    );
    assert_eq!(text.matches("\r\n").count(), 4);
}

#[test]
fn what_is_there_is_not_written_over() {
    let test = filled();
    let target = test.path().with_file_name("exported");
    std::fs::create_dir(&target).unwrap();
    let error = export_all(&test.store, &target, ExportFormat::Csv, &mut go_on).unwrap_err();
    assert_eq!(error.code(), ErrorCode::AlreadyExists);
    assert_eq!(std::fs::read_dir(&target).unwrap().count(), 0);
}

#[test]
fn a_cancelled_export_leaves_nothing() {
    let test = TestStore::new();
    let new: Vec<_> = (0..1500)
        .map(|n| orchestra_store::services::tasks::NewTask::new(format!("task {n}"), "/srv/x"))
        .collect();
    let enqueued = test
        .store
        .write(|uow| orchestra_store::services::tasks::enqueue_many(uow, &new));
    assert_eq!(enqueued.unwrap().len(), 1500);
    let target = test.path().with_file_name("exported");
    let mut stop = |entity: &'static str, _| match entity {
        "Tasks" => ControlFlow::Break(()),
        _ => ControlFlow::Continue(()),
    };
    let error = export_all(&test.store, &target, ExportFormat::JsonLines, &mut stop).unwrap_err();
    assert_eq!(error.code(), ErrorCode::Cancelled);
    assert!(!target.exists() && !target.with_extension("partial").exists());
}
