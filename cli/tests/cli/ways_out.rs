//! Each reason of `tasks explain` and each finding of `check` names a command, and that command ends it.

use std::collections::BTreeSet;
use std::process::Command;
use std::time::Duration;

use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, SqliteConnection};
use orchestra_store::maintenance::integrity;
use orchestra_store::services::tasks::Claim;
use orchestra_store::services::workflows::{self, NewDefinition};
use orchestra_store::services::{agents, tasks};
use serde_json::{Value, json};

use crate::support::{Place, text};

const REASONS: &str = include_str!("../../../src/services/tasks/explain.rs");

/// The names of the variants of `Reason`.
fn reasons() -> BTreeSet<String> {
    let (_, of_enum) = REASONS.split_once("pub enum Reason {").unwrap();
    let (of_enum, _) = of_enum.split_once("\n}").unwrap();
    let lines = of_enum.lines().filter_map(|line| line.strip_prefix("    "));
    let variants = lines.filter(|line| line.starts_with(|c: char| c.is_ascii_uppercase()));
    let name = |line: &str| line.trim_end_matches([' ', '{', ',']).to_owned();
    variants.map(name).collect()
}

/// Runs what a person would copy from the screen.
fn run(place: &Place, command: &str) {
    let program = env!("CARGO_BIN_EXE_orchestra");
    let rest = command.strip_prefix("orchestra ").unwrap();
    let mut shell = Command::new("sh");
    let ran = shell
        .args(["-c", &format!("{program} {rest}")])
        .current_dir(place.path(""))
        .env_remove("ORCHESTRA_DB")
        .output()
        .unwrap();
    let said = String::from_utf8(ran.stderr).unwrap();
    assert_ne!(ran.status.code(), Some(2), "{command}: {said}");
}

fn enqueue(place: &Place, more: &[&str]) -> String {
    let arguments = ["tasks", "enqueue", "ls", "--repository", "/srv/it's x"];
    let task = place.json(&[&arguments[..], more].concat());
    text(&task["Id"]).to_owned()
}

fn register(place: &Place, id: &str) {
    place.ok(&[
        "agents",
        "register",
        id,
        "--type",
        "t",
        "--repository",
        "/srv/it's x",
        "--id",
        id,
    ]);
}

/// An agent that holds the one task that it may hold.
fn full(place: &Place) {
    register(place, "a");
    enqueue(place, &[]);
    place.ok(&["tasks", "claim", "a"]);
}

fn failed(place: &Place) -> String {
    let id = enqueue(place, &[]);
    place.ok(&["tasks", "start", &id]);
    place.ok(&["tasks", "fail", &id, "--permanent"]);
    id
}

/// Starts a workflow of two stages, and returns the ids of the execution and of the task of the second.
fn workflow(place: &Place) -> (String, String) {
    let stages = json!({"stages": [
        {"name": "build", "tasks": [{"command": "make", "repository": "/srv/x"}]},
        {"name": "test", "dependsOn": ["build"], "tasks": [{"command": "make test", "repository": "/srv/x"}]},
    ]});
    let store = place.store();
    let execution = store
        .write(|uow| {
            let definition = workflows::publish(uow, &NewDefinition::new("Flow", stages))?;
            workflows::start(uow, &definition.id, &workflows::Start::default())
        })
        .unwrap();
    let all = tasks::TaskFilter::default();
    let tasks = store.read(|reader| tasks::list(reader, &all, 10)).unwrap();
    let second = tasks.iter().find(|task| task.command == "make test");
    (execution.id.to_string(), second.unwrap().id.to_string())
}

/// Brings about a reason, and returns the id of the task that has it.
type Scene = fn(&Place) -> String;

