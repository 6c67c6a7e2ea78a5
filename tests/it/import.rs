//! Taking over what the file-based predecessor left.

mod again;
mod broken_files;
mod host_database;
#[path = "../fixtures/legacy/large_state.rs"]
mod large_state;
mod many_tasks;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use chrono::DateTime;
use orchestra_store::import::{
    ImportOptions, ImportReport, LegacyForm, StatusNumbering, import_file,
};
use orchestra_store::maintenance::Severity;
use orchestra_store::maintenance::integrity;
use orchestra_store::models::{Agent, AgentId, CodeRepository, Task, TaskId};
use orchestra_store::services::{agents, code_repositories, tasks};
use orchestra_store::types::{AgentStatus, TaskStatus, TimeSpan, Timestamp};
use orchestra_store::{ErrorCode, Result, Store};
use serde_json::Value;
use tempfile::TempDir;

use crate::support::{TestStore, note};

const V1: &str = "orchestrator-state.v1.json";
const V2: &str = "orchestrator-state.v2.json";
const V3: &str = "orchestrator-state.v3.json";
/// The one that `large_state.rs` makes.
const V3_LARGE: &str = "large state";
const CONFIG: &str = "agent-config.json";

/// Returns the content of a file that was made for these tests.
fn made(name: &str) -> Vec<u8> {
    if name == V3_LARGE {
        return serde_json::to_vec_pretty(&large_state::large_state()).unwrap();
    }
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/legacy");
    std::fs::read(fixtures.join(name)).unwrap()
}

/// A file that a real host left behind; such files are not part of the project.
fn real(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../shared/legacy/real")
        .join(name);
    if path.exists() {
        return Some(path);
    }
    note(&format!(
        "{name} was not imported: {} is not there",
        path.display()
    ));
    None
}

/// A copy of a file, alone in a directory of its own, since an import renames it.
struct Copy {
    directory: TempDir,
    path: PathBuf,
}

impl Copy {
    fn holding(content: &[u8]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("legacy.json");
        std::fs::write(&path, content).unwrap();
        Self { directory, path }
    }

    fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.directory.path()).unwrap();
        let name = |entry: std::io::Result<std::fs::DirEntry>| entry.unwrap().file_name();
        let mut names: Vec<String> = entries
            .map(|entry| name(entry).into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

fn import_with(store: &Store, path: &Path, options: ImportOptions) -> Result<ImportReport> {
    import_file(store, path, &options, &mut |_| ControlFlow::Continue(()))
}

/// Imports a file of this content.
fn import(store: &Store, content: &[u8]) -> ImportReport {
    import_with(
        store,
        &Copy::holding(content).path,
        ImportOptions::default(),
    )
    .unwrap()
}

fn import_json(store: &Store, value: &Value) -> Result<ImportReport> {
    let copy = Copy::holding(value.to_string().as_bytes());
    import_with(store, &copy.path, ImportOptions::default())
}

fn dry_run() -> ImportOptions {
    ImportOptions {
        dry_run: true,
        ..ImportOptions::default()
    }
}

fn json(content: &[u8]) -> Value {
    serde_json::from_slice(content).unwrap()
}

/// Everything that an import writes.
#[derive(Debug, PartialEq)]
struct Content {
    agents: Vec<Agent>,
    tasks: Vec<Task>,
    repositories: Vec<CodeRepository>,
}

fn content(store: &Store) -> Content {
    store
        .read(|reader| {
            Ok(Content {
                agents: agents::list(reader)?,
                tasks: tasks::list(reader, &tasks::TaskFilter::default(), 10_000)?,
                repositories: code_repositories::list(reader)?,
            })
        })
        .unwrap()
}

fn assert_empty(store: &Store, why: &str) {
    let content = content(store);
    assert!(
        content.agents.is_empty() && content.tasks.is_empty() && content.repositories.is_empty(),
        "{why}: {content:?}"
    );
}

fn assert_sound(store: &Store) {
    let report = store.read(integrity::check).unwrap();
    assert_eq!(report.findings, []);
}

/// Where the rejected records are.
fn rejected(report: &ImportReport) -> Vec<&str> {
    places(report, Severity::Error)
}

fn warned(report: &ImportReport) -> Vec<&str> {
    places(report, Severity::Warning)
}

fn places(report: &ImportReport, severity: Severity) -> Vec<&str> {
    let findings = report.findings.iter().filter(|f| f.severity == severity);
    findings.map(|f| f.place.as_str()).collect()
}

// Reading a source by other means than the importer's.

/// 100 ns since 1970, by another library than ours.
fn ticks(value: &Value) -> Option<i64> {
    let time = DateTime::parse_from_rfc3339(value.as_str()?).unwrap();
    Some(time.timestamp_nanos_opt().unwrap() / 100)
}

fn text(value: &Value) -> Option<&str> {
    value.as_str().filter(|text| !text.is_empty())
}

fn status_of(number: &Value, numbering: StatusNumbering) -> AgentStatus {
    match (numbering, number.as_i64().unwrap()) {
        (_, 0) => AgentStatus::Idle,
        (_, 1) | (StatusNumbering::FiveValue, 2) => AgentStatus::Busy,
        (StatusNumbering::FourValue, 2) | (StatusNumbering::FiveValue, 3) => AgentStatus::Error,
        (StatusNumbering::FourValue, 3) | (StatusNumbering::FiveValue, 4) => AgentStatus::Offline,
        (_, other) => panic!("no such status: {other}"),
    }
}

fn assert_agent(agent: &Agent, source: &Value, numbering: StatusNumbering, last_update: i64) {
    assert_eq!(agent.name, source["Name"].as_str().unwrap());
    assert_eq!(agent.type_, source["Type"].as_str().unwrap());
    let path = source["RepositoryPath"].as_str().unwrap();
    assert_eq!(agent.repository_path, path);
    assert_eq!(agent.status, status_of(&source["Status"], numbering));
    let ping = ticks(&source["LastPing"]).unwrap();
    let active = ticks(&source["LastActiveTime"]).unwrap_or(ping);
    assert_eq!(agent.last_ping.ticks(), ping);
    assert_eq!(agent.created_at.ticks(), ping.min(active));
    assert_eq!(agent.updated_at.ticks(), ping.max(active).max(last_update));
    let task = text(&source["CurrentTask"]).or(text(&source["CurrentTaskId"]));
    assert_eq!(agent.current_task.as_deref(), task);
    assert_eq!(agent.session_id.as_deref(), text(&source["SessionId"]));
    assert_eq!(agent.max_concurrent_tasks, 1);
    assert!(agent.repository_id.is_some() && !agent.is_deleted);
}

fn assert_task(task: &Task, source: &Value, agent_ids: &BTreeSet<&str>) {
    assert_eq!(task.command, source["Command"].as_str().unwrap());
    let path = source["RepositoryPath"].as_str().unwrap();
    assert_eq!(task.repository_path, path);
    let agent = text(&source["AgentId"]).filter(|id| agent_ids.contains(id));
    assert_eq!(task.agent_id.as_ref().map(AgentId::as_str), agent);
    let number = |field: &str| i32::try_from(source[field].as_i64().unwrap()).unwrap();
    assert_eq!(task.status.number(), number("Status"));
    assert_eq!(task.priority.number(), number("Priority"));
    let time = |time: Option<Timestamp>| time.map(Timestamp::ticks);
    assert_eq!(Some(task.created_at.ticks()), ticks(&source["CreatedAt"]));
    assert_eq!(time(task.started_at), ticks(&source["StartedAt"]));
    assert_eq!(time(task.completed_at), ticks(&source["CompletedAt"]));
    let duration = ticks(&source["CompletedAt"]).zip(ticks(&source["StartedAt"]));
    let duration = duration.map(|(end, start)| end - start);
    assert_eq!(task.execution_duration.map(TimeSpan::ticks), duration);
    assert_eq!(task.result.as_deref(), source["Result"].as_str());
    assert!(!task.is_pinned && task.lease_token.is_none());
    assert_eq!(task.available_at, task.created_at);
    assert!(task.repository_id.is_some());
}

/// The tasks of a file that can be taken: all but, of the last four, the one whose command is
/// too long and the one whose id is there already.
fn takeable(source: &Value) -> &[Value] {
    let tasks = source["TaskQueue"].as_array().unwrap();
    &tasks[..tasks.len().saturating_sub(2)]
}

fn assert_content(content: &Content, source: &Value, numbering: StatusNumbering) {
    let last_update = ticks(&source["LastUpdate"]).unwrap();
    let agents = source["Agents"].as_object().unwrap();
    assert_eq!(content.agents.len(), agents.len());
    for agent in &content.agents {
        assert_agent(agent, &agents[agent.id.as_str()], numbering, last_update);
        let failed = takeable(source).iter().filter(|task| {
            text(&task["AgentId"]) == Some(agent.id.as_str()) && task["Status"] == 4
        });
        assert_eq!(agent.total_tasks_failed, failed.count() as i64);
    }

    let agent_ids: BTreeSet<&str> = agents.keys().map(String::as_str).collect();
    let tasks = takeable(source);
    assert_eq!(content.tasks.len(), tasks.len());
    let by_id: BTreeMap<&str, &Task> = content.tasks.iter().map(|t| (t.id.as_str(), t)).collect();
    for source in tasks {
        assert_task(by_id[source["Id"].as_str().unwrap()], source, &agent_ids);
    }

    let mut paths: BTreeSet<&str> = BTreeSet::new();
    for record in agents.values().chain(tasks) {
        paths.insert(record["RepositoryPath"].as_str().unwrap());
    }
    let found: BTreeSet<&str> = content.repositories.iter().map(|r| &*r.path).collect();
    assert_eq!(found, paths);
}

/// The counts that each repository carries, against the agents in the database.
fn assert_status_counts(content: &Content, source: &Value) {
    let Some(repositories) = source["Repositories"].as_object() else {
        return;
    };
    for (name, repository) in repositories {
        let path = repository["Path"].as_str().unwrap();
        for (field, status) in [
            ("IdleCount", AgentStatus::Idle),
            ("WorkingCount", AgentStatus::Busy),
            ("ErrorCount", AgentStatus::Error),
            ("OfflineCount", AgentStatus::Offline),
        ] {
            let agents = content.agents.iter();
            let found = agents.filter(|a| a.repository_path == path && a.status == status);
            let said = usize::try_from(repository[field].as_u64().unwrap()).unwrap();
            assert_eq!(found.count(), said, "{name}.{field}");
        }
        let row = content.repositories.iter().find(|r| r.path == path);
        assert_eq!(row.unwrap().name, *name);
    }
}

/// The statistics of each repository, against the tasks of the file.
fn assert_statistics(content: &Content, source: &Value) {
    for repository in &content.repositories {
        let of_path = |task: &&Value| task["RepositoryPath"] == repository.path.as_str();
        let tasks: Vec<&Value> = takeable(source).iter().filter(of_path).collect();
        let count = |status: TaskStatus| {
            let of_status = |t: &&&Value| t["Status"] == status.number();
            i64::try_from(tasks.iter().filter(of_status).count()).unwrap()
        };
        let (completed, failed) = (count(TaskStatus::Completed), count(TaskStatus::Failed));
        assert_eq!(repository.total_tasks, i64::try_from(tasks.len()).unwrap());
        assert_eq!(repository.successful_tasks, completed);
        assert_eq!(repository.failed_tasks, failed);

        let runs = tasks
            .iter()
            .filter(|t| t["Status"] == 3 || t["Status"] == 4);
        let ended: Vec<(i64, i64)> = runs
            .map(|t| {
                let end = ticks(&t["CompletedAt"]).unwrap();
                (end, ticks(&t["StartedAt"]).map_or(0, |start| end - start))
            })
            .collect();
        let total: i64 = ended.iter().map(|(_, duration)| duration).sum();
        assert_eq!(repository.total_execution_time.ticks(), total);
        let mean = if ended.is_empty() {
            0.0
        } else {
            total as f64 / 10_000.0 / ended.len() as f64
        };
        assert!((repository.average_task_duration - mean).abs() < 1e-6);
        let last = ended.iter().map(|(end, _)| *end).max();
        assert_eq!(repository.last_task_executed_at.map(Timestamp::ticks), last);
        let is_reliable = repository.reliability_score > 0.0;
        assert_eq!(is_reliable, completed > 0, "{}", repository.path);
    }
}

fn check_state_file(file: &[u8], form: LegacyForm, numbering: StatusNumbering) {
    let source = json(file);
    let test = TestStore::new();
    let as_it_is = ImportOptions {
        keep_running: true,
        ..ImportOptions::default()
    };
    let report = import_with(&test.store, &Copy::holding(file).path, as_it_is).unwrap();
    assert_eq!(report.requeued, 0);
    let content = content(&test.store);

    assert_eq!(report.form, form);
    assert_eq!(report.status_numbering, Some(numbering));
    assert_content(&content, &source, numbering);
    assert_status_counts(&content, &source);
    assert_statistics(&content, &source);
    // Busy agents without a task, and agents with too many, are as the file has them.
    let checked = test.store.read(integrity::check).unwrap();
    assert!(checked.is_ok(), "{checked:?}");

    let agents = source["Agents"].as_object().unwrap().len() as u64;
    let tasks = source["TaskQueue"].as_array().unwrap().len() as u64;
    let taken = takeable(&source).len() as u64;
    assert_eq!(
        (report.agents.read, report.agents.imported),
        (agents, agents)
    );
    assert_eq!((report.tasks.read, report.tasks.imported), (tasks, taken));
    assert_eq!(report.tasks.rejected, tasks - taken);
    let repositories = content.repositories.len() as u64;
    assert_eq!(report.repositories.imported, repositories);
    assert_eq!(rejected(&report).len() as u64, tasks - taken);
}

#[test]
fn each_state_file_is_in_the_database_as_it_is_in_the_file() {
    use LegacyForm::{StateV1, StateV2, StateV3};
    use StatusNumbering::{FiveValue, FourValue};
    check_state_file(&made(V1), StateV1, FourValue);
    check_state_file(&made(V2), StateV2, FourValue);
    check_state_file(&made(V3), StateV3, FiveValue);
    check_state_file(&made(V3_LARGE), StateV3, FiveValue);
}

#[test]
fn what_real_hosts_left_is_in_the_database_as_it_is_in_the_files() {
    use LegacyForm::{StateV1, StateV2, StateV3};
    use StatusNumbering::{FiveValue, FourValue};
    for (name, form, numbering) in [
        (
            "orchestrator-state.v1-no-repositories.json",
            StateV1,
            FourValue,
        ),
        ("orchestrator-state.v2-four-status.json", StateV2, FourValue),
        ("orchestrator-state.v3-five-status.json", StateV3, FiveValue),
    ] {
        if let Some(path) = real(name) {
            check_state_file(&std::fs::read(path).unwrap(), form, numbering);
        }
    }
    if let Some(path) = real(CONFIG) {
        check_configuration(&std::fs::read(path).unwrap());
    }
}

#[test]
fn the_last_four_tasks_of_each_file_are_taken_or_told_of() {
    for name in [V1, V2, V3, V3_LARGE] {
        let source = json(&made(name));
        let tasks = source["TaskQueue"].as_array().unwrap();
        let test = TestStore::new();
        let report = import(&test.store, &made(name));
        let id = |back: usize| tasks[tasks.len() - back]["Id"].as_str().unwrap();
        let place = |back: usize, field: &str| format!("TaskQueue[{}].{field}", tasks.len() - back);

        assert_eq!(test.get_task(&TaskId::new(id(4)).unwrap()).agent_id, None);
        assert_eq!(test.get_task(&TaskId::new(id(3)).unwrap()).agent_id, None);
        let agent = report
            .findings
            .iter()
            .find(|f| f.place == place(3, "AgentId"));
        let agent = agent.unwrap();
        assert_eq!(agent.severity, Severity::Warning);
        assert!(agent.reason.contains("agent-that-left"), "{agent:?}");

        assert_eq!(rejected(&report), [place(2, "Command"), place(1, "Id")]);
        let too_long = report
            .findings
            .iter()
            .find(|f| f.place == place(2, "Command"));
        assert!(too_long.unwrap().reason.contains("2001"), "{too_long:?}");
        let missing = test
            .store
            .read(|r| tasks::get(r, &TaskId::new(id(2)).unwrap()));
        assert_eq!(missing.unwrap_err().code(), ErrorCode::NotFound);
        let first = test.get_task(&TaskId::new(id(1)).unwrap());
        assert_ne!(first.command, "duplicate id");
    }
}

#[test]
fn a_guess_at_the_numbering_is_told_and_nothing_else() {
    let test = TestStore::new();
    assert_eq!(warned(&import(&test.store, &made(V1)))[0], "Agents");
    for name in [V2, V3, V3_LARGE] {
        let test = TestStore::new();
        let report = import(&test.store, &made(name));
        let warned = warned(&report);
        assert!(warned.iter().all(|p| p.ends_with(".AgentId")), "{warned:?}");
    }
}

fn check_configuration(file: &[u8]) {
    let source = json(file);
    let test = TestStore::new();
    let report = import(&test.store, file);
    assert_eq!(report.form, LegacyForm::AgentConfig);
    assert_eq!(report.status_numbering, None);
    assert!(report.findings.is_empty(), "{:?}", report.findings);
    let agents = source["Agents"].as_array().unwrap();
    let source_interval = source["PingIntervalSeconds"].as_i64().unwrap();
    assert_eq!(content(&test.store).agents.len(), agents.len());
    for source in agents {
        let id = AgentId::new(source["Id"].as_str().unwrap()).unwrap();
        let agent = test.get_agent(&id);
        assert_eq!(agent.name, source["Name"].as_str().unwrap());
        assert_eq!(agent.type_, source["Type"].as_str().unwrap());
        let path = source["RepositoryPath"].as_str().unwrap();
        assert_eq!(agent.repository_path, path);
        let status = if source["Enabled"].as_bool().unwrap() {
            AgentStatus::Idle
        } else {
            AgentStatus::Offline
        };
        assert_eq!(agent.status, status);
        let interval = source_interval * 10_000_000;
        assert_eq!(agent.health_check_interval.ticks(), interval);
    }
    assert_sound(&test.store);
}

#[test]
fn a_configuration_gives_agents_their_interval_and_their_switch() {
    check_configuration(&made(CONFIG));
}

#[test]
fn importing_again_changes_nothing() {
    for name in [V1, V2, V3, V3_LARGE, CONFIG] {
        let test = TestStore::new();
        let first = import(&test.store, &made(name));
        let before = content(&test.store);
        test.advance_seconds(3600);
        let second = import(&test.store, &made(name));
        assert_eq!(content(&test.store), before, "{name}");
        for (first, second) in [
            (first.agents, second.agents),
            (first.tasks, second.tasks),
            (first.repositories, second.repositories),
        ] {
            assert_eq!(second.imported, 0, "{name}");
            assert_eq!(second.unchanged, first.imported, "{name}");
            assert_eq!(second.rejected, first.rejected, "{name}");
        }
    }
}

#[test]
fn what_the_host_changed_since_stays_changed() {
    let test = TestStore::new();
    import(&test.store, &made(V3));
    let before = content(&test.store);
    let agent = &before.agents[0].id;
    let pending = before
        .tasks
        .iter()
        .find(|t| t.status == TaskStatus::Pending);
    let task = &pending.unwrap().id;
    test.store
        .write(|uow| {
            agents::set_status(uow, agent, AgentStatus::Error, Some("out of order"))?;
            tasks::cancel(uow, task, None)
        })
        .unwrap();
    let changed = content(&test.store);
    let report = import(&test.store, &made(V3));
    assert_eq!(content(&test.store), changed);
    assert_eq!((report.tasks.imported, report.tasks.differing), (0, 1));
    assert_eq!((report.agents.imported, report.agents.differing), (0, 1));
}

#[test]
fn a_dry_run_tells_what_an_import_does_and_writes_nothing() {
    for name in [V1, V2, V3, V3_LARGE, CONFIG] {
        let test = TestStore::new();
        let copy = Copy::holding(&made(name));
        let rehearsal = import_with(&test.store, &copy.path, dry_run()).unwrap();
        assert_empty(&test.store, name);
        assert_eq!(copy.names(), ["legacy.json"]);

        let mut done = import_with(&test.store, &copy.path, ImportOptions::default()).unwrap();
        assert!(rehearsal.dry_run && !done.dry_run);
        assert!(done.archived_to.take().is_some());
        done.dry_run = true;
        assert_eq!(rehearsal, done, "{name}");
    }
}

#[test]
fn a_dry_run_on_a_database_in_use_leaves_it_and_its_directory_alone() {
    let test = TestStore::new();
    test.agent("a", 1);
    let before = content(&test.store);
    let directory = test.path().parent().unwrap().to_owned();
    let files = || std::fs::read_dir(&directory).unwrap().count();
    let files_before = files();
    let copy = Copy::holding(&made(V3));
    let report = import_with(&test.store, &copy.path, dry_run()).unwrap();
    assert_eq!(report.backup, None);
    assert_eq!(content(&test.store), before);
    assert_eq!(files(), files_before);
}

#[test]
fn strict_takes_all_or_nothing() {
    let strict = ImportOptions {
        strict: true,
        ..ImportOptions::default()
    };
    let test = TestStore::new();
    test.agent("a", 1);
    let before = content(&test.store);
    let copy = Copy::holding(&made(V1));
    let error = import_with(&test.store, &copy.path, strict).unwrap_err();
    assert_eq!(error.code(), ErrorCode::ImportFailed);
    for part in ["legacy.json", ": 2,", "TaskQueue[8].Command", "2001"] {
        assert!(error.message().contains(part), "{part}: {error}");
    }
    assert_eq!(content(&test.store), before);
    assert_eq!(copy.names(), ["legacy.json"]);

    let report = import_with(&test.store, &Copy::holding(&made(CONFIG)).path, strict).unwrap();
    assert_eq!(report.agents.imported, 2);
}

#[test]
fn cancelling_half_way_writes_nothing() {
    let test = TestStore::new();
    let copy = Copy::holding(&made(V3_LARGE));
    let mut calls = Vec::new();
    let error = import_file(
        &test.store,
        &copy.path,
        &ImportOptions::default(),
        &mut |progress| {
            calls.push(progress);
            if progress.done >= progress.total / 2 {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        },
    )
    .unwrap_err();
    assert_eq!(error.code(), ErrorCode::Cancelled);
    let total = 120 + 404 + 4;
    let done: Vec<u64> = calls.iter().map(|p| p.done).collect();
    assert_eq!(done, [0, 100, 200, 300]);
    assert!(calls.iter().all(|p| p.total == total));
    assert_empty(&test.store, "cancelled");
    assert_eq!(copy.names(), ["legacy.json"]);
}

#[test]
fn progress_ends_at_the_whole() {
    for name in [V1, V3_LARGE, CONFIG] {
        let mut last = None;
        let copy = Copy::holding(&made(name));
        let test = TestStore::new();
        import_file(&test.store, &copy.path, &dry_run(), &mut |progress| {
            last = Some(progress);
            ControlFlow::Continue(())
        })
        .unwrap();
        let last = last.unwrap();
        assert_eq!(last.done, last.total, "{name}");
    }
}

#[test]
fn the_source_is_renamed_unless_it_is_to_stay() {
    let test = TestStore::new();
    let copy = Copy::holding(&made(V1));
    let keep = ImportOptions {
        archive: false,
        ..ImportOptions::default()
    };
    let report = import_with(&test.store, &copy.path, keep).unwrap();
    assert_eq!(report.archived_to, None);
    assert_eq!(copy.names(), ["legacy.json"]);

    let report = import_with(&test.store, &copy.path, ImportOptions::default()).unwrap();
    assert_eq!(copy.names(), ["legacy.json.imported-20260101-000000"]);
    let archived = report.archived_to.unwrap();
    assert_eq!(json(&std::fs::read(archived).unwrap()), json(&made(V1)));
}

#[test]
fn a_database_in_use_is_copied_before() {
    let test = TestStore::new();
    let report = import(&test.store, &made(V1));
    assert_eq!(report.backup, None, "there was nothing to lose");
    let before = content(&test.store);

    for (end, file) in [
        ("orchestra.db.before-import-20260101-000000.db", V3),
        ("-000000-2.db", CONFIG),
    ] {
        let report = import(&test.store, &made(file));
        let backup = report.backup.unwrap();
        assert!(backup.to_str().unwrap().ends_with(end), "{backup:?}");
        if !end.starts_with('-') {
            let copy = Store::open(orchestra_store::StoreConfig::new(backup)).unwrap();
            assert_eq!(content(&copy), before);
        }
    }
    let report = import(&test.store, &made(V3));
    assert_eq!(report.backup, None, "there was nothing to write");
}

#[test]
fn what_is_known_already_is_linked_and_not_doubled() {
    let test = TestStore::new();
    let path = "/srv/git/search";
    let task = test.task("ls");
    let known = test
        .store
        .read(|r| code_repositories::get_by_path(r, path))
        .unwrap()
        .unwrap();
    let report = import(&test.store, &made(V3));
    let known_already = report.repositories.unchanged + report.repositories.differing;
    assert_eq!(known_already, 1);
    assert_eq!(report.repositories.imported, 3);
    let content = content(&test.store);
    let of_path = |r: &&CodeRepository| r.path == path;
    assert_eq!(content.repositories.iter().filter(of_path).count(), 1);
    let linked = content.agents.iter().filter(|a| a.repository_path == path);
    assert!(linked.clone().count() > 0);
    for agent in linked {
        assert_eq!(agent.repository_id.as_ref(), Some(&known.id));
    }
    let repository = content.repositories.iter().find(of_path).unwrap();
    let tasks = content.tasks.iter().filter(|t| t.repository_path == path);
    assert_eq!(
        repository.total_tasks,
        i64::try_from(tasks.count()).unwrap()
    );
    assert_eq!(test.get_task(&task).command, "ls");
    assert_sound(&test.store);
}

#[test]
fn two_databases_get_the_same_repositories() {
    let ids = || {
        let test = TestStore::new();
        import(&test.store, &made(V2));
        let repositories = content(&test.store).repositories;
        repositories.into_iter().map(|r| r.id).collect::<Vec<_>>()
    };
    assert_eq!(ids(), ids());
}

#[test]
fn a_file_that_took_the_place_of_the_imported_one_is_left_there() {
    let copy = Copy::holding(&made(V1));
    let newer = copy.path.with_file_name("newer.json");
    let test = TestStore::new();
    let report = import_file(
        &test.store,
        &copy.path,
        &ImportOptions::default(),
        &mut |progress| {
            if progress.done == progress.total {
                std::fs::write(&newer, "newer").unwrap();
                std::fs::rename(&newer, &copy.path).unwrap();
            }
            ControlFlow::Continue(())
        },
    )
    .unwrap();
    assert_eq!(report.archived_to, None);
    let warning = report.findings.last().unwrap();
    assert_eq!(warning.severity, Severity::Warning);
    assert!(warning.reason.contains("no longer the file"), "{warning:?}");
    assert_eq!(std::fs::read(&copy.path).unwrap(), b"newer");
    assert_eq!(copy.names(), ["legacy.json"]);
    assert!(report.tasks.imported > 0);
}