const SCENES: &[(&str, Scene)] = &[
    ("WaitsFor", |place| {
        let first = enqueue(place, &[]);
        enqueue(place, &["--depends-on", &first])
    }),
    ("BlockedBy", |place| {
        let first = failed(place);
        enqueue(place, &["--depends-on", &first])
    }),
    ("BlockedBy", |place| {
        let first = enqueue(place, &[]);
        place.ok(&["tasks", "cancel", &first]);
        enqueue(place, &["--depends-on", &first])
    }),
    ("WaitsForStage", |place| workflow(place).1),
    ("ScheduledUntil", |place| {
        enqueue(place, &["--at", "2100-01-01T00:00:00Z"])
    }),
    ("Paused", |place| {
        place.ok(&["queue", "pause", "--queue", "slow one"]);
        enqueue(place, &["--queue", "slow one"])
    }),
    ("Paused", |place| {
        place.ok(&["queue", "pause", "--repository", "/srv/it's x"]);
        enqueue(place, &[])
    }),
    ("WorkflowPaused", |place| {
        let (execution, task) = workflow(place);
        place.ok(&["workflows", "pause", &execution]);
        task
    }),
    ("AgentRemoved", |place| {
        register(place, "a");
        let id = enqueue(place, &["--agent", "a"]);
        let agent = "a".parse().unwrap();
        let remove = |uow: &mut orchestra_store::UnitOfWork<'_>| agents::remove(uow, &agent);
        place.store().write(remove).unwrap();
        id
    }),
    ("AgentAway", |place| {
        register(place, "a");
        place.ok(&["agents", "set", "a", "--status", "Offline"]);
        enqueue(place, &["--agent", "a"])
    }),
    ("AgentFull", |place| {
        full(place);
        enqueue(place, &["--agent", "a"])
    }),
    ("NobodyServes", |place| enqueue(place, &[])),
    ("NoCapacity", |place| {
        full(place);
        enqueue(place, &[])
    }),
    ("Claimable", |place| {
        register(place, "a");
        enqueue(place, &[])
    }),
    ("LeasedBy", |place| {
        register(place, "a");
        let id = enqueue(place, &[]);
        place.ok(&["tasks", "claim", "a"]);
        id
    }),
    ("LeaseExpired", |place| {
        register(place, "a");
        let id = enqueue(place, &[]);
        let mut claim = Claim::agent(&"a".parse().unwrap());
        claim.lease = Some(Duration::from_millis(1));
        place
            .store()
            .write(|uow| tasks::claim(uow, &claim))
            .unwrap();
        std::thread::sleep(Duration::from_millis(20));
        id
    }),
    ("Unleased", |place| {
        let id = enqueue(place, &[]);
        place.ok(&["tasks", "start", &id]);
        id
    }),
    ("CancelRequested", |place| {
        register(place, "a");
        let id = enqueue(place, &[]);
        place.ok(&["tasks", "claim", "a"]);
        place.ok(&["tasks", "cancel", &id]);
        id
    }),
    ("Ended", failed),
    ("Ended", |place| {
        let id = enqueue(place, &[]);
        place.ok(&["tasks", "cancel", &id]);
        id
    }),
    ("Ended", |place| {
        let id = enqueue(place, &[]);
        place.ok(&["tasks", "start", &id]);
        place.ok(&["tasks", "complete", &id]);
        id
    }),
];

/// The reasons of a task with their commands; none if there is no such task.
fn explained(place: &Place, id: &str) -> Vec<(Value, String)> {
    let ran = place.run(&["tasks", "explain", id, "--json"]);
    if ran.code != 0 {
        return Vec::new();
    }
    let explanation: Value = serde_json::from_str(&ran.stdout).unwrap();
    let reasons = explanation["Reasons"].as_array().unwrap().iter().cloned();
    let commands = explanation["Commands"].as_array().unwrap();
    assert_eq!(reasons.len(), commands.len());
    let commands = commands.iter().map(|command| text(command).to_owned());
    reasons.zip(commands).collect()
}

#[test]
fn each_reason_is_ended_by_its_command() {
    for (name, scene) in SCENES {
        let place = Place::with_database();
        let id = scene(&place);
        let found = explained(&place, &id);
        let of_name = found.iter().find(|(reason, _)| reason["Reason"] == *name);
        let (reason, command) = of_name.unwrap_or_else(|| panic!("{name}: {found:?}"));
        let shown = place.ok(&["tasks", "explain", &id]);
        assert!(shown.contains(&format!("run `{command}`")), "{shown}");
        run(&place, command);
        let left = explained(&place, &id);
        let is_left = left.iter().any(|(other, _)| other == reason);
        assert!(!is_left, "{name}: `{command}` leaves {left:?}");
    }
}

#[test]
fn no_reason_is_without_a_scene() {
    let played: BTreeSet<String> = SCENES.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(played, reasons());
}

/// SQL by which each rule of `check` is broken, in the database of [`in_use`].
const BREAKAGES: &[(&str, &str)] = &[
    (
        "sqlite integrity_check",
        "UPDATE Tasks SET ProgressPercentage = 101 WHERE Id = 'waiting'",
    ),
    (
        "the schema is what the migrations make",
        "CREATE TRIGGER Mine AFTER INSERT ON Tasks BEGIN UPDATE Agents SET Status = 1; END",
    ),
    (
        "the schema is what the migrations make",
        "CREATE INDEX Mine ON Tasks (Result)",
    ),
    (
        "foreign keys point to rows",
        "UPDATE Tasks SET RepositoryId = 'gone'",
    ),
    (
        "values can be read",
        "UPDATE Tasks SET AvailableAt = 'soon' WHERE Id = 'waiting'",
    ),
    (
        "leases are renewed or rescued",
        "UPDATE Tasks SET LeaseExpiresAt = '2020-01-01 00:00:00.0000000', LeaseDeadline = 1 \
         WHERE LeaseToken IS NOT NULL",
    ),
    (
        "no time is ahead of the clock",
        "UPDATE Agents SET LastPing = '2999-01-01 00:00:00.0000000'",
    ),
    (
        "repository counters agree with the tasks",
        "UPDATE Repositories SET TotalTasks = 70",
    ),
    (
        "agent counters agree with the tasks",
        "UPDATE Agents SET TotalTasksFailed = 70",
    ),
    (
        "busy agents have a task",
        "UPDATE Agents SET Status = 2 WHERE Id = 'idle'",
    ),
    (
        "agents hold no more than their capacity",
        "UPDATE Tasks SET AgentId = 'a', Status = 2, StartedAt = CreatedAt WHERE Status = 0",
    ),
    (
        "chains of parents end",
        "DROP TRIGGER TR_Tasks_ParentCycle; UPDATE Tasks SET ParentTaskId = Id WHERE Id = 'waiting'",
    ),
    (
        "no task waits for itself",
        "DROP TRIGGER TR_TaskDependencies_InsertCycle; \
         INSERT INTO TaskDependencies (Id, TaskId, DependsOnTaskId) \
         VALUES ('x', 'first', 'waiting')",
    ),
    (
        "stages count their tasks",
        "UPDATE WorkflowStages SET Completed = 1 WHERE Stage = 0",
    ),
    (
        "tasks count what they wait for",
        "UPDATE Tasks SET UnmetDependencies = 7 WHERE Id = 'first'",
    ),
    ("the database can be read", "DROP TABLE TaskDependencies"),
];

/// A database with an agent that holds a task, one that is idle, two tasks of which one waits, and a workflow.
fn in_use() -> Place {
    let place = Place::with_database();
    full(&place);
    register(&place, "idle");
    place.ok(&["tasks", "release", "--unleased"]);
    let store = place.store();
    store
        .write(|uow| {
            let mut first = tasks::NewTask::new("ls", "/srv/x");
            first.id = Some("first".parse()?);
            tasks::enqueue(uow, &first)?;
            let mut waiting = tasks::NewTask::new("ls", "/srv/x");
            waiting.id = Some("waiting".parse()?);
            waiting.depends_on = vec![tasks::Dependency::Task("first".parse()?)];
            tasks::enqueue(uow, &waiting)
        })
        .unwrap();
    store.close().unwrap();
    workflow(&place);
    place.ok(&["check"]);
    place
}

/// The commands of the findings of a rule.
fn findings(place: &Place, rule: &str) -> Vec<String> {
    let ran = place.run(&["check", "--json"]);
    let report: Value =
        serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{}", ran.stderr));
    let findings = report["Findings"].as_array().unwrap().iter();
    findings
        .filter(|finding| finding["Rule"] == rule)
        .map(|finding| text(&finding["Command"]).to_owned())
        .collect()
}

#[test]
fn each_finding_is_ended_by_its_command() {
    let sound = in_use();
    for (rule, sql) in BREAKAGES {
        let place = sound.copy();
        let path = place.path("orchestra.db");
        let mut conn = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
        conn.batch_execute("PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON;")
            .unwrap();
        conn.batch_execute(sql).unwrap();
        drop(conn);
        let found = findings(&place, rule);
        assert!(!found.is_empty(), "{rule}: {sql}");
        for command in BTreeSet::from_iter(found) {
            run(&place, &command);
        }
        assert_eq!(findings(&place, rule), Vec::<String>::new(), "{rule}");
    }
}

#[test]
fn no_rule_is_without_a_breakage() {
    let broken: BTreeSet<&str> = BREAKAGES.iter().map(|(rule, _)| *rule).collect();
    assert_eq!(broken, integrity::rules().collect());
}

/// What the demonstration does by another name than the commands do, and the command.
const OTHERWISE: [(&str, &str); 8] = [
    ("tasks::claim_and_start", "tasks claim"),
    ("tasks::complete_and_claim", "tasks complete"),
    ("tasks::fail_and_claim", "tasks fail"),
    ("tasks::enqueue_many", "tasks enqueue"),
    ("tasks::rescue_expired", "maintain"),
    ("tasks::count_by_status", "status"),
    ("agents::load_distribution", "agents list"),
    ("code_repositories::list", "report"),
];

/// The calls of operations in the sources of a folder of the command line.
fn calls(folder: &str) -> BTreeSet<String> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("src")
        .join(folder);
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let source = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        let source = source.split("#[cfg(test)]").next().unwrap();
        for module in ["tasks::", "agents::", "code_repositories::"] {
            for (at, _) in source.match_indices(module) {
                let name = source[at..].split(|c: char| !(c.is_alphanumeric() || "_:".contains(c)));
                let name = name.into_iter().next().unwrap();
                let is_call = source[at + name.len()..].starts_with(['(', ')', ',']);
                let is_function = name
                    .rsplit(':')
                    .next()
                    .unwrap()
                    .starts_with(char::is_lowercase);
                if is_call && is_function {
                    found.insert(name.to_owned());
                }
            }
        }
    }
    found
}

#[test]
fn nothing_that_the_demonstration_does_is_without_a_command() {
    let (shown, offered) = (calls("demo"), calls("commands"));
    assert!(
        shown.contains("tasks::claim_and_start") && shown.len() > 8,
        "{shown:?}"
    );
    let otherwise: BTreeSet<&str> = OTHERWISE.iter().map(|(call, _)| *call).collect();
    let missing: Vec<&String> = shown
        .iter()
        .filter(|call| !offered.contains(*call) && !otherwise.contains(call.as_str()))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
    let place = Place::new();
    for (_, command) in OTHERWISE {
        let words: Vec<&str> = command.split(' ').chain(["--help"]).collect();
        place.ok(&words);
    }
}

#[test]
fn a_pause_of_what_does_not_exist_says_so_and_is_listed() {
    let place = Place::with_database();
    let said = place.ok(&["queue", "pause", "--queue", "typo"]);
    assert!(said.contains("no task or repository"), "{said}");
    let said = place.ok(&["queue", "pause", "--repository", "/srv/none"]);
    assert!(said.contains("no task or repository"), "{said}");
    let listed = place.ok(&["queue", "list"]);
    assert!(
        listed.contains("typo") && listed.contains("/srv/none"),
        "{listed}"
    );
    enqueue(&place, &["--queue", "slow"]);
    let said = place.ok(&["queue", "pause", "--queue", "slow"]);
    assert!(!said.contains("no task or repository"), "{said}");
}
